//! A day as devices record it, at one fix a second with noise and jumps, by the rules
//! as they come: what is found is what the truck did.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use watchtower_core::domain::{
    geo::{LonLat, Scale},
    geofence::{FenceKind, Geofence, Shape, Watches},
    history::{StopRecord, Visit},
    id::FenceId,
    units::{Kmh, Metres},
};

use super::*;

/// 2026-03-02T08:00:00Z.
const START: i64 = 1_772_438_400_000;
const ORIGIN: (f64, f64) = (3.36, 6.44);
/// How fast it drives, and how hard it brakes and starts, metres and seconds.
const CRUISE: f64 = 13.0;
const BRAKING: f64 = 0.8;

fn point(east: f64, north: f64) -> LonLat {
    let scale = Scale::at_latitude(ORIGIN.1);
    LonLat::new(ORIGIN.0 + east / scale.lon, ORIGIN.1 + north / scale.lat).unwrap()
}

/// A truck that drives east, stands in a yard and drives on: where it is each second.
struct Truck {
    metres: Vec<f64>,
    /// Between which seconds it stands.
    stands: (usize, usize),
}

impl Truck {
    fn drive(stand: usize) -> Self {
        let (mut at, mut speed, mut metres) = (0.0, 0.0_f64, Vec::new());
        let mut go = |seconds: usize, rate: f64| {
            for _ in 0..seconds {
                speed = (speed + rate).clamp(0.0, CRUISE);
                at += speed;
                metres.push(at);
            }
            metres.len()
        };
        go(600, BRAKING);
        let from = go(20, -BRAKING);
        let to = go(stand, -BRAKING);
        go(600, BRAKING);
        Self { metres, stands: (from, to) }
    }
}

/// A receiver's error: it wanders slowly by some metres and trembles a little.
struct Noise {
    east: f64,
    north: f64,
}

impl Noise {
    fn next(&mut self, random: &mut ChaCha8Rng) -> (f64, f64) {
        // Twelve throws of one die are close to normal.
        let mut normal = |sigma: f64| sigma * ((0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0);
        self.east = 0.98 * self.east + normal(0.8);
        self.north = 0.98 * self.north + normal(0.8);
        (self.east + normal(0.5), self.north + normal(0.5))
    }
}

struct Day {
    truck: Truck,
    fences: Vec<Geofence>,
    rows: Vec<Row>,
    jumps: u64,
}

impl Day {
    fn record(seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let truck = Truck::drive(random.random_range(420..900));
        let yard = truck.metres[truck.stands.0];
        let fence = |id: &str, shape| Geofence {
            id: FenceId::new(id),
            name: id.into(),
            kind: FenceKind::Client,
            watches: Watches::All,
            shape,
        };
        let area = |id: &str, west: f64, east: f64, south: f64| {
            let corners = [(west, south), (east, south), (east, 150.0), (west, 150.0)];
            let ring = corners.map(|(east, north)| point(east, north)).map(|at| (at.lon(), at.lat()));
            Geofence::area(id, id, FenceKind::Client, ring.to_vec())
        };
        let line = vec![point(2_000.0, -3_000.0), point(2_000.0, 3_000.0)];
        let fences = vec![
            // It stands fifteen metres from an edge of one yard, and as far outside another.
            area("yard", yard - 200.0, yard + 120.0, -15.0),
            area("beside", yard - 200.0, yard + 120.0, 15.0),
            fence("bridge", Shape::Circle { centre: point(1_000.0, 0.0), radius: Metres(60.0) }),
            fence("road", Shape::Corridor { line, width: Metres(80.0) }),
        ];
        let (mut noise, mut jumps, mut away) = (Noise { east: 0.0, north: 0.0 }, 0, 0);
        let (mut aside, mut rows) = ((0.0, 0.0), Vec::new());
        for (second, metres) in truck.metres.iter().enumerate() {
            let (east, north) = noise.next(&mut random);
            if away == 0 && second > 30 && random.random_bool(0.01) {
                away = random.random_range(1..4);
                let reach: f64 = random.random_range(400.0..6_000.0);
                let (sin, cos) = random.random_range(0.0..std::f64::consts::TAU).sin_cos();
                aside = (reach * sin, reach * cos);
            }
            let by = if away > 0 { aside } else { (0.0, 0.0) };
            jumps += u64::from(away > 0);
            away -= i32::from(away > 0);
            let before = if second == 0 { 0.0 } else { truck.metres[second - 1] };
            // Every other device says how fast it is.
            let speed = (metres - before) * 3.6 + random.random_range(-0.3..0.3);
            rows.push(Row {
                vehicle: VehicleKey::new("T1").unwrap(),
                device_time: Timestamp::from_millis(START + second as i64 * 1000),
                received_at: None,
                point: point(metres + east + by.0, north + by.1),
                speed_kmh: seed.is_multiple_of(2).then_some(Kmh(speed.max(0.0))),
                heading: None,
                ignition: None,
            });
        }
        Self { truck, fences, rows, jumps }
    }

    fn second(&self, time: Timestamp) -> f64 {
        time.seconds_since(Timestamp::from_millis(START))
    }
}

#[test]
fn a_noisy_day_with_jumps_is_told_as_it_was() {
    for seed in 0..24 {
        let day = Day::record(seed);
        let mut analysis = Analysis::new(Rules::default(), FenceSet::new(day.fences.clone()));
        let mut findings = Vec::new();
        for row in &day.rows {
            findings.extend(analysis.take(row));
        }
        findings.extend(analysis.finish());
        let (mut stops, mut visits, mut vehicles) =
            (Vec::<StopRecord>::new(), Vec::<Visit>::new(), Vec::new());
        for finding in findings {
            match finding {
                Finding::Record(Record::Stop(stop)) => stops.push(stop),
                Finding::Record(Record::Visit(visit)) => visits.push(visit),
                Finding::Vehicle(vehicle) => vehicles.push(vehicle),
                Finding::Record(Record::Overspeed(_)) | Finding::Alert(_) => panic!("{seed}: {finding:?}"),
                Finding::Record(Record::Crossing(_) | Record::Drive(_) | Record::Day(_))
                | Finding::Reject(_)
                | Finding::Feed(_) => {}
            }
        }
        let [vehicle] = &vehicles[..] else { panic!("{seed}: {vehicles:?}") };
        assert!(day.jumps > 10, "{seed}: the case has lost its point");
        assert_eq!(
            (vehicle.outliers, vehicle.used),
            (day.jumps, day.rows.len() as u64 - day.jumps),
            "{seed}"
        );
        let driven = day.truck.metres[day.truck.metres.len() - 1];
        // A jump counted, there and back, would be a twentieth at least.
        let excess = vehicle.distance_m / driven - 1.0;
        assert!(excess.abs() < 0.045, "{seed}: {} m of {driven}", vehicle.distance_m);
        // It stood once. A stop whose first fixes lie on the approach may end by the noise;
        // then the next begins at once.
        let (first, last) = (&stops[0], &stops[stops.len() - 1]);
        let follows = |pair: &[StopRecord]| pair[1].start.seconds_since(pair[0].end.unwrap()) <= 2.0;
        assert!(stops.windows(2).all(follows), "{seed}: {stops:?}");
        let (from, to) = (day.second(first.start), day.second(last.end.unwrap()));
        let (begun, over) = (day.truck.stands.0 as f64, day.truck.stands.1 as f64);
        assert!(
            (from - begun).abs() <= 90.0 && (to - over).abs() <= 90.0,
            "{seed}: {from} {to}, {begun} {over}"
        );
        // Each fence at most once, and confirmed only where it stood.
        let mut ids: Vec<_> = visits.iter().map(|visit| visit.geofence.as_str()).collect();
        ids.sort_unstable();
        let count = ids.len();
        ids.dedup();
        assert_eq!(count, ids.len(), "{seed}: {visits:?}");
        let confirmed: Vec<_> = visits.iter().filter(|visit| visit.confirmed).collect();
        let [yard] = confirmed[..] else { panic!("{seed}: {visits:?}") };
        assert_eq!(yard.geofence.as_str(), "yard");
        let inside = |from: f64, to: f64| {
            let passed =
                |edge: f64| day.truck.metres.iter().position(|metres| *metres >= edge).unwrap() as f64;
            (passed(from), passed(to))
        };
        let middle = day.truck.metres[day.truck.stands.0];
        let (enter, exit) = inside(middle - 200.0, middle + 120.0);
        let found = (day.second(yard.enter), day.second(yard.exit.unwrap()));
        assert!(
            (found.0 - enter).abs() < 8.0 && (found.1 - exit).abs() < 8.0,
            "{seed}: {found:?} {enter} {exit}"
        );
        assert!(visits.iter().all(|visit| visit.confirmed == (visit.seconds >= 300.0)), "{seed}: {visits:?}");
    }
}
