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

/// Tiles in which each cell was passed so often.
fn tiles(passes: &[(u32, u32, u16)]) -> Vec<(TileId, Tile)> {
    let mut footprint = Footprint::default();
    passes.iter().for_each(|(x, y, times)| footprint.add(Cell { x: *x, y: *y }, *times));
    footprint.tiles().map(|(id, tile)| (id, tile.clone())).collect()
}

pub(super) async fn the_footprint_is_read_by_what_has_changed(log: Shared) {
    assert_eq!(log.footprint(0).await.unwrap(), FootprintNews::default());
    // Two tiles of Lagos, one at the far corner of the world.
    let first =
        tiles(&[(1_068_000, 1_010_000, 3), (1_068_300, 1_010_000, 1), (2_097_151, 2_097_151, 40_000)]);
    assert_eq!(first.len(), 3);
    assert!(log.put_footprint(0, &first).await.unwrap());
    let all = log.footprint(0).await.unwrap();
    assert_eq!(all.tiles.iter().cloned().collect::<BTreeMap<_, _>>(), first.iter().cloned().collect());
    assert_eq!(
        log.footprint(all.version).await.unwrap(),
        FootprintNews { version: all.version, tiles: vec![] }
    );

    let grown = tiles(&[(1_068_000, 1_010_000, 4)]);
    assert!(log.put_footprint(all.version, &grown).await.unwrap());
    let news = log.footprint(all.version).await.unwrap();
    assert!(news.version > all.version);
    assert_eq!(news.tiles, grown);

    let gone = [(first[2].0, Tile::default())];
    assert!(log.put_footprint(news.version, &gone).await.unwrap());
    let rest = log.footprint(0).await.unwrap();
    let left: Vec<_> = rest.tiles.iter().filter(|(_, tile)| !tile.is_empty()).collect();
    assert_eq!(left.len(), 2);
    assert_eq!(log.footprint(news.version).await.unwrap().tiles, gone, "who had it hears that it went");
}

pub(super) async fn of_two_who_change_the_footprint_one_has_to_look_again(log: Shared) {
    let (mine, others) = (tiles(&[(5, 5, 1)]), tiles(&[(5, 5, 2), (900, 5, 2)]));
    assert!(log.put_footprint(0, &mine).await.unwrap());
    assert!(!log.put_footprint(0, &others).await.unwrap());
    let standing = log.footprint(0).await.unwrap();
    assert_eq!(standing.tiles, mine, "nothing of the other's is there");
    assert!(log.put_footprint(standing.version, &others).await.unwrap());
    assert_eq!(log.footprint(0).await.unwrap().tiles.len(), 2);
}
