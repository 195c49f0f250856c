//! Trimming takes what is old, and never what somebody still needs.

use super::*;

pub(super) async fn trimming_keeps_what_is_young_and_the_newest(log: Shared) {
    let stream = stream(0, Family::Event);
    let ids = append(&log, &deriveds(&key_in(Partition(0), 0), 5)).await;
    let_time_pass().await;
    assert_eq!(log.trim(stream, Keep { age: LONG, ..NOTHING }).await.unwrap().entries, 0);
    assert_eq!(log.trim(stream, Keep { at_least: 9, ..NOTHING }).await.unwrap().entries, 0);
    assert_eq!(log.trim(stream, Keep { at_least: 2, ..NOTHING }).await.unwrap().entries, 3);
    assert_eq!(all(&log, stream).await.iter().map(|entry| entry.id).collect::<Vec<_>>(), ids[3..]);
    assert_eq!(log.trim(stream, NOTHING).await.unwrap().entries, 2);
    let after = append(&log, &deriveds(&key_in(Partition(0), 0), 1)).await;
    assert!(after[0] > ids[4], "an emptied stream goes on where it was");
}

pub(super) async fn trimming_goes_by_age(log: Shared) {
    let (stream, key) = (stream(0, Family::Event), key_in(Partition(0), 0));
    append(&log, &deriveds(&key, 300)).await;
    tokio::time::sleep(Duration::from_millis(250)).await;
    let between = Instant::now();
    tokio::time::sleep(Duration::from_millis(250)).await;
    let young = append(&log, &deriveds(&key, 300)).await;
    assert_eq!(log.trim(stream, Keep { age: between.elapsed(), ..NOTHING }).await.unwrap().entries, 300);
    assert_eq!(all(&log, stream).await.iter().map(|entry| entry.id).collect::<Vec<_>>(), young);
}

pub(super) async fn trimming_never_passes_what_a_group_has_not_acknowledged(log: Shared) {
    let stream = stream(0, Family::Event);
    for group in ["writer", "notifier"] {
        log.ensure_group(group, &[Family::Event], Start::Oldest).await.unwrap();
    }
    append(&log, &deriveds(&key_in(Partition(0), 0), 6)).await;
    let_time_pass().await;
    let trim = async || log.trim(stream, NOTHING).await.unwrap().entries;
    assert_eq!(trim().await, 0, "nothing was delivered");

    let notified = read_group(&log, "notifier", "a", 6).await;
    log.ack("notifier", &places(&notified)).await.unwrap();
    assert_eq!(trim().await, 0, "one of two groups has nothing");

    let written = log.read_group("writer", "a", &[Family::Event], 4, NOW).await.unwrap();
    assert_eq!(written.len(), 4);
    assert_eq!(trim().await, 0, "delivered is not acknowledged");
    // The third stays behind.
    for n in [0, 1, 3] {
        log.ack("writer", &places(&written[n..=n])).await.unwrap();
    }
    assert_eq!(trim().await, 2);
    log.ack("writer", &places(&written[2..3])).await.unwrap();
    assert_eq!(trim().await, 2, "two were never delivered");
    let written = read_group(&log, "writer", "a", 2).await;
    log.ack("writer", &places(&written)).await.unwrap();
    assert_eq!(trim().await, 2);
    assert_eq!(count(&log, stream).await, 0);
}

pub(super) async fn trimming_gives_up_a_group_that_nobody_reads_any_more(log: Shared) {
    let (stream, patience) = (stream(0, Family::Event), Duration::from_millis(1_500));
    log.ensure_group("writer", &[Family::Event], Start::Oldest).await.unwrap();
    let ids = append(&log, &deriveds(&key_in(Partition(0), 0), 6)).await;
    let written = log.read_group("writer", "a", &[Family::Event], 4, NOW).await.unwrap();
    assert_eq!(written.len(), 4);
    tokio::time::sleep(patience + patience / 4).await;
    log.ensure_group("notifier", &[Family::Event], Start::Oldest).await.unwrap();
    let notified = log.read_group("notifier", "a", &[Family::Event], 3, NOW).await.unwrap();
    log.ack("notifier", &places(&notified)).await.unwrap();
    assert_eq!(log.trim(stream, NOTHING).await.unwrap(), Trimmed::default(), "it is waited for");

    let keep = Keep { patience, vital: "writer", ..NOTHING };
    assert_eq!(log.trim(stream, keep).await.unwrap(), Trimmed::default(), "this one always is");

    let trimmed = log.trim(stream, Keep { patience, ..NOTHING }).await.unwrap();
    assert_eq!(trimmed, Trimmed { entries: 3, given_up: ["writer".to_owned()].into() });
    // Read again, it goes on with what is left of what it was handed, and with the rest.
    assert_eq!(read_group(&log, "writer", "b", 2).await.len(), 2);
    let left = claim_now(&log, "writer", "b").await;
    assert_eq!(left.iter().map(|delivery| delivery.entry.id).collect::<Vec<_>>(), ids[3..]);
    log.ack("writer", &places(&left)).await.unwrap();
    let notified = read_group(&log, "notifier", "a", 3).await;
    log.ack("notifier", &places(&notified)).await.unwrap();
    assert_eq!(log.trim(stream, NOTHING).await.unwrap(), Trimmed { entries: 3, ..Trimmed::default() });
}

pub(super) async fn trimming_never_passes_what_a_snapshot_needs(log: Shared) {
    let (partition, stream) = (Partition(0), stream(0, Family::Position));
    let key = key_in(partition, 0);
    let fixes: Vec<_> = (0..6).map(|second| (Family::Position, fix(&key, second))).collect();
    let ids = append(&log, &fixes).await;
    let_time_pass().await;
    assert_eq!(
        log.trim(stream, NOTHING).await.unwrap().entries,
        0,
        "an engine that never ran needs everything"
    );

    let token = lease(&log, partition, "engine").await;
    let (start, third, fifth) = (Progress::default(), at(ids[2]), at(ids[4]));
    log.commit(step(partition, token, start, third)).await.unwrap();
    assert_eq!(log.trim(stream, NOTHING).await.unwrap().entries, 0, "without a snapshot it starts over");

    let keep = Commit { snapshot: Some(b"state"), ..step(partition, token, third, third) };
    log.commit(keep).await.unwrap();
    log.commit(step(partition, token, third, fifth)).await.unwrap();
    assert_eq!(
        log.trim(stream, NOTHING).await.unwrap().entries,
        3,
        "up to the snapshot, not to the progress"
    );
    assert_eq!(all(&log, stream).await[0].id, ids[3]);
    assert_eq!(log.trim(stream, NOTHING).await.unwrap().entries, 0);
}

pub(super) async fn trimming_a_stream_that_never_was_removes_nothing(log: Shared) {
    assert_eq!(log.trim(stream(3, Family::Raw), NOTHING).await.unwrap().entries, 0);
}
