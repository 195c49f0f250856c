//! The log goes away and comes back; the server ends in order.

use std::{sync::Arc, time::Duration};

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use watchtower::{adapters::embedded::Embedded, daemon::http::HttpOptions};
use watchtower_core::ports::log::Family;

use super::{
    harness::{Daemon, push, sent},
    wired::{Wire, Wired},
};

#[tokio::test]
async fn a_log_that_is_down_is_503_and_the_next_attempt_is_news() {
    let file = Embedded::temporary().await.unwrap();
    let wire = Arc::new(Wired::new(file.clone(), Wire::Cut));
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

    wire.set(Wire::Whole);
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
