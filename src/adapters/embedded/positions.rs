//! Positions: once each by (vehicle, device time), the first wins.

use std::collections::{BTreeMap, HashMap};

use sqlx::{FromRow, QueryBuilder, Sqlite, SqliteConnection, query_builder::Separated};
use watchtower_core::{
    domain::{
        geo::LonLat,
        id::VehicleKey,
        master::Truck,
        position::{Clock, Position, Signals, Source},
        time::Timestamp,
        units::{Heading, Kmh, Metres},
    },
    ports::store::{Cursor, Neighbour, Page, Span, Window},
};

use super::{
    batch::Fix,
    fault::Fault,
    fences::around,
    history,
    page::{self, Named},
    picture,
};

/// Rows in one statement: fourteen values each, far below SQLite's limit of 32 766.
const CHUNK: usize = 500;

macro_rules! columns {
    ($prefix:literal) => {
        concat!(
            $prefix,
            "device_time, ",
            $prefix,
            "received_at, ",
            $prefix,
            "lon, ",
            $prefix,
            "lat, ",
            $prefix,
            "speed_kmh, ",
            $prefix,
            "heading, ",
            $prefix,
            "ignition, ",
            $prefix,
            "altitude_m, ",
            $prefix,
            "accuracy_m, ",
            $prefix,
            "odometer_m, ",
            $prefix,
            "signals, ",
            $prefix,
            "source, ",
            $prefix,
            "event_clock"
        )
    };
}

/// Stores fixes; returns how many were new.
pub(super) async fn insert(connection: &mut SqliteConnection, fixes: &[&Fix]) -> Result<u64, Fault> {
    if fixes.is_empty() {
        return Ok(0);
    }
    let vehicles = vehicles(connection, fixes).await?;
    let id = |fix: &Fix| vehicles[fix.vehicle.as_str()];
    let mut stored: Vec<(i64, i64)> = Vec::with_capacity(fixes.len());
    for chunk in fixes.chunks(CHUNK) {
        let mut insert =
            QueryBuilder::<Sqlite>::new(concat!("insert into position (vehicle, ", columns!(""), ") "));
        insert.push_values(chunk, |values, fix| push(values, id(fix), &fix.position));
        insert.push(" on conflict do nothing returning vehicle, device_time");
        stored.extend(insert.build_query_as::<(i64, i64)>().fetch_all(&mut *connection).await?);
    }
    history::mark(connection, &stored).await?;
    let mut newest: BTreeMap<i64, &Position> = BTreeMap::new();
    for fix in fixes {
        let last = newest.entry(id(fix)).or_insert(&fix.position);
        if fix.position.device_time > last.device_time {
            *last = &fix.position;
        }
    }
    let newest: Vec<_> = newest.into_iter().collect();
    for chunk in newest.chunks(CHUNK) {
        let mut upsert =
            QueryBuilder::<Sqlite>::new(concat!("insert into last_position (vehicle, ", columns!(""), ") "));
        upsert.push_values(chunk, |values, (vehicle, position)| push(values, *vehicle, position));
        upsert.push(concat!(
            " on conflict do update set (",
            columns!(""),
            ") = (",
            columns!("excluded."),
            ")
             where excluded.device_time > last_position.device_time",
        ));
        upsert.build().execute(&mut *connection).await?;
    }
    Ok(stored.len() as u64)
}

fn push(mut values: Separated<'_, Sqlite, &'static str>, vehicle: i64, position: &Position) {
    let Signals { harsh_braking, harsh_acceleration, sharp_turn } = position.signals;
    let signals = i64::from(harsh_braking) | i64::from(harsh_acceleration) << 1 | i64::from(sharp_turn) << 2;
    values
        .push_bind(vehicle)
        .push_bind(position.device_time.millis())
        .push_bind(position.received_at.millis())
        .push_bind(position.point.lon())
        .push_bind(position.point.lat())
        .push_bind(position.speed_kmh.map(Kmh::get))
        .push_bind(position.heading.map(Heading::degrees))
        .push_bind(position.ignition)
        .push_bind(position.altitude_m.map(Metres::get))
        .push_bind(position.accuracy_m.map(Metres::get))
        .push_bind(position.odometer_m.map(Metres::get))
        .push_bind(signals)
        .push_bind(position.source.name.as_ref().to_owned())
        .push_bind(position.source.clock == Clock::Event);
}

/// The numbers of the vehicles; those not known are registered, with a
/// provisional truck where the books have none.
async fn vehicles<'a>(
    connection: &mut SqliteConnection,
    fixes: &[&'a Fix],
) -> Result<HashMap<&'a str, i64>, Fault> {
    let named: HashMap<&str, &VehicleKey> =
        fixes.iter().map(|fix| (fix.vehicle.as_str(), &fix.vehicle)).collect();
    let keys = picture::json(&named.keys().collect::<Vec<_>>());
    let rows: Vec<(i64, String)> =
        sqlx::query_as("select id, key from vehicle where key in (select value from json_each(?))")
            .bind(keys)
            .fetch_all(&mut *connection)
            .await?;
    let mut numbers: HashMap<&str, i64> = HashMap::with_capacity(named.len());
    for (id, key) in rows {
        if let Some((key, _)) = named.get_key_value(key.as_str()) {
            numbers.insert(key, id);
        }
    }
    for (key, vehicle) in named {
        if numbers.contains_key(key) {
            continue;
        }
        let id = sqlx::query_scalar("insert into vehicle (key) values (?) returning id")
            .bind(key)
            .fetch_one(&mut *connection)
            .await?;
        numbers.insert(key, id);
        sqlx::query(
            "insert into truck (key, provisional, recorded_at, event_id, json)
             values (?, true, -1, x'', ?) on conflict do nothing",
        )
        .bind(key)
        .bind(picture::json(&Truck::provisional(vehicle.clone())))
        .execute(&mut *connection)
        .await?;
    }
    Ok(numbers)
}

/// A position as the file holds it.
#[derive(FromRow)]
struct Row {
    device_time: i64,
    received_at: i64,
    lon: f64,
    lat: f64,
    speed_kmh: Option<f64>,
    heading: Option<f64>,
    ignition: Option<bool>,
    altitude_m: Option<f64>,
    accuracy_m: Option<f64>,
    odometer_m: Option<f64>,
    signals: i64,
    source: String,
    event_clock: bool,
}

impl TryFrom<Row> for Position {
    type Error = Fault;

    fn try_from(row: Row) -> Result<Self, Fault> {
        let point = LonLat::new(row.lon, row.lat)
            .map_err(|error| Fault::corrupt(format_args!("position: {error}")))?;
        Ok(Self {
            device_time: Timestamp::from_millis(row.device_time),
            received_at: Timestamp::from_millis(row.received_at),
            point,
            speed_kmh: row.speed_kmh.map(Kmh),
            heading: row.heading.and_then(Heading::new),
            ignition: row.ignition,
            altitude_m: row.altitude_m.map(Metres),
            accuracy_m: row.accuracy_m.map(Metres),
            odometer_m: row.odometer_m.map(Metres),
            signals: Signals {
                harsh_braking: row.signals & 1 != 0,
                harsh_acceleration: row.signals & 2 != 0,
                sharp_turn: row.signals & 4 != 0,
            },
            source: Source {
                name: row.source.into(),
                clock: if row.event_clock { Clock::Event } else { Clock::Wall },
            },
        })
    }
}

#[derive(FromRow)]
struct Owned {
    key: String,
    #[sqlx(flatten)]
    row: Row,
}

impl TryFrom<Owned> for (VehicleKey, Position) {
    type Error = Fault;

    fn try_from(Owned { key, row }: Owned) -> Result<Self, Fault> {
        let vehicle =
            VehicleKey::new(&key).map_err(|error| Fault::corrupt(format_args!("vehicle key: {error}")))?;
        Ok((vehicle, row.try_into()?))
    }
}

pub(super) async fn track(
    connection: &mut SqliteConnection,
    vehicle: &VehicleKey,
    span: Span,
    window: &Window,
) -> Result<Page<Position>, Fault> {
    let after = window.after.as_ref().map(page::number::<i64>).transpose()?;
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "select ",
        columns!(""),
        " from position
         where vehicle = (select id from vehicle where key = ?)
           and device_time >= ? and device_time < ? and device_time > ?
         order by device_time limit ?",
    ))
    .bind(vehicle.as_str())
    .bind(span.from.millis())
    .bind(span.to.millis())
    .bind(after.unwrap_or(i64::MIN))
    .bind(page::wanted(window))
    .fetch_all(connection)
    .await?;
    let items = rows.into_iter().map(Position::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(page::page(items, window, |last| Cursor(last.device_time.millis().to_string())))
}

/// Of several vehicles, or of all, by time.
pub(super) async fn fixes(
    connection: &mut SqliteConnection,
    of: &[VehicleKey],
    span: Span,
    window: &Window,
) -> Result<Page<(VehicleKey, Position)>, Fault> {
    let after = Named::of(window)?;
    // Names both clocks so that the index can be used.
    let mut select = QueryBuilder::<Sqlite>::new(concat!(
        "select vehicle.key, ",
        columns!("fix."),
        "
         from position fix join vehicle on vehicle.id = fix.vehicle
         where fix.event_clock in (0, 1) and fix.device_time < ",
    ));
    select.push_bind(span.to.millis());
    let from = after.as_ref().map_or(span.from.millis(), |after| after.time.max(span.from.millis()));
    select.push(" and fix.device_time >= ").push_bind(from);
    if let Some(Named { time, name }) = after {
        select.push(" and (fix.device_time, vehicle.key) > (").push_bind(time);
        select.push(", ").push_bind(name).push(")");
    }
    if !of.is_empty() {
        let keys: Vec<_> = of.iter().map(VehicleKey::as_str).collect();
        select.push(" and vehicle.key in (select value from json_each(").push_bind(picture::json(&keys));
        select.push("))");
    }
    select.push(" order by fix.device_time, vehicle.key limit ").push_bind(page::wanted(window));
    let rows: Vec<Owned> = select.build_query_as().fetch_all(connection).await?;
    let items =
        rows.into_iter().map(TryInto::try_into).collect::<Result<Vec<(VehicleKey, Position)>, _>>()?;
    Ok(page::page(items, window, |(vehicle, last)| {
        Named { time: last.device_time.millis(), name: vehicle.to_string() }.cursor()
    }))
}

pub(super) async fn count(connection: &mut SqliteConnection, span: Option<Span>) -> Result<u64, Fault> {
    let (from, to) = span.map_or((i64::MIN, i64::MAX), |span| (span.from.millis(), span.to.millis()));
    let count: i64 = sqlx::query_scalar(
        // Names both clocks so that the index can be used.
        "select count(*) from position
             where event_clock in (0, 1) and device_time >= ? and device_time < ?",
    )
    .bind(from)
    .bind(to)
    .fetch_one(connection)
    .await?;
    Ok(count.unsigned_abs())
}

pub(super) async fn last(connection: &mut SqliteConnection) -> Result<Vec<(VehicleKey, Position)>, Fault> {
    let rows: Vec<Owned> = sqlx::query_as(concat!(
        "select vehicle.key, ",
        columns!("last."),
        "
         from last_position last join vehicle on vehicle.id = last.vehicle order by vehicle.key",
    ))
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// A fleet's last positions are a few thousand rows: a box sorts out nearly all,
/// the geodesic the rest.
pub(super) async fn near(
    connection: &mut SqliteConnection,
    point: LonLat,
    radius: Metres,
    limit: u32,
) -> Result<Vec<Neighbour>, Fault> {
    let reach = around(&[point], radius);
    let rows: Vec<Owned> = sqlx::query_as(concat!(
        "select vehicle.key, ",
        columns!("last."),
        "
         from last_position last join vehicle on vehicle.id = last.vehicle
         where last.lat between ? and ? and last.lon between ? and ?",
    ))
    .bind(reach.south)
    .bind(reach.north)
    .bind(reach.west)
    .bind(reach.east)
    .fetch_all(connection)
    .await?;
    let mut neighbours = Vec::new();
    for row in rows {
        let (vehicle, position) = row.try_into()?;
        let distance = point.distance(position.point);
        if distance <= radius {
            neighbours.push(Neighbour { vehicle, position, distance });
        }
    }
    neighbours.sort_by(|a, b| {
        a.distance.get().total_cmp(&b.distance.get()).then_with(|| a.vehicle.cmp(&b.vehicle))
    });
    neighbours.truncate(limit as usize);
    Ok(neighbours)
}
