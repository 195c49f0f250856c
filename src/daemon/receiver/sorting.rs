//! Sorts a request's elements into news, repeats, refusals and the stale, and
//! counts them.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use watchtower_core::domain::{
    alert::Alert,
    event::{Event, Rejection},
    id::{EventId, VehicleKey},
    position::{Position, Source},
};

use super::{
    Incoming, Outcome, Receipt,
    memory::{Heard, Memory},
};
use crate::ingest::{Element, Input, Judgement, RefusalClass};

/// A request's elements, sorted.
pub(super) struct Sorted {
    /// News for the engine, in the order of the body.
    pub(super) inputs: Vec<Event>,
    /// The same for the memory, once they are durable.
    pub(super) learned: Vec<(VehicleKey, Heard)>,
    /// What to tell the sender. The outcome is the caller's to say.
    pub(super) receipt: Receipt,
    pub(super) tally: Tally,
}

/// What is counted beside the receipt.
#[derive(Default)]
pub(super) struct Tally {
    refused: HashMap<RefusalClass, u64>,
    /// Repeats that said something else than what they repeat.
    conflicts: u64,
}

/// Sorts elements by what `memory` and the elements before them say.
pub(super) fn sort(elements: Vec<Element>, incoming: &Incoming, memory: &Memory) -> Sorted {
    let mut sorted = Sorted {
        inputs: Vec::with_capacity(elements.len()),
        learned: Vec::with_capacity(elements.len()),
        receipt: Receipt {
            outcome: Outcome::Taken,
            accepted: 0,
            duplicates: 0,
            rejected: Vec::new(),
            stale: Vec::new(),
            notes: Vec::new(),
            correlation_id: incoming.correlation_id,
        },
        tally: Tally::default(),
    };
    let mut before: HashMap<EventId, Heard> = HashMap::new();
    for (index, element) in elements.into_iter().enumerate() {
        let receipt = &mut sorted.receipt;
        receipt.notes.extend(element.notes.into_iter().map(|reason| Rejection { index, reason }));
        let inputs = match element.judgement {
            Judgement::Inputs(inputs) => inputs,
            Judgement::Stale(reason) => {
                receipt.stale.push(Rejection { index, reason });
                continue;
            }
            Judgement::Refused(refusal) => {
                *sorted.tally.refused.entry(refusal.class).or_default() += 1;
                receipt.rejected.push(Rejection { index, reason: refusal.reason });
                continue;
            }
        };
        let (mut news, mut repeats) = (0, 0);
        for input in inputs {
            let (vehicle, event, digest) = event(input, incoming);
            let heard = Heard { id: event.id, digest };
            match memory.recall(&vehicle, event.id).or_else(|| before.get(&event.id).copied()) {
                Some(earlier) => {
                    repeats += 1;
                    sorted.tally.conflicts += u64::from(earlier.digest != digest);
                }
                None => {
                    news += 1;
                    before.insert(event.id, heard);
                    sorted.learned.push((vehicle, heard));
                    sorted.inputs.push(event);
                }
            }
        }
        match (news, repeats) {
            (0, 0) => {}
            (0, _) => sorted.receipt.duplicates += 1,
            _ => sorted.receipt.accepted += 1,
        }
    }
    sorted
}

/// An input as an event, whose it is, and what it says in short.
fn event(input: Input, incoming: &Incoming) -> (VehicleKey, Event, u64) {
    let (vehicle, digest) = match &input {
        Input::Fix { vehicle, position } => (vehicle.clone(), digest(position)),
        Input::Alert(alert) => (alert.vehicle.clone(), digest_of_alert(alert)),
    };
    (vehicle, input.into_event(incoming.correlation_id, incoming.now), digest)
}

fn digest_of_alert(alert: &Alert) -> u64 {
    let mut hasher = DefaultHasher::new();
    for (name, value) in &alert.values {
        (name, value.to_string()).hash(&mut hasher);
    }
    hasher.finish()
}

/// What a fix says, but for when and how it reached us.
fn digest(position: &Position) -> u64 {
    let mut hasher = DefaultHasher::new();
    let bits = |number: Option<f64>| number.map(f64::to_bits);
    (
        position.point.lon().to_bits(),
        position.point.lat().to_bits(),
        bits(position.speed_kmh.map(|speed| speed.get())),
        bits(position.heading.map(|heading| heading.degrees())),
        position.ignition,
    )
        .hash(&mut hasher);
    hasher.finish()
}

impl Tally {
    /// Adds a durable request to the counters.
    pub(super) fn count(self, source: &str, receipt: &Receipt) {
        let source = source.to_owned();
        let count = |name: &'static str, number: u64| {
            metrics::counter!(name, "source" => source.clone()).increment(number);
        };
        count("watchtower_receive_accepted_total", receipt.accepted as u64);
        count("watchtower_receive_duplicates_total", receipt.duplicates as u64);
        count("watchtower_receive_stale_total", receipt.stale.len() as u64);
        count("watchtower_receive_dropped_fields_total", receipt.notes.len() as u64);
        count("watchtower_receive_conflicts_total", self.conflicts);
        if matches!(receipt.outcome, Outcome::Malformed(_)) {
            count("watchtower_receive_malformed_total", 1);
        }
        for (class, number) in self.refused {
            metrics::counter!(
                "watchtower_receive_rejected_total", "source" => source.clone(), "reason" => class.name()
            )
            .increment(number);
        }
    }
}

/// A source's label: without what tells its many replays apart.
pub(super) fn label(source: &Source) -> String {
    source.name.split(':').next().unwrap_or_default().to_owned()
}
