//! Where Redis is, and how long to wait for it.

use std::time::Duration;

use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo, io::tcp::TcpSettings};
use secrecy::{ExposeSecret, SecretString};
use watchtower_core::ports::log::{LogError, Partitions};

/// How to reach the log.
#[derive(Clone, Debug)]
pub struct RedisOptions {
    /// `redis://[user:password@]host[:port][/db]`, `rediss://…` with TLS, or
    /// `redis+cluster://[user:password@]host:port[,host:port…]` (`rediss+cluster`).
    pub url: SecretString,
    /// How many partitions the log has, or is to have when it is new.
    pub partitions: Partitions,
    /// How long making a connection may take.
    pub connect_timeout: Duration,
    /// How long an answer may take, beyond the time a read is meant to wait.
    pub response_timeout: Duration,
}

impl RedisOptions {
    /// The log at `url`, with 2 s to connect and 5 s to answer.
    pub fn new(url: SecretString, partitions: Partitions) -> Self {
        Self {
            url,
            partitions,
            connect_timeout: Duration::from_secs(2),
            response_timeout: Duration::from_secs(5),
        }
    }

    pub(super) fn endpoint(&self) -> Result<Endpoint, LogError> {
        Endpoint::parse(self.url.expose_secret())
    }
}

/// What a URL says.
pub(super) struct Endpoint {
    pub(super) nodes: Vec<ConnectionInfo>,
    pub(super) topology: Topology,
    /// The nodes without anything secret, for messages.
    pub(super) address: String,
}

/// One server, or many that share the slots.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Topology {
    Single,
    Cluster,
}

impl Endpoint {
    fn parse(url: &str) -> Result<Self, LogError> {
        // The driver's own words may quote the URL: they stay out of the message.
        let unusable = |reason: &str| LogError::Unusable { reason: format!("redis URL: {reason}") };
        let (scheme, rest) = url.split_once("://").ok_or_else(|| unusable("no scheme"))?;
        let (scheme, topology) = match scheme.split_once('+') {
            None => (scheme, Topology::Single),
            Some((scheme, "cluster")) => (scheme, Topology::Cluster),
            Some(_) => return Err(unusable("unknown scheme")),
        };
        if !matches!(scheme, "redis" | "rediss") {
            return Err(unusable("the scheme is none of redis, rediss, redis+cluster, rediss+cluster"));
        }
        let nodes = match topology {
            Topology::Single => vec![format!("{scheme}://{rest}")],
            Topology::Cluster => {
                let (user, hosts) = rest.rsplit_once('@').map_or(("", rest), |(user, hosts)| (user, hosts));
                let at = if user.is_empty() { "" } else { "@" };
                let hosts = hosts.trim_end_matches('/').split(',').map(str::trim);
                hosts.map(|host| format!("{scheme}://{user}{at}{host}")).collect()
            }
        };
        let nodes = nodes
            .into_iter()
            .map(|node| Ok(node.into_connection_info()?.set_tcp_settings(tcp_settings())))
            .collect::<Result<Vec<_>, redis::RedisError>>()
            .map_err(|_| unusable("host, port or database cannot be read"))?;
        let address = nodes.iter().map(|node| display(node.addr())).collect::<Vec<_>>().join(",");
        Ok(Self { nodes, topology, address })
    }
}

fn tcp_settings() -> TcpSettings {
    // Small commands must not wait for an acknowledgement of the last, and a peer
    // that vanished without a word is given up while someone still cares.
    TcpSettings::default().set_nodelay(true).set_user_timeout(Duration::from_secs(15))
}

fn display(address: &ConnectionAddr) -> String {
    match address {
        ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => {
            format!("{host}:{port}")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(url: &str) -> Result<(Topology, String), String> {
        let endpoint = Endpoint::parse(url).map_err(|error| error.to_string())?;
        Ok((endpoint.topology, endpoint.address))
    }

    #[test]
    fn every_scheme_is_read() {
        let single = |text: &str| Ok((Topology::Single, text.to_owned()));
        let cluster = |text: &str| Ok((Topology::Cluster, text.to_owned()));
        assert_eq!(address("redis://localhost"), single("localhost:6379"));
        assert_eq!(address("redis://:s3cret@10.0.0.5:7000/2"), single("10.0.0.5:7000"));
        assert_eq!(address("rediss://ops:s3cret@log.example:6380"), single("log.example:6380"));
        assert_eq!(address("redis+cluster://a:1,b:2/"), cluster("a:1,b:2"));
        assert_eq!(address("rediss+cluster://ops:p%40ss@a:1, b:2"), cluster("a:1,b:2"));
    }

    #[test]
    fn a_wrong_url_is_refused_without_quoting_it() {
        for url in ["s3cret", "http://s3cret@host", "redis+sentinel://s3cret", "redis://:s3cret@host:port"] {
            let error = address(url).unwrap_err();
            assert!(error.starts_with("event log unusable: redis URL: "), "{error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}
