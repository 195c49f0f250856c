//! Appending, reading, waiting for more.

use super::*;

pub(super) async fn an_entry_comes_back_as_it_was_appended(log: Shared) {
    let key = key_in(Partition(1), 0);
    let fix = fix(&key, 0);
    let ids = append(&log, &[(Family::Position, fix.clone())]).await;
    let entry = Entry { stream: stream(1, Family::Position), id: ids[0], event: fix };
    assert_eq!(all(&log, entry.stream).await, [entry]);
    assert_eq!(log.partitions(), *PARTITIONS);
}

pub(super) async fn appending_nothing_is_no_error(log: Shared) {
    assert_eq!(append(&log, &[]).await, []);
}

pub(super) async fn each_event_goes_to_the_stream_of_its_family_and_key(log: Shared) {
    let mut expected = BTreeMap::new();
    let mut batch = Vec::new();
    for family in Family::ALL {
        for partition in PARTITIONS.all() {
            let event = derived(&key_in(partition, 0), batch.len());
            expected.insert(StreamId { partition, family }, event.clone());
            batch.push((family, event));
        }
    }
    append(&log, &batch).await;
    for (stream, event) in expected {
        assert_eq!(events_of(&all(&log, stream).await), [event], "{stream}");
    }
}

pub(super) async fn entries_of_a_key_are_read_in_the_order_appended(log: Shared) {
    let keys = [key_in(Partition(0), 0), key_in(Partition(2), 0), key_in(Partition(0), 1)];
    let mut appended = Vec::new();
    let mut ids = Vec::new();
    for batch in 0..5 {
        let fixes: Vec<_> = (0..30)
            .map(|n| (Family::Position, fix(&keys[n % 3], i64::try_from(batch * 30 + n).unwrap())))
            .collect();
        ids.extend(append(&log, &fixes).await);
        appended.extend(only_events(&fixes));
    }
    for partition in [0, 2] {
        let entries = all(&log, stream(partition, Family::Position)).await;
        let expected: Vec<_> = ids
            .iter()
            .zip(&appended)
            .filter(|(_, event)| PARTITIONS.of(&event.key) == Partition(partition))
            .map(|(id, event)| (*id, event.clone()))
            .collect();
        assert_eq!(entries.iter().map(|entry| (entry.id, entry.event.clone())).collect::<Vec<_>>(), expected);
        assert!(entries.is_sorted_by(|a, b| a.id < b.id), "ids grow");
        assert!(entries[0].id > EntryId::ZERO);
    }
}

pub(super) async fn a_read_takes_at_most_its_limit_and_resumes_after_an_id(log: Shared) {
    let ids = append(&log, &deriveds(&key_in(Partition(3), 0), 25)).await;
    let stream = stream(3, Family::Event);
    let mut after = EntryId::ZERO;
    let mut read = Vec::new();
    for expected in [10, 10, 5, 0] {
        let page = log.read(stream, after, 10).await.unwrap();
        assert_eq!(page.len(), expected);
        after = page.last().map_or(after, |entry| entry.id);
        read.extend(page.iter().map(|entry| entry.id));
    }
    assert_eq!(read, ids);
}

pub(super) async fn newest_is_the_last_appended_and_zero_when_there_is_none(log: Shared) {
    let stream = stream(0, Family::Event);
    assert_eq!(log.newest(stream).await.unwrap(), EntryId::ZERO);
    let ids = append(&log, &deriveds(&key_in(Partition(0), 0), 3)).await;
    assert_eq!(log.newest(stream).await.unwrap(), ids[2]);
}

pub(super) async fn before_finds_what_was_recorded_since(log: Shared) {
    let (stream, key) = (stream(0, Family::Event), key_in(Partition(0), 0));
    append(&log, &deriveds(&key, 3)).await;
    let_time_pass().await;
    let moment = now();
    let_time_pass().await;
    let later = append(&log, &deriveds(&key, 2)).await;

    let since = async |at: Timestamp| {
        let cursor = log.before(stream, at).await.unwrap();
        let entries = log.read(stream, cursor, 100).await.unwrap();
        entries.iter().map(|entry| entry.id).collect::<Vec<_>>()
    };
    assert_eq!(since(moment).await, later);
    assert_eq!(since(Timestamp::from_millis(0)).await.len(), 5);
    assert_eq!(since(now().plus(LONG)).await, []);
}

pub(super) async fn an_event_of_a_megabyte_is_an_event_like_any_other(log: Shared) {
    let body: String = "\"Ẹ̀kọ́\"\\\n\u{0}€".chars().cycle().take(700_000).collect();
    let request = RawRequest {
        source: "loconav".into(),
        path: "/webhooks/loconav/location".into(),
        content_type: Some("application/json".into()),
        body: RawBody::Body(body),
        rejected: Vec::new(),
    };
    let large = event(&key_in(Partition(1), 0), EventData::WebhookReceived(request));
    assert!(large.to_json().len() > 1_000_000);
    append(&log, &[(Family::Raw, large.clone())]).await;
    let mut cursors = [(stream(1, Family::Raw), EntryId::ZERO)];
    let entries = log.tail(&mut cursors, 10, NOW).await.unwrap();
    assert_eq!(entries.len(), 1);
    assert!(entries[0].event == large, "the body is as it was sent");
}

pub(super) async fn concurrent_appenders_lose_nothing(log: Shared) {
    let appenders: Vec<_> = (0..8)
        .map(|appender| {
            let log = Arc::clone(&log);
            tokio::spawn(async move {
                // All in one partition, where they meet.
                let key = key_in(Partition(0), appender);
                let mut ids = Vec::new();
                for batch in deriveds(&key, 100).chunks(7) {
                    ids.extend(append(&log, batch).await);
                }
                (key, ids)
            })
        })
        .collect();
    let mut expected = BTreeMap::new();
    for appender in appenders {
        let (key, ids) = appender.await.unwrap();
        expected.insert(key, ids);
    }
    let entries = all(&log, stream(0, Family::Event)).await;
    assert_eq!(entries.len(), 800);
    assert!(entries.is_sorted_by(|a, b| a.id < b.id));
    for (key, ids) in expected {
        let own: Vec<_> = entries.iter().filter(|entry| entry.event.key == key).collect();
        assert_eq!(own.iter().map(|entry| entry.id).collect::<Vec<_>>(), ids);
        for (number, entry) in own.iter().enumerate() {
            let EventData::ErrorOccurred(failure) = &entry.event.data else { panic!("{entry:?}") };
            assert_eq!(failure.message, format!("number {number}"));
        }
    }
}

pub(super) async fn tail_reads_several_streams_and_moves_their_cursors(log: Shared) {
    let keys = [key_in(Partition(0), 0), key_in(Partition(1), 0)];
    let batch = [
        (Family::Position, fix(&keys[0], 1)),
        (Family::Event, derived(&keys[1], 1)),
        (Family::Event, derived(&keys[1], 2)),
    ];
    let ids = append(&log, &batch).await;
    let mut cursors = [
        (stream(0, Family::Position), EntryId::ZERO),
        (stream(1, Family::Event), EntryId::ZERO),
        (stream(2, Family::Event), EntryId::ZERO),
    ];
    let entries = log.tail(&mut cursors, 100, NOW).await.unwrap();
    assert_eq!(entries.len(), 3);
    assert_eq!(cursors.map(|(_, id)| id), [ids[0], ids[2], EntryId::ZERO]);
    let second: Vec<_> = entries.iter().filter(|e| e.stream.partition == Partition(1)).cloned().collect();
    assert_eq!(events_of(&second), [batch[1].1.clone(), batch[2].1.clone()]);

    assert_eq!(log.tail(&mut cursors, 100, NOW).await.unwrap(), []);
    let more = append(&log, &[(Family::Event, derived(&keys[1], 3))]).await;
    let entries = log.tail(&mut cursors, 100, NOW).await.unwrap();
    assert_eq!(entries.iter().map(|entry| entry.id).collect::<Vec<_>>(), more);
}

pub(super) async fn tail_hands_out_at_most_its_limit_and_starves_no_stream(log: Shared) {
    let mut batch = Vec::new();
    for partition in PARTITIONS.all() {
        batch.extend(deriveds(&key_in(partition, 0), 10));
    }
    append(&log, &batch).await;
    for limit in [2, 7, 15] {
        let mut cursors: Vec<_> =
            PARTITIONS.all().map(|p| (stream(p.0, Family::Event), EntryId::ZERO)).collect();
        let (mut seen, mut calls) = (BTreeSet::new(), 0);
        while seen.len() < batch.len() {
            let entries = log.tail(&mut cursors, limit, NOW).await.unwrap();
            assert!((1..=limit).contains(&entries.len()), "{} of at most {limit}", entries.len());
            for entry in &entries {
                assert!(seen.insert((entry.stream, entry.id)), "{} came twice", entry.id);
            }
            calls += 1;
        }
        assert!(calls <= batch.len(), "{calls} calls");
        for (stream, id) in cursors {
            assert_eq!(log.newest(stream).await.unwrap(), id);
        }
    }
    // A stream that is always full does not keep the others from being read.
    let mut cursors: Vec<_> = PARTITIONS.all().map(|p| (stream(p.0, Family::Event), EntryId::ZERO)).collect();
    for _ in 0..4 * usize::from(PARTITIONS.count()) {
        log.tail(&mut cursors, 1, NOW).await.unwrap();
    }
    assert!(cursors.iter().all(|(_, id)| *id > EntryId::ZERO), "{cursors:?}");
}

pub(super) async fn tail_with_nothing_new_waits_and_comes_back_empty(log: Shared) {
    let mut cursors = [(stream(0, Family::Event), EntryId::ZERO), (stream(1, Family::Event), EntryId::ZERO)];
    let began = Instant::now();
    assert_eq!(log.tail(&mut cursors, 10, Duration::from_millis(150)).await.unwrap(), []);
    assert!(began.elapsed() >= Duration::from_millis(140), "{:?}", began.elapsed());
    assert!(began.elapsed() < LONG);
}

pub(super) async fn tail_wakes_up_when_something_is_appended(log: Shared) {
    let waiting = tokio::spawn({
        let log = Arc::clone(&log);
        async move {
            let mut cursors: Vec<_> =
                PARTITIONS.all().map(|p| (stream(p.0, Family::Event), EntryId::ZERO)).collect();
            let began = Instant::now();
            (log.tail(&mut cursors, 10, LONG).await.unwrap(), began.elapsed())
        }
    });
    tokio::time::sleep(Duration::from_millis(150)).await;
    let late = deriveds(&key_in(Partition(2), 0), 1);
    append(&log, &late).await;
    let (entries, waited) = waiting.await.unwrap();
    assert_eq!(events_of(&entries), only_events(&late));
    assert!(waited < LONG / 2, "woke up only after {waited:?}");
}
