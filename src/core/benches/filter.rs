//! How fast trucks are filtered, 100 000 at a time, beside a look at each of them.
//! `cargo bench -p watchtower-core --bench filter`.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench prints, and fails by panicking")]

use std::{hint::black_box, time::Duration};

use cpu_time::ThreadTime;
use watchtower_core::{
    domain::{
        alert::AlertKind,
        geo::LonLat,
        geofence::Geofence,
        id::{FenceId, OrganizationId, VehicleKey},
        live::{LiveState, Motion},
        master::{Organization, Truck},
        position::{Position, Source},
        time::Timestamp,
        units::{Kmh, Metres},
    },
    filter::{Filter, Names, Sighting},
};

const TRUCKS: usize = 100_000;
const RUNS: usize = 7;
/// 2025-04-01T00:00:00Z.
const NOW: Timestamp = Timestamp::from_millis(1_743_465_600_000);
const DRIVERS: [&str; 4] = ["Moruf Fashola", "Chinedu Okafor", "Ọlájídé Adéwálé", "Sunday Effiong"];

struct Nameless;

impl Names for Nameless {
    fn fence(&self, _: &FenceId) -> Option<&Geofence> {
        None
    }
    fn organization(&self, _: OrganizationId) -> Option<&Organization> {
        None
    }
}

fn truck(index: usize) -> (Truck, LiveState) {
    let key = VehicleKey::new(&format!("T{index:05}LA")).unwrap();
    let groups = vec![["FM", "VPC", "LH", "PC"][index % 4].to_owned()];
    let fix = Position::bare(LonLat::new(3.36, 6.44).unwrap(), NOW, Source::wall("bench"));
    let live = LiveState {
        vehicle: key.clone(),
        position: Position { speed_kmh: Some(Kmh((index % 90) as f64)), ..fix },
        motion: Motion::ALL[index % 7 % 4],
        since: Timestamp::from_millis(NOW.millis() - (index % 5_000) as i64 * 1_000),
        fences: if index.is_multiple_of(3) { vec![FenceId::new("apapa-port")] } else { Vec::new() },
        alerts: if index.is_multiple_of(9) { vec![AlertKind::Overspeed] } else { Vec::new() },
        trip: None,
        eta: None,
        today_m: Metres(0.0),
    };
    (Truck { groups, ..Truck::provisional(key) }, live)
}

/// The quickest of some runs.
fn quickest(mut run: impl FnMut() -> usize) -> (Duration, usize) {
    let timed = |_| {
        let start = ThreadTime::now();
        let found = black_box(run());
        (start.elapsed(), found)
    };
    (0..RUNS).map(timed).min().unwrap()
}

fn main() {
    let fleet: Vec<_> = (0..TRUCKS).map(truck).collect();
    let sightings: Vec<_> = fleet
        .iter()
        .enumerate()
        .map(|(index, (truck, live))| {
            let unseen = Sighting::unseen(&Nameless, &truck.key, NOW);
            let driver = Some(DRIVERS[index % DRIVERS.len()]);
            Sighting { truck: Some(truck), driver, ..unseen }.seen(live)
        })
        .collect();
    let (look, _) = quickest(|| sightings.iter().filter(|truck| truck.motion.is_some()).count());
    println!("{:>8.2} ms          one look at each of {TRUCKS}", look.as_secs_f64() * 1e3);
    for text in [
        "status:idle",
        r#"status:idle and group:"FM" and speed>60"#,
        "idle>20m or alerts>0 and not place:apapa",
        "number:*99*la",
        "fashola",
        "adéwálé",
        "nobody",
    ] {
        let filter = Filter::parse(text).unwrap();
        let (time, found) = quickest(|| sightings.iter().filter(|truck| filter.matches(*truck)).count());
        let each = time.as_secs_f64() * 1e9 / TRUCKS as f64;
        println!("{:>8.2} ms {each:>5.0} ns  {text}: {found}", time.as_secs_f64() * 1e3);
    }
}
