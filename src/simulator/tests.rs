//! What the simulated fleet must be: the same for the same seed, physical, on
//! the road, and as messy as the field.

mod scenery;

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
    sync::LazyLock,
};

use serde_json::Value;
use watchtower_core::domain::{geo::LonLat, trip::TripStatus};

use super::*;

/// 2025-04-01T06:00:00Z, seven in the morning in Lagos.
const START: i64 = 1_743_487_200;
const DAY: i64 = 86_400;

fn options(trucks: usize) -> SimulatorOptions {
    let start = Timestamp::from_millis(START * 1_000);
    SimulatorOptions { trucks, ..SimulatorOptions::new(7, start) }
}

/// A location push, read back.
struct Seen {
    arrived: i64,
    taken: i64,
    point: Option<LonLat>,
    speed_kmh: f64,
    ignition: bool,
    harsh: bool,
    has_course: bool,
}

/// A day of half the usual fleet, by truck, in order of arrival.
struct DaySeen {
    by_truck: BTreeMap<String, Vec<Seen>>,
    alerts: Vec<Value>,
    trips: Vec<Trip>,
    books: Vec<Meta>,
}

static DAY_SEEN: LazyLock<DaySeen> = LazyLock::new(|| {
    let mut simulator = Simulator::new(&options(42));
    let books = simulator.master_data();
    let mut day = DaySeen { by_truck: BTreeMap::new(), alerts: Vec::new(), trips: Vec::new(), books };
    let mut before = Timestamp::default();
    while let Some(push) = simulator.next() {
        assert!(push.at >= before, "pushes come in order of arrival");
        before = push.at;
        if push.at.millis() > (START + DAY) * 1_000 {
            break;
        }
        let body: Value = serde_json::from_str(&push.body).unwrap();
        if push.path == ALERT_PATH {
            day.alerts.push(body);
        } else {
            let truck = body["vehiclenumber"].as_str().unwrap().to_owned();
            day.by_truck.entry(truck).or_default().push(seen(&body, push.at.millis()));
        }
        day.trips.extend(simulator.trip_updates());
    }
    day
});

/// Reads a body by the published names and shapes.
fn seen(body: &Value, arrived: i64) -> Seen {
    let flag = |name: &str| match body[name].as_str() {
        Some("0") => false,
        Some("1") => true,
        other => panic!("{name} is {other:?}"),
    };
    for quiet in ["sharpTurn", "rockBreakerPedal", "harshAcceleration"] {
        assert!(!flag(quiet));
    }
    assert_eq!(body["imei"].as_str().unwrap().len(), 15);
    let time = chrono::NaiveDateTime::parse_from_str(body["gpstime"].as_str().unwrap(), "%d-%m-%Y %H:%M:%S");
    let longitude = body.get("longitude").and_then(Value::as_f64);
    Seen {
        arrived,
        taken: time.unwrap().and_utc().timestamp() - traffic::LAGOS_OFFSET_S,
        point: longitude.map(|lon| LonLat::new(lon, body["latitude"].as_f64().unwrap()).unwrap()),
        speed_kmh: body["speed"].as_f64().unwrap(),
        ignition: flag("ignition"),
        harsh: flag("harshBraking"),
        has_course: body.get("orientation").is_some(),
    }
}

/// Fixes of a truck in order of device time, each once, those without a jump:
/// what is within 3 km of both neighbours' mean when they are near each other.
fn clean(fixes: &[Seen]) -> Vec<&Seen> {
    let mut by_time: BTreeMap<i64, &Seen> = BTreeMap::new();
    for fix in fixes.iter().filter(|fix| fix.point.is_some()) {
        by_time.entry(fix.taken).or_insert(fix);
    }
    let all: Vec<&Seen> = by_time.into_values().collect();
    let mut kept: Vec<&Seen> = Vec::with_capacity(all.len());
    for (index, fix) in all.iter().enumerate() {
        let impossible = |other: &Seen| {
            let seconds = (fix.taken - other.taken).abs() as f64;
            fix.point.unwrap().distance(other.point.unwrap()).get() > 60.0 * seconds + 150.0
        };
        let off_both = kept.last().is_none_or(|before| impossible(before))
            && all.get(index + 1).is_none_or(|after| impossible(after));
        if !off_both {
            kept.push(fix);
        }
    }
    kept
}

fn hash_of_pushes(count: usize) -> u64 {
    let mut simulator = Simulator::new(&options(84));
    let mut hasher = DefaultHasher::new();
    for _ in 0..count {
        let push = simulator.next().unwrap();
        (push.at.millis(), push.path, push.body).hash(&mut hasher);
    }
    hasher.finish()
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    assert_eq!(hash_of_pushes(50_000), hash_of_pushes(50_000));
}

#[test]
fn another_seed_gives_another_day() {
    let other = SimulatorOptions { seed: 8, ..options(5) };
    assert_ne!(Simulator::new(&other).next(), Simulator::new(&options(5)).next());
    assert_eq!(Simulator::new(&options(0)).next(), None);
}

#[test]
fn a_truck_of_a_small_fleet_and_its_history_are_there_at_once() {
    let mut simulator = Simulator::new(&options(3));
    let first = simulator.next().unwrap();
    assert!((START - 1_800..START - 1_400).contains(&(first.at.millis() / 1_000)));
    let trucks: BTreeSet<String> = (0..400)
        .filter_map(|_| simulator.next())
        .map(|push| serde_json::from_str::<Value>(&push.body).unwrap())
        .filter_map(|body| body["vehiclenumber"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(trucks.len(), 3);
}

#[test]
fn at_the_start_the_fleet_is_spread_over_all_states_and_every_truck_was_heard() {
    let (mut moving, mut idle, mut parked) = (0, 0, 0);
    for fixes in DAY_SEEN.by_truck.values() {
        let last = fixes.iter().rfind(|fix| fix.taken <= START).expect("a fix before the start");
        match (last.ignition, last.speed_kmh > 5.0) {
            (true, true) => moving += 1,
            (true, false) => idle += 1,
            (false, _) => parked += 1,
        }
    }
    assert_eq!(DAY_SEEN.by_truck.len(), 42);
    assert!(moving >= 6 && idle >= 3 && parked >= 6, "{moving} moving, {idle} idle, {parked} parked");
}

#[test]
fn speeds_and_accelerations_are_a_trucks() {
    let (mut harsh, mut fixes) = (0, 0);
    for (truck, seen) in &DAY_SEEN.by_truck {
        let clean = clean(seen);
        for pair in clean.windows(2) {
            let seconds = (pair[1].taken - pair[0].taken) as f64;
            let (v0, v1) = (pair[0].speed_kmh / 3.6, pair[1].speed_kmh / 3.6);
            assert!(pair[1].speed_kmh < 95.0, "{truck}: {} km/h", pair[1].speed_kmh);
            // Noise of a speed and of the whole second: 0.4 m/s each.
            assert!(v1 - v0 < 0.95 * seconds + 0.8, "{truck}: from {v0} to {v1} m/s in {seconds} s");
            let brakes = if pair[1].harsh { 9.0 } else { 2.6 };
            let harsh_between =
                clean.iter().any(|f| f.harsh && f.taken > pair[0].taken && f.taken <= pair[1].taken);
            assert!(
                harsh_between || v0 - v1 < brakes * seconds + 0.8,
                "{truck}: {v0} to {v1} in {seconds} s"
            );
            let metres = pair[0].point.unwrap().distance(pair[1].point.unwrap()).get();
            assert!(metres < 25.0 * seconds + 60.0, "{truck}: {metres} m in {seconds} s");
            harsh += i32::from(pair[1].harsh);
            fixes += 1;
        }
    }
    assert!(fixes > 50_000, "{fixes} fixes");
    assert!(harsh > 3, "{harsh} harsh stops");
}

#[test]
fn what_goes_wrong_in_the_field_goes_wrong_here_within_a_day() {
    let (mut late, mut overtaken, mut repeated, mut jumps) = (0, 0, 0, 0);
    let (mut courseless, mut placeless, mut silences, mut idlers, mut overspeeds) = (0, 0, 0, 0, 0);
    for fixes in DAY_SEEN.by_truck.values() {
        let mut heard = HashSet::new();
        let mut newest = 0;
        for fix in fixes {
            late += i32::from(fix.arrived - fix.taken * 1_000 > 120_000);
            overtaken += i32::from(fix.taken < newest);
            repeated += i32::from(!heard.insert(fix.taken));
            courseless += i32::from(!fix.has_course);
            placeless += i32::from(fix.point.is_none());
            newest = newest.max(fix.taken);
        }
        let with_point: HashSet<i64> =
            fixes.iter().filter(|fix| fix.point.is_some()).map(|fix| fix.taken).collect();
        let clean = clean(fixes);
        jumps += with_point.len() - clean.len();
        silences += clean.windows(2).filter(|pair| pair[1].taken - pair[0].taken > 4 * 3_600).count();
        let (mut still_since, mut fast_since) = (i64::MAX, i64::MAX);
        for fix in clean {
            still_since =
                if fix.ignition && fix.speed_kmh < 3.0 { still_since.min(fix.taken) } else { i64::MAX };
            fast_since = if fix.speed_kmh > 62.0 { fast_since.min(fix.taken) } else { i64::MAX };
            idlers += i32::from(fix.taken.saturating_sub(still_since) > 20 * 60);
            overspeeds += i32::from(fix.taken.saturating_sub(fast_since) > 30);
        }
    }
    let counts = format!(
        "late {late}, overtaken {overtaken}, repeated {repeated}, jumps {jumps}, courseless {courseless}, \
         placeless {placeless}, silences {silences}, idlers {idlers}, overspeeds {overspeeds}"
    );
    println!("{counts}");
    assert!(late > 50 && overtaken > 50 && repeated > 50 && jumps > 5, "{counts}");
    assert!(courseless > 100 && placeless > 2 && silences >= 2, "{counts}");
    assert!(idlers > 20 && overspeeds > 20, "{counts}");
}

#[test]
fn alerts_are_pushed_by_loconavs_names_and_again_when_they_end() {
    let mut by_kind: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for alert in &DAY_SEEN.alerts {
        assert!(
            alert["id"].is_u64() && alert["vehicle_number"].is_string() && alert["created_at"].is_string()
        );
        by_kind.entry(alert["kind"].as_str().unwrap()).or_default().push(alert);
    }
    println!("{:?}", by_kind.iter().map(|(kind, all)| (kind, all.len())).collect::<Vec<_>>());
    for moment in ["SuddenBrakingAlert", "RefuelingAlert", "PossibleFuelTheftAlert"] {
        let alert = by_kind.get(moment).unwrap_or_else(|| panic!("no {moment}"))[0];
        assert!(alert["event_time"].is_string() && alert["latitude"].is_f64() && alert["longitude"].is_f64());
    }
    for episode in [
        "OverspeedAlert",
        "IgnitionAlert",
        "IdlingAlert",
        "FatigueAlert",
        "DeviceRemovalAlert",
        "VehicleLowBatteryVoltageAlert",
        "DtcAlert",
        "DeviceOfflineAlert",
    ] {
        let all = by_kind.get(episode).unwrap_or_else(|| panic!("no {episode}"));
        // An episode older than the first push is heard of only when it ends.
        let (start, end) = all
            .iter()
            .filter(|alert| alert["inactive_event_time"].is_string())
            .find_map(|end| Some((all.iter().find(|a| a["id"] == end["id"] && *a != end)?, end)))
            .unwrap_or_else(|| panic!("no {episode} began and ended"));
        assert!(start["inactive_event_time"].is_null(), "{episode} began with its end");
        for name in ["active_event_time", "active_event_latitude", "active_event_longitude", "vehicle_number"]
        {
            assert_eq!(start[name], end[name], "{episode}: {name}");
        }
    }
}

#[test]
fn trips_live_their_whole_life_and_delays_are_seen() {
    let mut by_status: BTreeMap<&str, usize> = BTreeMap::new();
    let mut returned = 0;
    for trip in &DAY_SEEN.trips {
        *by_status.entry(trip.status.name()).or_default() += 1;
        let times: Vec<Timestamp> = [trip.departed_at, trip.arrived_at, trip.offloaded_at, trip.returned_at]
            .into_iter()
            .flatten()
            .collect();
        assert!(times.is_sorted(), "{trip:?}");
        assert_eq!(
            trip.departed_at.is_some(),
            matches!(trip.status, TripStatus::Ongoing | TripStatus::Completed)
        );
        assert_eq!(trip.offloaded_at.is_some(), trip.status == TripStatus::Completed);
        returned += usize::from(trip.returned_at.is_some());
    }
    println!("{by_status:?} returned {returned}");
    for status in ["scheduled", "delayed", "ongoing", "completed"] {
        assert!(by_status.contains_key(status), "no {status}: {by_status:?}");
    }
    assert!(returned > 10);
    assert!(DAY_SEEN.books.iter().filter(|meta| matches!(meta, Meta::Trip(_))).count() >= 40);
}

#[test]
fn readable_ids_and_container_numbers_are_well_formed() {
    let mut seen = BTreeSet::new();
    for trip in &DAY_SEEN.trips {
        let (date, rest) = trip.readable_id.split_once('-').unwrap();
        assert!(chrono::NaiveDate::parse_from_str(date, "%d/%b/%Y").is_ok(), "{}", trip.readable_id);
        let (truck, code) = rest.split_once('-').unwrap();
        assert_eq!(truck, trip.vehicle.as_str());
        assert!(code.len() == 4 && code[..2].chars().all(|c| c.is_ascii_uppercase()), "{code}");
        let container = trip.container.as_deref().unwrap();
        assert_eq!(iso_6346_remainder(container), container.as_bytes()[10] - b'0', "{container}");
        seen.insert(container.to_owned());
    }
    assert!(seen.len() > 40);
    assert_eq!(iso_6346_remainder("TCNU3877560"), 0);
}

/// The check digit by the standard's own table of letter values, apart from the
/// simulator's arithmetic.
fn iso_6346_remainder(number: &str) -> u8 {
    const LETTERS: [u64; 26] = [
        10, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 34, 35, 36, 37,
        38,
    ];
    const WEIGHTS: [u64; 10] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
    assert_eq!(number.len(), 11);
    let mut sum = 0;
    for (byte, weight) in number.bytes().zip(WEIGHTS) {
        sum += weight
            * if byte.is_ascii_digit() { u64::from(byte - b'0') } else { LETTERS[usize::from(byte - b'A')] };
    }
    match sum % 11 {
        10 => 0,
        digit => digit as u8,
    }
}

#[test]
fn the_books_agree_with_each_other() {
    let fields: HashSet<String> = DAY_SEEN.books.iter().map(Meta::field).collect();
    assert_eq!(fields.len(), DAY_SEEN.books.len(), "every record has its own field");
    let mut trucks = 0;
    for meta in &DAY_SEEN.books {
        match meta {
            Meta::Truck(truck) => {
                trucks += 1;
                assert!(fields.contains(&format!("driver:{}", truck.driver.unwrap())));
            }
            Meta::Driver(driver) => {
                assert!(driver.phone.as_deref().unwrap().starts_with("+234 000 "));
                assert!(fields.contains(&format!("truck:{}", driver.truck.clone().unwrap())));
            }
            Meta::Trip(trip) => {
                assert!(fields.contains(&format!("geofence:{}", trip.pickup)));
                assert!(fields.contains(&format!("geofence:{}", trip.delivery)));
                assert!(fields.contains(&format!("organization:{}", trip.client.unwrap())));
            }
            Meta::Organization(_) | Meta::Geofence(_) | Meta::Lane(_) => {}
        }
    }
    assert_eq!(trucks, 42);
    assert!(fields.contains("truck:T11985LA"));
}
