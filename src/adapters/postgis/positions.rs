//! Positions: stored once each, read by vehicle and time.

use std::{collections::HashMap, sync::RwLock};

use chrono::{DateTime, Utc};
use sqlx::{Row, postgres::PgConnection, postgres::PgRow};
use uuid::Uuid;
use watchtower_core::{
    domain::{
        geo::LonLat,
        id::VehicleKey,
        position::{Clock, Position, Signals, Source},
        time::Timestamp,
        units::{Heading, Kmh, Metres},
    },
    ports::store::{Page, Span, Window},
};

use super::{
    Failure, PostgisStore, Sql,
    cursor::{self, Keyset},
    escape::{text_in, text_out},
};

/// An instant as a parameter; beyond what can be stored, the nearest that can.
pub(super) fn time(at: Timestamp) -> DateTime<Utc> {
    at.clamped().to_utc()
}

/// Columns of a position `p` of a vehicle `t` from a source `s`.
macro_rules! columns {
    () => {
        "p.device_time, p.received_at, st_x(p.point::geometry) as lon, st_y(p.point::geometry) as lat,
         p.speed_kmh, p.heading, p.ignition, p.altitude_m, p.accuracy_m, p.odometer_m, p.signals,
         s.name as source, s.event_clock"
    };
}
pub(super) use columns;

/// The numbers of the sources seen. Sources are never deleted.
#[derive(Default)]
pub(super) struct Sources(RwLock<HashMap<Source, i32>>);

impl Sources {
    fn get(&self, source: &Source) -> Option<i32> {
        self.0.read().expect("no panic while held").get(source).copied()
    }

    /// The number of each source, made where there is none. Outside of the
    /// batch's transaction: a source too many harms nobody.
    pub(super) async fn numbers<'a>(
        &self,
        store: &PostgisStore,
        sources: impl Iterator<Item = &'a Source>,
    ) -> Result<HashMap<&'a Source, i32>, Failure> {
        let mut numbers = HashMap::new();
        for source in sources {
            if numbers.contains_key(source) {
                continue;
            }
            let number = match self.get(source) {
                Some(number) => number,
                None => self.learn(store, source).await?,
            };
            numbers.insert(source, number);
        }
        Ok(numbers)
    }

    async fn learn(&self, store: &PostgisStore, source: &Source) -> Result<i32, Failure> {
        let (name, event_clock) = (text_in(&source.name), !source.clock.is_wall());
        let mut transaction = store.pool.begin().await?;
        store
            .sql()
            .query("insert into sources (name, event_clock) values ($1, $2) on conflict do nothing")
            .bind(name.as_ref())
            .bind(event_clock)
            .execute(&mut *transaction)
            .await?;
        let row = store
            .sql()
            .query("select id from sources where name = $1 and event_clock = $2")
            .bind(name.as_ref())
            .bind(event_clock)
            .fetch_one(&mut *transaction)
            .await?;
        transaction.commit().await?;
        let number = row.try_get("id")?;
        self.0.write().expect("no panic while held").insert(source.clone(), number);
        Ok(number)
    }

    /// Forgets all of it, when the database turns out to be another.
    pub(super) fn forget(&self) {
        self.0.write().expect("no panic while held").clear();
    }
}

/// A fix as it goes into the table.
#[derive(Clone, Copy)]
pub(super) struct Fix<'a> {
    pub(super) vehicle: i32,
    pub(super) source: i32,
    pub(super) position: &'a Position,
}

/// Positions as columns: what `unnest` takes.
#[derive(Default)]
struct Columns {
    device_time: Vec<DateTime<Utc>>,
    received_at: Vec<DateTime<Utc>>,
    speed_kmh: Vec<Option<f64>>,
    heading: Vec<Option<f64>>,
    altitude_m: Vec<Option<f64>>,
    accuracy_m: Vec<Option<f64>>,
    odometer_m: Vec<Option<f64>>,
    vehicle: Vec<i32>,
    source: Vec<i32>,
    signals: Vec<i16>,
    ignition: Vec<Option<bool>>,
    lon: Vec<f64>,
    lat: Vec<f64>,
}

impl<'a> FromIterator<&'a Fix<'a>> for Columns {
    fn from_iter<I: IntoIterator<Item = &'a Fix<'a>>>(rows: I) -> Self {
        let mut columns = Self::default();
        for Fix { vehicle, source, position } in rows {
            columns.device_time.push(position.device_time.to_utc());
            columns.received_at.push(position.received_at.to_utc());
            columns.speed_kmh.push(position.speed_kmh.map(Kmh::get));
            columns.heading.push(position.heading.map(Heading::degrees));
            columns.altitude_m.push(position.altitude_m.map(Metres::get));
            columns.accuracy_m.push(position.accuracy_m.map(Metres::get));
            columns.odometer_m.push(position.odometer_m.map(Metres::get));
            columns.vehicle.push(*vehicle);
            columns.source.push(*source);
            columns.signals.push(bits(position.signals));
            columns.ignition.push(position.ignition);
            columns.lon.push(position.point.lon());
            columns.lat.push(position.point.lat());
        }
        columns
    }
}

impl Columns {
    fn bind(self, query: super::Query<'_>) -> super::Query<'_> {
        query
            .bind(self.device_time)
            .bind(self.received_at)
            .bind(self.speed_kmh)
            .bind(self.heading)
            .bind(self.altitude_m)
            .bind(self.accuracy_m)
            .bind(self.odometer_m)
            .bind(self.vehicle)
            .bind(self.source)
            .bind(self.signals)
            .bind(self.ignition)
            .bind(self.lon)
            .bind(self.lat)
    }
}

/// Stores fixes that are sorted and distinct by vehicle and time, takes the newest of
/// each vehicle for its last position, and notes whose past is to be told again. Rows
/// are written in order of the vehicles, so that two batches do not wait for each other
/// crosswise. Of fixes that are late in part, the late part ends with the newest of before.
const STORE: &str = "
    with fix as (
        select device_time, received_at, speed_kmh, heading, altitude_m, accuracy_m, odometer_m,
               vehicle_id, source_id, signals, ignition,
               st_setsrid(st_makepoint(lon, lat), 4326)::geography as point
          from unnest($1::timestamptz[], $2::timestamptz[], $3::float8[], $4::float8[], $5::float8[],
                      $6::float8[], $7::float8[], $8::int4[], $9::int4[], $10::int2[], $11::bool[],
                      $12::float8[], $13::float8[])
            as fix (device_time, received_at, speed_kmh, heading, altitude_m, accuracy_m, odometer_m,
                    vehicle_id, source_id, signals, ignition, lon, lat)
    ), stored as (
        insert into positions (device_time, received_at, speed_kmh, heading, altitude_m, accuracy_m,
                               odometer_m, vehicle_id, source_id, signals, ignition, point)
        select device_time, received_at, speed_kmh, heading, altitude_m, accuracy_m, odometer_m, vehicle_id,
               source_id, signals, ignition, point
          from fix
        on conflict (vehicle_id, device_time) do nothing
        returning vehicle_id, device_time
    ), dirty as (
        select vehicle_id, min(device_time) as dirty_from from stored group by vehicle_id
    ), newest as (
        select distinct on (vehicle_id) * from fix order by vehicle_id, device_time desc
    ), advanced as (
        insert into last_positions as l (device_time, received_at, speed_kmh, heading, altitude_m, accuracy_m,
                                         odometer_m, vehicle_id, source_id, signals, ignition, point,
                                         dirty_from)
        select device_time, received_at, speed_kmh, heading, altitude_m, accuracy_m, odometer_m, vehicle_id,
               source_id, signals, ignition, point, dirty_from
          from newest left join dirty using (vehicle_id) order by vehicle_id
        on conflict (vehicle_id) do update
           set device_time = greatest(l.device_time, excluded.device_time),
               received_at = case when excluded.device_time > l.device_time then excluded.received_at else l.received_at end,
               speed_kmh = case when excluded.device_time > l.device_time then excluded.speed_kmh else l.speed_kmh end,
               heading = case when excluded.device_time > l.device_time then excluded.heading else l.heading end,
               altitude_m = case when excluded.device_time > l.device_time then excluded.altitude_m else l.altitude_m end,
               accuracy_m = case when excluded.device_time > l.device_time then excluded.accuracy_m else l.accuracy_m end,
               odometer_m = case when excluded.device_time > l.device_time then excluded.odometer_m else l.odometer_m end,
               source_id = case when excluded.device_time > l.device_time then excluded.source_id else l.source_id end,
               signals = case when excluded.device_time > l.device_time then excluded.signals else l.signals end,
               ignition = case when excluded.device_time > l.device_time then excluded.ignition else l.ignition end,
               point = case when excluded.device_time > l.device_time then excluded.point else l.point end,
               late_to = case when excluded.dirty_from <= l.device_time
                              then greatest(l.late_to, least(l.device_time, excluded.device_time))
                              else l.late_to end,
               dirty_from = least(l.dirty_from, excluded.dirty_from)
         where excluded.device_time > l.device_time or excluded.dirty_from is not null
    )
    select count(*) as stored from stored";

/// Stores fixes that are sorted and distinct by vehicle and time; returns how
/// many were not there.
pub(super) async fn store(connection: &mut PgConnection, sql: Sql, rows: &[Fix<'_>]) -> Result<u64, Failure> {
    let columns: Columns = rows.iter().collect();
    let stored: i64 = columns.bind(sql.query(STORE)).fetch_one(connection).await?.try_get("stored")?;
    Ok(stored.unsigned_abs())
}

fn bits(signals: Signals) -> i16 {
    i16::from(signals.harsh_braking)
        | i16::from(signals.harsh_acceleration) << 1
        | i16::from(signals.sharp_turn) << 2
}

/// Reads the columns of [`columns!`].
pub(super) fn read(row: &PgRow) -> Result<Position, Failure> {
    let metres = |column: &str| Ok::<_, sqlx::Error>(row.try_get::<Option<f64>, _>(column)?.map(Metres));
    let bits: i16 = row.try_get("signals")?;
    let point = LonLat::new(row.try_get("lon")?, row.try_get("lat")?);
    let clock = if row.try_get("event_clock")? { Clock::Event } else { Clock::Wall };
    Ok(Position {
        device_time: row.try_get::<DateTime<Utc>, _>("device_time")?.into(),
        received_at: row.try_get::<DateTime<Utc>, _>("received_at")?.into(),
        point: point.map_err(|error| Failure::corrupt(format!("a position: {error}")))?,
        speed_kmh: row.try_get::<Option<f64>, _>("speed_kmh")?.map(Kmh),
        heading: row.try_get::<Option<f64>, _>("heading")?.and_then(Heading::new),
        ignition: row.try_get("ignition")?,
        altitude_m: metres("altitude_m")?,
        accuracy_m: metres("accuracy_m")?,
        odometer_m: metres("odometer_m")?,
        signals: Signals {
            harsh_braking: bits & 1 != 0,
            harsh_acceleration: bits & 2 != 0,
            sharp_turn: bits & 4 != 0,
        },
        source: Source { name: text_out(row.try_get("source")?).into(), clock },
    })
}

/// Reads a vehicle's key.
pub(super) fn read_key(row: &PgRow) -> Result<VehicleKey, Failure> {
    let key = text_out(row.try_get("key")?);
    VehicleKey::new(&key).map_err(|error| Failure::corrupt(format!("vehicle {key:?}: {error}")))
}

pub(super) async fn page(
    store: &PostgisStore,
    vehicle: &VehicleKey,
    span: Span,
    window: Window,
) -> Result<Page<Position>, Failure> {
    let after = cursor::read('p', &window)?.map(|key| time(key.at));
    let mut reader = store.reader().await?;
    let sql = concat!(
        "select ",
        columns!(),
        " from positions p join sources s on s.id = p.source_id
         where p.vehicle_id = (select id from trucks where key = $1)
           and p.device_time >= $2 and p.device_time < $3
           and ($4::timestamptz is null or p.device_time > $4)
         order by p.device_time limit $5"
    );
    let rows = store
        .sql()
        .query(sql)
        .bind(text_in(vehicle.as_str()).as_ref())
        .bind(time(span.from))
        .bind(time(span.to))
        .bind(after)
        .bind(cursor::wanted(&window))
        .fetch_all(reader.conn())
        .await?;
    let items = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(cursor::page('p', &window, items, |position| Keyset { at: position.device_time, id: Uuid::nil() }))
}

/// Of several vehicles, or of all, by time.
pub(super) async fn fixes(
    store: &PostgisStore,
    of: &[VehicleKey],
    span: Span,
    window: Window,
) -> Result<Page<(VehicleKey, Position)>, Failure> {
    let after = cursor::Named::of('f', &window)?;
    let names = (!of.is_empty()).then(|| of.iter().map(|key| text_in(key.as_str()).into_owned()).collect());
    let names: Option<Vec<String>> = names;
    let from = after.as_ref().map_or(span.from, |after| after.at.max(span.from));
    let mut reader = store.reader().await?;
    let sql = concat!(
        "select t.key, ",
        columns!(),
        " from positions p join sources s on s.id = p.source_id join trucks t on t.id = p.vehicle_id
         where p.device_time >= $1 and p.device_time < $2
           and ($3::text[] is null or p.vehicle_id = any(array(select id from trucks where key = any($3))))
           and ($4::timestamptz is null or (p.device_time, t.key) > ($4, $5))
         order by p.device_time, t.key limit $6"
    );
    let rows = store
        .sql()
        .query(sql)
        .bind(time(from))
        .bind(time(span.to))
        .bind(names)
        .bind(after.as_ref().map(|after| time(after.at)))
        .bind(after.as_ref().map(|after| text_in(&after.name).into_owned()))
        .bind(cursor::wanted(&window))
        .fetch_all(reader.conn())
        .await?;
    let items =
        rows.iter().map(|row| Ok((read_key(row)?, read(row)?))).collect::<Result<Vec<_>, Failure>>()?;
    Ok(cursor::cut(&window, items, |(vehicle, last)| {
        cursor::Named { at: last.device_time, name: vehicle.to_string() }.cursor('f')
    }))
}

pub(super) async fn count(store: &PostgisStore, span: Option<Span>) -> Result<u64, Failure> {
    let mut reader = store.reader().await?;
    let query = match span {
        None => store.sql().query("select count(*) from positions"),
        Some(span) => store
            .sql()
            .query("select count(*) from positions where device_time >= $1 and device_time < $2")
            .bind(time(span.from))
            .bind(time(span.to)),
    };
    let count: i64 = query.fetch_one(reader.conn()).await?.try_get(0)?;
    Ok(count.unsigned_abs())
}

pub(super) async fn last(store: &PostgisStore) -> Result<Vec<(VehicleKey, Position)>, Failure> {
    let mut reader = store.reader().await?;
    let sql = concat!(
        "select t.key, ",
        columns!(),
        " from last_positions p join sources s on s.id = p.source_id join trucks t on t.id = p.vehicle_id
         order by t.key"
    );
    let rows = store.sql().query(sql).fetch_all(reader.conn()).await?;
    rows.iter().map(|row| Ok((read_key(row)?, read(row)?))).collect()
}
