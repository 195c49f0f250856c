//! A daemon's HTTP side on a port of its own, and what its log then holds.

use std::{
    net::SocketAddr,
    sync::{Arc, Once, OnceLock},
};

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use watchtower::{
    adapters::embedded::Embedded,
    daemon::{
        http::{AppState, HttpOptions, router, serve},
        receiver::{Receiver, ReceiverOptions},
    },
};
use watchtower_core::{
    domain::{event::Event, time::Timestamp},
    ports::{
        log::{EntryId, EventLog, Family, Log, StreamId},
        store::Store,
    },
};

/// The wall clock of every test: 2026-03-05T12:00:00Z.
pub(super) fn now() -> Timestamp {
    Timestamp::from_millis(1_772_712_000_000)
}

/// A running server; it stops when this is dropped.
pub(super) struct Daemon {
    pub(super) address: SocketAddr,
    pub(super) file: Embedded,
    pub(super) client: Client,
    pub(super) shutdown: CancellationToken,
    pub(super) task: Option<tokio::task::JoinHandle<std::io::Result<()>>>,
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

/// The process's counters: one recorder, however many tests.
pub(super) fn metrics() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| PrometheusBuilder::new().install_recorder().unwrap()).clone()
}

fn client() -> Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| rustls::crypto::ring::default_provider().install_default().unwrap());
    Client::builder().no_proxy().build().unwrap()
}

/// State over a file, with another log in front of it where a test needs one.
pub(super) fn state(file: &Embedded, log: Arc<dyn Log>, options: HttpOptions) -> AppState {
    let events: Arc<dyn EventLog> = log.clone();
    let receiver = Arc::new(Receiver::new(events, ReceiverOptions::default()));
    AppState::new(log, Arc::new(file.clone()), receiver, Some(metrics()), options, now)
}

impl Daemon {
    /// With nothing configured.
    pub(super) async fn start() -> Self {
        Self::with(HttpOptions::default()).await
    }

    pub(super) async fn with(options: HttpOptions) -> Self {
        let file = Embedded::temporary().await.unwrap();
        let log = Arc::new(file.clone());
        Self::over(file, log, options).await
    }

    /// With another store beside the file's log.
    pub(super) async fn on_store(store: Arc<dyn Store>) -> Self {
        let file = Embedded::temporary().await.unwrap();
        let log: Arc<dyn Log> = Arc::new(file.clone());
        let receiver = Arc::new(Receiver::new(log.clone(), ReceiverOptions::default()));
        let options = HttpOptions::default();
        let state = AppState::new(log, store, receiver, Some(metrics()), options, now);
        Self::serving(file, router(state)).await
    }

    pub(super) async fn over(file: Embedded, log: Arc<dyn Log>, options: HttpOptions) -> Self {
        let router = router(state(&file, log, options));
        Self::serving(file, router).await
    }

    async fn serving(file: Embedded, router: axum::Router) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let task = Some(tokio::spawn(serve(listener, router, shutdown.clone())));
        Self { address, file, client: client(), shutdown, task }
    }

    pub(super) fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("http://{}{path}", self.address))
    }

    pub(super) fn post(&self, path: &str, body: impl Into<reqwest::Body>) -> RequestBuilder {
        self.client.post(format!("http://{}{path}", self.address)).body(body)
    }

    pub(super) fn put(&self, path: &str, body: impl Into<reqwest::Body>) -> RequestBuilder {
        self.client.put(format!("http://{}{path}", self.address)).body(body)
    }

    pub(super) fn delete(&self, path: &str) -> RequestBuilder {
        self.client.delete(format!("http://{}{path}", self.address))
    }

    /// Everything in the streams of a family.
    pub(super) async fn logged(&self, family: Family) -> Vec<Event> {
        let mut events = Vec::new();
        for partition in self.file.partitions().all() {
            let stream = StreamId { partition, family };
            let entries = self.file.read(stream, EntryId::ZERO, 10_000).await.unwrap();
            events.extend(entries.into_iter().map(|entry| entry.event));
        }
        events
    }

    /// What the writer does: brings what is in the log into the store.
    pub(super) async fn write_through(&self) {
        for family in [Family::Position, Family::Event] {
            let events = self.logged(family).await;
            self.file.write(&events).await.unwrap();
        }
    }
}

/// Sends a request and reads the JSON of its answer.
pub(super) async fn sent(request: RequestBuilder) -> (u16, Value) {
    read(request.send().await.unwrap()).await
}

pub(super) async fn read(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let problem = status >= 400;
    let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
    let correlation_id = response.headers()["x-correlation-id"].to_str().unwrap().to_owned();
    let body: Value = response.json().await.unwrap();
    if problem {
        assert_eq!(kind, "application/problem+json", "{body}");
        assert_eq!(body["status"], status);
        assert_eq!(body["correlation_id"], correlation_id);
        for field in ["type", "title", "detail"] {
            assert!(body[field].as_str().is_some_and(|text| !text.is_empty()), "{field} of {body}");
        }
        assert!(body["errors"].is_array(), "{body}");
    }
    (status, body)
}

/// A live push of a vehicle, `age_s` seconds old.
pub(super) fn push(vehicle: &str, age_s: i64) -> String {
    let time = now().millis() / 1000 - age_s;
    format!(
        r#"{{"imei":"0867","speed":42.0,"gpstime":{time},"ignition":"1","latitude":6.4441,
        "longitude":3.3675,"sharpTurn":"0","orientation":90.0,"harshBraking":"1",
        "vehiclenumber":"{vehicle}","rockBreakerPedal":"0","harshAcceleration":"0"}}"#
    )
}
