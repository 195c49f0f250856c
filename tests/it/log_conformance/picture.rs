//! The live picture and its master data.

use super::*;

pub(super) async fn the_live_picture_has_the_last_state_of_each_vehicle(log: Shared) {
    let partition = Partition(3);
    let keys = [key_in(partition, 0), key_in(partition, 1)];
    assert_eq!(log.live(partition).await.unwrap(), []);
    let token = lease(&log, partition, "a").await;
    let [one, two] = [1, 2].map(|major| at(EntryId { major, minor: 0 }));
    let first = [state(&keys[0], 1), state(&keys[1], 1)];
    log.commit(Commit { live: &first, ..step(partition, token, Progress::default(), one) }).await.unwrap();
    let second = [state(&keys[1], 60)];
    log.commit(Commit { live: &second, ..step(partition, token, one, two) }).await.unwrap();
    let picture: BTreeMap<_, _> =
        log.live(partition).await.unwrap().into_iter().map(|state| (state.vehicle.clone(), state)).collect();
    assert_eq!(picture.len(), 2);
    assert_eq!(picture[&first[0].vehicle], first[0]);
    assert_eq!(picture[&second[0].vehicle], second[0]);
}

pub(super) async fn master_data_are_replaced_and_removed_by_field(log: Shared) {
    assert_eq!(log.meta().await.unwrap(), []);
    let truck = Meta::Truck(Truck::provisional(VehicleKey::new("T1LA").unwrap()));
    log.put_meta(&[driver(1, "Ada"), driver(2, "Bola"), truck.clone()]).await.unwrap();
    log.put_meta(&[driver(2, "Bọ́lá")]).await.unwrap();
    let by_field = async || {
        let records = log.meta().await.unwrap();
        records.into_iter().map(|record| (record.field(), record)).collect::<BTreeMap<_, _>>()
    };
    let expected = [driver(1, "Ada"), driver(2, "Bọ́lá"), truck.clone()];
    let expected: BTreeMap<_, _> = expected.into_iter().map(|record| (record.field(), record)).collect();
    assert_eq!(by_field().await, expected);
    log.remove_meta(&[driver(1, "").field(), driver(2, "").field(), "trip:unknown".into()]).await.unwrap();
    assert_eq!(log.meta().await.unwrap(), [truck]);
}

pub(super) async fn the_version_grows_with_every_change_of_master_data(log: Shared) {
    let mut last = log.meta_version().await.unwrap();
    let mut grown = async |log: &Shared| {
        let version = log.meta_version().await.unwrap();
        assert!(version > last, "{version} after {last}");
        last = version;
    };
    log.put_meta(&[driver(1, "Ada")]).await.unwrap();
    grown(&log).await;
    log.put_meta(&[driver(1, "Ada B.")]).await.unwrap();
    grown(&log).await;
    log.remove_meta(&[driver(1, "").field()]).await.unwrap();
    grown(&log).await;
    let before = log.meta_version().await.unwrap();
    log.meta().await.unwrap();
    assert_eq!(log.meta_version().await.unwrap(), before, "reading changes nothing");
}
