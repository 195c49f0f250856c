//! The one table of settings.

/// One setting: its key in the file, its meaning and its default.
#[derive(Debug)]
pub struct Setting {
    /// Dotted key in the file; upper-cased with `_` for `.` and the prefix
    /// `WATCHTOWER_` it is the environment's name.
    pub key: &'static str,
    /// What it does, in one line.
    pub doc: &'static str,
    /// The default as text; `None` when there is none and the feature is off.
    pub default: Option<&'static str>,
    /// Never shown; may come from a file named by the variable with `_FILE`.
    pub secret: bool,
}

impl Setting {
    /// The environment variable: `redis.url` → `WATCHTOWER_REDIS_URL`.
    pub fn variable(&self) -> String {
        // Three names are older than the scheme and are promised to others.
        match self.key {
            "fleet.time_zone" => "WATCHTOWER_TIME_ZONE".into(),
            key => format!("WATCHTOWER_{}", key.replace('.', "_").to_uppercase()),
        }
    }

    /// The row of `key`.
    pub fn of(key: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.key == key)
    }
}

const fn plain(key: &'static str, default: Option<&'static str>, doc: &'static str) -> Setting {
    Setting { key, doc, default, secret: false }
}

const fn secret(key: &'static str, doc: &'static str) -> Setting {
    Setting { key, doc, default: None, secret: true }
}

/// Every setting but the rules, which have a tree of their own under `rules.`.
pub const SETTINGS: &[Setting] = &[
    plain(
        "data_dir",
        None,
        "where the embedded store and the dashboard's log live; default $XDG_DATA_HOME/watchtower",
    ),
    secret("redis.url", "redis://, rediss:// or redis+cluster://; none = the embedded log"),
    plain("redis.partitions", Some("16"), "partitions of a log that is set up now; fixed from then on"),
    secret("database.url", "postgres://… with PostGIS; none = the embedded store"),
    plain(
        "http.listen",
        Some("127.0.0.1:8080"),
        "address of the HTTP server; port 0 is chosen by the system and printed",
    ),
    secret(
        "http.tokens",
        "API tokens as name:role:token, comma separated; roles viewer, dispatcher, admin; none = loopback only",
    ),
    plain("loconav.url", Some("https://api.a.loconav.com"), "LocoNav's API"),
    secret("loconav.token", "LocoNav's User-Authentication token; none = no poller"),
    plain("loconav.poll_s", Some("60"), "seconds between polls of the last known positions"),
    plain("loconav.account", Some("loconav"), "name of this LocoNav account in positions and raw entries"),
    secret("loconav.webhook_secret", "HMAC-SHA256 secret of the webhooks; none = receiver on loopback only"),
    secret("loconav.webhook_secret_previous", "the secret before, accepted too while it is rotated"),
    plain("loconav.signature_header", Some("X-LocoNav-Signature"), "header that carries the signature"),
    plain(
        "loconav.timestamp_header",
        None,
        "header with the time of signing; with it the HMAC is over ts.body",
    ),
    secret("receiver.token", "unguessable path token for senders that cannot sign"),
    plain("receiver.max_ahead_s", Some("300"), "a fix further ahead of its source's clock is refused"),
    plain(
        "fleet.time_zone",
        Some("Africa/Lagos"),
        "the fleet's zone: zone-less times, days, the dashboard's clock",
    ),
    plain("retention.raw_days", Some("7"), "days raw requests are kept"),
    plain("retention.position_days", Some("30"), "days positions are kept"),
    plain("retention.alert_days", Some("90"), "days alerts are kept"),
    plain("retention.trip_days", Some("183"), "days trips, visits, stops and drives are kept"),
    plain("retention.metric_days", Some("366"), "days the figures of days are kept"),
    plain(
        "map.tiles",
        None,
        "street maps for the dashboard: .pmtiles or .mbtiles files, comma separated, the first that has a place wins",
    ),
    plain(
        "retention.event_days",
        Some("400"),
        "days the audit trail is kept; no less than positions and trips, which are told with it",
    ),
    plain("log.level", Some("info"), "error, warn, info, debug, trace, or a tracing filter"),
    plain("log.format", Some("text"), "text or json"),
];
