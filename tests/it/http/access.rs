//! Who may do what.

use std::net::SocketAddr;

use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{HeaderName, Request},
};
use secrecy::SecretString;
use tower::ServiceExt as _;
use watchtower::{
    adapters::embedded::Embedded,
    daemon::http::{ApiToken, HttpOptions, Role, router},
    ingest::signature::sign,
};
use watchtower_core::{domain::event::EventData, ports::log::Family};

use super::harness::{Daemon, now, push, sent, state};

const RECEIVERS: [&str; 5] =
    ["/webhooks/loconav", "/webhooks/loconav/location", "/webhooks/loconav/alert", "/osmand", "/owntracks"];

fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

fn token(name: &str, role: Role) -> ApiToken {
    ApiToken { name: name.to_owned(), role, token: secret(&format!("{name}-token")) }
}

#[tokio::test]
async fn with_a_secret_only_signed_requests_are_taken_and_others_never_stored() {
    let webhook_secrets = vec![secret("new"), secret("old")];
    let daemon = Daemon::with(HttpOptions { webhook_secrets, ..HttpOptions::default() }).await;
    let body = push("A", 10);
    for path in RECEIVERS {
        assert_eq!(sent(daemon.post(path, body.clone())).await.0, 401, "{path}");
        for signature in ["", "sha256=", "AAAA", &sign(&secret("wrong"), None, body.as_bytes())] {
            let request = daemon.post(path, body.clone()).header("x-loconav-signature", signature);
            assert_eq!(sent(request).await.0, 401, "{path} {signature}");
        }
        let other = sign(&secret("new"), None, b"another body");
        let request = daemon.post(path, body.clone()).header("x-loconav-signature", other);
        assert_eq!(sent(request).await.0, 401, "{path}");
    }
    let of_nothing = sign(&secret("new"), None, b"");
    let request = daemon.get("/osmand?id=a&lat=6&lon=3").header("x-loconav-signature", of_nothing);
    assert_eq!(sent(request).await.0, 401, "a signature of nothing says nothing of the query");
    assert!(daemon.logged(Family::Raw).await.is_empty());

    for text in ["new", "old"] {
        let signature = format!("sha256={}", sign(&secret(text), None, body.as_bytes()));
        let request = daemon.post("/webhooks/loconav", body.clone()).header("x-loconav-signature", signature);
        assert_eq!(sent(request).await.0, 202, "{text}");
    }
    let malformed =
        daemon.post("/webhooks/loconav", "{").header("x-loconav-signature", sign(&secret("old"), None, b"{"));
    assert_eq!(sent(malformed).await.0, 400);
    assert_eq!(daemon.logged(Family::Raw).await.len(), 3, "what was signed is kept even when unreadable");
}

#[tokio::test]
async fn a_configured_timestamp_is_part_of_what_is_signed() {
    let options = HttpOptions {
        webhook_secrets: vec![secret("s")],
        signature_header: HeaderName::from_static("x-signature"),
        timestamp_header: Some(HeaderName::from_static("x-timestamp")),
        ..HttpOptions::default()
    };
    let daemon = Daemon::with(options).await;
    let body = push("A", 10);
    let at = |offset: i64| (now().millis() / 1000 + offset).to_string();
    let request = |time: &str, signed: Option<&str>| {
        let signature = sign(&secret("s"), signed, body.as_bytes());
        daemon
            .post("/webhooks/loconav", body.clone())
            .header("x-timestamp", time)
            .header("x-signature", signature)
    };
    assert_eq!(sent(request(&at(0), Some(&at(0)))).await.0, 202);
    assert_eq!(sent(request(&at(-300), Some(&at(-300)))).await.0, 202);
    assert_eq!(sent(request(&at(-301), Some(&at(-301)))).await.0, 401);
    assert_eq!(sent(request(&at(1), Some(&at(0)))).await.0, 401);
    assert_eq!(sent(request(&at(0), None)).await.0, 401);
    let bare = daemon.post("/webhooks/loconav", body.clone()).header("x-signature", "AAAA");
    assert_eq!(sent(bare).await.0, 401);
}

#[tokio::test]
async fn a_token_in_the_path_stands_for_a_signature_and_is_stored_nowhere() {
    let options = HttpOptions {
        webhook_secrets: vec![secret("s")],
        receiver_tokens: vec![secret("q7Xtoken"), secret("q8Xtoken")],
        ..HttpOptions::default()
    };
    let daemon = Daemon::with(options).await;
    let position = "id=a&lat=6&lon=3&timestamp=1772711990";
    let location = r#"{"_type":"location","lat":6.5,"lon":3.4,"tst":1772711990,"tid":"xx"}"#;
    for path in [
        "/webhooks/loconav/q7Xtoken",
        "/webhooks/loconav/q8Xtoken/location",
        "/webhooks/loconav/q7Xtoken/alert",
    ] {
        assert_eq!(sent(daemon.post(path, push(path, 10))).await.0, 202, "{path}");
    }
    assert_eq!(sent(daemon.get(&format!("/osmand/q7Xtoken?{position}"))).await.0, 200);
    assert_eq!(sent(daemon.post("/owntracks/q7Xtoken", location)).await.0, 200);
    for path in ["/webhooks/loconav/q9", "/webhooks/loconav/q9/alert", "/osmand/q9", "/owntracks/q9"] {
        assert_eq!(sent(daemon.post(path, location)).await.0, 401, "{path}");
    }
    assert_eq!(sent(daemon.get(&format!("/osmand?{position}"))).await.0, 401);
    let raws = daemon.logged(Family::Raw).await;
    assert_eq!(raws.len(), 5);
    for raw in raws {
        let EventData::WebhookReceived(raw) = raw.data else { panic!("{raw:?}") };
        assert!(!raw.path.contains("Xtoken"), "{}", raw.path);
    }
    assert!(!super::harness::metrics().render().contains("Xtoken"));
}

#[tokio::test]
async fn with_nothing_configured_only_this_machine_is_answered() {
    let file = Embedded::temporary().await.unwrap();
    let router = router(state(&file, std::sync::Arc::new(file.clone()), HttpOptions::default()));
    let ask = async |peer: &str, headers: &[(&str, &str)], method: &str, path: &str| {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = if method == "POST" { Body::from(push("A", 10)) } else { Body::empty() };
        let mut request = request.body(body).unwrap();
        request.extensions_mut().insert(ConnectInfo(peer.parse::<SocketAddr>().unwrap()));
        router.clone().oneshot(request).await.unwrap().status().as_u16()
    };
    let routes = RECEIVERS.map(|path| ("POST", path));
    for (method, path) in routes.into_iter().chain([("GET", "/api/v1/trucks"), ("POST", "/api/v1/positions")])
    {
        assert_eq!(ask("192.0.2.7:999", &[], method, path).await, 403, "{path}");
        assert_eq!(ask("[2001:db8::7]:999", &[], method, path).await, 403, "{path}");
        let forwarded = [("x-forwarded-for", "192.0.2.7")];
        assert_eq!(ask("127.0.0.1:999", &forwarded, method, path).await, 403, "{path}");
        assert_eq!(ask("127.0.0.1:999", &[("host", "evil.example")], method, path).await, 403, "{path}");
        let origin = [("host", "127.0.0.1"), ("origin", "https://evil.example")];
        assert_eq!(ask("127.0.0.1:999", &origin, method, path).await, 403, "{path}");
        for peer in ["127.0.0.1:999", "[::1]:999", "[::ffff:127.0.0.1]:999"] {
            let status = ask(peer, &[("host", "localhost:8080")], method, path).await;
            assert!(status != 403 && status != 401, "{peer} {path}: {status}");
        }
    }
    assert_eq!(ask("192.0.2.7:999", &[], "GET", "/health/live").await, 200);
}

#[tokio::test]
async fn api_routes_want_a_known_token_with_the_role() {
    let api_tokens =
        vec![token("vera", Role::Viewer), token("dan", Role::Dispatcher), token("ada", Role::Admin)];
    let daemon = Daemon::with(HttpOptions { api_tokens, ..HttpOptions::default() }).await;
    let id = "0197a2f0-1111-7222-8333-444455556666";
    let reads = [
        "/trucks",
        "/trucks/T1",
        "/trucks/T1/location",
        "/trucks/T1/positions",
        "/trucks/near?lat=6&lng=3&radius=5",
        "/geofences",
        "/geofences/a",
        "/trips",
        &format!("/trips/{id}"),
        "/drivers",
        "/organizations",
        "/alerts",
        &format!("/alerts/{id}"),
        "/events",
    ];
    for path in reads {
        let get = || daemon.get(&format!("/api/v1{path}"));
        let response = get().send().await.unwrap();
        assert_eq!(response.headers()["www-authenticate"], "Bearer");
        assert_eq!(response.status(), 401, "{path}");
        for wrong in ["vera-tokem", "vera-token2", "", "vera"] {
            assert_eq!(sent(get().bearer_auth(wrong)).await.0, 401, "{path} {wrong}");
        }
        assert_eq!(sent(get().basic_auth("vera", Some("vera-token"))).await.0, 401, "{path}");
        for name in ["vera", "dan", "ada"] {
            let status = get().bearer_auth(format!("{name}-token")).send().await.unwrap().status().as_u16();
            assert!([200, 404].contains(&status), "{path} {name}: {status}");
        }
    }
    let writes = [
        daemon.post("/api/v1/positions", "[]"),
        daemon.post("/api/v1/geofences", r#"{"type":"FeatureCollection","features":[]}"#),
        daemon.delete("/api/v1/geofences/a"),
        daemon.post(
            "/api/v1/trips",
            r#"{"truck":"T1","pickup":"a","delivery":"b","scheduled_departure":"2026-03-05T13:00:00Z"}"#,
        ),
        daemon.put(&format!("/api/v1/trips/{id}/status"), r#"{"status":"cancelled"}"#),
        daemon.post(&format!("/api/v1/alerts/{id}/acknowledge"), ""),
    ];
    for write in writes {
        let with = |name: &str| write.try_clone().unwrap().bearer_auth(format!("{name}-token"));
        assert_eq!(sent(write.try_clone().unwrap()).await.0, 401);
        assert_eq!(sent(with("vera")).await.0, 403);
        let status = with("dan").send().await.unwrap().status().as_u16();
        assert!([201, 202, 404, 422].contains(&status), "{status}");
    }
}
