//! Snapshots: what is refused, and that stopping anywhere changes nothing.

use std::sync::Arc;

use proptest::prelude::*;

use super::{Ground, engine, events_of, properties, reported, tick};
use crate::{
    domain::{event::Event, geofence::Geofence},
    engine::{Engine, FenceSet, Output, Rules},
};

fn restored(bytes: &[u8], rules: &Rules, fences: &[Geofence]) -> Result<Engine, String> {
    let fences = Arc::new(FenceSet::new(fences.to_vec()));
    Engine::restore(Arc::new(rules.clone()), fences, bytes).map_err(|error| error.to_string())
}

#[test]
fn what_is_no_snapshot_is_refused_with_a_reason() {
    let rules = Rules::default();
    let mut engine = engine(&rules, &[]);
    let ground = Ground::lagos();
    let mut out = Output::default();
    engine.step(&reported("T1", ground.point(0.0, 0.0), 0.0, 30.0, true), &mut out);
    engine.step(&reported("T1", ground.point(90.0, 0.0), 10.0, 30.0, true), &mut out);
    let good = engine.snapshot();
    assert_eq!(restored(&good, &rules, &[]).unwrap().live(engine.vehicles().next().unwrap()), {
        engine.live(engine.vehicles().next().unwrap())
    });
    let refused = |bytes: &[u8]| restored(bytes, &rules, &[]).err().unwrap();
    assert_eq!(refused(b"no"), "engine snapshot unreadable: 2 bytes are too few");
    let mut other = good.clone();
    other[7] ^= 1;
    assert!(refused(&other).contains("another version"));
    let mut damaged = good.clone();
    damaged[20] ^= 1;
    assert!(refused(&damaged).contains("damaged"));
    assert!(refused(&good[..good.len() - 3]).contains("damaged"));
}

#[test]
fn a_fence_deleted_while_the_engine_was_down_is_left_on_restart() {
    let rules = Rules::default();
    let ground = Ground::lagos();
    let fences = properties::yards(&ground);
    let mut engine = engine(&rules, &fences);
    let mut out = Output::default();
    for second in [0.0, 60.0, 120.0] {
        engine.step(&reported("T1", ground.point(0.0, 0.0), second, 0.0, true), &mut out);
    }
    engine.step(&tick(130.0), &mut out);
    out.clear();
    let mut engine = restored(&engine.snapshot(), &rules, &[]).unwrap();
    // Still owed after another restart.
    engine = restored(&engine.snapshot(), &rules, &[]).unwrap();
    engine.step(&tick(140.0), &mut out);
    let left: Vec<_> = out.events.iter().map(|event| (event.data.type_name(), event.ts)).collect();
    // The circle, and the comb whose boundary it stood on.
    assert_eq!(left, [("geofence.exited", super::at(120.0)); 2]);
}

fn stopped_after(split: usize, rules: &Rules, fences: &[Geofence], inputs: &[Event]) -> Vec<Event> {
    let (mut engine, mut out) = (engine(rules, fences), Output::default());
    inputs[..split].iter().for_each(|input| engine.step(input, &mut out));
    let mut engine = restored(&engine.snapshot(), rules, fences).unwrap();
    inputs[split..].iter().for_each(|input| engine.step(input, &mut out));
    engine.finish(&mut out);
    out.events
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn stopping_anywhere_changes_nothing(track in properties::track(), split in 0.0..1.0f64) {
        let ground = Ground::lagos();
        let (rules, fences) = (Rules::default(), properties::yards(&ground));
        let inputs = properties::inputs(&track, &ground);
        let split = (split * inputs.len() as f64) as usize;
        let bytes = |events: &[Event]| events.iter().map(Event::to_json).collect::<Vec<_>>();
        let whole = events_of(&rules, &fences, &inputs);
        prop_assert_eq!(bytes(&stopped_after(split, &rules, &fences, &inputs)), bytes(&whole));
    }
}
