//! The receiver without HTTP, as the poller and the simulator use it.

use std::{sync::Arc, time::Duration};

use watchtower::{
    adapters::embedded::Embedded,
    daemon::receiver::{Incoming, Outcome, ReceiveError, Receiver, ReceiverOptions},
    ingest::Format,
};
use watchtower_core::{
    domain::{
        event::EventData,
        id::VehicleKey,
        position::{Clock, Source},
    },
    ports::log::{EntryId, EventLog, Family, StreamId},
};

use super::{
    harness::{metrics, now, push},
    wired::{Wire, Wired},
};

fn incoming(source: Source, body: String) -> Incoming {
    Incoming::new(Format::LocoNav, source, body, now())
}

async fn logged(file: &Embedded, key: &str, family: Family) -> Vec<EventData> {
    let stream = StreamId { partition: file.partitions().of(key), family };
    let entries = file.read(stream, EntryId::ZERO, 1_000_000).await.unwrap();
    entries.into_iter().filter(|entry| entry.event.key == key).map(|entry| entry.event.data).collect()
}

#[tokio::test]
async fn a_source_with_its_own_clock_sends_the_past_and_the_future() {
    let file = Embedded::temporary().await.unwrap();
    let receiver = Receiver::new(Arc::new(file.clone()), ReceiverOptions::default());
    let year = 365 * 86_400;
    let body = format!("[{},{}]", push("SIM1", year), push("SIM1", -year));
    let receipt = receiver.receive(incoming(Source::event("simulator"), body.clone())).await.unwrap();
    assert_eq!((receipt.outcome, receipt.accepted), (Outcome::Taken, 2));
    for data in logged(&file, "SIM1", Family::Position).await {
        let EventData::PositionUpdated(position) = data else { panic!("{data:?}") };
        assert_eq!((&*position.source.name, position.source.clock), ("simulator", Clock::Event));
    }
    let receipt = receiver.receive(incoming(Source::wall("loconav"), body)).await.unwrap();
    assert_eq!((receipt.accepted, receipt.stale.len(), receipt.rejected.len()), (0, 1, 1));
}

#[tokio::test]
async fn a_large_body_is_decoded_apart_and_stays_in_order() {
    let file = Embedded::temporary().await.unwrap();
    let receiver = Receiver::new(Arc::new(file.clone()), ReceiverOptions::default());
    let pushes: Vec<_> = (1..=3_000).rev().map(|age| push("BIG1", age)).collect();
    let body = format!("[{}]", pushes.join(","));
    assert!(body.len() > 512 * 1024);
    let receipt = receiver.receive(incoming(Source::wall("loconav"), body)).await.unwrap();
    assert_eq!((receipt.accepted, receipt.duplicates), (3_000, 0));
    let times: Vec<_> = logged(&file, "BIG1", Family::Position)
        .await
        .into_iter()
        .map(|data| match data {
            EventData::PositionUpdated(position) => position.device_time,
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(times.len() == 3_000 && times.is_sorted());
}

#[tokio::test]
async fn a_repeat_that_says_something_else_is_counted_and_kept_raw_only() {
    let file = Embedded::temporary().await.unwrap();
    let receiver = Receiver::new(Arc::new(file.clone()), ReceiverOptions::default());
    let handle = metrics();
    let source = || Source::wall("conflicting");
    receiver.receive(incoming(source(), push("C1", 5))).await.unwrap();
    receiver.receive(incoming(source(), push("C1", 5))).await.unwrap();
    assert!(handle.render().contains("watchtower_receive_conflicts_total{source=\"conflicting\"} 0"));
    let other = push("C1", 5).replace("6.4441", "6.5");
    let receipt = receiver.receive(incoming(source(), other)).await.unwrap();
    assert_eq!((receipt.accepted, receipt.duplicates), (0, 1));
    assert!(handle.render().contains("watchtower_receive_conflicts_total{source=\"conflicting\"} 1"));
    assert_eq!(logged(&file, "C1", Family::Position).await.len(), 1);
    assert_eq!(logged(&file, "C1", Family::Raw).await.len(), 3);
}

#[tokio::test]
async fn aliases_take_effect_with_the_next_request() {
    let file = Embedded::temporary().await.unwrap();
    let receiver = Receiver::new(Arc::new(file.clone()), ReceiverOptions::default());
    let key = |text| VehicleKey::new(text).unwrap();
    receiver.receive(incoming(Source::wall("loconav"), push("0867", 9))).await.unwrap();
    receiver.set_aliases([(key("0867"), key("LSD482"))].into());
    receiver.receive(incoming(Source::wall("loconav"), push("0867", 8))).await.unwrap();
    assert_eq!(logged(&file, "0867", Family::Position).await.len(), 1);
    assert_eq!(logged(&file, "LSD482", Family::Position).await.len(), 1);
}

#[tokio::test]
async fn a_log_that_does_not_answer_is_given_up_on_in_time() {
    let file = Embedded::temporary().await.unwrap();
    let log = Arc::new(Wired::new(file, Wire::Silent));
    let options = ReceiverOptions { append_timeout: Duration::from_millis(50), ..ReceiverOptions::default() };
    let receiver = Receiver::new(log.clone(), options);
    let error = receiver.receive(incoming(Source::wall("loconav"), push("A", 5))).await.unwrap_err();
    assert!(matches!(error, ReceiveError::TimedOut { .. }), "{error}");
    log.set(Wire::Whole);
    let receipt = receiver.receive(incoming(Source::wall("loconav"), push("A", 5))).await.unwrap();
    assert_eq!(receipt.accepted, 1);
}
