//! What goes wrong on particular trucks within a day of the start, so that
//! nobody waits for it in vain.

use super::{Unit, chance::Chance, payload::Kind, tracker::Fault, watch::Appointment};

/// In seconds.
const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;

/// Hands the mishaps out; in a small fleet one truck has several.
pub(super) fn arrange(units: &mut [Unit], seed: u64, start: i64) {
    if units.is_empty() {
        return;
    }
    let mut order: Vec<usize> = (0..units.len()).collect();
    Chance::new(seed, u64::MAX - 1).shuffle(&mut order);
    let mut victims = order.into_iter().cycle();
    let mut with = |change: &dyn Fn(&mut Unit)| {
        if let Some(index) = victims.next() {
            change(&mut units[index]);
        }
    };
    let alert = |kind: Kind, from: i64, lasts: i64, value: f64| Appointment {
        kind,
        from: start + from,
        to: start + from + lasts,
        value,
    };
    // Trackers that die for hours; LocoNav notices half an hour later.
    for (from, lasts) in [(6 * MINUTE, 6 * HOUR), (150 * MINUTE, 5 * HOUR)] {
        with(&|unit| {
            unit.tracker.dead = Some((start + from, start + from + lasts));
            unit.watch.expect(alert(Kind::DeviceOffline, from + 30 * MINUTE, lasts - 30 * MINUTE, 0.0));
        });
    }
    // One pulled out of its socket; its own battery lasts for the alarm.
    with(&|unit| {
        unit.tracker.dead = Some((start + HOUR, start + HOUR + 50 * MINUTE));
        unit.watch.expect(alert(Kind::DeviceRemoval, HOUR - 5, 50 * MINUTE, 0.0));
    });
    with(&|unit| unit.tracker.fault = Fault::LacksFields);
    with(&|unit| unit.tracker.fault = Fault::BadAntenna);
    with(&|unit| unit.watch.expect(alert(Kind::FuelTheft, 14 * MINUTE, 0, 46.0)));
    with(&|unit| unit.watch.expect(alert(Kind::LowBattery, 90 * MINUTE, 25 * MINUTE, 0.0)));
    with(&|unit| unit.watch.expect(alert(Kind::TroubleCode, 45 * MINUTE, 20 * MINUTE, 0.0)));
    with(&|unit| unit.watch.expect(alert(Kind::Refueling, 35 * MINUTE, 0, 180.0)));
}
