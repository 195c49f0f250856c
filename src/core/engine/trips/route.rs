//! Off the route: outside the band that past trips of the lane drove through, for long
//! enough and far enough. One episode from the first fix outside to the first back in.

use serde::{Deserialize, Serialize};

use super::{
    outlook::Outlook,
    plan::{Phase, Plan},
};
use crate::{
    domain::{alert::AlertKind, band::Band, time::Timestamp},
    engine::{
        alerts::{Alerts, Episode},
        fixes::Fix,
        step::Step,
    },
};

/// A way off the band, if the truck is on one.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Astray(Option<Box<Detour>>);

#[derive(Debug, Serialize, Deserialize)]
struct Detour {
    episode: Episode,
    /// The furthest it was seen from the band, metres, since that was an alert.
    off_m: f64,
    told: Told,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
enum Told {
    NotYet,
    Alerted,
    /// The kind keeps quiet.
    Quiet,
}

impl Astray {
    pub(super) fn heap_bytes(&self) -> usize {
        self.0.as_ref().map_or(0, |_| size_of::<Detour>())
    }
}

impl Plan {
    /// Looks where the newest fix lies, seen from the band of the lane.
    pub(super) fn keep_to_the_band(
        &mut self,
        fix: &Fix,
        outlook: &Outlook<'_>,
        alerts: &mut Alerts,
        step: &mut Step<'_>,
    ) {
        if self.phase != Phase::Ongoing {
            return;
        }
        let is_judged = step.rules.deviation.for_s > 0.0;
        let lane = step.lanes.get(&self.ends).filter(|_| is_judged);
        match lane.and_then(|lane| lane.band.as_ref()) {
            // A yard may be entered and left by any gate.
            Some(band)
                if !band.contains(fix.point)
                    && !outlook.is_at(&self.ends.0, step.fences)
                    && !outlook.is_at(&self.ends.1, step.fences) =>
            {
                self.stray(fix, band, alerts, step);
            }
            Some(_) | None => self.come_back(fix.time, alerts, step),
        }
    }

    fn stray(&mut self, fix: &Fix, band: &Band, alerts: &mut Alerts, step: &mut Step<'_>) {
        let rules = &step.rules.deviation;
        let detour = self.astray.0.get_or_insert_with(|| {
            let episode = Episode { kind: AlertKind::RouteDeviation, start: fix.time, point: fix.point };
            Box::new(Detour { episode, off_m: 0.0, told: Told::NotYet })
        });
        let is_long = fix.time.seconds_since(detour.episode.start) >= rules.for_s;
        if detour.told == Told::Quiet || !is_long {
            return;
        }
        detour.off_m = detour.off_m.max(band.metres_off(fix.point));
        if detour.told == Told::NotYet && detour.off_m > rules.beyond_m {
            let heard = alerts.trigger(detour.episode, fix.time, &[("off_m", detour.off_m.into())], step);
            detour.told = if heard { Told::Alerted } else { Told::Quiet };
        }
    }

    /// It is where past trips were, or it does not matter any more.
    pub(super) fn come_back(&mut self, at: Timestamp, alerts: &mut Alerts, step: &mut Step<'_>) {
        if let Some(detour) = self.astray.0.take()
            && detour.told == Told::Alerted
        {
            alerts.resolve(detour.episode, at, &[("off_m", detour.off_m.into())], step);
        }
    }
}
