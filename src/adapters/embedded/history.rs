//! The past as it is told: marks of what changed, claims, records, days.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use sqlx::{FromRow, QueryBuilder, Sqlite, SqliteConnection};
use uuid::Uuid;
use watchtower_core::{
    domain::{history::Kept, id::VehicleKey, time::Timestamp},
    ports::{
        history::{Checkpoint, Claim, DayKept, HistoryQuery, Memory, Settlement, Terms},
        store::{Page, Window},
    },
};

use super::{
    fault::Fault,
    page::{self, Place},
    picture::{json, parse},
};

/// Rows in one statement: nine values each.
const CHUNK: usize = 500;
/// Records of a day may have begun so many days before its checkpoint.
const MARGIN: Days = Days::new(7);

/// Notes of each vehicle the oldest and the newest of the fixes just stored.
pub(super) async fn mark(connection: &mut SqliteConnection, stored: &[(i64, i64)]) -> Result<(), Fault> {
    let mut spans: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
    for (vehicle, time) in stored {
        let span = spans.entry(*vehicle).or_insert((*time, *time));
        *span = (span.0.min(*time), span.1.max(*time));
    }
    let spans: Vec<_> = spans.into_iter().collect();
    for chunk in spans.chunks(CHUNK) {
        let mut upsert =
            QueryBuilder::<Sqlite>::new("insert into history_mark (vehicle, dirty_from, newest) ");
        upsert.push_values(chunk, |mut values, (vehicle, (oldest, newest))| {
            values.push_bind(*vehicle).push_bind(*oldest).push_bind(*newest);
        });
        // Of a batch that is late in part, the late part ends with the newest of before.
        upsert.push(
            " on conflict do update set
                 late_to = case when excluded.dirty_from > newest then late_to
                                else max(ifnull(late_to, 0), min(newest, excluded.newest)) end,
                 dirty_from = min(ifnull(dirty_from, excluded.dirty_from), excluded.dirty_from),
                 newest = max(newest, excluded.newest)",
        );
        upsert.build().execute(&mut *connection).await?;
    }
    Ok(())
}

/// People said something of a vehicle's trip at a time of which the past may be told
/// already: it is told again from then on, or from the first fix that is left.
pub(super) async fn hear(
    connection: &mut SqliteConnection,
    vehicle: &str,
    at: Timestamp,
) -> Result<(), Fault> {
    sqlx::query(
        "update history_mark set
             dirty_from = min(ifnull(dirty_from, word.at), word.at), late_to = max(ifnull(late_to, 0), word.at)
         from (select id, max(?2, ifnull((select min(device_time) from position
                                         where position.vehicle = number.id), ?2)) as at
               from vehicle number where key = ?1) word
         where vehicle = word.id and newest >= word.at",
    )
    .bind(vehicle)
    .bind(at.millis())
    .execute(connection)
    .await?;
    Ok(())
}

/// Something that figures of days count has come to be known of a vehicle at a time:
/// that day is counted again, and its neighbours, because the zone is not known here.
pub(super) async fn recount(
    connection: &mut SqliteConnection,
    vehicle: &str,
    at: Timestamp,
) -> Result<(), Fault> {
    sqlx::query(
        "update history_day set counted = false, changes = changes + 1
         where vehicle = (select id from vehicle where key = ?1)
           and day between date(?2 / 1000, 'unixepoch', '-1 day') and date(?2 / 1000, 'unixepoch', '+1 day')",
    )
    .bind(vehicle)
    .bind(at.millis())
    .execute(connection)
    .await?;
    Ok(())
}

#[derive(FromRow)]
struct ClaimRow {
    key: String,
    claimed_from: i64,
    claimed_late_to: Option<i64>,
    newest: i64,
}

pub(super) async fn claim(connection: &mut SqliteConnection, terms: Terms) -> Result<Vec<Claim>, Fault> {
    let token = Uuid::new_v4();
    let rows: Vec<ClaimRow> = sqlx::query_as(
        "update history_mark set
             claimed_from = min(ifnull(claimed_from, dirty_from), ifnull(dirty_from, claimed_from)),
             claimed_late_to = case when late_to is null then claimed_late_to
                                    else max(ifnull(claimed_late_to, 0), late_to) end,
             dirty_from = null, late_to = null, claimed_until = ?2, token = ?3
         where vehicle in (
             select vehicle from history_mark
             where (dirty_from is not null or claimed_from is not null)
               and ifnull(claimed_until, 0) <= ?1 and ifnull(told_at, 0) <= ?4
             order by told_at limit ?5
         )
         returning (select key from vehicle where id = vehicle) as key, claimed_from, claimed_late_to, newest",
    )
    .bind(terms.now.millis())
    .bind(terms.now.plus(terms.lease).millis())
    .bind(token)
    .bind(terms.now.minus(terms.every).millis())
    .bind(terms.limit)
    .fetch_all(connection)
    .await?;
    let claim = |row: ClaimRow| {
        Ok(Claim {
            vehicle: vehicle(&row.key)?,
            from: Timestamp::from_millis(row.claimed_from),
            late_to: row.claimed_late_to.map(Timestamp::from_millis),
            until: Timestamp::from_millis(row.newest),
            token,
        })
    };
    rows.into_iter().map(claim).collect()
}

fn vehicle(key: &str) -> Result<VehicleKey, Fault> {
    VehicleKey::new(key).map_err(|error| Fault::corrupt(format_args!("vehicle key: {error}")))
}

fn date(text: &str) -> Result<NaiveDate, Fault> {
    text.parse().map_err(|_| Fault::corrupt(format_args!("day {text:?}")))
}

async fn number(connection: &mut SqliteConnection, vehicle: &VehicleKey) -> Result<i64, Fault> {
    Ok(sqlx::query_scalar("select id from vehicle where key = ?")
        .bind(vehicle.as_str())
        .fetch_one(connection)
        .await?)
}

#[derive(FromRow)]
struct DayRow {
    day: String,
    revision: u32,
    until: Option<i64>,
    state: Option<Vec<u8>>,
}

impl TryFrom<DayRow> for DayKept {
    type Error = Fault;

    fn try_from(row: DayRow) -> Result<Self, Fault> {
        let checkpoint = row.until.zip(row.state);
        Ok(Self {
            day: date(&row.day)?,
            revision: row.revision,
            checkpoint: checkpoint
                .map(|(until, state)| Checkpoint { until: Timestamp::from_millis(until), state }),
        })
    }
}

#[derive(FromRow)]
struct KeptRow {
    json: String,
    day: String,
    started_at: i64,
    settled_at: Option<i64>,
    revision: u32,
}

impl TryFrom<KeptRow> for Kept {
    type Error = Fault;

    fn try_from(row: KeptRow) -> Result<Self, Fault> {
        Ok(Self {
            record: parse("record of history", &row.json)?,
            day: date(&row.day)?,
            start: Timestamp::from_millis(row.started_at),
            settled: row.settled_at.map(Timestamp::from_millis),
            revision: row.revision,
        })
    }
}

pub(super) async fn memory(connection: &mut SqliteConnection, claim: &Claim) -> Result<Memory, Fault> {
    let vehicle = number(connection, &claim.vehicle).await?;
    let base: Option<DayRow> = sqlx::query_as(
        "select day, revision, until, state from history_day
         where vehicle = ? and until < ? and state is not null order by until desc limit 1",
    )
    .bind(vehicle)
    .bind(claim.from.millis())
    .fetch_optional(&mut *connection)
    .await?;
    let base = base.map(DayKept::try_from).transpose()?;
    let kept: Vec<KeptRow> = sqlx::query_as(
        "select json, day, started_at, settled_at, revision from history
         where vehicle = ? and (settled_at > ? or settled_at is null)",
    )
    .bind(vehicle)
    .bind(
        base.as_ref().and_then(|base| base.checkpoint.as_ref()).map_or(i64::MIN, |base| base.until.millis()),
    )
    .fetch_all(&mut *connection)
    .await?;
    let kept = kept.into_iter().map(Kept::try_from).collect::<Result<Vec<_>, _>>()?;
    let first = base.as_ref().map(|base| base.day).into_iter().chain(kept.iter().map(|kept| kept.day)).min();
    let first = first.filter(|_| base.is_some()).and_then(|day| day.checked_sub_days(MARGIN));
    let days: Vec<DayRow> = sqlx::query_as(
        "select day, revision, until, state from history_day where vehicle = ? and day >= ? order by day",
    )
    .bind(vehicle)
    .bind(first.map_or_else(String::new, |day| day.to_string()))
    .fetch_all(&mut *connection)
    .await?;
    let days = days.into_iter().map(DayKept::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(Memory { base: base.and_then(|base| base.checkpoint), days, kept })
}

pub(super) async fn settle(
    connection: &mut SqliteConnection,
    claim: &Claim,
    settlement: &Settlement,
    now: Timestamp,
) -> Result<bool, Fault> {
    let vehicle = number(connection, &claim.vehicle).await?;
    let ended = sqlx::query(
        "update history_mark set claimed_from = null, claimed_late_to = null, claimed_until = null,
                                 token = null, told_at = ?
         where vehicle = ? and token = ?",
    )
    .bind(now.millis())
    .bind(vehicle)
    .bind(claim.token)
    .execute(&mut *connection)
    .await?;
    if ended.rows_affected() == 0 {
        return Ok(false);
    }
    let gone: Vec<_> = settlement.gone.iter().map(|(_, id)| id.simple().to_string()).collect();
    sqlx::query("delete from history where id in (select unhex(value) from json_each(?))")
        .bind(json(&gone))
        .execute(&mut *connection)
        .await?;
    for chunk in settlement.put.chunks(CHUNK) {
        let mut upsert = QueryBuilder::<Sqlite>::new(
            "insert or replace into history
                 (id, vehicle, kind, geofence, day, started_at, settled_at, revision, json) ",
        );
        upsert.push_values(chunk, |mut values, kept| {
            values
                .push_bind(kept.id())
                .push_bind(vehicle)
                .push_bind(kept.record.kind().name())
                .push_bind(kept.record.geofence().map(|fence| fence.as_str()))
                .push_bind(kept.day.to_string())
                .push_bind(kept.start.millis())
                .push_bind(kept.settled.map(Timestamp::millis))
                .push_bind(kept.revision)
                .push_bind(json(&kept.record));
        });
        upsert.build().execute(&mut *connection).await?;
    }
    for day in &settlement.days {
        let changed = settlement.changed.contains(&day.day);
        sqlx::query(
            "insert into history_day (vehicle, day, revision, until, state, changes, counted)
             values (?1, ?2, ?3, ?4, ?5, ?6, false)
             on conflict do update set
                 revision = excluded.revision,
                 until = ifnull(excluded.until, until), state = ifnull(excluded.state, state),
                 changes = changes + ?6, counted = counted and not ?6",
        )
        .bind(vehicle)
        .bind(day.day.to_string())
        .bind(day.revision)
        .bind(day.checkpoint.as_ref().map(|checkpoint| checkpoint.until.millis()))
        .bind(day.checkpoint.as_ref().map(|checkpoint| checkpoint.state.as_slice()))
        .bind(changed)
        .execute(&mut *connection)
        .await?;
    }
    Ok(true)
}

pub(super) async fn search(
    connection: &mut SqliteConnection,
    query: &HistoryQuery,
    window: &Window,
) -> Result<Page<Kept>, Fault> {
    let after = Place::of(window)?;
    let mut select = QueryBuilder::<Sqlite>::new(
        "select json, day, started_at, settled_at, revision from history where (started_at, id) < (",
    );
    select.push_bind(after.time).push(", ").push_bind(after.id).push(")");
    let kinds: Vec<_> = query.kinds.iter().map(|kind| kind.name()).collect();
    match kinds.as_slice() {
        [] => {}
        [one] => drop(select.push(" and kind = ").push_bind(*one)),
        several => drop(
            select.push(" and kind in (select value from json_each(").push_bind(json(&several)).push("))"),
        ),
    }
    if let Some(vehicle) = &query.vehicle {
        select
            .push(" and vehicle = (select id from vehicle where key = ")
            .push_bind(vehicle.as_str())
            .push(")");
    }
    if let Some(fence) = &query.geofence {
        select.push(" and geofence = ").push_bind(fence.as_str());
    }
    if let Some(span) = query.span {
        select.push(" and started_at >= ").push_bind(span.from.millis());
        select.push(" and started_at < ").push_bind(span.to.millis());
    }
    select.push(" order by started_at desc, id desc limit ").push_bind(page::wanted(window));
    let rows: Vec<KeptRow> = select.build_query_as().fetch_all(connection).await?;
    let items = rows.into_iter().map(TryInto::try_into).collect::<Result<Vec<Kept>, _>>()?;
    Ok(page::page(items, window, |last| Place { time: last.start.millis(), id: last.id() }.cursor()))
}
