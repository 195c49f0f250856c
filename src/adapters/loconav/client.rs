//! Requests: paced, timed, retried.

use std::{
    collections::HashMap,
    sync::Mutex,
    time::{Duration, SystemTime},
};

use backon::{BackoffBuilder, ExponentialBuilder};
use reqwest::{Client, Method, Response, StatusCode, header::HeaderMap};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, sleep_until};
use tracing::{debug, warn};
use watchtower_core::domain::{
    event::Rejection,
    geofence::Geofence,
    master::{Driver, Truck},
    trip::Trip,
};

use super::{pace::Pace, records, wire};

/// Requests a minute and endpoint that the vendor documents; answers may say less.
const LIMIT: usize = 500;
/// The vendor's rolling window.
const WINDOW: Duration = Duration::from_secs(60);
/// Records asked for at once.
const PER_PAGE: usize = 100;
/// Pages read at most in one sweep: a list that never ends is a fault.
const MAX_PAGES: usize = 2_000;
/// Sensors of a `last_known` call; the vendor allows three.
const SENSORS: [&str; 1] = ["gps"];
/// A `Retry-After` longer than this is not waited for.
const LONGEST_HOLD: Duration = Duration::from_secs(300);

/// How to reach LocoNav.
#[derive(Debug, Clone)]
pub struct LocoNavOptions {
    /// Base of the API, without a trailing slash.
    pub url: String,
    /// The `User-Authentication` token.
    pub token: SecretString,
    /// Longest wait for one answer.
    pub timeout: Duration,
    /// Attempts at one request, the first included.
    pub attempts: usize,
}

impl LocoNavOptions {
    /// The defaults: 20 s an answer, five attempts.
    pub const fn new(url: String, token: SecretString) -> Self {
        Self { url, token, timeout: Duration::from_secs(20), attempts: 5 }
    }
}

/// Why LocoNav gave no answer to work with.
#[derive(Debug, thiserror::Error)]
pub enum LocoNavError {
    /// No answer, or one that says "later"; trying again may help.
    #[error("loconav {endpoint}: {reason}")]
    Unavailable {
        /// Path of the call.
        endpoint: String,
        /// What happened, without the token.
        reason: String,
    },
    /// It refused; the same call will be refused again.
    #[error("loconav {endpoint} refused with {status}: {reason}")]
    Refused {
        /// Path of the call.
        endpoint: String,
        /// HTTP status.
        status: u16,
        /// What it said.
        reason: String,
    },
    /// The answer is not the JSON the contract describes.
    #[error("loconav {endpoint} answered something else: {reason}")]
    Unreadable {
        /// Path of the call.
        endpoint: String,
        /// What was found.
        reason: String,
    },
}

impl LocoNavError {
    /// Whether the same call may succeed later.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}

/// All pages of a list: what could be understood, and what could not.
#[derive(Debug)]
pub struct Sweep<T> {
    /// The records.
    pub records: Vec<T>,
    /// Elements left out, by their place over all pages.
    pub rejected: Vec<Rejection>,
}

/// A client of one account.
#[derive(Debug)]
pub struct LocoNavClient {
    http: Client,
    options: LocoNavOptions,
    paces: Mutex<HashMap<&'static str, Pace>>,
}

impl LocoNavClient {
    /// A client; nothing is sent yet.
    pub fn new(options: LocoNavOptions) -> Result<Self, LocoNavError> {
        let http = Client::builder()
            .timeout(options.timeout)
            .connect_timeout(Duration::from_secs(5))
            .user_agent(concat!("watchtower/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| LocoNavError::Unavailable {
                endpoint: String::new(),
                reason: error.to_string(),
            })?;
        Ok(Self { http, options, paces: Mutex::default() })
    }

    /// The trucks.
    pub async fn vehicles(&self) -> Result<Sweep<Truck>, LocoNavError> {
        self.sweep(Method::GET, "/integration/api/v1/vehicles", &[], None, records::truck).await
    }

    /// The drivers.
    pub async fn drivers(&self) -> Result<Sweep<Driver>, LocoNavError> {
        self.sweep(Method::GET, "/integration/api/v1/drivers", &[], None, records::driver).await
    }

    /// The active polygons.
    pub async fn polygons(&self) -> Result<Sweep<Geofence>, LocoNavError> {
        self.sweep(Method::GET, "/integration/api/v1/polygons", &[("active", "true")], None, records::fence)
            .await
    }

    /// The trips, with the places they run between.
    pub async fn trips(&self) -> Result<Sweep<(Trip, [Geofence; 2])>, LocoNavError> {
        self.sweep(Method::GET, "/integration/api/v1/trips", &[], None, records::trip).await
    }

    /// The last known state of every vehicle, each as the vendor wrote it.
    pub async fn last_known(&self) -> Result<Vec<Value>, LocoNavError> {
        let (path, body) =
            ("/integration/api/v1/vehicles/telematics/last_known", json!({ "sensors": SENSORS }));
        let mut pages = self.pages(Method::POST, path, &[], Some(body)).await?;
        Ok(pages.iter_mut().filter_map(wire::take_elements).flatten().collect())
    }

    async fn sweep<T>(
        &self,
        method: Method,
        path: &'static str,
        query: &[(&str, &str)],
        body: Option<Value>,
        convert: impl Fn(&Value) -> Result<T, String>,
    ) -> Result<Sweep<T>, LocoNavError> {
        let pages = self.pages(method, path, query, body).await?;
        let mut sweep = Sweep { records: Vec::new(), rejected: Vec::new() };
        let elements = pages.iter().filter_map(wire::elements).flatten();
        for (index, element) in elements.enumerate() {
            match convert(element) {
                Ok(record) => sweep.records.push(record),
                Err(reason) => sweep.rejected.push(Rejection { index, reason }),
            }
        }
        Ok(sweep)
    }

    async fn pages(
        &self,
        method: Method,
        path: &'static str,
        query: &[(&str, &str)],
        body: Option<Value>,
    ) -> Result<Vec<Value>, LocoNavError> {
        let mut pages = Vec::new();
        for page in 1..=MAX_PAGES {
            let (page, per_page) = (page.to_string(), PER_PAGE.to_string());
            let mut query = query.to_vec();
            query.extend([("page", page.as_str()), ("perPage", per_page.as_str())]);
            let answer = self.call(&method, path, &query, body.as_ref()).await?;
            let Some(elements) = wire::elements(&answer) else {
                let reason = format!("no list under data: {}", wire::excerpt(&answer));
                return Err(LocoNavError::Unreadable { endpoint: path.to_owned(), reason });
            };
            let (count, more) = (elements.len(), wire::more(&answer));
            // A server that ignores `page` would be read for ever.
            let repeats = pages.last() == Some(&answer);
            if !repeats {
                pages.push(answer);
            }
            if count == 0 || repeats || !more.unwrap_or(count >= PER_PAGE) {
                return Ok(pages);
            }
        }
        let reason = format!("more than {MAX_PAGES} pages");
        Err(LocoNavError::Unreadable { endpoint: path.to_owned(), reason })
    }

    /// One call, with as many attempts as it may have.
    async fn call(
        &self,
        method: &Method,
        path: &'static str,
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Value, LocoNavError> {
        let mut pauses = ExponentialBuilder::default()
            .with_jitter()
            .with_min_delay(Duration::from_millis(500))
            .with_max_delay(Duration::from_secs(30))
            .with_max_times(self.options.attempts.saturating_sub(1))
            .build();
        loop {
            self.wait_for_place(path).await;
            let outcome = self.attempt(method, path, query, body).await;
            let error = match outcome {
                Err(error) if error.is_retryable() => error,
                outcome => return outcome,
            };
            let Some(pause) = pauses.next() else { return Err(error) };
            debug!(%error, retry.after_ms = pause.as_millis() as u64, "loconav call is tried again");
            metrics::counter!("watchtower_loconav_retries_total").increment(1);
            sleep(pause).await;
        }
    }

    async fn attempt(
        &self,
        method: &Method,
        path: &'static str,
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Value, LocoNavError> {
        let unavailable = |reason: String| LocoNavError::Unavailable { endpoint: path.to_owned(), reason };
        let mut request = self
            .http
            .request(method.clone(), format!("{}{path}", self.options.url))
            .header("User-Authentication", self.options.token.expose_secret())
            .query(query);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(|error| unavailable(error.without_url().to_string()))?;
        let status = response.status();
        self.heed(path, &response);
        // `Retry-After` is kept by the pace; a body may still be worth reading.
        let text = response.text().await.map_err(|error| unavailable(error.without_url().to_string()))?;
        let answer: Result<Value, _> = serde_json::from_str(&text);
        if status.is_success() {
            return answer.map_err(|error| LocoNavError::Unreadable {
                endpoint: path.to_owned(),
                reason: error.to_string(),
            });
        }
        let said = answer.map_or_else(|_| String::new(), |answer| wire::errors(&answer));
        if status == StatusCode::TOO_MANY_REQUESTS
            || status == StatusCode::REQUEST_TIMEOUT
            || status.is_server_error()
        {
            return Err(unavailable(format!("{status} {said}").trim_end().to_owned()));
        }
        Err(LocoNavError::Refused { endpoint: path.to_owned(), status: status.as_u16(), reason: said })
    }

    async fn wait_for_place(&self, path: &'static str) {
        loop {
            let place = self.with_pace(path, |pace| pace.try_take(Instant::now()));
            match place {
                Ok(()) => return,
                Err(again) => sleep_until(again).await,
            }
        }
    }

    fn heed(&self, path: &'static str, response: &Response) {
        let (headers, now) = (response.headers(), Instant::now());
        let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<usize>().ok();
        self.with_pace(path, |pace| {
            pace.heed(now, number("X-Rate-Limit-Limit"), number("X-Rate-Limit-Remaining"));
            if response.status() == StatusCode::TOO_MANY_REQUESTS
                || response.status() == StatusCode::SERVICE_UNAVAILABLE
            {
                let wait = retry_after(headers).unwrap_or(Duration::from_secs(1)).min(LONGEST_HOLD);
                warn!(endpoint = path, wait_s = wait.as_secs(), "loconav asks to wait");
                pace.hold(now + wait);
            }
        });
    }

    fn with_pace<T>(&self, path: &'static str, with: impl FnOnce(&mut Pace) -> T) -> T {
        let mut paces = self.paces.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        with(paces.entry(path).or_insert_with(|| Pace::new(LIMIT, WINDOW)))
    }
}

/// `Retry-After` as seconds or as an HTTP date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("Retry-After")?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = chrono::DateTime::parse_from_rfc2822(text).ok()?;
    SystemTime::from(date).duration_since(SystemTime::now()).ok()
}
