//! Consumer groups: each entry to one of them, and to every group.

use super::*;

pub(super) async fn a_group_gets_each_entry_once(log: Shared) {
    log.ensure_group("writer", &[Family::Event], Start::Oldest).await.unwrap();
    let mut batch = deriveds(&key_in(Partition(0), 0), 5);
    batch.extend(deriveds(&key_in(Partition(3), 0), 5));
    append(&log, &batch).await;
    let deliveries = read_group(&log, "writer", "a", 10).await;
    assert!(deliveries.iter().all(|delivery| delivery.times == 1), "{deliveries:?}");
    for partition in [0, 3] {
        let expected = all(&log, stream(partition, Family::Event)).await;
        let got: Vec<_> = deliveries
            .iter()
            .filter(|delivery| delivery.entry.stream.partition == Partition(partition))
            .map(|delivery| delivery.entry.clone())
            .collect();
        assert_eq!(got, expected, "in order");
    }
    assert_eq!(log.read_group("writer", "a", &[Family::Event], 100, NOW).await.unwrap(), []);
    log.ack("writer", &places(&deliveries)).await.unwrap();
    assert_eq!(claim_now(&log, "writer", "b").await, []);
}

pub(super) async fn every_group_gets_everything(log: Shared) {
    for group in ["writer", "notifier"] {
        log.ensure_group(group, &[Family::Event], Start::Oldest).await.unwrap();
    }
    append(&log, &deriveds(&key_in(Partition(0), 0), 3)).await;
    let writer = read_group(&log, "writer", "a", 3).await;
    log.ack("writer", &places(&writer)).await.unwrap();
    assert_eq!(places(&read_group(&log, "notifier", "a", 3).await), places(&writer));
    assert_eq!(claim_now(&log, "notifier", "a").await.len(), 3, "the writer acknowledged for itself alone");
}

pub(super) async fn two_consumers_share_a_group(log: Shared) {
    log.ensure_group("writer", &[Family::Event], Start::Oldest).await.unwrap();
    let mut batch = Vec::new();
    for partition in PARTITIONS.all() {
        batch.extend(deriveds(&key_in(partition, 0), 50));
    }
    append(&log, &batch).await;
    let consumers = ["a", "b"].map(|consumer| {
        let log = Arc::clone(&log);
        tokio::spawn(async move {
            let mut got = Vec::new();
            loop {
                let read = log.read_group("writer", consumer, &[Family::Event], 8, NOW).await.unwrap();
                if read.is_empty() {
                    return got;
                }
                log.ack("writer", &places(&read)).await.unwrap();
                got.extend(places(&read));
            }
        })
    });
    let mut got = Vec::new();
    for consumer in consumers {
        got.extend(consumer.await.unwrap());
    }
    assert_eq!(got.len(), batch.len());
    assert_eq!(got.into_iter().collect::<BTreeSet<_>>().len(), batch.len(), "none went to both");
}

pub(super) async fn a_group_read_takes_at_most_its_limit(log: Shared) {
    log.ensure_group("writer", &[Family::Event], Start::Oldest).await.unwrap();
    append(&log, &deriveds(&key_in(Partition(1), 0), 30)).await;
    for expected in [20, 10, 0] {
        let read = log.read_group("writer", "a", &[Family::Event], 20, NOW).await.unwrap();
        assert_eq!(read.len(), expected);
    }
}

pub(super) async fn a_group_starts_where_it_is_told_and_keeps_its_place(log: Shared) {
    let key = key_in(Partition(0), 0);
    append(&log, &deriveds(&key, 2)).await;
    log.ensure_group("old", &[Family::Event], Start::Oldest).await.unwrap();
    log.ensure_group("new", &[Family::Event], Start::Newest).await.unwrap();
    append(&log, &deriveds(&key, 1)).await;
    read_group(&log, "old", "a", 3).await;
    read_group(&log, "new", "a", 1).await;
    for group in ["old", "new"] {
        log.ensure_group(group, &[Family::Event], Start::Oldest).await.unwrap();
        assert_eq!(log.read_group(group, "a", &[Family::Event], 100, NOW).await.unwrap(), []);
    }
}

pub(super) async fn a_group_read_with_nothing_new_waits_and_comes_back_empty(log: Shared) {
    log.ensure_group("writer", &[Family::Event], Start::Oldest).await.unwrap();
    let began = Instant::now();
    let wait = Duration::from_millis(150);
    assert_eq!(log.read_group("writer", "a", &[Family::Event], 10, wait).await.unwrap(), []);
    assert!(began.elapsed() >= Duration::from_millis(140), "{:?}", began.elapsed());
}

pub(super) async fn a_group_read_wakes_up_when_something_is_appended(log: Shared) {
    log.ensure_group("writer", &[Family::Position, Family::Event], Start::Oldest).await.unwrap();
    let waiting = tokio::spawn({
        let log = Arc::clone(&log);
        async move {
            let began = Instant::now();
            let families = [Family::Position, Family::Event];
            (log.read_group("writer", "a", &families, 10, LONG).await.unwrap(), began.elapsed())
        }
    });
    tokio::time::sleep(Duration::from_millis(150)).await;
    append(&log, &deriveds(&key_in(Partition(2), 0), 1)).await;
    let (deliveries, waited) = waiting.await.unwrap();
    assert_eq!(deliveries.len(), 1);
    assert!(waited < LONG / 2, "woke up only after {waited:?}");
}

pub(super) async fn what_a_dead_consumer_left_is_claimed_and_counted(log: Shared) {
    log.ensure_group("writer", &[Family::Event], Start::Oldest).await.unwrap();
    append(&log, &deriveds(&key_in(Partition(0), 0), 2)).await;
    append(&log, &deriveds(&key_in(Partition(1), 0), 1)).await;
    let first = read_group(&log, "writer", "dead", 3).await;
    log.ack("writer", &places(&first[..1])).await.unwrap();
    let left: BTreeSet<_> = places(&first[1..]).into_iter().collect();
    for times in [2, 3] {
        let claimed = claim_now(&log, "writer", &format!("heir of {times}")).await;
        assert_eq!(places(&claimed).into_iter().collect::<BTreeSet<_>>(), left);
        assert!(claimed.iter().all(|delivery| delivery.times == times), "{claimed:?}");
        for delivery in claimed {
            assert!(first.iter().any(|earlier| earlier.entry == delivery.entry), "{delivery:?}");
        }
    }
    log.ack("writer", &places(&first)).await.unwrap();
    assert_eq!(claim_now(&log, "writer", "c").await, []);
}

pub(super) async fn what_is_not_idle_long_enough_is_left_alone(log: Shared) {
    log.ensure_group("writer", &[Family::Event], Start::Oldest).await.unwrap();
    append(&log, &deriveds(&key_in(Partition(0), 0), 1)).await;
    read_group(&log, "writer", "a", 1).await;
    let claim = async |idle| log.claim("writer", "b", &[Family::Event], idle, 10).await.unwrap();
    assert_eq!(claim(LONG).await, []);
    let began = Instant::now();
    let idle = Duration::from_millis(100);
    while claim(idle).await.is_empty() {
        assert!(began.elapsed() < LONG, "never idle long enough");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(began.elapsed() >= Duration::from_millis(50), "claimed after {:?}", began.elapsed());
    assert_eq!(claim(LONG).await, [], "the claim began a new time of idleness");
}

pub(super) async fn a_consumer_claims_its_own_leftovers(log: Shared) {
    log.ensure_group("writer", &[Family::Event], Start::Oldest).await.unwrap();
    append(&log, &deriveds(&key_in(Partition(0), 0), 1)).await;
    let read = read_group(&log, "writer", "a", 1).await;
    let claimed = claim_now(&log, "writer", "a").await;
    assert_eq!(places(&claimed), places(&read));
    assert_eq!(claimed[0].times, 2);
}

pub(super) async fn a_claim_takes_at_most_its_limit(log: Shared) {
    log.ensure_group("writer", &[Family::Event], Start::Oldest).await.unwrap();
    append(&log, &deriveds(&key_in(Partition(0), 0), 6)).await;
    append(&log, &deriveds(&key_in(Partition(1), 0), 6)).await;
    read_group(&log, "writer", "dead", 12).await;
    let mut claimed = BTreeSet::new();
    for expected in [5, 5, 2] {
        let some = log.claim("writer", "b", &[Family::Event], NOW, 5).await.unwrap();
        assert_eq!(some.len(), expected);
        log.ack("writer", &places(&some)).await.unwrap();
        claimed.extend(places(&some));
    }
    assert_eq!(claimed.len(), 12);
}

pub(super) async fn acknowledging_twice_or_the_unknown_is_harmless(log: Shared) {
    log.ensure_group("writer", &[Family::Event], Start::Oldest).await.unwrap();
    append(&log, &deriveds(&key_in(Partition(0), 0), 2)).await;
    let read = read_group(&log, "writer", "a", 2).await;
    let mut entries = places(&read[..1]);
    entries.push((stream(2, Family::Event), EntryId { major: 5, minor: 5 }));
    log.ack("writer", &entries).await.unwrap();
    log.ack("writer", &entries).await.unwrap();
    log.ack("writer", &[]).await.unwrap();
    assert_eq!(places(&claim_now(&log, "writer", "b").await), places(&read[1..]));
}
