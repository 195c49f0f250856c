//! Questions in plain English over the API, over both stores.

use std::sync::Arc;

use serde_json::{Value, json};
use watchtower_core::ports::log::Family;

use super::harness::{Daemon, now, sent};
use crate::support::{postgres, yard};

async fn ask(daemon: &Daemon, question: &str) -> (u16, Value) {
    sent(daemon.post("/api/v1/ai/query", json!({"question": question}).to_string())).await
}

async fn questions_are_answered(daemon: &Daemon) {
    let (status, told) = ask(daemon, "which trucks are idle more than 20 minutes near Apapa?").await;
    assert_eq!(
        (status, &told["answer"]),
        (200, &json!("1 of 5 trucks is idle for more than 20 min within 5.0 km of Apapa Port: T 1."))
    );
    assert_eq!(told["filter"], json!({"of": "trucks", "filter": "status:idle and idle>20m"}));
    assert_eq!(told["data"][0]["live"]["vehicle"], "T1");
    // The calls are the API's own: asked again, they tell the same.
    let call = &told["calls"][1];
    assert_eq!((&call["method"], &call["path"]), (&json!("GET"), &json!("/api/v1/trucks")));
    let query = [("filter", call["query"]["filter"].as_str().unwrap())];
    let (_, trucks) = sent(daemon.get(call["path"].as_str().unwrap()).query(&query)).await;
    assert_eq!(trucks["items"][0]["key"], "T1");

    let (_, told) = ask(daemon, "where is T 1?").await;
    assert!(told["answer"].as_str().unwrap().starts_with("T 1 is in Apapa Port"), "{told}");
    let (_, told) = ask(daemon, "who is speeding?").await;
    assert_eq!((&told["data"][0]["vehicle"], &told["data"][0]["kind"]), (&json!("T2"), &json!("overspeed")));
    let (_, told) = ask(daemon, "how many alerts today?").await;
    assert!(told["answer"].as_str().unwrap().starts_with("2 alerts were raised today"), "{told}");
    let (_, told) = ask(daemon, "trips under way").await;
    assert_eq!(told["data"][0]["container"], "MSKU7750847");

    let (status, problem) = ask(daemon, "where is T 7?").await;
    assert_eq!(
        (status, &problem["type"]),
        (422, &json!("urn:watchtower:problem:not-understood")),
        "{problem}"
    );
    assert_eq!(problem["errors"][0]["field"], "question");
    for instead in problem["instead"].as_array().unwrap() {
        assert_eq!(ask(daemon, instead.as_str().unwrap()).await.0, 200, "{instead}");
    }
    let (status, problem) = ask(daemon, "").await;
    assert_eq!((status, &problem["detail"]), (422, &json!("nothing was asked")));
    for body in ["", "{}", "{\"question\": 1}", "{\"question\": \"x\", \"more\": 1}"] {
        assert_eq!(sent(daemon.post("/api/v1/ai/query", body)).await.0, 400, "{body}");
    }
}

#[tokio::test]
async fn questions_are_answered_over_the_embedded_store() {
    let daemon = Daemon::start().await;
    yard::settle(Arc::new(daemon.file.clone()), now()).await;
    questions_are_answered(&daemon).await;
}

#[tokio::test]
async fn questions_are_answered_over_postgis() {
    let opened = postgres::open().await;
    let daemon = Daemon::on_store(opened.store.clone()).await;
    yard::settle(Arc::new(daemon.file.clone()), now()).await;
    opened.store.write(&daemon.logged(Family::Event).await).await.unwrap();
    questions_are_answered(&daemon).await;
}
