//! The engine's ledger: leases, commits, snapshots.

use super::*;

pub(super) async fn a_lease_is_exclusive_and_renewed_with_the_same_token(log: Shared) {
    let partition = Partition(0);
    let token = lease(&log, partition, "a").await;
    assert_eq!(log.lease(partition, "b", LONG).await.unwrap(), None);
    assert_eq!(log.lease(partition, "a", LONG).await.unwrap(), Some(token));
    assert!(log.lease(Partition(1), "b", LONG).await.unwrap().is_some(), "other partitions are free");
}

pub(super) async fn a_lease_given_back_is_free_at_once(log: Shared) {
    let partition = Partition(0);
    let first = lease(&log, partition, "a").await;
    log.release(partition, first).await.unwrap();
    let second = lease(&log, partition, "b").await;
    assert!(second > first);
    assert_eq!(log.lease(partition, "a", LONG).await.unwrap(), None);
}

pub(super) async fn a_lease_expires_and_the_next_token_is_greater(log: Shared) {
    let (partition, ttl) = (Partition(0), Duration::from_millis(300));
    let began = Instant::now();
    let first = log.lease(partition, "a", ttl).await.unwrap().unwrap();
    let second = loop {
        if let Some(token) = log.lease(partition, "b", LONG).await.unwrap() {
            break token;
        }
        assert!(began.elapsed() < LONG, "the lease never ended");
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert!(began.elapsed() >= Duration::from_millis(250), "ended after {:?}", began.elapsed());
    assert!(second > first);
    let late = log.commit(step(partition, first, Progress::default(), Progress::default())).await;
    assert!(matches!(late, Err(LogError::Fenced { partition: Partition(0) })), "{late:?}");
}

pub(super) async fn releasing_with_an_old_token_frees_nothing(log: Shared) {
    let partition = Partition(0);
    let old = lease(&log, partition, "a").await;
    log.release(partition, old).await.unwrap();
    lease(&log, partition, "b").await;
    match log.release(partition, old).await {
        Ok(()) | Err(LogError::Fenced { .. }) => {}
        Err(error) => panic!("{error}"),
    }
    assert_eq!(log.lease(partition, "a", LONG).await.unwrap(), None, "it is still b's");
}

pub(super) async fn of_many_engines_one_gets_the_lease(log: Shared) {
    let engines: Vec<_> = (0..8)
        .map(|engine| {
            let log = Arc::clone(&log);
            tokio::spawn(
                async move { log.lease(Partition(0), &format!("engine {engine}"), LONG).await.unwrap() },
            )
        })
        .collect();
    let mut tokens = Vec::new();
    for engine in engines {
        tokens.extend(engine.await.unwrap());
    }
    assert_eq!(tokens.len(), 1, "{tokens:?}");
}

pub(super) async fn a_commit_changes_everything_at_once(log: Shared) {
    let partition = Partition(2);
    let keys = [key_in(partition, 0), key_in(partition, 1)];
    let ids =
        append(&log, &[(Family::Position, fix(&keys[0], 1)), (Family::Position, fix(&keys[1], 1))]).await;
    let token = lease(&log, partition, "engine").await;
    assert_eq!(log.checkpoint(partition).await.unwrap(), Checkpoint::default());

    let events = [derived(&keys[0], 1), derived(&keys[1], 2), derived(&keys[0], 3)];
    let live = [state(&keys[0], 1), state(&keys[1], 1)];
    let snapshot: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let to = Progress { position: ids[1], command: EntryId { major: 7, minor: 3 } };
    let appended = log
        .commit(Commit {
            partition,
            token,
            from: Progress::default(),
            to,
            events: &events,
            live: &live,
            snapshot: Some(&snapshot),
        })
        .await
        .unwrap();

    let entries = all(&log, stream(2, Family::Event)).await;
    assert_eq!(entries.iter().map(|entry| entry.id).collect::<Vec<_>>(), appended);
    assert_eq!(events_of(&entries), events);
    let mut picture = log.live(partition).await.unwrap();
    picture.sort_by(|a, b| (a.vehicle != live[0].vehicle).cmp(&(b.vehicle != live[0].vehicle)));
    assert_eq!(picture, live);
    let checkpoint = log.checkpoint(partition).await.unwrap();
    assert_eq!(checkpoint, Checkpoint { progress: to, snapshot: Some((to, snapshot)) });
}

/// What a refused commit would have changed, had it not been refused.
pub(super) async fn assert_untouched(log: &Shared, partition: Partition, progress: Progress) {
    assert_eq!(count(log, StreamId { partition, family: Family::Event }).await, 0);
    assert_eq!(log.live(partition).await.unwrap(), []);
    assert_eq!(log.checkpoint(partition).await.unwrap(), Checkpoint { progress, snapshot: None });
}

pub(super) async fn a_fenced_engine_leaves_nothing_behind(log: Shared) {
    let partition = Partition(0);
    let key = key_in(partition, 0);
    let old = lease(&log, partition, "a").await;
    log.release(partition, old).await.unwrap();
    let new = lease(&log, partition, "b").await;
    let (events, live) = ([derived(&key, 1)], [state(&key, 1)]);
    let to = at(EntryId { major: 1, minor: 0 });
    let commit = |token| Commit {
        events: &events,
        live: &live,
        snapshot: Some(b"state"),
        ..step(partition, token, Progress::default(), to)
    };
    for token in [old, FencingToken(0), FencingToken(new.0 + 1)] {
        let refused = log.commit(commit(token)).await.unwrap_err();
        assert!(matches!(refused, LogError::Fenced { partition: Partition(0) }), "{refused}");
        assert!(!refused.is_retryable());
    }
    assert_untouched(&log, partition, Progress::default()).await;
    log.commit(commit(new)).await.unwrap();
    assert_eq!(count(&log, stream(0, Family::Event)).await, 1);
}

pub(super) async fn an_engine_out_of_step_leaves_nothing_behind(log: Shared) {
    let partition = Partition(0);
    let key = key_in(partition, 0);
    let token = lease(&log, partition, "a").await;
    let here = Progress { position: EntryId { major: 4, minor: 2 }, command: EntryId { major: 3, minor: 1 } };
    log.commit(step(partition, token, Progress::default(), here)).await.unwrap();
    let (events, live) = ([derived(&key, 1)], [state(&key, 1)]);
    let wrong = [
        Progress::default(),
        Progress { command: EntryId::ZERO, ..here },
        Progress { position: EntryId { major: 4, minor: 3 }, ..here },
    ];
    for from in wrong {
        let to = at(EntryId { major: 9, minor: 0 });
        let commit =
            Commit { events: &events, live: &live, snapshot: Some(b"s"), ..step(partition, token, from, to) };
        match log.commit(commit).await.unwrap_err() {
            LogError::OutOfStep { partition: Partition(0), expected, found } => {
                assert_eq!((expected, found), (from, here));
            }
            other => panic!("{other}"),
        }
    }
    assert_untouched(&log, partition, here).await;
}

pub(super) async fn of_two_commits_from_one_place_one_succeeds(log: Shared) {
    let partition = Partition(0);
    let key = key_in(partition, 0);
    let token = lease(&log, partition, "a").await;
    let commits = [1, 2, 3, 4].map(|n| {
        let (log, event) = (Arc::clone(&log), derived(&key, 1));
        tokio::spawn(async move {
            let to = at(EntryId { major: n, minor: 0 });
            let events = [event];
            log.commit(Commit { events: &events, ..step(partition, token, Progress::default(), to) }).await
        })
    });
    let mut succeeded = 0;
    for commit in commits {
        match commit.await.unwrap() {
            Ok(_) => succeeded += 1,
            Err(error) => assert!(matches!(error, LogError::OutOfStep { .. }), "{error}"),
        }
    }
    assert_eq!(succeeded, 1);
    assert_eq!(count(&log, stream(0, Family::Event)).await, 1);
}

pub(super) async fn a_snapshot_stays_until_the_next(log: Shared) {
    let partition = Partition(1);
    let token = lease(&log, partition, "a").await;
    let [one, two, three] = [1, 2, 3].map(|major| at(EntryId { major, minor: 0 }));
    let kept = Commit { snapshot: Some(b"one"), ..step(partition, token, Progress::default(), one) };
    log.commit(kept).await.unwrap();
    log.commit(step(partition, token, one, two)).await.unwrap();
    let expected = Checkpoint { progress: two, snapshot: Some((one, b"one".to_vec())) };
    assert_eq!(log.checkpoint(partition).await.unwrap(), expected);
    log.commit(Commit { snapshot: Some(b""), ..step(partition, token, two, three) }).await.unwrap();
    let expected = Checkpoint { progress: three, snapshot: Some((three, Vec::new())) };
    assert_eq!(log.checkpoint(partition).await.unwrap(), expected);
}

pub(super) async fn partitions_have_ledgers_of_their_own(log: Shared) {
    let [one, two] = [Partition(1), Partition(2)];
    let token = lease(&log, one, "a").await;
    lease(&log, two, "a").await;
    let to = at(EntryId { major: 1, minor: 0 });
    let live = [state(&key_in(one, 0), 1)];
    log.commit(Commit { live: &live, ..step(one, token, Progress::default(), to) }).await.unwrap();
    assert_untouched(&log, two, Progress::default()).await;
    assert_eq!(log.checkpoint(one).await.unwrap().progress, to);
}
