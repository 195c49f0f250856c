//! Overspeed: one episode from the first moment too fast to the moment it is
//! over, with its peak and length.

use serde::{Deserialize, Serialize};

use super::{
    alerts::{Alerts, Episode, Values},
    fixes::Fix,
    rules::SpeedSource,
    step::Step,
    visits::{Visits, Way},
};
use crate::domain::{alert::AlertKind, time::Timestamp};

/// An episode under way.
#[derive(Debug, Serialize, Deserialize)]
struct Fast {
    episode: Episode,
    limit: f64,
    peak: f64,
    metres: f64,
    alert: Announced,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
enum Announced {
    NotYet,
    Done,
    /// The kind keeps quiet.
    Muted,
}

/// A vehicle's overspeed episode, if it is in one.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Overspeed(Option<Box<Fast>>);

/// A speed and what it speaks for: the moment of a fix, or the way to it.
#[derive(Clone, Copy)]
enum Speed {
    AtFix(f64),
    OnTheWay(f64),
}

impl Overspeed {
    /// Whether an alert is open.
    pub(super) fn is_alerting(&self) -> bool {
        self.0.as_ref().is_some_and(|fast| fast.alert == Announced::Done)
    }

    /// Judges the newest fix and the way to it.
    pub(super) fn judge(
        &mut self,
        fix: &Fix,
        way: &Way,
        visits: &Visits,
        alerts: &mut Alerts,
        step: &mut Step<'_>,
    ) {
        let rules = &step.rules.overspeed;
        let seconds = way.from.map(|(_, start)| fix.time.seconds_since(start));
        let mut known_way = seconds.is_some();
        if let (Some((_, last)), Some(seconds)) = (way.from, seconds)
            && rules.gap_s > 0.0
            && seconds > rules.gap_s
        {
            self.end(last, alerts, step);
            known_way = false;
        }
        let derived = seconds
            .filter(|seconds| known_way && *seconds > 0.0)
            .map(|seconds| Speed::OnTheWay(way.metres / seconds * 3.6));
        let reported = fix.speed.get().map(Speed::AtFix);
        let speed = match rules.source {
            SpeedSource::Device => reported,
            SpeedSource::Derived => derived,
            SpeedSource::Auto => reported.or(derived),
        };
        let Some(speed) = speed else { return };
        self.weigh(speed, fix, way, visits, alerts, step);
    }

    fn weigh(
        &mut self,
        speed: Speed,
        fix: &Fix,
        way: &Way,
        visits: &Visits,
        alerts: &mut Alerts,
        step: &mut Step<'_>,
    ) {
        let (value, (point, since)) = match speed {
            Speed::AtFix(value) => (value, (fix.point, fix.time)),
            Speed::OnTheWay(value) => (value, way.from.unwrap_or(way.to)),
        };
        let rules = &step.rules.overspeed;
        let fast = match &mut self.0 {
            Some(fast) => {
                if value <= rules.clear_ratio * fast.limit {
                    if matches!(speed, Speed::AtFix(_)) {
                        fast.metres += way.metres;
                    }
                    self.end(since, alerts, step);
                    return;
                }
                fast.metres += way.metres;
                fast.peak = fast.peak.max(value);
                fast
            }
            none => {
                let limit = limit(visits, step);
                if value <= limit {
                    return;
                }
                let metres = if matches!(speed, Speed::OnTheWay(_)) { way.metres } else { 0.0 };
                let episode = Episode { kind: AlertKind::Overspeed, start: since, point };
                none.insert(Box::new(Fast { episode, limit, peak: value, metres, alert: Announced::NotYet }))
            }
        };
        let long = fix.time.seconds_since(fast.episode.start) >= rules.min_duration_s;
        if fast.alert == Announced::NotYet && long && value > fast.limit {
            let values: Values<'_> =
                &[("limit_kmh", fast.limit), ("speed_kmh", value), ("peak_kmh", fast.peak)];
            let heard = alerts.trigger(fast.episode, values, step);
            fast.alert = if heard { Announced::Done } else { Announced::Muted };
        }
    }

    /// The episode ends, if there is one: how the vehicle went on is not known.
    pub(super) fn end(&mut self, end: Timestamp, alerts: &mut Alerts, step: &mut Step<'_>) {
        let Some(fast) = self.0.take() else { return };
        if fast.alert == Announced::Done {
            let values: Values<'_> =
                &[("limit_kmh", fast.limit), ("peak_kmh", fast.peak), ("distance_m", fast.metres)];
            alerts.resolve(fast.episode, end, values, step);
        }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.0.as_ref().map_or(0, |_| size_of::<Fast>())
    }
}

/// The limit that holds here: the lowest of the fences', else the vehicle's own,
/// else everybody's.
fn limit(visits: &Visits, step: &Step<'_>) -> f64 {
    let rules = &step.rules.overspeed;
    let mut limit = None;
    if !rules.geofence_limit_kmh.is_empty() {
        let limits = visits
            .fences()
            .filter_map(|fence| rules.geofence_limit_kmh.get(&step.fences.get(fence).id).copied());
        limit = limits.reduce(f64::min);
    }
    limit.or_else(|| rules.vehicle_limit_kmh.get(step.vehicle).copied()).unwrap_or(rules.limit_kmh)
}
