//! Several engines on one log.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use watchtower::{
    adapters::redis_streams::{RedisLog, RedisOptions},
    daemon::engine::EngineService,
};
use watchtower_core::{
    domain::time::Timestamp,
    engine::Rules,
    ports::log::{LogError, Partitions},
};

use crate::support::{daemon::eventually, redis::RedisServer};

type Running = JoinHandle<Result<(), LogError>>;

async fn engine(server: &RedisServer, owner: &str, stop: &CancellationToken) -> Running {
    let partitions = Partitions::new(16).unwrap();
    let log = RedisLog::connect(RedisOptions::new(server.url().into(), partitions)).await.unwrap();
    let clock = || Timestamp::from_millis(1_772_712_000_000);
    let service = EngineService::new(Arc::new(log), Arc::new(Rules::default()), owner.to_owned(), clock);
    let stop = stop.clone();
    tokio::spawn(async move { service.run(stop).await })
}

/// Waits until each of them holds so many partitions, and nobody another.
async fn held(server: &RedisServer, within: u64, expected: &[(&str, usize)]) {
    let expected: BTreeMap<String, usize> =
        expected.iter().map(|(owner, count)| ((*owner).to_owned(), *count)).collect();
    eventually("sharing", Duration::from_secs(within), || async {
        let mut found = BTreeMap::new();
        for partition in 0..16 {
            let owner = server.command(&format!("HGET watchtower:{{{partition}}}:lease owner"));
            let owner = owner.trim().to_owned();
            *found.entry(owner).or_insert(0) += 1;
        }
        if found == expected { Ok(()) } else { Err(format!("{found:?}")) }
    })
    .await;
}

#[tokio::test]
async fn engines_share_the_partitions_and_take_over_those_of_one_that_dies_or_leaves() {
    let server = RedisServer::start();
    let (first_stop, second_stop, third_stop) =
        (CancellationToken::new(), CancellationToken::new(), CancellationToken::new());
    let _first = engine(&server, "first", &first_stop).await;
    held(&server, 10, &[("first", 16)]).await;
    let second = engine(&server, "second", &second_stop).await;
    held(&server, 15, &[("first", 8), ("second", 8)]).await;
    // As kill -9 would: nothing is given back.
    second.abort();
    held(&server, 13, &[("first", 16)]).await;
    let third = engine(&server, "third", &third_stop).await;
    held(&server, 15, &[("first", 8), ("third", 8)]).await;
    third_stop.cancel();
    third.await.unwrap().unwrap();
    held(&server, 7, &[("first", 16)]).await;
    first_stop.cancel();
}
