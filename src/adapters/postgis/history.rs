//! The past as it is told: claims, records, days. What changed is marked where the
//! fixes are stored, in their transaction.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};
use sqlx::{Row, postgres::PgRow};
use uuid::Uuid;
use watchtower_core::{
    domain::{
        event::Event,
        history::{Kept, RecordKind},
        id::FenceId,
        time::Timestamp,
    },
    ports::{
        history::{Checkpoint, Claim, DayKept, HistoryQuery, Memory, Settlement, Terms},
        store::{Page, Window},
    },
};

use super::{
    Failure, PostgisStore,
    cursor::{self, Keyset},
    escape::{json_in, json_out, text_in},
    partitions::{self, Held, Needs, Tree},
    positions::{read_key, time},
};

/// How often a settlement is tried again that met another transaction or outdated memory.
const TRIES: u32 = 3;
/// Records of a day may have begun so many days before its checkpoint.
const MARGIN: Days = Days::new(7);

pub(super) async fn claim(store: &PostgisStore, terms: Terms) -> Result<Vec<Claim>, Failure> {
    let token = Uuid::new_v4();
    let mut transaction = store.pool.begin().await?;
    // Whoever writes fixes of a vehicle holds its row until they are committed: what
    // is claimed is there to be read.
    let rows = store
        .sql()
        .query(
            "with due as (
                 select vehicle_id from last_positions
                  where (dirty_from is not null or claimed_from is not null)
                    and coalesce(claimed_until, 'epoch') <= $1 and coalesce(told_at, 'epoch') <= $4
                  order by told_at nulls first limit $5
                    for update skip locked
             )
             update last_positions m
                set claimed_from = least(m.claimed_from, m.dirty_from),
                    claimed_late_to = greatest(m.claimed_late_to, m.late_to),
                    dirty_from = null, late_to = null, claimed_until = $2, token = $3
               from due, trucks t
              where m.vehicle_id = due.vehicle_id and t.id = m.vehicle_id
             returning t.key, m.claimed_from, m.claimed_late_to, m.device_time",
        )
        .bind(time(terms.now))
        .bind(time(terms.now.plus(terms.lease)))
        .bind(token)
        .bind(time(terms.now.minus(terms.every)))
        .bind(i64::from(terms.limit))
        .fetch_all(&mut *transaction)
        .await?;
    transaction.commit().await?;
    rows.iter()
        .map(|row| {
            Ok(Claim {
                vehicle: read_key(row)?,
                from: instant(row, "claimed_from")?,
                late_to: row.try_get::<Option<DateTime<Utc>>, _>("claimed_late_to")?.map(Timestamp::from),
                until: instant(row, "device_time")?,
                token,
            })
        })
        .collect()
}

/// People said something of vehicles' trips at times of which the past may be told
/// already: it is told again from then on, or from the first fix that is left. The row is
/// written in any case, so that whoever stores fixes meanwhile waits for the word.
pub(super) async fn hear(
    connection: &mut sqlx::postgres::PgConnection,
    sql: super::Sql,
    events: &[&Event],
) -> Result<(), Failure> {
    let mut words: BTreeMap<&str, (Timestamp, Timestamp)> = BTreeMap::new();
    for event in events.iter().filter(|event| event.is_word_of_trip()) {
        let (first, last) = words.entry(&event.key).or_insert((event.ts, event.ts));
        (*first, *last) = (event.ts.min(*first), event.ts.max(*last));
    }
    if words.is_empty() {
        return Ok(());
    }
    sql.query(
        "with word as (
             select t.id, greatest(w.first, oldest.time) as first, greatest(w.last, oldest.time) as last
               from unnest($1::text[], $2::timestamptz[], $3::timestamptz[]) as w (key, first, last)
               join trucks t on t.key = w.key
               left join lateral (select min(p.device_time) as time from positions p
                                   where p.vehicle_id = t.id) oldest on true
         )
         update last_positions m
            set dirty_from = case when m.device_time >= word.first
                                  then least(m.dirty_from, word.first) else m.dirty_from end,
                late_to = case when m.device_time >= word.first
                               then greatest(m.late_to, least(word.last, m.device_time)) else m.late_to end
           from word
          where m.vehicle_id = word.id",
    )
    .bind(words.keys().map(|key| text_in(key).into_owned()).collect::<Vec<_>>())
    .bind(words.values().map(|word| time(word.0)).collect::<Vec<_>>())
    .bind(words.values().map(|word| time(word.1)).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

/// Something that figures of days count has come to be known: those days are counted
/// again, and their neighbours, because the zone is not known here. After the fixes of
/// the batch, in the order in which a settlement takes its locks.
pub(super) async fn recount(
    connection: &mut sqlx::postgres::PgConnection,
    sql: super::Sql,
    events: &[&Event],
) -> Result<(), Failure> {
    let days: BTreeSet<(&str, NaiveDate)> = events
        .iter()
        .filter_map(|event| event.counts_on())
        .map(|(vehicle, at)| (vehicle, time(at).date_naive()))
        .collect();
    if days.is_empty() {
        return Ok(());
    }
    sql.query(
        "update history_days d set counted = false, changes = d.changes + 1
           from unnest($1::text[], $2::date[]) as f (key, day) join trucks t on t.key = f.key
          where d.vehicle_id = t.id and d.day between f.day - 1 and f.day + 1",
    )
    .bind(days.iter().map(|day| text_in(day.0).into_owned()).collect::<Vec<_>>())
    .bind(days.iter().map(|day| day.1).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

fn instant(row: &PgRow, column: &str) -> Result<Timestamp, Failure> {
    Ok(row.try_get::<DateTime<Utc>, _>(column)?.into())
}

fn revision(row: &PgRow) -> Result<u32, Failure> {
    Ok(row.try_get::<i32, _>("revision")?.unsigned_abs())
}

fn day_kept(row: &PgRow) -> Result<DayKept, Failure> {
    let until: Option<DateTime<Utc>> = row.try_get("until")?;
    let checkpoint = until.zip(row.try_get("state")?);
    let checkpoint = checkpoint.map(|(until, state)| Checkpoint { until: until.into(), state });
    Ok(DayKept { day: row.try_get("day")?, revision: revision(row)?, checkpoint })
}

fn kept(row: &PgRow) -> Result<Kept, Failure> {
    Ok(Kept {
        record: serde_json::from_str(&json_out(row.try_get("record")?))
            .map_err(|error| Failure::corrupt(format!("a record of history: {error}")))?,
        day: row.try_get("day")?,
        start: instant(row, "started_at")?,
        settled: row.try_get::<Option<DateTime<Utc>>, _>("settled_at")?.map(Timestamp::from),
        revision: revision(row)?,
    })
}

pub(super) async fn memory(store: &PostgisStore, claim: &Claim) -> Result<Memory, Failure> {
    let (sql, key) = (store.sql(), text_in(claim.vehicle.as_str()));
    let mut reader = store.reader().await?;
    let base = sql
        .query(
            "select day, revision, until, state from history_days
              where vehicle_id = (select id from trucks where key = $1) and until < $2 and state is not null
              order by until desc limit 1",
        )
        .bind(key.as_ref())
        .bind(time(claim.from))
        .fetch_optional(reader.conn())
        .await?;
    let base = base.as_ref().map(day_kept).transpose()?;
    let until = base.as_ref().and_then(|base| base.checkpoint.as_ref()).map(|base| time(base.until));
    let rows = sql
        .query(
            "select record::text as record, day, started_at, settled_at, revision from history
              where vehicle_id = (select id from trucks where key = $1)
                and ($2::timestamptz is null or settled_at > $2 or settled_at is null)",
        )
        .bind(key.as_ref())
        .bind(until)
        .fetch_all(reader.conn())
        .await?;
    let records = rows.iter().map(kept).collect::<Result<Vec<_>, _>>()?;
    let first =
        base.as_ref().map(|base| base.day).into_iter().chain(records.iter().map(|kept| kept.day)).min();
    let first = first.filter(|_| base.is_some()).and_then(|day| day.checked_sub_days(MARGIN));
    let rows = sql
        .query(
            "select day, revision, until, state from history_days
              where vehicle_id = (select id from trucks where key = $1) and ($2::date is null or day >= $2)
              order by day",
        )
        .bind(key.as_ref())
        .bind(first)
        .fetch_all(reader.conn())
        .await?;
    let days = rows.iter().map(day_kept).collect::<Result<Vec<_>, _>>()?;
    Ok(Memory { base: base.and_then(|base| base.checkpoint), days, kept: records })
}

pub(super) async fn settle(
    store: &PostgisStore,
    claim: &Claim,
    settlement: &Settlement,
    now: Timestamp,
) -> Result<bool, Failure> {
    let mut tried = 0;
    loop {
        partitions::ensure(store, &needs(settlement)).await?;
        match settle_once(store, claim, settlement, now).await {
            Err(failure) if (failure.is_stale_memory() || failure.is_collision()) && tried < TRIES => {
                store.partitions.forget();
                tried += 1;
            }
            other => return other,
        }
    }
}

fn needs(settlement: &Settlement) -> Needs {
    let months = settlement.put.iter().map(|kept| kept.start.to_utc().date_naive());
    let months = months.map(|day| day.with_day(1).unwrap_or(day));
    months.map(|month| ((Tree::History, month), Held::by(settlement.clock))).collect()
}

async fn settle_once(
    store: &PostgisStore,
    claim: &Claim,
    settlement: &Settlement,
    now: Timestamp,
) -> Result<bool, Failure> {
    let sql = store.sql();
    let mut transaction = store.pool.begin().await?;
    let ended = sql
        .query(
            "update last_positions
                set claimed_from = null, claimed_late_to = null, claimed_until = null, token = null,
                    told_at = $3
              where vehicle_id = (select id from trucks where key = $1) and token = $2
             returning vehicle_id",
        )
        .bind(text_in(claim.vehicle.as_str()).as_ref())
        .bind(claim.token)
        .bind(time(now))
        .fetch_optional(&mut *transaction)
        .await?;
    let Some(ended) = ended else { return Ok(false) };
    let vehicle: i32 = ended.try_get("vehicle_id")?;
    if !settlement.gone.is_empty() {
        sql.query(
            "delete from history h using unnest($1::uuid[], $2::timestamptz[]) as gone (id, started_at)
              where h.id = gone.id and h.started_at = gone.started_at",
        )
        .bind(settlement.gone.iter().map(|gone| gone.1).collect::<Vec<_>>())
        .bind(settlement.gone.iter().map(|gone| time(gone.0)).collect::<Vec<_>>())
        .execute(&mut *transaction)
        .await?;
    }
    if !settlement.put.is_empty() {
        put(&mut transaction, sql, vehicle, &settlement.put).await?;
    }
    let days = &settlement.days;
    let changed: BTreeSet<NaiveDate> = settlement.changed.iter().copied().collect();
    let checkpoint = |day: &DayKept| day.checkpoint.clone();
    sql.query(
        "insert into history_days as d (vehicle_id, day, revision, until, state, changes, counted)
         select $1, day, revision, until, state, changed::int, false
           from unnest($2::date[], $3::int4[], $4::timestamptz[], $5::bytea[], $6::bool[])
             as told (day, revision, until, state, changed)
         on conflict (vehicle_id, day) do update
            set revision = excluded.revision,
                until = coalesce(excluded.until, d.until), state = coalesce(excluded.state, d.state),
                changes = d.changes + excluded.changes, counted = d.counted and excluded.changes = 0",
    )
    .bind(vehicle)
    .bind(days.iter().map(|day| day.day).collect::<Vec<_>>())
    .bind(days.iter().map(|day| day.revision.cast_signed()).collect::<Vec<_>>())
    .bind(days.iter().map(|day| checkpoint(day).map(|point| time(point.until))).collect::<Vec<_>>())
    .bind(days.iter().map(|day| checkpoint(day).map(|point| point.state)).collect::<Vec<_>>())
    .bind(days.iter().map(|day| changed.contains(&day.day)).collect::<Vec<_>>())
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(true)
}

async fn put(
    connection: &mut sqlx::postgres::PgConnection,
    sql: super::Sql,
    vehicle: i32,
    put: &[Kept],
) -> Result<(), Failure> {
    let json = |kept: &Kept| {
        serde_json::to_string(&kept.record)
            .map(json_in)
            .map_err(|error| Failure::refused("a record of history", error.to_string()))
    };
    let fence = |kept: &Kept| kept.record.geofence().map(|fence| text_in(fence.as_str()).into_owned());
    sql.query(
        "insert into history (id, started_at, settled_at, vehicle_id, revision, day, kind, geofence, record)
         select id, started_at, settled_at, $1, revision, day, kind, geofence, record::json
           from unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::int4[], $6::date[], $7::text[],
                       $8::text[], $9::text[])
             as kept (id, started_at, settled_at, revision, day, kind, geofence, record)
         on conflict (id, started_at) do update
            set settled_at = excluded.settled_at, revision = excluded.revision, record = excluded.record",
    )
    .bind(vehicle)
    .bind(put.iter().map(Kept::id).collect::<Vec<_>>())
    .bind(put.iter().map(|kept| time(kept.start)).collect::<Vec<_>>())
    .bind(put.iter().map(|kept| kept.settled.map(time)).collect::<Vec<_>>())
    .bind(put.iter().map(|kept| kept.revision.cast_signed()).collect::<Vec<_>>())
    .bind(put.iter().map(|kept| kept.day).collect::<Vec<_>>())
    .bind(put.iter().map(|kept| kept.record.kind().name()).collect::<Vec<_>>())
    .bind(put.iter().map(fence).collect::<Vec<_>>())
    .bind(put.iter().map(json).collect::<Result<Vec<_>, _>>()?)
    .execute(connection)
    .await?;
    Ok(())
}

/// A page of records by the condition an index serves, and the rest as filters.
macro_rules! page_by {
    ($condition:literal) => {
        concat!(
            "select record::text as record, day, started_at, settled_at, revision from history
              where ",
            $condition,
            " and ($6::text[] = '{}' or kind = any($6))
                and ($7::text is null or vehicle_id = (select id from trucks where key = $7))
                and ($8::text is null or geofence = $8)
                and ",
            cursor::newest_first!("started_at")
        )
    };
}

/// The statement for a question: no plan made for one is used for another.
fn statement(query: &HistoryQuery) -> &'static str {
    match (&query.vehicle, &query.geofence, query.kinds.as_slice()) {
        (Some(_), ..) => page_by!("vehicle_id = (select id from trucks where key = $7)"),
        (None, Some(_), _) => page_by!("geofence = $8"),
        (None, None, [_]) => page_by!("kind = ($6::text[])[1]"),
        (None, None, _) => page_by!("true"),
    }
}

pub(super) async fn page(
    store: &PostgisStore,
    query: &HistoryQuery,
    window: Window,
) -> Result<Page<Kept>, Failure> {
    let after = cursor::read('h', &window)?;
    let kinds = query.kinds.iter().copied().map(RecordKind::name).collect::<Vec<_>>();
    let mut reader = store.reader().await?;
    let rows = cursor::bind(store.sql().query(statement(query)), query.span, after, &window)
        .bind(kinds)
        .bind(query.vehicle.as_ref().map(|key| text_in(key.as_str()).into_owned()))
        .bind(query.geofence.as_ref().map(FenceId::as_str).map(|id| text_in(id).into_owned()))
        .fetch_all(reader.conn())
        .await?;
    let items = rows.iter().map(kept).collect::<Result<Vec<_>, _>>()?;
    Ok(cursor::page('h', &window, items, |kept| Keyset { at: kept.start, id: kept.id() }))
}
