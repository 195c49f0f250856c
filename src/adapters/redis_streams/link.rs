//! The shared connection: made, mended, checked.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use redis::{
    AsyncConnectionConfig, Client, Cmd, FromRedisValue, Pipeline, RedisError, RedisFuture, RedisResult,
    ScriptInvocation, Value,
    aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig},
    cluster::ClusterClientBuilder,
    cluster_async::ClusterConnection,
};
use watchtower_core::ports::log::LogError;

use super::{
    RedisOptions,
    error::{is_refusal, log_error},
    options::{Endpoint, Topology},
    waiting::Waiting,
};

/// The oldest server that will do: since then XCLAIM drops entries that were
/// deleted, scripts replicate their effects (they ask for the time and then
/// write) and pass on the codes of errors.
const OLDEST: (u64, u64) = (7, 0);
/// How many times a lost connection is tried again before the call that met it
/// fails; the next call tries anew.
const RECONNECTS: usize = 1;

/// What the log talks through.
pub(super) struct Link {
    medium: Medium,
    /// Where, without secrets.
    address: String,
}

enum Medium {
    Single(Box<Single>),
    Cluster(ClusterConnection),
}

/// One server.
struct Single {
    client: Client,
    config: ConnectionManagerConfig,
    manager: Mutex<ConnectionManager>,
    waiting: Waiting,
}

/// A handle to send one thing with.
#[derive(Clone)]
pub(super) enum Connection {
    Single(ConnectionManager),
    Cluster(ClusterConnection),
}

impl Link {
    pub(super) async fn connect(options: &RedisOptions) -> Result<Self, LogError> {
        let endpoint = options.endpoint()?;
        let fail = |error: RedisError| log_error(&endpoint.address, &error);
        let medium = match endpoint.topology {
            Topology::Single => {
                Medium::Single(Box::new(Single::connect(&endpoint, options).await.map_err(fail)?))
            }
            Topology::Cluster => Medium::Cluster(join_cluster(&endpoint, options).await.map_err(fail)?),
        };
        let link = Self { medium, address: endpoint.address };
        link.check_server(endpoint.topology).await?;
        Ok(link)
    }

    /// The connections for reads that wait; none in a cluster, where reads poll.
    pub(super) const fn waiting(&self) -> Option<&Waiting> {
        match &self.medium {
            Medium::Single(single) => Some(&single.waiting),
            Medium::Cluster(_) => None,
        }
    }

    /// Sends a command of one slot.
    pub(super) async fn query<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, LogError> {
        self.try_query(command).await.map_err(|error| self.fail(&error))
    }

    /// The same, for who wants to look at the error.
    pub(super) async fn try_query<T: FromRedisValue>(&self, command: &Cmd) -> RedisResult<T> {
        command.query_async(&mut self.connection()).await
    }

    /// Sends commands of one slot in one go.
    pub(super) async fn pipeline<T: FromRedisValue>(&self, pipeline: &Pipeline) -> Result<T, LogError> {
        pipeline.query_async(&mut self.connection()).await.map_err(|error| self.fail(&error))
    }

    /// Runs a script on keys of one slot.
    pub(super) async fn script<T: FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
    ) -> Result<T, LogError> {
        self.try_script(script).await.map_err(|error| self.fail(&error))
    }

    /// The same, for who wants to look at the error.
    pub(super) async fn try_script<T: FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
    ) -> RedisResult<T> {
        script.invoke_async(&mut self.connection()).await
    }

    /// Puts an error into the port's words.
    pub(super) fn fail(&self, error: &RedisError) -> LogError {
        if let (Medium::Single(single), true) = (&self.medium, is_refusal(error)) {
            single.start_over();
        }
        log_error(&self.address, error)
    }

    fn connection(&self) -> Connection {
        match &self.medium {
            Medium::Single(single) => Connection::Single(single.manager()),
            Medium::Cluster(connection) => Connection::Cluster(connection.clone()),
        }
    }

    async fn check_server(&self, topology: Topology) -> Result<(), LogError> {
        // A cluster answers with one text a node.
        let texts: Vec<String> = match self.query(&redis::cmd("INFO")).await? {
            Value::Map(nodes) => nodes
                .into_iter()
                .map(|(_, text)| redis::from_redis_value(text).map_err(RedisError::from))
                .collect::<RedisResult<_>>(),
            text => redis::from_redis_value(text).map(|text| vec![text]).map_err(RedisError::from),
        }
        .map_err(|error| self.fail(&error))?;
        for text in texts {
            self.check_info(&text, topology)?;
        }
        Ok(())
    }

    fn check_info(&self, text: &str, topology: Topology) -> Result<(), LogError> {
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let unusable =
            |what: String| LogError::Unusable { reason: format!("redis at {}: {what}", self.address) };
        let version = field("redis_version").unwrap_or("unknown");
        if parse_version(version).is_none_or(|version| version < OLDEST) {
            return Err(unusable(format!("version {version}, at least {}.{} is needed", OLDEST.0, OLDEST.1)));
        }
        if topology == Topology::Single && field("redis_mode") == Some("cluster") {
            return Err(unusable("this is a node of a cluster: use redis+cluster://".to_owned()));
        }
        if field("maxmemory_policy").is_some_and(|policy| policy != "noeviction")
            && field("maxmemory").is_some_and(|bytes| bytes != "0")
        {
            tracing::warn!(
                redis.address = self.address,
                "redis evicts keys when memory is short: the log may vanish"
            );
        }
        if field("aof_enabled") == Some("0") {
            tracing::warn!(
                redis.address = self.address,
                "redis keeps no append-only file: a crash loses recent entries"
            );
        }
        Ok(())
    }
}

fn parse_version(text: &str) -> Option<(u64, u64)> {
    let mut numbers = text.split('.').map(|number| number.parse().ok());
    Some((numbers.next()??, numbers.next()??))
}

impl Single {
    async fn connect(endpoint: &Endpoint, options: &RedisOptions) -> RedisResult<Self> {
        let client = Client::open(endpoint.nodes[0].clone())?;
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(RECONNECTS)
            .set_min_delay(Duration::from_millis(50))
            .set_max_delay(Duration::from_millis(500))
            .set_connection_timeout(Some(options.connect_timeout))
            .set_response_timeout(Some(options.response_timeout));
        let waiting_config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(options.connect_timeout))
            .set_response_timeout(None);
        let manager = ConnectionManager::new_with_config(client.clone(), config.clone()).await?;
        let waiting = Waiting::new(client.clone(), waiting_config, options.response_timeout);
        Ok(Self { client, config, manager: Mutex::new(manager), waiting })
    }

    fn manager(&self) -> ConnectionManager {
        self.manager.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The manager mends lost connections, but takes a refused password for its
    /// last word.
    fn start_over(&self) {
        if let Ok(manager) = ConnectionManager::new_lazy_with_config(self.client.clone(), self.config.clone())
        {
            *self.manager.lock().unwrap_or_else(PoisonError::into_inner) = manager;
        }
    }
}

async fn join_cluster(endpoint: &Endpoint, options: &RedisOptions) -> RedisResult<ClusterConnection> {
    let settings = endpoint.nodes[0].tcp_settings().clone();
    ClusterClientBuilder::new(endpoint.nodes.iter().cloned())
        .tcp_settings(settings)
        .connection_timeout(options.connect_timeout)
        .response_timeout(options.response_timeout)
        // A fail-over takes longer than one answer; with it the call still ends.
        .overall_response_timeout(Some(options.response_timeout * 2))
        .retries(4)
        .min_retry_wait(20)
        .max_retry_wait(500)
        .build()?
        .get_async_connection()
        .await
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::Single(connection) => connection.req_packed_command(cmd),
            Self::Cluster(connection) => connection.req_packed_command(cmd),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::Single(connection) => connection.req_packed_commands(pipeline, offset, count),
            Self::Cluster(connection) => connection.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::Single(connection) => connection.get_db(),
            Self::Cluster(connection) => connection.get_db(),
        }
    }
}
