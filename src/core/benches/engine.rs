//! How fast the engine is, and how much it keeps: each figure beside a yardstick of
//! the same run, as a ratio. `cargo bench -p watchtower-core`.
//!
//! `WATCHTOWER_TRACE` (CSV: vehicle, time, longitude, latitude, …, by time) and
//! `WATCHTOWER_FENCES` (GeoJSON) name real data to measure as well. An argument
//! chooses the lines whose names hold it: `… -- polygons`.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench prints, and fails by panicking")]

use std::{collections::HashMap, fs, hint::black_box, sync::Arc, time::Duration};

use cpu_time::ThreadTime;
use geo::{BoundingRect, Intersects, MultiPolygon, Point, PreparedGeometry, Relate};
use geographiclib_rs::{Geodesic, InverseGeodesic};
use rstar::{AABB, RTree, RTreeObject};
use uuid::Uuid;
use watchtower_core::{
    domain::{
        event::{Event, EventData, Tick},
        geo::{LonLat, Scale},
        geofence::{FenceKind, Geofence, Shape, Watches, read_collection},
        id::{CorrelationId, EventId, FenceId, VehicleKey},
        position::{Clock, Position, Source},
        time::Timestamp,
        units::Metres,
    },
    engine::{Engine, FenceSet, Output, Rules},
};

/// 2025-04-01T00:00:00Z.
const DAY: i64 = 1_743_465_600_000;
const TRUCKS: usize = 251;
const RUNS: usize = 5;

/// A small generator with a fixed seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A point so many metres east and north of Lagos' ports.
fn place(east: f64, north: f64) -> LonLat {
    let scale = Scale::at_latitude(6.44);
    LonLat::new(3.36 + east / scale.lon, 6.44 + north / scale.lat).unwrap()
}

fn fix(vehicle: &VehicleKey, time: Timestamp, point: LonLat) -> Event {
    let position = Position::bare(point, time, Source::wall("bench"));
    Event::position(vehicle, position, CorrelationId(Uuid::nil()))
}

struct Truck {
    key: VehicleKey,
    at: (f64, f64),
    course: f64,
    /// Seconds of driving or standing left, and whether it drives.
    left: f64,
    drives: bool,
    next: f64,
}

/// A day of a city's fleet on a square `wide` metres wide: drives of half an hour,
/// stops of a quarter, a fix every `interval` seconds or so.
fn fleet_day(wide: f64, interval: f64, hours: f64) -> Vec<Event> {
    let mut dice = Dice(42);
    let mut fleet: Vec<_> = (0..TRUCKS)
        .map(|number| Truck {
            key: VehicleKey::new(&format!("T{number}")).unwrap(),
            at: (dice.roll() * wide, dice.roll() * wide),
            course: dice.roll() * std::f64::consts::TAU,
            left: dice.roll() * 1800.0,
            drives: dice.roll() < 0.6,
            next: dice.roll() * interval,
        })
        .collect();
    let mut fixes = Vec::new();
    for truck in &mut fleet {
        while truck.next < hours * 3600.0 {
            let seconds = interval * (0.7 + 0.6 * dice.roll());
            truck.next += seconds;
            truck.left -= seconds;
            if truck.left < 0.0 {
                truck.drives = !truck.drives;
                truck.left = if truck.drives { 2700.0 } else { 1800.0 } * dice.roll();
            }
            truck.course += (dice.roll() - 0.5) * 0.6;
            let metres = if truck.drives { seconds * 9.0 * dice.roll() } else { 6.0 * dice.roll() };
            let step = (metres * truck.course.cos(), metres * truck.course.sin());
            let inside = |at: f64, step: f64| (0.0..wide).contains(&(at + step));
            if !inside(truck.at.0, step.0) || !inside(truck.at.1, step.1) {
                truck.course += std::f64::consts::FRAC_PI_2;
            } else {
                truck.at = (truck.at.0 + step.0, truck.at.1 + step.1);
            }
            let time = Timestamp::from_millis(DAY + (truck.next * 1000.0) as i64);
            fixes.push(fix(&truck.key, time, place(truck.at.0, truck.at.1)));
        }
    }
    fixes.sort_by_key(|event| event.ts);
    fixes
}

fn polygons(count: usize, corners: usize, wide: f64) -> Vec<Geofence> {
    let mut dice = Dice(7);
    let one = |number: usize| {
        let (east, north, radius) = (dice.roll() * wide, dice.roll() * wide, 200.0 + 600.0 * dice.roll());
        let ring = (0..corners)
            .map(|corner| {
                let angle = corner as f64 / corners as f64 * std::f64::consts::TAU;
                let reach = radius * (0.7 + 0.3 * dice.roll());
                let point = place(east + reach * angle.cos(), north + reach * angle.sin());
                (point.lon(), point.lat())
            })
            .collect();
        Geofence::area(&format!("p{number}"), "polygon", FenceKind::Client, ring)
    };
    (0..count).map(one).collect()
}

fn circles(count: usize, wide: f64) -> Vec<Geofence> {
    let mut dice = Dice(7);
    let one = |number: usize| Geofence {
        id: FenceId::new(&format!("c{number}")),
        name: "circle".into(),
        kind: FenceKind::Client,
        watches: Watches::All,
        shape: Shape::Circle {
            centre: place(dice.roll() * wide, dice.roll() * wide),
            radius: Metres(40.0 + 60.0 * dice.roll()),
        },
    };
    (0..count).map(one).collect()
}

fn recorded(path: &str) -> Vec<Event> {
    let text = fs::read_to_string(path).unwrap();
    let read = |line: &str| {
        let mut fields = line.split(',');
        let vehicle = VehicleKey::as_written(fields.next()?).ok()?;
        let time = Timestamp::parse(fields.next()?, chrono_tz::UTC).ok()?;
        let point = LonLat::new(fields.next()?.parse().ok()?, fields.next()?.parse().ok()?).ok()?;
        Some(fix(&vehicle, time, point))
    };
    text.lines().skip(1).filter_map(read).collect()
}

fn timed<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    let start = ThreadTime::now();
    let made = run();
    (made, start.elapsed())
}

/// The least of several runs: the others were disturbed.
fn least<T>(mut run: impl FnMut() -> T) -> (T, Duration) {
    (1..RUNS).fold(timed(&mut run), |best, _| {
        let next = timed(&mut run);
        if next.1 < best.1 { next } else { best }
    })
}

fn per_second(count: usize, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

/// All fixes through an engine with all rules on, a tick every ten seconds.
fn whole(fixes: &[Event], fences: &Arc<FenceSet>) -> (Engine, usize) {
    let mut engine = Engine::new(Arc::new(Rules::default()), fences.clone());
    let (mut out, mut derived, mut beat) = (Output::default(), 0, Timestamp::default());
    for event in fixes {
        if event.ts.seconds_since(beat) >= 10.0 {
            beat = event.ts;
            let tick = Event {
                id: EventId(Uuid::nil()),
                ts: beat,
                recorded_at: beat,
                key: "tick".into(),
                correlation_id: CorrelationId(Uuid::nil()),
                data: EventData::Tick(Tick { clock: Clock::Wall, now: beat }),
            };
            engine.step(&tick, &mut out);
        }
        engine.step(event, &mut out);
        derived += out.events.len();
        out.clear();
    }
    (engine, derived)
}

fn engine(name: &str, fixes: &[Event], fences: &[Geofence]) {
    if !is_wanted(name) {
        return;
    }
    let (set, tree) = (Arc::new(FenceSet::new(fences.to_vec())), plain_tree(fences));
    // Turn by turn, so that what disturbs one disturbs the other.
    let ((engine, derived), mut took) = timed(|| whole(fixes, &set));
    let (_, mut plain_took) = timed(|| plainly(fixes, &tree));
    for _ in 1..RUNS {
        took = took.min(timed(|| whole(fixes, &set)).1);
        plain_took = plain_took.min(timed(|| plainly(fixes, &tree)).1);
    }
    let (rate, vehicles) = (per_second(fixes.len(), took), engine.vehicles().count());
    println!(
        "{name:<44} {:>6.2} M fixes/s  {:.2} × the plain loop, {:.2} events a fix, {} B a vehicle",
        rate / 1e6,
        rate / per_second(fixes.len(), plain_took),
        derived as f64 / fixes.len() as f64,
        engine.state_bytes() / vehicles.max(1),
    );
}

/// One fence of the yardstick, found by its box.
struct Plain<'a> {
    shape: PlainShape<'a>,
    envelope: AABB<[f64; 2]>,
}

enum PlainShape<'a> {
    Area(&'a MultiPolygon<f64>, PreparedGeometry<'a, &'a MultiPolygon<f64>, f64>),
    Circle(LonLat, f64),
}

impl<'a> Plain<'a> {
    fn of(fence: &'a Geofence) -> Option<Self> {
        let (shape, (left, low, right, high)) = match &fence.shape {
            Shape::Area(area) => {
                let bounds = area.bounding_rect()?;
                (
                    PlainShape::Area(area, PreparedGeometry::from(area)),
                    (bounds.min().x, bounds.min().y, bounds.max().x, bounds.max().y),
                )
            }
            Shape::Circle { centre, radius } => {
                let scale = Scale::at_latitude(centre.lat());
                let (wide, far) = (1.01 * radius.get() / scale.lon, 1.01 * radius.get() / scale.lat);
                let (x, y) = (centre.lon(), centre.lat());
                (PlainShape::Circle(*centre, radius.get()), (x - wide, y - far, x + wide, y + far))
            }
            Shape::Corridor { .. } => return None,
        };
        Some(Self { shape, envelope: AABB::from_corners([left, low], [right, high]) })
    }

    fn covers(&self, point: LonLat) -> bool {
        match &self.shape {
            PlainShape::Area(area, _) => area.intersects(&Point::new(point.lon(), point.lat())),
            PlainShape::Circle(centre, radius) => karney(*centre, point) <= *radius,
        }
    }

    fn relates(&self, point: LonLat) -> bool {
        match &self.shape {
            PlainShape::Area(_, area) => area.relate(&Point::new(point.lon(), point.lat())).is_covers(),
            PlainShape::Circle(..) => self.covers(point),
        }
    }
}

impl RTreeObject for Plain<'_> {
    type Envelope = AABB<[f64; 2]>;
    fn envelope(&self) -> Self::Envelope {
        self.envelope
    }
}

fn plain_tree(fences: &[Geofence]) -> RTree<Plain<'_>> {
    RTree::bulk_load(fences.iter().filter_map(Plain::of).collect())
}

fn karney(a: LonLat, b: LonLat) -> f64 {
    Geodesic::wgs84().inverse(a.lat(), a.lon(), b.lat(), b.lon())
}

/// The yardstick: the least that one would write, without a single rule. Where each
/// vehicle was last, how far it has come, and which fences hold it.
fn plainly(fixes: &[Event], tree: &RTree<Plain<'_>>) -> (f64, usize) {
    let mut heads: HashMap<String, LonLat> = HashMap::new();
    fixes.iter().fold((0.0, 0), |(metres, held), event| {
        let point = point_of(event);
        let leg = match heads.get_mut(&event.key) {
            Some(head) => karney(std::mem::replace(head, point), point),
            None => {
                heads.insert(event.key.clone(), point);
                0.0
            }
        };
        (metres + leg, held + holding(tree, point).filter(|plain| plain.covers(point)).count())
    })
}

fn holding<'t, 'a>(tree: &'t RTree<Plain<'a>>, point: LonLat) -> impl Iterator<Item = &'t Plain<'a>> {
    tree.locate_in_envelope_intersecting(&AABB::from_point([point.lon(), point.lat()]))
}

fn point_of(event: &Event) -> LonLat {
    match &event.data {
        EventData::PositionUpdated(position) => position.point,
        other => panic!("{} is no fix", other.type_name()),
    }
}

/// Which fences hold a point, against what one would write with a tree of boxes.
fn fence_test(name: &str, fixes: &[Event], fences: &[Geofence]) {
    if !is_wanted(name) {
        return;
    }
    let points: Vec<LonLat> = fixes.iter().map(point_of).collect();
    let (set, tree) = (FenceSet::new(fences.to_vec()), plain_tree(fences));
    let (ours, took) = least(|| points.iter().map(|point| set.count_at(*point)).sum::<usize>());
    let (plain, plain_took) = least(|| -> usize {
        points.iter().map(|point| holding(&tree, *point).filter(|plain| plain.covers(*point)).count()).sum()
    });
    assert_eq!(ours, plain, "both find the same");
    // A hundred times slower: a part of the points will do.
    let few = &points[..points.len() / 20];
    let (_, prepared_took) = least(|| -> usize {
        few.iter().map(|point| holding(&tree, *point).filter(|plain| plain.relates(*point)).count()).sum()
    });
    let (rate, plain_rate) = (per_second(points.len(), took), per_second(points.len(), plain_took));
    println!(
        "{name:<44} {:>6.2} M points/s  {:.1} × rstar + geo's intersects, {:.0} × rstar + geo's prepared relate",
        rate / 1e6,
        rate / plain_rate,
        rate / per_second(few.len(), prepared_took),
    );
}

fn distances(name: &str) {
    if !is_wanted(name) {
        return;
    }
    let mut dice = Dice(3);
    let pairs: Vec<_> = (0..100_000)
        .map(|_| {
            let (east, north) = (dice.roll() * 4e4, dice.roll() * 4e4);
            (place(east, north), place(east + 700.0 * dice.roll(), north + 700.0 * dice.roll()))
        })
        .collect();
    let (_, took) = least(|| pairs.iter().map(|(a, b)| a.distance(*b).get()).sum::<f64>());
    let (_, karney_took) = least(|| black_box(pairs.iter().map(|(a, b)| karney(*a, *b)).sum::<f64>()));
    let (rate, karney_rate) = (per_second(pairs.len(), took), per_second(pairs.len(), karney_took));
    println!("{name:<44} {:>6.2} M/s         {:.0} × Karney's inverse", rate / 1e6, rate / karney_rate);
}

/// Whether the command line asks for a line; cargo adds flags of its own.
fn is_wanted(name: &str) -> bool {
    let mut asked = std::env::args().skip(1).filter(|asked| !asked.starts_with('-')).peekable();
    asked.peek().is_none() || asked.any(|asked| name.contains(&asked))
}

fn main() {
    let (city, country) = (4e4, 2e5);
    let day = fleet_day(city, 89.0, 24.0);
    let second = fleet_day(city, 1.0, 0.25);
    let areas = polygons(500, 110, city);
    println!("{} trucks, a day of a city: {} fixes", TRUCKS, day.len());
    engine("all rules, no fences, a fix a minute", &day, &[]);
    engine("all rules, 500 polygons, a fix a minute", &day, &areas);
    engine("all rules, 500 polygons, a fix a second", &second, &areas);
    let far = fleet_day(country, 89.0, 24.0);
    for count in [230, 2_300, 23_000, 230_000] {
        engine(&format!("all rules, {count} circles, a fix a minute"), &far, &circles(count, country));
    }
    engine("all rules, 23000 circles in one city", &day, &circles(23_000, city));
    fence_test("which of 500 polygons hold a point", &day, &areas);
    distances("distances of up to 1 km");
    if let (Ok(trace), Ok(fences)) = (std::env::var("WATCHTOWER_TRACE"), std::env::var("WATCHTOWER_FENCES")) {
        let (fixes, fences) =
            (recorded(&trace), read_collection(&fs::read_to_string(fences).unwrap()).unwrap().0);
        engine("all rules, the trace and no fences", &fixes, &[]);
        engine("all rules, the trace and fences given", &fixes, &fences);
        fence_test("which of the fences given hold a point", &fixes, &fences);
    }
}
