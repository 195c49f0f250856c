//! The log goes away and comes back; the server ends in order.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use watchtower::{adapters::embedded::Embedded, daemon::http::HttpOptions};
use watchtower_core::{
    domain::{event::Event, live::LiveState, time::Timestamp},
    ports::log::{
        Checkpoint, Commit, Delivery, EngineLedger, Entry, EntryId, EventLog, Family, FencingToken, Keep,
        LivePicture, LogError, Meta, Partition, Partitions, Start, StreamId,
    },
};

use super::harness::{Daemon, push, sent};

/// The embedded log behind a wire that can be cut.
struct Wire {
    file: Embedded,
    cut: AtomicBool,
}

impl Wire {
    fn check(&self) -> Result<(), LogError> {
        if self.cut.load(Ordering::SeqCst) {
            return Err(LogError::Unavailable { reason: "redis://secret@log: connection refused".into() });
        }
        Ok(())
    }
}

#[async_trait]
impl EventLog for Wire {
    fn partitions(&self) -> Partitions {
        self.file.partitions()
    }
    async fn append(&self, events: &[(Family, Event)]) -> Result<Vec<EntryId>, LogError> {
        self.check()?;
        self.file.append(events).await
    }
    async fn read(&self, stream: StreamId, after: EntryId, limit: usize) -> Result<Vec<Entry>, LogError> {
        self.check()?;
        self.file.read(stream, after, limit).await
    }
    async fn newest(&self, stream: StreamId) -> Result<EntryId, LogError> {
        self.check()?;
        self.file.newest(stream).await
    }
    async fn before(&self, stream: StreamId, at: Timestamp) -> Result<EntryId, LogError> {
        self.check()?;
        self.file.before(stream, at).await
    }
    async fn tail(
        &self,
        cursors: &mut [(StreamId, EntryId)],
        limit: usize,
        wait: Duration,
    ) -> Result<Vec<Entry>, LogError> {
        self.check()?;
        self.file.tail(cursors, limit, wait).await
    }
    async fn ensure_group(&self, group: &str, families: &[Family], start: Start) -> Result<(), LogError> {
        self.check()?;
        self.file.ensure_group(group, families, start).await
    }
    async fn read_group(
        &self,
        group: &str,
        consumer: &str,
        families: &[Family],
        limit: usize,
        wait: Duration,
    ) -> Result<Vec<Delivery>, LogError> {
        self.check()?;
        self.file.read_group(group, consumer, families, limit, wait).await
    }
    async fn claim(
        &self,
        group: &str,
        consumer: &str,
        families: &[Family],
        idle: Duration,
        limit: usize,
    ) -> Result<Vec<Delivery>, LogError> {
        self.check()?;
        self.file.claim(group, consumer, families, idle, limit).await
    }
    async fn ack(&self, group: &str, entries: &[(StreamId, EntryId)]) -> Result<(), LogError> {
        self.check()?;
        self.file.ack(group, entries).await
    }
    async fn trim(&self, stream: StreamId, keep: Keep) -> Result<u64, LogError> {
        self.check()?;
        self.file.trim(stream, keep).await
    }
}

#[async_trait]
impl EngineLedger for Wire {
    async fn lease(
        &self,
        partition: Partition,
        owner: &str,
        ttl: Duration,
    ) -> Result<Option<FencingToken>, LogError> {
        self.check()?;
        self.file.lease(partition, owner, ttl).await
    }
    async fn release(&self, partition: Partition, token: FencingToken) -> Result<(), LogError> {
        self.check()?;
        self.file.release(partition, token).await
    }
    async fn checkpoint(&self, partition: Partition) -> Result<Checkpoint, LogError> {
        self.check()?;
        self.file.checkpoint(partition).await
    }
    async fn commit(&self, commit: Commit<'_>) -> Result<Vec<EntryId>, LogError> {
        self.check()?;
        self.file.commit(commit).await
    }
}

#[async_trait]
impl LivePicture for Wire {
    async fn live(&self, partition: Partition) -> Result<Vec<LiveState>, LogError> {
        self.check()?;
        self.file.live(partition).await
    }
    async fn meta(&self) -> Result<Vec<Meta>, LogError> {
        self.check()?;
        self.file.meta().await
    }
    async fn meta_version(&self) -> Result<u64, LogError> {
        self.check()?;
        self.file.meta_version().await
    }
    async fn put_meta(&self, records: &[Meta]) -> Result<(), LogError> {
        self.check()?;
        self.file.put_meta(records).await
    }
    async fn remove_meta(&self, fields: &[String]) -> Result<(), LogError> {
        self.check()?;
        self.file.remove_meta(fields).await
    }
}

#[tokio::test]
async fn a_log_that_is_down_is_503_and_the_next_attempt_is_news() {
    let file = Embedded::temporary().await.unwrap();
    let wire = Arc::new(Wire { file: file.clone(), cut: AtomicBool::new(true) });
    let daemon = Daemon::over(file, wire.clone(), HttpOptions::default()).await;
    let requests = [
        daemon.post("/webhooks/loconav", push("A", 10)),
        daemon.post("/webhooks/loconav", "{"),
        daemon.get("/osmand?id=a&lat=6&lon=3"),
        daemon.post("/api/v1/positions", "[]"),
    ];
    for request in requests {
        let response = request.send().await.unwrap();
        let after: u32 = response.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        assert!(after > 0);
        let (status, problem) = super::harness::read(response).await;
        assert_eq!((status, &problem["type"]), (503, &json!("urn:watchtower:problem:not-durable")));
        assert!(!problem.to_string().contains("redis"), "{problem}");
    }
    let (status, problem) = sent(daemon.get("/api/v1/geofences")).await;
    assert_eq!((status, &problem["type"]), (503, &json!("urn:watchtower:problem:log-unavailable")));
    let ready = daemon.get("/health/ready").send().await.unwrap();
    assert_eq!(ready.status(), 503);
    let health: serde_json::Value = ready.json().await.unwrap();
    assert_eq!(health, json!({"status":"unready","checks":{"log":"failed","store":"ok"}}));
    assert_eq!(daemon.get("/health/live").send().await.unwrap().status(), 200);

    wire.cut.store(false, Ordering::SeqCst);
    let (status, answer) = sent(daemon.post("/webhooks/loconav", push("A", 10))).await;
    assert_eq!((status, &answer["accepted"]), (202, &json!(1)), "what was refused is not remembered");
    assert_eq!(sent(daemon.get("/health/ready")).await.0, 200);
    assert_eq!(daemon.logged(Family::Position).await.len(), 1);
}

#[tokio::test]
async fn shutdown_lets_a_request_under_way_end_and_takes_no_other() {
    let mut daemon = Daemon::start().await;
    let body = push("A", 10);
    let mut slow = tokio::net::TcpStream::connect(daemon.address).await.unwrap();
    let head = format!(
        "POST /webhooks/loconav HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    slow.write_all(head.as_bytes()).await.unwrap();
    slow.write_all(&body.as_bytes()[..10]).await.unwrap();
    slow.flush().await.unwrap();
    // One answered request proves that the connection before it was accepted.
    assert_eq!(daemon.get("/health/live").send().await.unwrap().status(), 200);

    daemon.shutdown.cancel();
    slow.write_all(&body.as_bytes()[10..]).await.unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
    let ended = tokio::time::timeout(Duration::from_secs(20), daemon.task.take().unwrap()).await;
    ended.expect("serve ends").unwrap().unwrap();
    assert!(tokio::net::TcpStream::connect(daemon.address).await.is_err());
}
