//! The same input through two engines, and what the one says that the other does
//! not: what a changed rule would have done. Remembers only what differs.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use serde::Serialize;
use watchtower_core::{
    domain::{
        event::{Event, EventData},
        id::EventId,
    },
    engine::{Engine, Output},
    ports::store::Span,
};

/// One event that differs.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Difference {
    /// `gone`: only by today's rules; `new`: only by the tried ones; `changed`: by
    /// both, saying something else.
    pub difference: Sort,
    /// The event: of one that changed, as by the tried rules.
    pub event: Event,
}

/// How an event differs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// Only by today's rules.
    Gone,
    /// Only by the tried ones.
    New,
    /// By both, saying something else.
    Changed,
}

/// Events of a sort, counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Counts {
    /// By today's rules.
    pub today: u64,
    /// By the tried ones.
    pub tried: u64,
    /// Only by today's.
    pub gone: u64,
    /// Only by the tried ones.
    pub new: u64,
    /// By both, saying something else.
    pub changed: u64,
}

impl Counts {
    /// Adds another's.
    pub fn add(&mut self, other: Self) {
        self.today += other.today;
        self.tried += other.tried;
        self.gone += other.gone;
        self.new += other.new;
        self.changed += other.changed;
    }
}

/// Two engines side by side.
pub struct Trial {
    engines: [Engine; 2],
    outputs: [Output; 2],
    /// Only what happened in it is compared.
    span: Span,
    /// Said by one so far; the number says by which.
    waiting: FxHashMap<EventId, (usize, Event)>,
    counts: BTreeMap<String, Counts>,
    changed: Vec<Difference>,
}

impl Trial {
    /// Compares what `today` and `tried` say of `span`.
    pub fn new(today: Engine, tried: Engine, span: Span) -> Self {
        Self {
            engines: [today, tried],
            outputs: [Output::default(), Output::default()],
            span,
            waiting: FxHashMap::default(),
            counts: BTreeMap::new(),
            changed: Vec::new(),
        }
    }

    /// Takes the next input of a vehicle; inputs of one vehicle come in order.
    pub fn step(&mut self, input: &Event) {
        for side in 0..2 {
            self.engines[side].step(input, &mut self.outputs[side]);
        }
        self.compare();
    }

    /// The input has ended: how often what was said, by type and kind of alert, and
    /// every difference in order of time.
    pub fn finish(mut self) -> (BTreeMap<String, Counts>, Vec<Difference>) {
        for side in 0..2 {
            self.engines[side].finish(&mut self.outputs[side]);
        }
        self.compare();
        let mut all = self.changed;
        for (_, (side, event)) in self.waiting {
            let counts = self.counts.entry(what(&event)).or_default();
            let difference = if side == 0 { Sort::Gone } else { Sort::New };
            *(if side == 0 { &mut counts.gone } else { &mut counts.new }) += 1;
            all.push(Difference { difference, event });
        }
        all.sort_by(|a, b| {
            (a.event.ts, &a.event.key, a.event.id).cmp(&(b.event.ts, &b.event.key, b.event.id))
        });
        (self.counts, all)
    }

    fn compare(&mut self) {
        for side in 0..2 {
            let mut events = std::mem::take(&mut self.outputs[side].events);
            for event in events.drain(..) {
                if self.span.from <= event.ts && event.ts < self.span.to {
                    self.hear(side, event);
                }
            }
            self.outputs[side].events = events;
            self.outputs[side].clear();
        }
    }

    fn hear(&mut self, side: usize, event: Event) {
        let counts = self.counts.entry(what(&event)).or_default();
        *(if side == 0 { &mut counts.today } else { &mut counts.tried }) += 1;
        match self.waiting.remove(&event.id) {
            None => drop(self.waiting.insert(event.id, (side, event))),
            Some((_, other)) if other.data == event.data && other.ts == event.ts => {}
            Some((other_side, other)) => {
                counts.changed += 1;
                let event = if other_side == 1 { other } else { event };
                self.changed.push(Difference { difference: Sort::Changed, event });
            }
        }
    }
}

/// The type of an event, of an alert with its kind.
fn what(event: &Event) -> String {
    match &event.data {
        EventData::AlertTriggered(alert) | EventData::AlertResolved(alert) => {
            format!("{} {}", event.data.type_name(), alert.kind)
        }
        EventData::AlertEscalated(escalation) => format!("{} {}", event.data.type_name(), escalation.kind),
        data => data.type_name().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;
    use uuid::Uuid;
    use watchtower_core::{
        domain::{
            geo::LonLat,
            id::{CorrelationId, VehicleKey},
            position::Source,
            time::Timestamp,
            units::Kmh,
        },
        engine::{FenceSet, Rules},
    };

    use super::*;
    use crate::recording::Row;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_767_225_600_000 + seconds * 1000)
    }

    fn fix(seconds: i64, east: f64, speed: f64) -> Event {
        let row = Row {
            vehicle: VehicleKey::new("T1").unwrap(),
            device_time: at(seconds),
            received_at: None,
            point: LonLat::new(3.3 + east, 6.5).unwrap(),
            speed_kmh: Some(Kmh(speed)),
            heading: None,
            ignition: None,
        };
        let position = row.position(Source::event("test"), row.device_time);
        Event::position(&row.vehicle, position, CorrelationId(Uuid::nil()))
    }

    fn engine(limit: f64) -> Engine {
        let mut rules = Rules::default();
        rules.overspeed.limit_kmh = limit;
        Engine::new(Arc::new(rules), Arc::new(FenceSet::default()))
    }

    fn tried(limits: [f64; 2], span: Span, fixes: &[Event]) -> (BTreeMap<String, Counts>, Vec<Difference>) {
        let mut trial = Trial::new(engine(limits[0]), engine(limits[1]), span);
        fixes.iter().for_each(|fix| trial.step(fix));
        trial.finish()
    }

    #[test]
    fn a_lower_limit_shows_as_the_alerts_it_would_have_raised() {
        let fixes: Vec<_> = (0..60)
            .map(|n| fix(n * 30, 0.004 * n as f64, if (20..30).contains(&n) { 58.0 } else { 40.0 }))
            .collect();
        let whole = Span { from: at(0), to: at(7200) };
        let (counts, differences) = tried([60.0, 50.0], whole, &fixes);
        let told: Vec<_> =
            differences.iter().map(|one| (one.difference, one.event.data.type_name())).collect();
        assert_eq!(told, [(Sort::New, "alert.triggered"), (Sort::New, "alert.resolved")]);
        let row = counts["alert.triggered overspeed"];
        assert_eq!(row, Counts { today: 0, tried: 1, gone: 0, new: 1, changed: 0 });
        assert!(tried([50.0, 50.0], whole, &fixes).1.is_empty(), "the same rules say the same");
        let before = Span { from: at(0), to: at(300) };
        assert!(tried([60.0, 50.0], before, &fixes).1.is_empty(), "what happened later is not compared");
    }

    proptest! {
        /// The answer for a window is a part of the whole, whatever the window.
        #[test]
        fn a_window_tells_what_the_whole_tells_of_it(
            moves in prop::collection::vec((20_i64..400, 0.0..0.01f64, 0.0..90.0f64), 40..120),
            from in 3_000_i64..9_000, long in 60_i64..9_000,
        ) {
            let (mut time, mut east) = (0, 0.0);
            let fixes: Vec<_> = moves.iter().map(|(seconds, step, speed)| {
                (time, east) = (time + seconds, east + step * *seconds as f64 / 60.0);
                fix(time, east, *speed)
            }).collect();
            let window = Span { from: at(from), to: at(from + long) };
            let part: Vec<_> = fixes.iter().filter(|fix| fix.ts < window.to).cloned().collect();
            let whole = tried([60.0, 45.0], Span { from: at(0), to: at(i64::from(u16::MAX)) }, &fixes);
            let differs: Vec<_> = whole.1.into_iter().map(|one| one.event.id).collect();
            let (_, found) = tried([60.0, 45.0], window, &part);
            for one in found {
                prop_assert!(differs.contains(&one.event.id), "{:?}", one);
            }
        }
    }
}
