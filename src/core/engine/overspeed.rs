//! Overspeed: one episode from the first moment too fast to the moment it is
//! over, with its peak and length.

use serde::{Deserialize, Serialize};

use super::{
    alerts::{Alerts, Episode, Values},
    fixes::Fix,
    rules::{OverspeedRules, SpeedSource},
    step::Step,
    visits::{Visits, Way},
};
use crate::domain::{
    alert::AlertKind,
    history::{self, Record},
    id::VehicleKey,
    time::Timestamp,
    units::{Kmh, Metres},
};

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
#[derive(Clone, Copy, Debug)]
pub(super) enum Speed {
    AtFix(f64),
    OnTheWay(f64),
}

impl Speed {
    /// Kilometres an hour.
    pub(super) const fn get(self) -> f64 {
        match self {
            Self::AtFix(value) | Self::OnTheWay(value) => value,
        }
    }

    /// The same, where it speaks for the whole way.
    pub(super) const fn on_the_way(self) -> Option<f64> {
        match self {
            Self::AtFix(_) => None,
            Self::OnTheWay(value) => Some(value),
        }
    }
}

impl OverspeedRules {
    /// The speed to be judged, where one is known.
    pub(super) fn speed(&self, fix: &Fix, way: &Way) -> Option<Speed> {
        let reported = || fix.speed.get().map(Speed::AtFix);
        match self.source {
            SpeedSource::Device => reported(),
            SpeedSource::Derived => self.derived(way),
            SpeedSource::Auto => reported().or_else(|| self.derived(way)),
        }
    }

    fn derived(&self, way: &Way) -> Option<Speed> {
        let ((_, start), (_, end)) = (way.from?, way.to);
        let known = end > start && !self.is_gap(start, end);
        known.then(|| Speed::OnTheWay(way.metres / end.seconds_since(start) * 3.6))
    }

    fn is_gap(&self, start: Timestamp, end: Timestamp) -> bool {
        self.gap_s > 0.0 && end.seconds_since(start) > self.gap_s
    }
}

impl Overspeed {
    /// Whether an alert is open.
    pub(super) fn is_alerting(&self) -> bool {
        self.0.as_ref().is_some_and(|fast| fast.alert == Announced::Done)
    }

    /// Judges the newest fix and the way to it by the speed it was made at.
    pub(super) fn judge(
        &mut self,
        speed: Option<Speed>,
        way: &Way,
        visits: &Visits,
        alerts: &mut Alerts,
        step: &mut Step<'_>,
    ) {
        if let Some((_, last)) = way.from
            && step.rules.overspeed.is_gap(last, way.to.1)
        {
            self.end(last, alerts, step);
        }
        if let Some(speed) = speed {
            self.weigh(speed, way, visits, alerts, step);
        }
    }

    fn weigh(&mut self, speed: Speed, way: &Way, visits: &Visits, alerts: &mut Alerts, step: &mut Step<'_>) {
        let (value, (point, since)) = match speed {
            Speed::AtFix(value) => (value, way.to),
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
        let long = way.to.1.seconds_since(fast.episode.start) >= rules.min_duration_s;
        if fast.alert == Announced::NotYet && long && value > fast.limit {
            let values: Values<'_> = &[
                ("limit_kmh", fast.limit.into()),
                ("speed_kmh", value.into()),
                ("peak_kmh", fast.peak.into()),
            ];
            let heard = alerts.trigger(fast.episode, way.to.1, values, step);
            fast.alert = if heard { Announced::Done } else { Announced::Muted };
        }
    }

    /// The episode ends, if there is one: how the vehicle went on is not known.
    pub(super) fn end(&mut self, end: Timestamp, alerts: &mut Alerts, step: &mut Step<'_>) {
        let Some(fast) = self.0.take() else { return };
        step.records.extend(fast.record(end, step.vehicle));
        if fast.alert == Announced::Done {
            let values: Values<'_> = &[
                ("limit_kmh", fast.limit.into()),
                ("peak_kmh", fast.peak.into()),
                ("distance_m", fast.metres.into()),
            ];
            alerts.resolve(fast.episode, end, values, step);
        }
    }

    /// The episode under way, up to `last`.
    pub(super) fn unfinished(&self, last: Timestamp, vehicle: &VehicleKey) -> Option<Record> {
        self.0.as_ref()?.record(last, vehicle)
    }

    /// Whether no episode is under way.
    pub(super) const fn is_none(&self) -> bool {
        self.0.is_none()
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.0.as_ref().map_or(0, |_| size_of::<Fast>())
    }
}

impl Fast {
    /// What history keeps, unless it was too short to be an episode.
    fn record(&self, end: Timestamp, vehicle: &VehicleKey) -> Option<Record> {
        if self.alert == Announced::NotYet {
            return None;
        }
        let (start, end) = (self.episode.start, end.max(self.episode.start));
        Some(Record::Overspeed(history::Overspeed {
            vehicle: vehicle.clone(),
            limit_kmh: Kmh(self.limit),
            start,
            end,
            seconds: end.seconds_since(start),
            peak_kmh: Kmh(self.peak).rounded(),
            distance_m: Metres(self.metres).rounded(),
        }))
    }
}

/// The limit that holds here: the lowest of the fences', else the vehicle's.
fn limit(visits: &Visits, step: &Step<'_>) -> f64 {
    let limits = visits.fences().filter_map(|fence| step.rules.limit_at(&step.fences.get(fence).id));
    limits.reduce(f64::min).unwrap_or(step.rules.overspeed.limit_kmh)
}
