//! The log on Redis Streams: what the suite runs on, and what only Redis can do
//! wrong.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    sync::Arc,
    time::{Duration, Instant},
};

use watchtower::adapters::redis_streams::{RedisLog, RedisOptions};
use watchtower_core::ports::log::{Family, Log, LogError, Partition, Partitions, Start};

use super::{
    LONG, NOTHING, NOW, PARTITIONS, Shared, all, append, count, derived, deriveds, events_of, key_in, lease,
    let_time_pass, only_events, places, read_group, stream,
};
use crate::support::redis::{RedisCluster, RedisServer};

const EVENTS: [Family; 1] = [Family::Event];

async fn connect(url: &str, partitions: Partitions) -> Shared {
    let log = RedisLog::connect(RedisOptions::new(url.into(), partitions)).await;
    Arc::new(log.expect("the log is there"))
}

async fn refused(url: &str, partitions: Partitions) -> LogError {
    match RedisLog::connect(RedisOptions::new(url.into(), partitions)).await {
        Ok(_) => panic!("{url} was accepted"),
        Err(error) => error,
    }
}

/// A server for one fact.
pub(super) async fn single(partitions: Partitions) -> (Shared, RedisServer) {
    let server = RedisServer::start();
    (connect(&server.url(), partitions).await, server)
}

/// A cluster for all facts.
pub(super) async fn cluster() -> RedisCluster {
    RedisCluster::start()
}

impl RedisCluster {
    pub(super) async fn empty_log(&self, partitions: Partitions) -> Arc<dyn Log> {
        for node in self.nodes() {
            node.command("FLUSHALL");
        }
        connect(&self.url(), partitions).await
    }
}

/// Tries until the log is there again.
async fn again<T>(call: impl AsyncFn() -> Result<T, LogError>) -> T {
    let began = Instant::now();
    loop {
        match call().await {
            Ok(done) => return done,
            Err(error) => {
                assert!(error.is_retryable(), "{error}");
                assert!(began.elapsed() < LONG, "still {error}");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_when_the_server_is_killed_and_comes_back() {
    let mut server = RedisServer::start_durable();
    let log = connect(&server.url(), *PARTITIONS).await;
    let key = key_in(Partition(0), 0);
    log.ensure_group("writer", &EVENTS, Start::Oldest).await.unwrap();
    let before = deriveds(&key, 5);
    append(&log, &before).await;
    let read = read_group(&log, "writer", "a", 5).await;
    log.ack("writer", &places(&read[..2])).await.unwrap();
    let token = lease(&log, Partition(0), "engine").await;
    let mut cursors = [(stream(0, Family::Event), read[4].entry.id)];
    log.tail(&mut cursors, 10, Duration::from_millis(10)).await.unwrap();

    // A read that waits when the server goes comes back at once.
    let waiting = tokio::spawn({
        let (log, mut cursors) = (Arc::clone(&log), cursors);
        async move { log.tail(&mut cursors, 10, LONG).await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let began = Instant::now();
    server.kill();
    assert!(waiting.await.unwrap().unwrap_err().is_retryable());
    let down = log.append(&before[..1]).await.unwrap_err();
    assert!(matches!(down, LogError::Unavailable { .. }), "{down}");
    assert!(began.elapsed() < LONG / 2, "noticed after {:?}", began.elapsed());

    server.restart();
    let after = [(Family::Event, derived(&key, 99))];
    again(async || log.append(&after).await).await;
    let expected: Vec<_> = [only_events(&before), only_events(&after)].concat();
    assert_eq!(events_of(&all(&log, stream(0, Family::Event)).await), expected);
    let new = again(async || log.read_group("writer", "a", &EVENTS, 10, LONG).await).await;
    assert!(!new.is_empty());
    let left = log.claim("writer", "b", &EVENTS, NOW, 10).await.unwrap();
    assert_eq!(left.len(), 4, "three left before, one since");
    assert_eq!(again(async || log.lease(Partition(0), "engine", LONG).await).await, Some(token));
    let tailed = log.tail(&mut cursors, 10, LONG).await.unwrap();
    assert_eq!(events_of(&tailed), only_events(&after));
}

#[tokio::test]
async fn a_read_dropped_with_a_message_in_hand_swallows_nothing() {
    let (log, _server) = single(*PARTITIONS).await;
    let key = key_in(Partition(1), 0);
    log.ensure_group("writer", &EVENTS, Start::Oldest).await.unwrap();
    let mut dropped = log.read_group("writer", "a", &EVENTS, 10, LONG);
    let blocked = tokio::time::timeout(Duration::from_millis(200), &mut dropped).await;
    assert!(blocked.is_err(), "it waits");
    // The server hands this to the waiting read, which is never asked for it.
    let swallowed = deriveds(&key, 1);
    append(&log, &swallowed).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    drop(dropped);

    let found = log.read_group("writer", "a", &EVENTS, 10, LONG).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].entry.event, swallowed[0].1);
    assert_eq!(found[0].times, 2, "it was delivered before");
    assert_eq!(log.read_group("writer", "a", &EVENTS, 10, NOW).await.unwrap(), [], "and comes once");
}

#[tokio::test]
async fn a_dropped_read_is_given_nothing_afterwards() {
    let (log, server) = single(*PARTITIONS).await;
    log.ensure_group("writer", &EVENTS, Start::Oldest).await.unwrap();
    for n in 0..10 {
        let mut dropped = log.read_group("writer", "a", &EVENTS, 10, LONG);
        assert!(tokio::time::timeout(Duration::from_millis(20), &mut dropped).await.is_err());
        drop(dropped);
        append(&log, &deriveds(&key_in(Partition(n % 4), 0), 1)).await;
        let found = log.read_group("writer", "a", &EVENTS, 10, LONG).await.unwrap();
        assert_eq!(found.len(), 1, "round {n}");
        log.ack("writer", &places(&found)).await.unwrap();
    }
    let clients = server.command("CLIENT LIST");
    assert!(clients.lines().count() <= 5, "connections pile up:\n{clients}");
}

#[tokio::test]
async fn a_consumer_that_comes_back_first_gets_what_it_left() {
    let (log, server) = single(*PARTITIONS).await;
    let key = key_in(Partition(2), 0);
    log.ensure_group("writer", &EVENTS, Start::Oldest).await.unwrap();
    append(&log, &deriveds(&key, 20)).await;
    let read = read_group(&log, "writer", "a", 20).await;
    log.ack("writer", &places(&read[..5])).await.unwrap();
    drop(log);

    let log = connect(&server.url(), *PARTITIONS).await;
    append(&log, &deriveds(&key, 3)).await;
    let mut left = Vec::new();
    // Four streams share a limit of 8: it takes several reads.
    while left.len() < 15 {
        let some = log.read_group("writer", "a", &EVENTS, 8, NOW).await.unwrap();
        assert!(some.iter().all(|delivery| delivery.times == 2), "{some:?}");
        assert!((1..=8).contains(&some.len()));
        left.extend(places(&some));
    }
    assert_eq!(left, places(&read[5..]));
    let new = log.read_group("writer", "a", &EVENTS, 8, NOW).await.unwrap();
    assert_eq!(new.len(), 3);
    assert!(new.iter().all(|delivery| delivery.times == 1), "{new:?}");
}

#[tokio::test]
async fn a_log_goes_on_after_the_server_was_flushed() {
    let (log, server) = single(*PARTITIONS).await;
    let key = key_in(Partition(0), 0);
    log.ensure_group("writer", &EVENTS, Start::Oldest).await.unwrap();
    append(&log, &deriveds(&key, 2)).await;
    let read = read_group(&log, "writer", "a", 2).await;
    log.ack("writer", &places(&read[..1])).await.unwrap();
    let mut cursors = [(stream(0, Family::Event), read[1].entry.id)];
    let token = lease(&log, Partition(0), "engine").await;
    let version = log.meta_version().await.unwrap();
    let waiting = tokio::spawn({
        let log = Arc::clone(&log);
        async move { log.read_group("writer", "b", &EVENTS, 10, LONG).await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;

    server.command("FLUSHALL");
    let after = deriveds(&key, 1);
    append(&log, &after).await;
    // A read that was waiting may be told so, or find the entry.
    let found = match waiting.await.unwrap() {
        Ok(found) if !found.is_empty() => found,
        Err(error) if !error.is_retryable() => panic!("{error}"),
        _ => log.read_group("writer", "a", &EVENTS, 10, LONG).await.unwrap(),
    };
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].entry.event, after[0].1);
    assert_eq!(events_of(&log.tail(&mut cursors, 10, LONG).await.unwrap()), only_events(&after));

    server.command("FLUSHALL");
    assert_eq!(log.claim("writer", "b", &EVENTS, NOW, 10).await.unwrap(), [], "claiming makes it again too");
    log.ack("writer", &places(&found)).await.unwrap();
    assert!(lease(&log, Partition(0), "engine").await > token, "tokens grow all the same");
    log.put_meta(&[super::driver(1, "Ada")]).await.unwrap();
    assert!(log.meta_version().await.unwrap() > version);
}

#[tokio::test]
async fn entries_that_cannot_be_read_are_passed_over_counted_and_hold_nothing_up() {
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let _counting = metrics::set_default_local_recorder(&recorder);
    let (log, server) = single(*PARTITIONS).await;
    let here = stream(0, Family::Event);
    let key = key_in(Partition(0), 0);
    log.ensure_group("writer", &EVENTS, Start::Oldest).await.unwrap();
    let good = deriveds(&key, 2);
    append(&log, &good[..1]).await;
    let unknown = good[0].1.to_json().replace("error.occurred", "error.dreamt");
    let unknown = unknown.replace("number 0", "number_0").replace('"', "\\\"");
    for fields in [
        "type error.occurred json {".to_owned(),
        "type error.occurred".to_owned(),
        "type error.occurred json \"\\xff\\xfe\"".to_owned(),
        format!("type error.dreamt json \"{unknown}\""),
    ] {
        let reply = server.command(&format!("XADD {here} * {fields}"));
        assert!(reply.contains('-') && !reply.starts_with('-'), "{reply}");
    }
    assert_eq!(log.read(here, super::EntryId::ZERO, 1).await.unwrap().len(), 1);
    let mut cursors = [(here, super::EntryId::ZERO)];
    log.tail(&mut cursors, 1, NOW).await.unwrap();
    // Nothing but unreadable entries: the cursor moves on, the wait goes on.
    assert_eq!(log.tail(&mut cursors, 10, Duration::from_millis(50)).await.unwrap(), []);
    assert_eq!(cursors[0].1, log.newest(here).await.unwrap());
    append(&log, &good[1..]).await;
    assert_eq!(events_of(&log.tail(&mut cursors, 10, NOW).await.unwrap()), only_events(&good[1..]));
    assert_eq!(events_of(&log.read(here, super::EntryId::ZERO, 2).await.unwrap()), only_events(&good));

    let read = read_group(&log, "writer", "a", 2).await;
    log.ack("writer", &places(&read)).await.unwrap();
    let_time_pass().await;
    assert_eq!(log.trim(here, NOTHING).await.unwrap().entries, 6, "nobody waits for what cannot be read");
    let figures = recorder.handle().render();
    let line = "watchtower_log_unreadable_entries_total{family=\"event\"}";
    let counted = figures.lines().find_map(|figure| figure.strip_prefix(line)).map(str::trim);
    assert_eq!(counted, Some("12"), "four entries passed three times:\n{figures}");
}

#[tokio::test]
async fn a_long_stream_is_trimmed_to_the_entry() {
    let (log, _server) = single(*PARTITIONS).await;
    let here = stream(0, Family::Raw);
    let key = key_in(Partition(0), 0);
    let batch: Vec<_> = (0..25_137).map(|n| (Family::Raw, derived(&key, n))).collect();
    let ids = append(&log, &batch).await;
    let_time_pass().await;
    let keep = super::Keep { at_least: 1_042, ..NOTHING };
    assert_eq!(log.trim(here, keep).await.unwrap().entries, 24_095);
    let kept = all(&log, here).await;
    assert_eq!(kept.len(), 1_042);
    assert_eq!(kept[0].id, ids[24_095]);
    assert_eq!(log.trim(here, NOTHING).await.unwrap().entries, 1_042);
}

#[tokio::test]
async fn a_backlog_in_one_stream_fills_the_whole_limit() {
    let partitions = Partitions::DEFAULT;
    let (log, _server) = single(partitions).await;
    log.ensure_group("writer", &EVENTS, Start::Oldest).await.unwrap();
    append(&log, &deriveds("T1LA", 2_500)).await;
    let mut cursors: Vec<_> = partitions
        .all()
        .map(|partition| (super::StreamId { partition, family: Family::Event }, super::EntryId::ZERO))
        .collect();
    for expected in [1_000, 1_000, 500] {
        assert_eq!(log.read_group("writer", "a", &EVENTS, 1_000, NOW).await.unwrap().len(), expected);
        assert_eq!(log.tail(&mut cursors, 1_000, NOW).await.unwrap().len(), expected);
    }
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_waited_for_only_so_long() {
    let server = RedisServer::start();
    let options = RedisOptions {
        response_timeout: Duration::from_millis(200),
        ..RedisOptions::new(server.url().into(), *PARTITIONS)
    };
    let log: Shared = Arc::new(RedisLog::connect(options).await.unwrap());
    let batch = deriveds(&key_in(Partition(0), 0), 1);
    let mut cursors = [(stream(0, Family::Event), super::EntryId::ZERO)];
    server.command("CLIENT PAUSE 1500 ALL");
    let began = Instant::now();
    assert!(log.append(&batch).await.unwrap_err().is_retryable());
    let late = log.tail(&mut cursors, 10, Duration::from_millis(100)).await.unwrap_err();
    assert!(late.is_retryable(), "{late}");
    assert!(began.elapsed() < Duration::from_millis(1_400), "{:?}", began.elapsed());
    again(async || log.append(&batch).await).await;
    again(async || log.tail(&mut cursors.clone(), 10, LONG).await).await;
}

#[tokio::test]
async fn another_number_of_partitions_is_refused() {
    let (_log, server) = single(Partitions::DEFAULT).await;
    connect(&server.url(), Partitions::DEFAULT).await;
    let error = refused(&server.url(), *PARTITIONS).await;
    assert_eq!(error.to_string(), "event log has 16 partitions, configured are 4");
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_without_the_password() {
    let mut server = RedisServer::start();
    server.kill();
    let port = server.port();
    for scheme in ["redis", "redis+cluster"] {
        let error = refused(&format!("{scheme}://ops:s3cret@127.0.0.1:{port}"), *PARTITIONS).await;
        assert!(error.is_retryable());
        let text = error.to_string();
        assert!(text.starts_with(&format!("event log unavailable: redis at 127.0.0.1:{port}: ")), "{text}");
        assert!(!text.contains("s3cret"), "{text}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_no_reason_to_try_again_until_it_is_changed() {
    let server = RedisServer::start_with(&["--requirepass", "right"]);
    let port = server.port();
    let wrong = refused(&format!("redis://:wr0ng@127.0.0.1:{port}"), *PARTITIONS).await;
    assert!(matches!(wrong, LogError::Unusable { .. }), "{wrong}");
    assert!(!wrong.to_string().contains("wr0ng"), "{wrong}");
    let none = refused(&format!("redis://127.0.0.1:{port}"), *PARTITIONS).await;
    assert!(matches!(none, LogError::Unusable { .. }), "{none}");

    let url = format!("redis://:right@127.0.0.1:{port}");
    let log = connect(&url, *PARTITIONS).await;
    let mut admin = redis::Client::open(url).unwrap().get_multiplexed_async_connection().await.unwrap();
    let mut set_password = async |password: &str| {
        let mut pipeline = redis::pipe();
        pipeline.cmd("CONFIG").arg("SET").arg("requirepass").arg(password);
        pipeline.cmd("CLIENT").arg("KILL").arg("TYPE").arg("normal").arg("SKIPME").arg("yes");
        pipeline.query_async::<(String, u32)>(&mut admin).await.unwrap();
    };
    set_password("other").await;
    let began = Instant::now();
    while !matches!(log.meta_version().await, Err(LogError::Unusable { .. })) {
        assert!(began.elapsed() < LONG, "the new password was never missed");
    }
    set_password("right").await;
    while let Err(error) = log.meta_version().await {
        assert!(began.elapsed() < LONG, "still {error}");
    }
}

#[tokio::test]
async fn a_server_too_old_is_refused_with_its_version() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // Answers every command as a server of that version would the one that matters.
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut answers = stream.try_clone().unwrap();
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let answer = match line.as_str() {
                "INFO" => "$22\r\nredis_version:6.2.14\r\n\r\n",
                "CLIENT" => "-ERR unknown subcommand\r\n",
                _ => continue,
            };
            answers.write_all(answer.as_bytes()).unwrap();
        }
    });
    let error = refused(&format!("redis://127.0.0.1:{port}"), *PARTITIONS).await;
    let expected =
        format!("event log unusable: redis at 127.0.0.1:{port}: version 6.2.14, at least 7.0 is needed");
    assert_eq!(error.to_string(), expected);
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn a_cluster_is_spread_over_its_nodes_and_not_mistaken_for_one_server() {
    let cluster = RedisCluster::start();
    let log = connect(&cluster.url(), Partitions::DEFAULT).await;
    let batch: Vec<_> = (0..400).map(|n| (Family::Event, derived(&format!("T{n}LA"), n))).collect();
    append(&log, &batch).await;
    let mut total = 0;
    for partition in Partitions::DEFAULT.all() {
        total += count(&log, super::StreamId { partition, family: Family::Event }).await;
    }
    assert_eq!(total, 400);
    for node in cluster.nodes() {
        let keys = node.command("DBSIZE");
        assert!(keys.starts_with(':') && !keys.starts_with(":0"), "a node has nothing");
        let error = refused(&node.url(), Partitions::DEFAULT).await.to_string();
        assert!(error.ends_with("this is a node of a cluster: use redis+cluster://"), "{error}");
    }
}

#[tokio::test]
async fn a_node_of_a_cluster_may_go_and_come_back() {
    let mut cluster = RedisCluster::start();
    let log = connect(&cluster.url(), Partitions::DEFAULT).await;
    log.ensure_group("writer", &EVENTS, Start::Oldest).await.unwrap();
    let batch: Vec<_> = (0..100).map(|n| (Family::Event, derived(&format!("T{n}LA"), n))).collect();
    append(&log, &batch).await;
    let read = read_group(&log, "writer", "a", 100).await;
    log.ack("writer", &places(&read)).await.unwrap();

    cluster.nodes_mut()[1].kill();
    let began = Instant::now();
    let down = log.append(&batch).await.unwrap_err();
    assert!(down.is_retryable(), "{down}");
    assert!(began.elapsed() < LONG, "noticed after {:?}", began.elapsed());
    cluster.nodes_mut()[1].restart();
    again(async || log.append(&batch).await).await;
    let mut seen = std::collections::BTreeSet::new();
    while seen.len() < batch.len() {
        assert!(began.elapsed() < 3 * LONG, "only {} came", seen.len());
        let some = again(async || log.read_group("writer", "a", &EVENTS, 100, NOW).await).await;
        seen.extend(some.into_iter().map(|delivery| delivery.entry.event.id));
    }
    assert_eq!(seen, batch.iter().map(|(_, event)| event.id).collect());
}
