//! Lists by filter, over both stores.

use std::sync::Arc;

use serde_json::{Value, json};
use watchtower_core::ports::log::Family;

use super::harness::{Daemon, now, sent};
use crate::support::{postgres, yard};

async fn list(daemon: &Daemon, path: &str, query: &[(&str, &str)]) -> (u16, Value) {
    sent(daemon.get(path).query(query)).await
}

fn each<'a>(list: &'a Value, field: &str) -> Vec<&'a str> {
    list["items"].as_array().unwrap().iter().map(|row| row[field].as_str().unwrap()).collect()
}

async fn lists_are_filtered(daemon: &Daemon) {
    for (filter, wanted) in [
        ("", vec!["T1", "T2", "T3", "T5"]),
        ("group:fm", vec!["T1", "T3"]),
        ("status:idle,parked and idle>20m", vec!["T1"]),
        ("not (speed>60 or status:idle)", vec!["T3", "T5"]),
        ("place:\"apapa port\" driver:太郎 alerts>0 severity:medium", vec!["T1"]),
        ("trip:*ca60 container:MSKU* delivery:ikeja tripstatus:ongoing", vec!["T3"]),
        ("speed>60km/h", vec!["T2"]),
    ] {
        let (status, trucks) = list(daemon, "/api/v1/trucks", &[("filter", filter)]).await;
        assert_eq!((status, each(&trucks, "key")), (200, wanted), "{filter}");
    }

    // Pages are of what is meant.
    let query = [("filter", "status:moving or group:LH"), ("limit", "2")];
    let (_, first) = list(daemon, "/api/v1/trucks", &query).await;
    assert_eq!(each(&first, "key"), ["T2", "T3"]);
    let next = first["next"].as_str().unwrap();
    let (_, second) = list(daemon, "/api/v1/trucks", &[query[0], query[1], ("cursor", next)]).await;
    assert_eq!((each(&second, "key"), &second["next"]), (vec!["T5"], &Value::Null));

    let (status, problem) = list(daemon, "/api/v1/trucks", &[("filter", "status:idle sped>60")]).await;
    let fault = json!({"field": "filter", "position": 13,
                       "reason": "at 13: no field \"sped\": did you mean speed?"});
    assert_eq!((status, &problem["errors"][0]), (400, &fault), "{problem}");

    let (_, alerts) = list(daemon, "/api/v1/alerts", &[("filter", "group:FM or alert:overspeed")]).await;
    assert_eq!(each(&alerts, "kind"), ["overspeed", "idle"]);
    let query = [("filter", "group:FM severity<=medium since>=5m"), ("limit", "1")];
    let (_, alerts) = list(daemon, "/api/v1/alerts", &query).await;
    assert_eq!((each(&alerts, "kind"), &alerts["next"]), (vec!["idle"], &Value::Null));
    let (_, alerts) = list(daemon, "/api/v1/alerts", &[("filter", "severity>=high"), ("limit", "1")]).await;
    assert_eq!(each(&alerts, "kind"), ["overspeed"]);
    // The cursor stands right behind what was answered.
    let next = alerts["next"].as_str().unwrap();
    let (_, rest) = list(daemon, "/api/v1/alerts", &[("filter", ""), ("cursor", next)]).await;
    assert_eq!(each(&rest, "kind"), ["idle"]);
    let (status, problem) = list(daemon, "/api/v1/alerts", &[("filter", "(")]).await;
    assert_eq!((status, &problem["errors"][0]["field"]), (400, &json!("filter")), "{problem}");
}

#[tokio::test]
async fn lists_are_filtered_over_the_embedded_store() {
    let daemon = Daemon::start().await;
    yard::settle(Arc::new(daemon.file.clone()), now()).await;
    lists_are_filtered(&daemon).await;
}

#[tokio::test]
async fn lists_are_filtered_over_postgis() {
    let opened = postgres::open().await;
    let daemon = Daemon::on_store(opened.store.clone()).await;
    yard::settle(Arc::new(daemon.file.clone()), now()).await;
    opened.store.write(&daemon.logged(Family::Event).await).await.unwrap();
    lists_are_filtered(&daemon).await;
}
