//! HTTP: the receivers, the API over log and store, and operations.
//!
//! Handlers extract, call and convert. Who may do what is in `guard`, what an
//! error looks like in `error`, and nowhere else.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    http::HeaderName,
    middleware,
    routing::{get, post, put},
};
use chrono_tz::Tz;
use metrics_exporter_prometheus::PrometheusHandle;
use secrecy::SecretString;
use tokio::sync::Semaphore;
use watchtower_core::{
    domain::{id::CorrelationId, time::Timestamp},
    ports::{log::Log, store::Store},
};

use super::{
    dispatch::{Dispatch, Occasion},
    receiver::Receiver,
};

mod alerts;
mod analytics;
mod body;
mod error;
mod geofences;
mod geojson;
mod guard;
mod health;
mod history;
mod page;
mod questions;
mod records;
mod serve;
mod trace;
mod trips;
mod trucks;
mod webhooks;

pub use guard::{ApiToken, Role};
pub use serve::serve;

/// A unit of the budget for bodies in memory.
const BUDGET_UNIT: usize = 1024;

/// Who may do what, and how much of it.
#[derive(Debug)]
pub struct HttpOptions {
    /// Secrets webhooks are signed with; two while they are rotated.
    pub webhook_secrets: Vec<SecretString>,
    /// The header that carries the signature.
    pub signature_header: HeaderName,
    /// The header that carries the signed time; `None`: only the body is signed.
    pub timestamp_header: Option<HeaderName>,
    /// Tokens in the path, for senders that cannot sign.
    pub receiver_tokens: Vec<SecretString>,
    /// Who may use the API; with none it answers on loopback only.
    pub api_tokens: Vec<ApiToken>,
    /// The zone of times in queries written without one.
    pub zone: Tz,
    /// The largest body, compressed or not.
    pub body_limit: usize,
    /// The memory all bodies under way may take together.
    pub body_budget: usize,
    /// How long a body may take to arrive.
    pub body_timeout: Duration,
    /// How long an answer may take.
    pub answer_timeout: Duration,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            webhook_secrets: Vec::new(),
            signature_header: HeaderName::from_static("x-loconav-signature"),
            timestamp_header: None,
            receiver_tokens: Vec::new(),
            api_tokens: Vec::new(),
            zone: chrono_tz::Africa::Lagos,
            body_limit: 16 * 1024 * 1024,
            body_budget: 256 * 1024 * 1024,
            body_timeout: Duration::from_secs(30),
            answer_timeout: Duration::from_secs(30),
        }
    }
}

/// What the handlers work on.
#[derive(Clone)]
pub struct AppState {
    log: Arc<dyn Log>,
    store: Arc<dyn Store>,
    receiver: Arc<Receiver>,
    metrics: Option<PrometheusHandle>,
    options: Arc<HttpOptions>,
    bodies: Arc<Semaphore>,
    now: fn() -> Timestamp,
}

impl AppState {
    /// State over a log and a store. `metrics` is what `/metrics` renders; its
    /// upkeep is the recorder's owner's. `now` is the wall clock.
    pub fn new(
        log: Arc<dyn Log>,
        store: Arc<dyn Store>,
        receiver: Arc<Receiver>,
        metrics: Option<PrometheusHandle>,
        options: HttpOptions,
        now: fn() -> Timestamp,
    ) -> Self {
        let units = (options.body_budget / BUDGET_UNIT).min(Semaphore::MAX_PERMITS);
        Self {
            log,
            store,
            receiver,
            metrics,
            options: Arc::new(options),
            bodies: Arc::new(Semaphore::new(units)),
            now,
        }
    }

    fn now(&self) -> Timestamp {
        (self.now)()
    }

    fn dispatch(&self) -> Dispatch {
        Dispatch::new(self.log.clone(), self.store.clone(), self.options.zone)
    }

    /// What is asked for now, as part of a request.
    fn occasion(&self, correlation_id: CorrelationId) -> Occasion {
        let now = self.now();
        Occasion { correlation_id, happened: now, now }
    }
}

/// Every route.
pub fn router(state: AppState) -> Router {
    let receivers = Router::new()
        .route("/webhooks/loconav", post(webhooks::loconav))
        .route("/webhooks/loconav/location", post(webhooks::loconav))
        .route("/webhooks/loconav/alert", post(webhooks::loconav))
        .route("/webhooks/loconav/{token}", post(webhooks::loconav))
        .route("/webhooks/loconav/{token}/location", post(webhooks::loconav))
        .route("/webhooks/loconav/{token}/alert", post(webhooks::loconav))
        .route("/osmand", get(webhooks::osmand).post(webhooks::osmand))
        .route("/osmand/{token}", get(webhooks::osmand).post(webhooks::osmand))
        .route("/owntracks", post(webhooks::owntracks))
        .route("/owntracks/{token}", post(webhooks::owntracks));
    let api = Router::new()
        .route("/positions", post(webhooks::positions))
        .route("/trucks", get(trucks::list))
        .route("/trucks/near", get(trucks::near))
        .route("/trucks/{truck}", get(trucks::one))
        .route("/trucks/{truck}/location", get(trucks::location))
        .route("/trucks/{truck}/positions", get(trucks::positions))
        .route("/geofences", get(geofences::list).post(geofences::write))
        .route("/geofences/{id}", get(geofences::one).delete(geofences::remove))
        .route("/trips", get(trips::list).post(trips::create))
        .route("/trips/{id}", get(trips::one))
        .route("/trips/{id}/status", put(trips::change))
        .route("/drivers", get(records::drivers))
        .route("/organizations", get(records::organizations))
        .route("/events", get(records::events))
        .route("/visits", get(history::visits))
        .route("/crossings", get(history::crossings))
        .route("/stops", get(history::stops))
        .route("/drives", get(history::drives))
        .route("/overspeeds", get(history::overspeeds))
        .route("/analytics/daily", get(analytics::daily))
        .route("/analytics/tat", get(analytics::turnaround))
        .route("/analytics/utilization", get(analytics::utilization))
        .route("/analytics/trucks", get(analytics::trucks))
        .route("/ai/query", post(questions::ask))
        .route("/alerts", get(alerts::list))
        .route("/alerts/storms", get(alerts::storms))
        .route("/alerts/{id}", get(alerts::one))
        .route("/alerts/{id}/acknowledge", post(alerts::acknowledge));
    let operations = Router::new()
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/metrics", get(health::metrics));
    receivers
        .merge(operations)
        .nest("/api/v1", api)
        .fallback(error::not_found)
        .method_not_allowed_fallback(error::method_not_allowed)
        .layer(middleware::from_fn_with_state(state.clone(), trace::in_time))
        .layer(trace::panics())
        .layer(middleware::from_fn(trace::trace))
        .with_state(state)
}
