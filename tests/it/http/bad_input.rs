//! Every bad input: the documented answer, the field named, its neighbours
//! unaffected, counted, and kept raw.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use watchtower_core::{
    domain::event::{EventData, RawBody},
    ports::log::Family,
};

use super::harness::{Daemon, metrics, push, sent};

/// Puts one bad element between two good ones.
async fn between_good_ones(daemon: &Daemon, case: usize, bad: &str) -> Value {
    let vehicle = format!("N{case}");
    let body = format!("[{},{bad},{}]", push(&vehicle, 60), push(&vehicle, 30));
    let (status, answer) = sent(daemon.post("/webhooks/loconav", body)).await;
    assert_eq!(status, 202, "{bad}: {answer}");
    assert_eq!(answer["accepted"], 2, "{bad}: {answer}");
    assert_eq!(answer["rejected"].as_array().unwrap().len(), 1, "{bad}: {answer}");
    assert_eq!(answer["rejected"][0]["index"], 1, "{bad}: {answer}");
    answer
}

#[tokio::test]
async fn a_bad_element_is_named_and_its_neighbours_are_taken() {
    let daemon = Daemon::start().await;
    let good = push("BAD", 10);
    let with = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        good.replace(from, to)
    };
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    let cases = [
        (with("6.4441", "true"), "latitude: expected a number"),
        (with("6.4441", "\"NaN\""), "latitude: latitude is not a finite number"),
        (with("3.3675", "361"), "longitude: longitude 361 is out of range"),
        (with("6.4441", "0").replace("3.3675", "0.0"), "latitude/longitude: exactly 0/0"),
        (with("1772711990", "3470000000"), "gpstime: 2079-12-17"),
        (with("1772711990", "\"05-03-2080 10:00:00\""), "gpstime: 2080-03-05T09:00:00.000Z is"),
        (with("1772711990", "\"later\""), "gpstime: unreadable time \"later\""),
        (with("1772711990", "[1]"), "gpstime: expected text, found a list"),
        (with("\"BAD\"", "\"\"").replace("\"0867\"", "null"), "vehicle_number: missing"),
        ("{}".to_owned(), "vehicle_number: missing"),
        ("17".to_owned(), "element: expected an object, found a number"),
        (deep.clone(), "element: recursion limit exceeded"),
        (with("90.0", &deep), "orientation: recursion limit exceeded"),
        (with("90.0", "1e999"), "orientation: number out of range"),
        (with("1772711990", "1000"), "stale: gpstime: 1970-01-01T00:16:40.000Z is older"),
    ];
    for (case, (bad, reason)) in cases.iter().enumerate() {
        let answer = between_good_ones(&daemon, case, bad).await;
        let said = answer["rejected"][0]["reason"].as_str().unwrap();
        assert!(said.starts_with(reason), "expected {reason:?}, got {said:?}");
    }
    assert_eq!(daemon.logged(Family::Position).await.len(), 2 * cases.len());
    for raw in daemon.logged(Family::Raw).await {
        let EventData::WebhookReceived(raw) = raw.data else { panic!("{raw:?}") };
        assert_eq!(raw.rejected.len(), 1, "the raw entry says what was refused");
    }
    let text = metrics().render();
    for class in ["type", "range", "null_island", "future", "time", "missing", "syntax"] {
        let counted = text.lines().any(|line| {
            line.starts_with("watchtower_receive_rejected_total")
                && line.contains("source=\"loconav\"")
                && line.contains(&format!("reason=\"{class}\""))
        });
        assert!(counted, "{class} in\n{text}");
    }
    for name in ["accepted", "duplicates", "stale"] {
        assert!(text.contains(&format!("watchtower_receive_{name}_total{{source=\"loconav\"}}")), "{name}");
    }
    assert!(text.contains("watchtower_http_request_duration_seconds"));
    assert!(text.contains("watchtower_receive_duration_seconds"));
}

#[tokio::test]
async fn nonsense_beside_the_position_is_noted_by_name() {
    let daemon = Daemon::start().await;
    let body = push("A", 10).replace("42.0", "-42");
    let (status, answer) = sent(daemon.post("/webhooks/loconav", body)).await;
    assert_eq!((status, &answer["accepted"]), (202, &json!(1)));
    assert_eq!(answer["notes"], json!([{"index":0,"reason":"speed: -42 is negative (dropped)"}]));
}

#[tokio::test]
async fn a_body_of_only_bad_elements_is_422_and_kept() {
    let daemon = Daemon::start().await;
    let bad = push("A", 10).replace("6.4441", "96.4441");
    let (status, problem) = sent(daemon.post("/webhooks/loconav", format!("[{bad},3]"))).await;
    assert_eq!(status, 422);
    assert_eq!(problem["errors"][0]["index"], 0);
    assert!(problem["errors"][0]["reason"].as_str().unwrap().starts_with("latitude: "), "{problem}");
    assert_eq!(problem["errors"][1]["reason"], "element: expected an object, found a number");
    let (status, problem) = sent(daemon.get("/osmand?id=a&lat=6")).await;
    assert_eq!((status, problem["detail"].as_str()), (422, Some("lon: missing")));
    assert_eq!(daemon.logged(Family::Raw).await.len(), 2);
    assert!(daemon.logged(Family::Position).await.is_empty());
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_400_and_kept() {
    let daemon = Daemon::start().await;
    let good = push("A", 10);
    let bodies: [Vec<u8>; 8] = [
        good.as_bytes()[..good.len() / 2].to_vec(),
        format!("[{good},{}]", good.replace("42.0", "NaN")).into_bytes(),
        "[".repeat(200_000).into_bytes(),
        format!("{}{}", "[".repeat(200_000), "]".repeat(200_000)).into_bytes(),
        b"\xff\xfe\x00not text".to_vec(),
        b"hello=world".to_vec(),
        vec![b'x'; 2 * 1024 * 1024],
        b"null".to_vec(),
    ];
    for body in &bodies {
        let (status, problem) = sent(daemon.post("/webhooks/loconav", body.clone())).await;
        assert_eq!(status, 400, "{problem}");
        assert!(problem["detail"].as_str().unwrap().starts_with("body"), "{problem}");
    }
    assert_eq!(sent(daemon.post("/webhooks/loconav", "")).await.0, 400);
    let raws = daemon.logged(Family::Raw).await;
    assert_eq!(raws.len(), bodies.len() + 1);
    let base64 = raws.iter().filter_map(|raw| match &raw.data {
        EventData::WebhookReceived(raw) => match &raw.body {
            RawBody::BodyBase64(text) => Some(text.as_str()),
            RawBody::Body(_) => None,
        },
        _ => None,
    });
    assert_eq!(base64.collect::<Vec<_>>(), ["//4Abm90IHRleHQ="], "what is no text is kept byte for byte");
}

#[tokio::test]
async fn an_empty_list_is_taken_and_holds_nothing() {
    let daemon = Daemon::start().await;
    let (status, answer) = sent(daemon.post("/webhooks/loconav", "[]")).await;
    assert_eq!((status, &answer["accepted"], &answer["rejected"]), (202, &json!(0), &json!([])));
}

#[tokio::test]
async fn two_mebibytes_are_taken_and_seventeen_are_not() {
    let daemon = Daemon::start().await;
    let padded = format!("[{}{}]", push("A", 10), " ".repeat(2 * 1024 * 1024));
    let (status, answer) = sent(daemon.post("/webhooks/loconav", padded)).await;
    assert_eq!((status, &answer["accepted"]), (202, &json!(1)));

    let huge = format!("[{}{}]", push("B", 10), " ".repeat(17 * 1024 * 1024));
    let (status, problem) = sent(daemon.post("/webhooks/loconav", huge.clone())).await;
    assert_eq!((status, problem["detail"].as_str()), (413, Some("bodies of up to 16 MiB are accepted")));
    let mut stream = tokio::net::TcpStream::connect(daemon.address).await.unwrap();
    let head = "POST /webhooks/loconav HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n";
    stream.write_all(format!("{head}transfer-encoding: chunked\r\n\r\n").as_bytes()).await.unwrap();
    for chunk in huge.as_bytes().chunks(1024 * 1024) {
        stream.write_all(format!("{:x}\r\n", chunk.len()).as_bytes()).await.unwrap();
        stream.write_all(chunk).await.unwrap();
        stream.write_all(b"\r\n").await.unwrap();
    }
    stream.write_all(b"0\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 "), "without a length, too: {answer}");

    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(huge.as_bytes()).unwrap();
    let bomb = bomb.finish().unwrap();
    assert!(bomb.len() < 100_000);
    let bomb = daemon.post("/webhooks/loconav", bomb).header("content-encoding", "gzip");
    assert_eq!(sent(bomb).await.0, 413, "unpacked, too");

    let (status, _) = sent(daemon.post("/webhooks/loconav", "{}").header("content-encoding", "br")).await;
    assert_eq!(status, 415);
    let (status, _) = sent(daemon.post("/webhooks/loconav", "{}").header("content-encoding", "gzip")).await;
    assert_eq!(status, 400);
    assert_eq!(daemon.logged(Family::Raw).await.len(), 1, "what is too large is not kept");
}

#[tokio::test]
async fn paths_and_methods_nobody_knows_are_problems_too() {
    let daemon = Daemon::start().await;
    assert_eq!(sent(daemon.get("/nowhere")).await.0, 404);
    assert_eq!(sent(daemon.get("/webhooks/loconav")).await.0, 405);
    assert_eq!(sent(daemon.get("/api/v1/alerts/seven")).await.0, 400);
    assert_eq!(sent(daemon.get("/api/v1/events?limit=many")).await.0, 400);
    let (status, problem) = sent(daemon.get("/api/v1/trucks?limt=3")).await;
    assert!(status == 400 && problem["detail"].as_str().unwrap().contains("limt"), "{problem}");
}
