//! The settings, typed and checked.

use std::{
    fmt::Display,
    net::{SocketAddr, ToSocketAddrs},
    path::PathBuf,
    str::FromStr,
    time::Duration,
};

use chrono_tz::Tz;
use secrecy::SecretString;
use watchtower_core::{engine::Rules, ports::log::Partitions};

use super::{
    layers::{ConfigError, Layers, Problem, merge},
    table::{SETTINGS, Setting},
};

/// Everything configurable.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `data_dir`.
    pub data_dir: PathBuf,
    /// `redis.*`.
    pub redis: Redis,
    /// `database.*`.
    pub database: Database,
    /// `http.*`.
    pub http: Http,
    /// `loconav.*`.
    pub loconav: LocoNav,
    /// `receiver.*`.
    pub receiver: Receiver,
    /// `fleet.time_zone`.
    pub time_zone: Tz,
    /// `retention.*`.
    pub retention: Retention,
    /// `map.tiles`.
    pub tiles: Vec<PathBuf>,
    /// `log.*`.
    pub logging: Logging,
    /// `rules.*`.
    pub rules: Rules,
}

/// Where the log is.
#[derive(Debug, Clone)]
pub struct Redis {
    /// None: the embedded log.
    pub url: Option<SecretString>,
    /// For a log that is set up now.
    pub partitions: Partitions,
}

/// Where the store is.
#[derive(Debug, Clone)]
pub struct Database {
    /// None: the embedded store.
    pub url: Option<SecretString>,
}

/// The HTTP server.
#[derive(Debug, Clone)]
pub struct Http {
    /// Address to listen on.
    pub listen: SocketAddr,
    /// None: the API answers on loopback only.
    pub tokens: Vec<HttpToken>,
}

/// A bearer token of the API.
#[derive(Debug, Clone)]
pub struct HttpToken {
    /// Whose: the name in the audit trail.
    pub name: String,
    /// `viewer`, `dispatcher` or `admin`.
    pub role: String,
    /// The token.
    pub token: SecretString,
}

/// LocoNav's account and webhooks.
#[derive(Debug, Clone)]
pub struct LocoNav {
    /// Base of the API.
    pub url: String,
    /// None: no poller.
    pub token: Option<SecretString>,
    /// Between polls of positions.
    pub poll: Duration,
    /// Name of the account.
    pub account: String,
    /// The secrets accepted, the current one first.
    pub webhook_secrets: Vec<SecretString>,
    /// Header of the signature.
    pub signature_header: String,
    /// Header of the time of signing.
    pub timestamp_header: Option<String>,
}

/// What the receivers take.
#[derive(Debug, Clone)]
pub struct Receiver {
    /// Path token for senders that cannot sign.
    pub token: Option<SecretString>,
    /// Refuse fixes further ahead than this.
    pub max_ahead: Duration,
}

/// How long things are kept.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    /// Raw requests.
    pub raw: Duration,
    /// Positions.
    pub positions: Duration,
    /// Alerts.
    pub alerts: Duration,
    /// Trips, visits, stops and drives.
    pub trips: Duration,
    /// Figures of days.
    pub metrics: Duration,
    /// The audit trail.
    pub events: Duration,
}

/// What is logged, and how.
#[derive(Debug, Clone)]
pub struct Logging {
    /// A tracing filter.
    pub level: String,
    /// Text or JSON.
    pub format: LogFormat,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines: one object a line.
    Json,
}

impl FromStr for LogFormat {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("is neither \"text\" nor \"json\""),
        }
    }
}

const DAY_S: u64 = 86_400;

impl Settings {
    /// Reads the layers, reporting everything wrong with them at once.
    pub fn read(layers: Layers) -> Result<Self, ConfigError> {
        let mut reader = Reader(layers);
        let days = |days: u32| Duration::from_secs(u64::from(days) * DAY_S);
        let mut settings = Self {
            data_dir: reader.data_dir(),
            redis: Redis {
                url: reader.url("redis.url", &["redis", "rediss", "redis+cluster", "rediss+cluster"]),
                partitions: reader.parsed("redis.partitions", |text| {
                    text.parse().ok().and_then(Partitions::new).ok_or("is no number from 1 to 1024")
                }),
            },
            database: Database { url: reader.url("database.url", &["postgres", "postgresql"]) },
            http: Http { listen: reader.parsed("http.listen", listen_address), tokens: reader.tokens() },
            loconav: LocoNav {
                url: reader.parsed("loconav.url", http_url),
                token: reader.secret("loconav.token"),
                poll: Duration::from_secs(u64::from(reader.positive("loconav.poll_s"))),
                account: reader.text("loconav.account"),
                webhook_secrets: ["loconav.webhook_secret", "loconav.webhook_secret_previous"]
                    .iter()
                    .filter_map(|key| reader.secret(key))
                    .collect(),
                signature_header: reader.parsed("loconav.signature_header", header_name),
                timestamp_header: reader.optional("loconav.timestamp_header", header_name),
            },
            receiver: Receiver {
                token: reader.receiver_token(),
                max_ahead: Duration::from_secs(u64::from(reader.positive("receiver.max_ahead_s"))),
            },
            time_zone: reader.parsed("fleet.time_zone", time_zone),
            retention: Retention {
                raw: days(reader.positive("retention.raw_days")),
                positions: days(reader.positive("retention.position_days")),
                alerts: days(reader.positive("retention.alert_days")),
                trips: days(reader.positive("retention.trip_days")),
                metrics: days(reader.positive("retention.metric_days")),
                events: days(reader.positive("retention.event_days")),
            },
            tiles: reader.optional("map.tiles", paths).unwrap_or_default(),
            logging: Logging {
                level: reader.parsed("log.level", |text| {
                    tracing_subscriber::EnvFilter::try_new(text)
                        .map(|_| text.to_owned())
                        .map_err(|e| e.to_string())
                }),
                format: reader.parsed("log.format", LogFormat::from_str),
            },
            rules: Rules::default(),
        };
        settings.rules = reader.rules(settings.time_zone);
        match reader.0.problems {
            problems if problems.is_empty() => Ok(settings),
            problems => Err(ConfigError { problems }),
        }
    }

    /// The rules alone: `base`, overruled by the layers. Their zone is `zone`, else
    /// the layers', else the fleet's.
    pub fn rules_over(base: Rules, zone: Option<Tz>, layers: Layers) -> Result<Rules, ConfigError> {
        let mut reader = Reader(layers);
        let fleet = reader.parsed("fleet.time_zone", time_zone);
        let mut tree = toml::Table::try_from(base).expect("rules are a table of plain values");
        tree.remove("time_zone");
        merge(&mut tree, std::mem::take(&mut reader.0.rules));
        if let Some(zone) = zone {
            tree.insert("time_zone".into(), zone.name().into());
        }
        reader.0.rules = tree;
        let rules = reader.rules(fleet);
        match reader.0.problems {
            problems if problems.is_empty() => Ok(rules),
            problems => Err(ConfigError { problems }),
        }
    }

    /// The merged settings as `key = value` lines, secrets left out.
    pub fn show(layers: &Layers) -> Vec<(&'static Setting, String, String)> {
        SETTINGS
            .iter()
            .map(|setting| match layers.values.get(setting.key) {
                Some(value) if setting.secret => (setting, "(set)".into(), value.place.clone()),
                Some(value) => (setting, value.text.clone(), value.place.clone()),
                None if setting.key == "data_dir" => {
                    let own = own_data_dir().map(|path| path.display().to_string());
                    (setting, own.unwrap_or_default(), "default".into())
                }
                None => (setting, setting.default.unwrap_or_default().to_owned(), "default".into()),
            })
            .collect()
    }
}

/// Takes typed values out of layers. What cannot be read becomes a problem and
/// the default stands in, so that reading goes on to the next problem.
struct Reader(Layers);

impl Reader {
    fn problem(&mut self, place: String, reason: impl Display) {
        self.0.problems.push(Problem { place, reason: reason.to_string() });
    }

    fn optional<T, E: Display>(&mut self, key: &str, parse: impl Fn(&str) -> Result<T, E>) -> Option<T> {
        let value = self.0.values.get(key)?.clone();
        match parse(&value.text) {
            Ok(parsed) => Some(parsed),
            Err(reason) => {
                let secret = Setting::of(key).is_some_and(|setting| setting.secret);
                let shown = if secret { String::new() } else { format!("{:?} ", value.text) };
                self.problem(value.place, format!("{shown}{reason}"));
                None
            }
        }
    }

    fn parsed<T, E: Display>(&mut self, key: &str, parse: impl Fn(&str) -> Result<T, E>) -> T {
        self.optional(key, &parse).unwrap_or_else(|| {
            let default = Setting::of(key).and_then(|setting| setting.default);
            let default = default.expect("a setting read this way has a default in the table");
            parse(default)
                .unwrap_or_else(|_| unreachable!("the default of {key} is valid; a test parses them all"))
        })
    }

    fn text(&mut self, key: &str) -> String {
        self.parsed(key, |text| if text.is_empty() { Err("is empty") } else { Ok(text.to_owned()) })
    }

    fn positive(&mut self, key: &str) -> u32 {
        self.parsed(key, |text| match text.parse::<u32>() {
            Ok(number) if (1..=36_500_000).contains(&number) => Ok(number),
            _ => Err("is no whole number above 0"),
        })
    }

    fn secret(&mut self, key: &str) -> Option<SecretString> {
        self.optional(key, |text| match text.trim() {
            "" => Err("is empty"),
            text => Ok(SecretString::from(text)),
        })
    }

    fn url(&mut self, key: &str, schemes: &[&str]) -> Option<SecretString> {
        self.optional(key, |text| match text.split_once("://") {
            Some((scheme, rest)) if schemes.contains(&scheme) && !rest.is_empty() => {
                match wrong_place(rest) {
                    Some(place) => Err(format!("{place:?} is no host with a port")),
                    None => Ok(SecretString::from(text)),
                }
            }
            _ => Err(format!("is no URL that starts with {}://", schemes.join(":// or "))),
        })
    }

    fn receiver_token(&mut self) -> Option<SecretString> {
        self.optional("receiver.token", |text| match text {
            text if text.len() < 16 => Err("is shorter than 16 characters, which can be guessed"),
            text if !text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.~".contains(&b)) => {
                Err("has characters that need escaping in a path")
            }
            text => Ok(SecretString::from(text)),
        })
    }

    fn tokens(&mut self) -> Vec<HttpToken> {
        self.optional("http.tokens", |text| {
            text.split(',')
                .map(|item| match item.trim().splitn(3, ':').collect::<Vec<_>>().as_slice() {
                    [name, role @ ("viewer" | "dispatcher" | "admin"), token] if token.len() >= 16 => {
                        Ok(HttpToken {
                            name: (*name).to_owned(),
                            role: (*role).to_owned(),
                            token: SecretString::from(*token),
                        })
                    }
                    [_, "viewer" | "dispatcher" | "admin", _] => {
                        Err("holds a token shorter than 16 characters, which can be guessed")
                    }
                    _ => Err("is no list of name:role:token with roles viewer, dispatcher, admin"),
                })
                .collect::<Result<Vec<_>, _>>()
        })
        .unwrap_or_default()
    }

    fn data_dir(&mut self) -> PathBuf {
        let own = own_data_dir();
        match (self.optional("data_dir", |text| Ok::<_, String>(PathBuf::from(text))), own) {
            (Some(path), _) | (None, Some(path)) => path,
            (None, None) => {
                self.problem("WATCHTOWER_DATA_DIR".into(), "is not set, and there is no home directory");
                PathBuf::new()
            }
        }
    }

    /// The rules; their zone is the fleet's unless they name another.
    fn rules(&mut self, zone: Tz) -> Rules {
        let mut tree = std::mem::take(&mut self.0.rules);
        tree.entry("time_zone").or_insert_with(|| zone.name().into());
        match tree.try_into::<Rules>() {
            Ok(rules) => {
                if let Err(error) = rules.validate() {
                    for problem in error.problems {
                        self.problem("rules".into(), problem);
                    }
                }
                rules
            }
            Err(error) => {
                let reason = error.to_string().trim_end().replace('\n', " ");
                self.problem("rules".into(), reason);
                Rules::default()
            }
        }
    }
}

/// `$XDG_DATA_HOME/watchtower`.
fn own_data_dir() -> Option<PathBuf> {
    directories::BaseDirs::new().map(|dirs| dirs.data_dir().join("watchtower"))
}

/// Paths between commas, spaces around them apart.
fn paths(text: &str) -> Result<Vec<PathBuf>, &'static str> {
    let paths: Vec<PathBuf> = text.split(',').map(|path| PathBuf::from(path.trim())).collect();
    if paths.iter().any(|path| path.as_os_str().is_empty()) { Err("names an empty path") } else { Ok(paths) }
}

fn time_zone(text: &str) -> Result<Tz, &'static str> {
    text.parse().map_err(|_| "is no IANA time zone, like Africa/Lagos")
}

fn listen_address(text: &str) -> Result<SocketAddr, String> {
    let unusable = || "is no address with a port, like 127.0.0.1:8080".to_owned();
    text.to_socket_addrs().map_err(|_| unusable())?.next().ok_or_else(unusable)
}

/// The first of the hosts in what follows a URL's `://` that has a port no
/// server can have. Whatever precedes them may be a secret.
fn wrong_place(rest: &str) -> Option<&str> {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let hosts = authority.rsplit_once('@').map_or(authority, |(_, hosts)| hosts);
    hosts.split(',').find(|host| {
        // The colons of a bare IPv6 address lie within brackets.
        let port = host.rsplit(']').next().and_then(|rest| rest.split_once(':')).map(|(_, port)| port);
        port.is_some_and(|port| port.parse::<u16>().is_err())
    })
}

fn http_url(text: &str) -> Result<String, &'static str> {
    let url: reqwest::Url = text.parse().map_err(|_| "is no URL")?;
    match url.scheme() {
        "http" | "https" => Ok(text.trim_end_matches('/').to_owned()),
        _ => Err("is neither http:// nor https://"),
    }
}

fn header_name(text: &str) -> Result<String, &'static str> {
    text.parse::<axum::http::HeaderName>().map(|_| text.to_owned()).map_err(|_| "is no HTTP header name")
}

#[cfg(test)]
mod tests;
