//! The log on Redis Streams: every fact of the suite on a single server and on a
//! cluster, and what only Redis can do wrong.

use std::sync::Arc;

use watchtower::adapters::redis_streams::{RedisLog, RedisOptions};
use watchtower_core::ports::log::{Log, Partitions};

use crate::support::redis::{RedisCluster, RedisServer};

async fn connect(url: &str, partitions: Partitions) -> RedisLog {
    RedisLog::connect(RedisOptions::new(url.into(), partitions)).await.expect("the log is there")
}

pub(super) async fn single(partitions: Partitions) -> (Arc<dyn Log>, RedisServer) {
    let server = RedisServer::start();
    (Arc::new(connect(&server.url(), partitions).await), server)
}

pub(super) async fn cluster(partitions: Partitions) -> (Arc<dyn Log>, RedisCluster) {
    let cluster = RedisCluster::start();
    (Arc::new(connect(&cluster.url(), partitions).await), cluster)
}
