//! What one file takes.

use std::{sync::Arc, time::Instant};

use watchtower::adapters::embedded::Embedded;
use watchtower_core::ports::{
    log::{EventLog, Family},
    store::Store,
};

use super::fix;

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_appenders_share_transactions() {
    let file = Embedded::temporary().await.unwrap();
    file.append(&[(Family::Position, fix("T0", 0))]).await.unwrap();
    let before = file.transactions();
    let began = Instant::now();
    let appenders: Vec<_> = (0..64)
        .map(|appender| {
            let file = file.clone();
            tokio::spawn(async move {
                for second in 0..20 {
                    let one = [(Family::Position, fix(&format!("T{appender}"), 1 + second))];
                    assert_eq!(file.append(&one).await.unwrap().len(), 1);
                }
            })
        })
        .collect();
    for appender in appenders {
        appender.await.unwrap();
    }
    let transactions = file.transactions() - before;
    println!("1280 appends of 64 tasks in {transactions} transactions, {:?}", began.elapsed());
    assert_eq!(file.count_positions(None).await.unwrap(), 1 + 1_280);
    assert!(transactions <= 1_280 / 4, "{transactions} transactions for 1280 appends");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_positions_go_in_and_come_back() {
    let file = Arc::new(Embedded::temporary().await.unwrap());
    let (batches, vehicles) = (100, 500);
    let began = Instant::now();
    for batch in 0..batches {
        let fixes: Vec<_> = (0..1_000)
            .map(|n| (Family::Position, fix(&format!("T{}", n % vehicles), batch * 2 + n / vehicles)))
            .collect();
        assert_eq!(file.append(&fixes).await.unwrap().len(), 1_000);
    }
    let took = began.elapsed();
    println!("100000 positions in batches of 1000: {took:?}, {:.0} a second", 1e5 / took.as_secs_f64());
    assert_eq!(file.count_positions(None).await.unwrap(), 100_000);
    let last = file.last_positions().await.unwrap();
    assert_eq!(last.len(), usize::try_from(vehicles).unwrap());
    assert!(last.iter().all(|(_, last)| last.device_time == last_moment(batches)));
}

fn last_moment(batches: i64) -> watchtower_core::domain::time::Timestamp {
    fix("T0", batches * 2 - 1).ts
}
