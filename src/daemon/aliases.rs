//! Keeps the receiver's idea of who goes by which name in step with the books:
//! an IMEI or the vendor's id on a push stands for the truck that carries it.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;
use tracing::warn;
use watchtower_core::{
    domain::id::VehicleKey,
    ports::log::{Log, LogError, Meta},
};

use super::receiver::Receiver;

/// Between looks at whether the books changed.
const EVERY: Duration = Duration::from_secs(2);

/// Loads them once, waiting for the log: before a request is taken, lest it be
/// kept under a name that is nobody's. Returns without when `stop` comes first.
pub async fn load(log: &dyn Log, receiver: &Receiver, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        match log.meta().await {
            Ok(records) => return receiver.set_aliases(aliases(&records)),
            Err(error) => warn!(%error, "other names of trucks are not known yet, trying again"),
        }
        stop.run_until_cancelled(tokio::time::sleep(EVERY)).await;
    }
}

/// Runs until `stop`.
pub async fn follow(
    log: Arc<dyn Log>,
    receiver: Arc<Receiver>,
    stop: CancellationToken,
) -> Result<(), LogError> {
    let mut known = None;
    loop {
        let version = log.meta_version().await?;
        if known != Some(version) {
            receiver.set_aliases(aliases(&log.meta().await?));
            known = Some(version);
        }
        if stop.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_none() {
            return Ok(());
        }
    }
}

/// Every other name, and whose. A truck's own number is never another's alias.
fn aliases(records: &[Meta]) -> HashMap<VehicleKey, VehicleKey> {
    let trucks = || {
        records.iter().filter_map(|record| if let Meta::Truck(truck) = record { Some(truck) } else { None })
    };
    let mut aliases: HashMap<VehicleKey, VehicleKey> = trucks()
        .flat_map(|truck| truck.aliases.iter().chain(&truck.loconav_id).map(move |alias| (alias, &truck.key)))
        .filter_map(|(alias, key)| Some((VehicleKey::new(alias).ok()?, key.clone())))
        .collect();
    for truck in trucks() {
        aliases.remove(&truck.key);
    }
    aliases
}

#[cfg(test)]
mod tests {
    use watchtower_core::domain::master::Truck;

    use super::*;

    #[test]
    fn an_alias_stands_for_its_truck_unless_it_is_a_truck_of_its_own() {
        let key = |text: &str| VehicleKey::new(text).unwrap();
        let mut first = Truck::provisional(key("T1"));
        first.aliases = vec!["350 0001".into(), "T2".into()];
        let second = Truck::provisional(key("T2"));
        let aliases = aliases(&[Meta::Truck(first), Meta::Truck(second)]);
        assert_eq!(aliases, HashMap::from([(key("3500001"), key("T1"))]));
    }
}
