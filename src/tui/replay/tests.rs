//! The player on a small fleet's day, the wall clock held in hand.

use std::{sync::Arc, time::Duration};

use uuid::Uuid;
use watchtower_core::{
    domain::{
        event::{Event, EventData},
        geo::LonLat,
        geofence::{FenceKind, Geofence},
        id::{CorrelationId, VehicleKey},
        position::{Position, Source},
        time::Timestamp,
        units::Kmh,
    },
    engine::{FenceSet, Groups, Rules},
};

use super::*;

const BEGIN: i64 = 1_795_680_000_000;

fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(BEGIN + second * 1_000)
}

/// Ten hours of three trucks that drive through a yard and back, stop, speed and fall silent.
fn tape() -> Tape {
    let mut tape = Tape::default();
    for step in 0..1_200_i64 {
        for truck in 0..3_i64 {
            // The third says nothing for some hours.
            if truck == 2 && (300..800).contains(&step) {
                continue;
            }
            let along = ((step + truck * 40) % 240 - 120).abs();
            let stands = along < 15;
            let lon = 3.30 + along.max(15) as f64 * 0.001;
            let point = LonLat::new(lon, 6.45 + truck as f64 * 0.0005).unwrap();
            let speed = if stands { 0.0 } else { 40.0 + (step % 90) as f64 };
            let time = at(step * 30 + truck);
            let position = Position {
                speed_kmh: Some(Kmh(speed)),
                ignition: Some(true),
                ..Position::bare(point, time, Source::event("replay"))
            };
            let vehicle = VehicleKey::new(&format!("T{truck}")).unwrap();
            tape.push(Event::position(&vehicle, position, CorrelationId(Uuid::nil()))).unwrap();
        }
    }
    tape
}

fn player() -> Player {
    let ring = [(3.34, 6.44), (3.38, 6.44), (3.38, 6.46), (3.34, 6.46), (3.34, 6.44)];
    let yard = Geofence::area("yard", "Yard", FenceKind::Depot, ring.to_vec());
    let programme = Programme {
        rules: Arc::new(Rules::default()),
        fences: Arc::new(FenceSet::new(vec![yard])),
        groups: Arc::new(Groups::new()),
        lanes: Arc::default(),
    };
    Player::new(tape(), Arc::new(programme)).unwrap()
}

/// Plays by beats of the wall clock until the moment is reached.
fn play_to(player: &mut Player, moment: Timestamp) -> Vec<Event> {
    let (mut wall, mut events) = (Timestamp::from_millis(0), Vec::new());
    player.beat(wall);
    while player.standing().at < moment {
        wall = wall.plus(Duration::from_millis(40));
        events.extend(player.beat(wall).events);
    }
    events
}

#[test]
fn time_passes_as_fast_as_asked_and_stands_while_paused() {
    let mut player = player();
    assert_eq!((player.standing().at, player.standing().speed), (at(0), 60));
    player.beat(Timestamp::from_millis(0));
    let played = player.beat(Timestamp::from_millis(100));
    assert_eq!(player.standing().at, at(6));
    assert_eq!(played.events.len(), 3, "a fix of each truck");
    assert!(!player.obey(Transport::Faster));
    player.beat(Timestamp::from_millis(200));
    assert_eq!(player.standing().at, at(18));
    player.obey(Transport::Toggle);
    assert!(player.beat(Timestamp::from_millis(300)).events.is_empty());
    assert_eq!((player.standing().at, player.standing().motion), (at(18), Motion::Paused));
    // The time of the pause is not made up for.
    player.obey(Transport::Toggle);
    player.beat(Timestamp::from_millis(310));
    assert_eq!(player.standing().at, Timestamp::from_millis(BEGIN + 19_200));
    for _ in 0..20 {
        player.obey(Transport::Faster);
    }
    assert_eq!(player.standing().speed, 3_600);
    for _ in 0..20 {
        player.obey(Transport::Slower);
    }
    assert_eq!(player.standing().speed, 1);
}

#[test]
fn what_is_played_has_happened_as_the_rules_say() {
    let mut player = player();
    let moment = at(5 * 3_600);
    for _ in 0..20 {
        player.obey(Transport::Faster);
    }
    let events = play_to(&mut player, moment);
    let count = |wanted: fn(&EventData) -> bool| events.iter().filter(|event| wanted(&event.data)).count();
    assert!(count(|data| matches!(data, EventData::PositionUpdated(_))) > 1_000);
    assert!(count(|data| matches!(data, EventData::GeofenceEntered(_))) >= 4, "{}", events.len());
    assert!(count(|data| matches!(data, EventData::AlertTriggered(_))) >= 2);
    assert!(count(|data| matches!(data, EventData::TruckStatusChanged(_))) >= 4);
}

#[test]
fn a_place_is_the_same_whether_it_is_played_to_or_gone_to() {
    let mut played = player();
    for _ in 0..20 {
        played.obey(Transport::Faster);
    }
    play_to(&mut played, at(9 * 3_600));
    let end = played.standing().at;
    for second in [0, 59, 3_600, 7_321, 4 * 3_600 + 1, 8 * 3_600] {
        played.seek(at(second));
        let mut fresh = player();
        fresh.seek(at(second));
        assert_eq!(played.standing().at, at(second));
        assert_eq!(played.scene(), fresh.scene(), "at {second} s");
        assert!(second == 0 || !fresh.scene().live.is_empty());
    }
    // And forward again, over marks that are known by now.
    played.seek(end);
    let mut fresh = player();
    play_to(&mut fresh, at(60));
    fresh.seek(end);
    assert_eq!(played.scene(), fresh.scene());
    assert!(fresh.scene().past.len() > 20);
}

#[test]
fn playing_on_after_going_back_brings_what_came_then() {
    let mut player = player();
    for _ in 0..20 {
        player.obey(Transport::Faster);
    }
    let ids = |events: &[Event]| events.iter().map(|event| event.id).collect::<Vec<_>>();
    let first = play_to(&mut player, at(2 * 3_600));
    assert!(player.obey(Transport::Beginning));
    assert_eq!(player.standing().at, at(0));
    assert_eq!(ids(&play_to(&mut player, at(2 * 3_600)))[..], ids(&first)[1..]);
}

#[test]
fn seeking_stays_within_the_period_and_the_end_is_played_from_the_beginning() {
    let mut player = player();
    player.obey(Transport::Back(Duration::from_secs(60)));
    assert_eq!(player.standing().at, at(0));
    player.obey(Transport::To(7.0));
    let end = player.standing();
    assert_eq!((end.at, end.share()), (end.span.to, 1.0));
    player.beat(Timestamp::from_millis(0));
    player.beat(Timestamp::from_millis(40));
    assert_eq!(player.standing().motion, Motion::Paused);
    assert!(player.obey(Transport::Toggle));
    assert_eq!((player.standing().at, player.standing().motion), (at(0), Motion::Playing));
}

#[test]
fn the_extent_is_where_the_fleet_is_whoever_jumps_out_of_it() {
    assert_eq!(Tape::default().extent(), None);
    let corners = tape().extent().unwrap();
    let mut jumping = tape();
    let lost = Position::bare(LonLat::new(0.0, 0.0).unwrap(), at(40_000), Source::event("replay"));
    let vehicle = VehicleKey::new("T0").unwrap();
    jumping.push(Event::position(&vehicle, lost, CorrelationId(Uuid::nil()))).unwrap();
    assert_eq!(jumping.extent().unwrap(), corners);
    let [south_west, north_east] = corners;
    assert!((3.31..3.32).contains(&south_west.lon()) && (3.41..=3.42).contains(&north_east.lon()));
    assert!((6.449..=6.45).contains(&south_west.lat()) && (6.45..6.452).contains(&north_east.lat()));
}
