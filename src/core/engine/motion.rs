//! How a vehicle moves, and the alerts about that: idling, harsh driving,
//! silence.

use serde::{Deserialize, Serialize};

use super::{
    alerts::{Alerts, Episode},
    fixes::Fix,
    moment::Moment,
    rules::Rules,
    step::{Step, after},
};
use crate::domain::{
    alert::AlertKind,
    event::{EventData, MotionChange},
    live::Motion,
    time::Timestamp,
};

/// A vehicle's motion, since when, and the alerts open about it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Movement {
    since: Moment,
    /// Since when it stands with the ignition on; [`NOT_IDLE`] when it does not.
    idle_since: Moment,
    /// Usual milliseconds between fixes; 0 before the second.
    interval_ms: u32,
    state: Option<Motion>,
    /// The last word on the ignition.
    ignition: Option<bool>,
}

const NOT_IDLE: Moment = Moment::LAST;

impl Default for Movement {
    fn default() -> Self {
        Self { since: Moment::FIRST, idle_since: NOT_IDLE, interval_ms: 0, state: None, ignition: None }
    }
}

/// The usual interval once another is known: a tenth of the way to it. In whole
/// milliseconds and by at least one, so that two vehicles that see the same fixes
/// come to have the same, whatever they saw before.
fn usual_ms(usual: u32, interval: i64) -> u32 {
    let usual = i64::from(usual);
    // A long silence says little about the interval: it counts as three.
    let interval = if usual == 0 { interval } else { interval.min((3 * usual).max(60_000)) };
    let way = interval - usual;
    let step = match way.div_euclid(10) {
        _ if usual == 0 => way,
        0 => way.signum(),
        tenth => tenth,
    };
    u32::try_from(usual + step).unwrap_or(u32::MAX)
}

impl Movement {
    /// The state and since when.
    pub(super) fn state(&self) -> (Motion, Timestamp) {
        (self.state.unwrap_or(Motion::Parked), self.since.get())
    }

    /// The last word on the ignition.
    pub(super) const fn ignition(&self) -> Option<bool> {
        self.ignition
    }

    /// A good fix was heard: the silence, if there was one, is over.
    pub(super) fn hear(&mut self, fix: &Fix, seconds: Option<f64>, alerts: &mut Alerts, step: &mut Step<'_>) {
        if let Some(seconds) = seconds {
            self.interval_ms = usual_ms(self.interval_ms, (seconds * 1000.0) as i64);
        }
        if let Some(offline) = alerts.take_about_motion(AlertKind::DeviceOffline) {
            alerts.resolve(*offline, fix.time, &[], step);
        }
        if step.rules.motion.use_device {
            self.ignition = fix.ignition().or(self.ignition);
        }
    }

    /// Settles what the newest fix says about motion.
    pub(super) fn settle(
        &mut self,
        fix: &Fix,
        is_moving: bool,
        at_stop: bool,
        alerts: &mut Alerts,
        step: &mut Step<'_>,
    ) {
        let state = match (is_moving, self.ignition) {
            (true, _) => Motion::Moving,
            (false, Some(true)) => Motion::Idle,
            (false, Some(false)) => Motion::Parked,
            (false, None) if at_stop => Motion::Parked,
            (false, None) => Motion::Idle,
        };
        self.change(state, fix.time, step);
        self.judge_idling(fix, is_moving, alerts, step);
    }

    fn change(&mut self, to: Motion, at: Timestamp, step: &mut Step<'_>) {
        if self.state == Some(to) {
            return;
        }
        let data = EventData::TruckStatusChanged(MotionChange { from: self.state, to });
        (self.state, self.since) = (Some(to), at.into());
        step.emit(at, "", at, to.name(), data);
    }

    fn judge_idling(&mut self, fix: &Fix, is_moving: bool, alerts: &mut Alerts, step: &mut Step<'_>) {
        if is_moving || self.ignition != Some(true) {
            self.idle_since = NOT_IDLE;
            end_idling(fix.time, alerts, step);
            return;
        }
        let since = self.idle_since.get().min(fix.time);
        self.idle_since = since.into();
        let seconds = fix.time.seconds_since(since);
        if seconds > step.rules.idle.after_s && alerts.about_motion().is_none() {
            let episode = Episode { kind: AlertKind::Idle, start: since, point: fix.point };
            alerts.trigger_about_motion(episode, fix.time, &[("idle_s", seconds.into())], step);
        }
    }

    /// When silence becomes too long, the last fix having been heard at `heard`.
    pub(super) fn silent_from(&self, heard: Timestamp, rules: &Rules) -> Option<Timestamp> {
        if self.state.is_none_or(|state| state == Motion::Offline) {
            return None;
        }
        let rules = &rules.offline;
        let patience = if self.ignition == Some(true) { rules.ignition_on_s } else { rules.otherwise_s };
        Some(after(heard, patience.max(rules.interval_factor * f64::from(self.interval_ms) / 1000.0)))
    }

    /// Time has passed since the last fix was heard: the vehicle may have been silent
    /// too long.
    pub(super) fn listen(
        &mut self,
        (last, heard): (&Fix, Timestamp),
        now: Timestamp,
        alerts: &mut Alerts,
        step: &mut Step<'_>,
    ) {
        let Some(from) = self.silent_from(heard, step.rules).filter(|from| now > *from) else { return };
        // What it does now is not known.
        self.idle_since = NOT_IDLE;
        end_idling(last.time, alerts, step);
        self.change(Motion::Offline, from.max(last.time), step);
        let episode = Episode { kind: AlertKind::DeviceOffline, start: last.time, point: last.point };
        alerts.trigger_about_motion(episode, from.max(last.time), &[], step);
    }
}

fn end_idling(end: Timestamp, alerts: &mut Alerts, step: &mut Step<'_>) {
    if let Some(idle) = alerts.take_about_motion(AlertKind::Idle) {
        alerts.resolve(*idle, end, &[("idle_s", end.seconds_since(idle.start).into())], step);
    }
}

/// Alerts about braking and accelerating too hard: the device's own word, or a
/// change of the reported speed over a short while.
pub(super) fn judge_harshness(fix: &Fix, before: Option<&Fix>, alerts: &mut Alerts, step: &mut Step<'_>) {
    let rules = &step.rules.harsh;
    let change = before.and_then(|before| {
        let seconds = fix.time.seconds_since(before.time);
        let near = seconds > 0.0 && seconds <= rules.within_s;
        let change = (fix.speed.get()? - before.speed.get()?) / 3.6 / seconds;
        near.then_some(change)
    });
    let braking = fix.signals().harsh_braking || change.is_some_and(|change| change <= -rules.braking_ms2);
    let accelerating =
        fix.signals().harsh_acceleration || change.is_some_and(|change| change >= rules.acceleration_ms2);
    for (happens, kind) in [(braking, AlertKind::HarshBraking), (accelerating, AlertKind::HarshAcceleration)]
    {
        if happens {
            let mut values = Vec::new();
            values.extend(change.map(|change| ("acceleration_ms2", change.into())));
            values.extend(fix.speed.get().map(|speed| ("speed_kmh", speed.into())));
            alerts.moment(Episode { kind, start: fix.time, point: fix.point }, &values, step);
        }
    }
}
