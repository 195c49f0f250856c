//! Whole tracks against PostGIS: who was in which fence from when to when, by the raw
//! rules, fix by fix and on the way between fixes.

use std::{collections::BTreeMap, f64::consts::TAU};

use geo::{LineString, MultiPolygon, Polygon};
use rand::{Rng, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use sqlx::{Connection, PgConnection};
use watchtower::{
    analysis::{Analysis, Finding},
    recording::{Row, RowError, SortError, Sorted},
};
use watchtower_core::{
    domain::{
        geo::LonLat,
        geofence::{FenceKind, Geofence, Shape, Watches},
        history::Record,
        id::{FenceId, VehicleKey},
        time::Timestamp,
        units::Metres,
    },
    engine::{FenceSet, GeofenceRules, Rules},
};

use crate::support::postgres::shared;

/// 2026-11-20T00:00:00Z.
const START: i64 = 1_795_132_800_000;
/// Where the tracks lie: in Lagos, and where a degree east is short.
const PLACES: [(f64, f64); 2] = [(3.37, 6.45), (24.9, 64.2)];
const TRACKS: usize = 30;
const FIXES: usize = 120;
/// Nearer to the rim than this an edge straight in lon/lat and a geodesic may differ
/// on which side of it a way passes, metres.
const RIM_M: f64 = 1.0;
/// A time on the way is right to so many milliseconds, and what is shorter than twice
/// that may not be told.
const CLOSE_MS: i64 = 3;

/// Between which times, milliseconds, was which track in which fence; no end: still.
type Stay = (String, i32, i64, Option<i64>);

struct Scene {
    fences: Vec<Geofence>,
    /// As they came, not by time.
    rows: Vec<(i32, i64, LonLat)>,
}

impl Scene {
    fn draw(place: (f64, f64), random: &mut ChaCha8Rng) -> Self {
        let wide = 1.0 / place.1.to_radians().cos();
        let to = |east: f64, north: f64| (place.0 + east * wide, place.1 + north);
        let point = |(lon, lat)| LonLat::new(lon, lat).unwrap();
        let mut fences = Vec::new();
        for number in 0..24 {
            let centre = (random.random_range(-0.02..0.02), random.random_range(-0.02..0.02));
            // Stars about their centres, never self-crossing, in one another.
            let mut star = |reach: f64| -> LineString<f64> {
                let corner = |corner: u32| {
                    let (sin, cos) = (f64::from(corner) * TAU / 14.0).sin_cos();
                    let reach = reach * random.random_range(0.6..1.0);
                    to(centre.0 + reach * cos, centre.1 + reach * sin)
                };
                (0..14).map(corner).collect()
            };
            let shape = match number % 4 {
                0 | 1 => {
                    let ring = Polygon::new(star(0.009), vec![star(0.005)]);
                    let island = Polygon::new(star(0.002), Vec::new());
                    Shape::Area(MultiPolygon(if number % 4 == 0 { vec![ring] } else { vec![ring, island] }))
                }
                2 => Shape::Circle {
                    centre: point(to(centre.0, centre.1)),
                    radius: Metres(random.random_range(80.0..900.0)),
                },
                _ => {
                    let line = star(0.012).into_iter().take(5).map(|corner| point((corner.x, corner.y)));
                    Shape::Corridor { line: line.collect(), width: Metres(random.random_range(50.0..400.0)) }
                }
            };
            let id = format!("fence-{number:02}");
            let (name, kind, watches) = (id.clone(), FenceKind::Client, Watches::All);
            fences.push(Geofence { id: FenceId::new(&id), name, kind, watches, shape });
        }
        let mut rows = Vec::new();
        for track in 0..TRACKS as i32 {
            let (mut time, mut east, mut north) = (START, 0.0, 0.0);
            for _ in 0..FIXES {
                rows.push((track, time, point(to(east, north))));
                // Now and then it stands, and now and then two fixes have one time.
                if random.random_bool(0.95) {
                    time += random.random_range(5_000..90_000);
                }
                if random.random_bool(0.9) {
                    let within = |at: f64, by: f64| (at + by).clamp(-0.03, 0.03);
                    east = within(east, random.random_range(-0.012..0.012));
                    north = within(north, random.random_range(-0.012..0.012));
                }
            }
        }
        Self { fences, rows }
    }

    /// Corners of the fences, where the boundary must belong to the inside, as fixes.
    fn stand_on_corners(&mut self, random: &mut ChaCha8Rng) {
        let corners = self.fences.iter().filter_map(|fence| match &fence.shape {
            Shape::Area(area) => Some(area.0[0].exterior().0.clone()),
            Shape::Circle { .. } | Shape::Corridor { .. } => None,
        });
        let corners: Vec<_> = corners.flatten().collect();
        for (_, _, point) in self.rows.iter_mut().step_by(17) {
            let corner = corners[random.random_range(0..corners.len())];
            *point = LonLat::new(corner.x, corner.y).unwrap();
        }
        self.rows.shuffle(random);
    }

    async fn store(&self, database: &mut PgConnection) {
        let schema = "create table fence (id text primary key, geom geometry, metres float8);
            create table fix (n serial, track int, ts bigint, pt geometry)";
        sqlx::raw_sql(schema).execute(&mut *database).await.unwrap();
        for fence in &self.fences {
            let json = serde_json::to_value(fence).unwrap();
            let metres = match &fence.shape {
                Shape::Area(_) => None,
                Shape::Circle { radius, .. } => Some(radius.get()),
                Shape::Corridor { width, .. } => Some(width.get() / 2.0),
            };
            let insert = "insert into fence (id, geom, metres)
                values ($1, ST_SetSRID(ST_GeomFromGeoJSON($2), 4326), $3)";
            let insert = sqlx::query(insert).bind(fence.id.as_str()).bind(json["geometry"].to_string());
            insert.bind(metres).execute(&mut *database).await.unwrap();
        }
        let column = |value: fn(&LonLat) -> f64| -> Vec<f64> {
            self.rows.iter().map(|(_, _, point)| value(point)).collect()
        };
        let insert = "insert into fix (track, ts, pt)
            select track, ts, ST_SetSRID(ST_MakePoint(lon, lat), 4326)
            from unnest($1::int[], $2::bigint[], $3::float8[], $4::float8[])
                with ordinality as row (track, ts, lon, lat, n) order by n";
        sqlx::query(insert)
            .bind(self.rows.iter().map(|row| row.0).collect::<Vec<_>>())
            .bind(self.rows.iter().map(|row| row.1).collect::<Vec<_>>())
            .bind(column(|point| point.lon()))
            .bind(column(|point| point.lat()))
            .execute(&mut *database)
            .await
            .unwrap();
    }

    fn is_area(&self, stay: &Stay) -> bool {
        let fence = self.fences.iter().find(|fence| fence.id.as_str() == stay.0).unwrap();
        matches!(fence.shape, Shape::Area(_))
    }

    /// When each track has fixes, in order.
    fn times(&self) -> BTreeMap<i32, Vec<i64>> {
        let mut times = BTreeMap::<i32, Vec<i64>>::new();
        for (track, time, _) in &self.rows {
            times.entry(*track).or_default().push(*time);
        }
        times
    }

    /// What the engine tells by these rules: stays, and crossings.
    fn told(&self, rules: Rules) -> (Vec<Stay>, Vec<Stay>) {
        let row = |(track, time, point): &(i32, i64, LonLat)| Row {
            vehicle: VehicleKey::as_written(&track.to_string()).unwrap(),
            device_time: Timestamp::from_millis(*time),
            received_at: None,
            point: *point,
            speed_kmh: None,
            heading: None,
            ignition: None,
        };
        let lines = self.rows.iter().map(|given| Ok::<_, RowError>(row(given)));
        let sorted = Sorted::new::<SortError>(lines, 1 << 20, |error| panic!("{error}")).unwrap();
        let mut analysis = Analysis::new(rules, FenceSet::new(self.fences.clone()));
        let mut findings = Vec::new();
        for row in sorted {
            findings.extend(analysis.take(&row.unwrap()));
        }
        findings.extend(analysis.finish());
        let (mut stays, mut crossings) = (Vec::new(), Vec::new());
        let track = |vehicle: &VehicleKey| vehicle.as_str().parse().unwrap();
        for finding in findings {
            match finding {
                Finding::Record(Record::Visit(visit)) => {
                    let exit = visit.exit.map(Timestamp::millis);
                    let first = START == visit.enter.millis();
                    assert_eq!(visit.entered_at_first_fix, first, "{visit:?}");
                    stays.push((
                        visit.geofence.to_string(),
                        track(&visit.vehicle),
                        visit.enter.millis(),
                        exit,
                    ));
                }
                Finding::Record(Record::Crossing(crossing)) => {
                    let (enter, exit) = (crossing.enter.millis(), crossing.exit.millis());
                    let (fence, track) = (crossing.geofence.to_string(), track(&crossing.vehicle));
                    crossings.push((fence, track, enter, Some(exit)));
                }
                _ => {}
            }
        }
        stays.sort();
        crossings.sort();
        (stays, crossings)
    }
}

/// The fixes that count: the first of each time.
const COUNTED: &str = "create table counted as
    select distinct on (track, ts) track, ts, pt from fix order by track, ts, n";

/// Runs of fixes on one side of a fence; a stay is one inside, to the next run.
const STAYS: &str = "
    with judged as (
        select id, track, ts, case when metres is null then ST_Covers(geom, pt)
            else ST_DWithin(geom::geography, pt::geography, metres) end as inside
        from counted cross join fence
    ), changes as (
        select *, inside is distinct from lag(inside) over (partition by id, track order by ts) as change
        from judged
    ), runs as (
        select *, sum(change::int) over (partition by id, track order by ts) as run from changes
    ), spans as (
        select id, track, inside, min(ts) as enter,
            lead(min(ts)) over (partition by id, track order by run) as exit
        from runs group by id, track, inside, run
    )
    select id, track, enter, exit from spans where inside order by id, track, enter";

/// The ways between fixes that follow each other.
const WAYS: &str = "create table way as
    select track, ts, next_ts, pt, next_pt, ST_MakeLine(pt, next_pt) as line from (
        select track, ts, pt, lead(ts) over track as next_ts, lead(pt) over track as next_pt
        from counted window track as (partition by track order by ts)
    ) as fixes where next_ts is not null";

/// The parts of every way in every area, in time; a stand is one whole.
const PARTS: &str = "
    select id, track, enter, exit from (
        select id, track, ts::float8 as enter, next_ts::float8 as exit
        from way join fence on metres is null and ST_Equals(pt, next_pt) and ST_Covers(geom, pt)
        union all
        select id, track, ts + least(a, b) * (next_ts - ts), ts + greatest(a, b) * (next_ts - ts) from (
            select id, track, ts, next_ts, ST_LineLocatePoint(line, ST_StartPoint(part)) as a,
                ST_LineLocatePoint(line, ST_EndPoint(part)) as b
            from way join fence on metres is null and not ST_Equals(pt, next_pt)
                and ST_Intersects(line, geom),
                lateral (select (ST_Dump(ST_Intersection(line, geom))).geom as part) as parts
            where ST_Dimension(part) = 1
        ) as fractions
    ) as parts order by id, track, enter";

/// How near each way comes to circles and corridors, metres, and whether it begins or
/// ends in one.
const PASSES: &str = "
    select id, track, ts, ST_Distance(line::geography, geom::geography) - metres as beyond,
        ST_DWithin(pt::geography, geom::geography, metres)
            or ST_DWithin(next_pt::geography, geom::geography, metres) as is_stay
    from way join fence on metres is not null
        and ST_DWithin(line::geography, geom::geography, metres + $1)";

async fn scenes(seed: u64, on_corners: bool) -> Vec<(Scene, PgConnection)> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut scenes = Vec::new();
    for place in PLACES {
        let mut scene = Scene::draw(place, &mut random);
        if on_corners {
            scene.stand_on_corners(&mut random);
        }
        let url = shared().await.database().await;
        let mut database = PgConnection::connect(&url).await.unwrap();
        scene.store(&mut database).await;
        for table in [COUNTED, WAYS] {
            sqlx::raw_sql(table).execute(&mut database).await.unwrap();
        }
        scenes.push((scene, database));
    }
    scenes
}

/// The raw rules, the way between fixes included.
fn along_the_way() -> Rules {
    let raw = Rules::raw();
    Rules { geofence: GeofenceRules { interpolate: true, ..raw.geofence.clone() }, ..raw }
}

/// What one has and the other has not, to the rounding of times; what is next to
/// nothing may be told or not.
fn differences(ours: &[Stay], theirs: &[Stay]) -> Vec<String> {
    let missing = |from: &[Stay], of: &[Stay], whose: &str| -> Vec<String> {
        let is_long = |stay: &&Stay| stay.3.is_none_or(|exit| exit - stay.2 > 2 * CLOSE_MS);
        let is_there = |stay: &&Stay| {
            let from_there = from
                .partition_point(|other| (&other.0, other.1, other.2) < (&stay.0, stay.1, stay.2 - CLOSE_MS));
            let near = from[from_there..]
                .iter()
                .take_while(|other| (&other.0, other.1) == (&stay.0, stay.1) && other.2 <= stay.2 + CLOSE_MS);
            let ends = |other: &Stay| match (other.3, stay.3) {
                (Some(one), Some(other)) => (one - other).abs() <= CLOSE_MS,
                (one, other) => one == other,
            };
            near.into_iter().any(ends)
        };
        let missing = of.iter().filter(is_long).filter(|stay| !is_there(stay));
        missing.map(|stay| format!("{whose} alone has {stay:?}\n")).collect()
    };
    [missing(ours, theirs, "PostGIS"), missing(theirs, ours, "the engine")].concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fix_by_fix_every_stay_of_every_track_is_as_postgis_has_it() {
    for (scene, mut database) in scenes(71, true).await {
        let expected: Vec<Stay> = sqlx::query_as(STAYS).fetch_all(&mut database).await.unwrap();
        let (stays, crossings) = scene.told(Rules::raw());
        let differ = stays.iter().zip(&expected).find(|(ours, theirs)| ours != theirs);
        assert_eq!(differ, None, "of {} and {}", stays.len(), expected.len());
        assert_eq!(stays.len(), expected.len());
        assert!(crossings.is_empty(), "without the way between fixes there are none");
        let open = stays.iter().filter(|stay| stay.3.is_none()).count();
        assert!(stays.len() > 1_000 && open > 5, "the case has lost its point: {} {open}", stays.len());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_the_way_every_stay_and_crossing_of_an_area_is_as_postgis_has_it() {
    for (scene, mut database) in scenes(72, false).await {
        let parts: Vec<Part> = sqlx::query_as(PARTS).fetch_all(&mut database).await.unwrap();
        let (stays, crossings) = joined(parts, &scene.times());
        let (mut ours, mut our_crossings) = scene.told(along_the_way());
        ours.retain(|stay| scene.is_area(stay));
        our_crossings.retain(|crossing| scene.is_area(crossing));
        let differences = [differences(&ours, &stays), differences(&our_crossings, &crossings)].concat();
        assert!(differences.is_empty(), "{} of {}: {}", differences.len(), ours.len(), differences.concat());
        let counts = (stays.len(), crossings.len());
        assert!(counts.0 > 500 && counts.1 > 500, "the case has lost its point: {counts:?}");
    }
}

/// A part of a track inside an area, with its times.
type Part = (String, i32, f64, f64);

/// Parts that follow each other are one; it is a stay when it holds a fix, else a
/// crossing.
fn joined(parts: Vec<Part>, times: &BTreeMap<i32, Vec<i64>>) -> (Vec<Stay>, Vec<Stay>) {
    /// What follows within is the same moment, milliseconds.
    const MOMENT: f64 = 1e-3;
    let mut whole: Vec<Part> = Vec::new();
    for part in parts {
        match whole.last_mut() {
            Some(last) if (&last.0, last.1) == (&part.0, part.1) && part.2 <= last.3 + MOMENT => {
                last.3 = last.3.max(part.3);
            }
            _ => whole.push(part),
        }
    }
    let (mut stays, mut crossings) = (Vec::new(), Vec::new());
    for (fence, track, enter, exit) in whole {
        let fixes = &times[&track];
        let is_over = exit < fixes[fixes.len() - 1] as f64 - MOMENT;
        let holds = |fix: &i64| (enter - MOMENT..=exit + MOMENT).contains(&(*fix as f64));
        let (enter, exit) = (enter.round() as i64, exit.round() as i64);
        match fixes.iter().any(holds) {
            true => stays.push((fence, track, enter, is_over.then_some(exit))),
            false => crossings.push((fence, track, enter, Some(exit))),
        }
    }
    (stays, crossings)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_way_through_a_circle_or_corridor_is_missed_that_postgis_sees() {
    for (scene, mut database) in scenes(73, false).await {
        let passes: Vec<(String, i32, i64, f64, bool)> =
            sqlx::query_as(PASSES).bind(RIM_M).fetch_all(&mut database).await.unwrap();
        let times = scene.times();
        let (_, crossings) = scene.told(along_the_way());
        let is_way_of = |(fence, track, ts): (&str, i32, i64), crossing: &Stay| {
            let fixes = &times[&track];
            let before = fixes[fixes.partition_point(|fix| *fix <= crossing.2) - 1];
            (fence, track, ts) == (crossing.0.as_str(), crossing.1, before)
        };
        let mut through = 0;
        for (fence, track, ts, beyond, is_stay) in &passes {
            let found = crossings.iter().any(|crossing| is_way_of((fence, *track, *ts), crossing));
            // Where it grazes the rim either answer is right.
            if !is_stay && *beyond < -RIM_M {
                assert!(found, "{fence} is not crossed by {track} after {ts}: {beyond} m");
                through += 1;
            }
        }
        for crossing in crossings.iter().filter(|crossing| !scene.is_area(crossing)) {
            let known = passes.iter().any(|(fence, track, ts, ..)| is_way_of((fence, *track, *ts), crossing));
            assert!(known, "PostGIS has no {crossing:?}");
        }
        assert!(through > 300, "the case has lost its point: {through}");
    }
}
