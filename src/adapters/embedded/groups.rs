//! Consumer groups: what they were handed, and what they have not acknowledged.
//!
//! An entry's id says where it stands among all streams, so a group takes its
//! entries in the order they were appended, whatever partition they are in.

use std::time::Duration;

use sqlx::{FromRow, SqliteConnection};
use watchtower_core::{
    domain::time::Timestamp,
    ports::log::{Delivery, EntryId, Family, Start, StreamId},
};

use super::{
    Embedded, Wakes,
    entries::{Stored, code, codes, host_now, row_id},
    fault::Fault,
};

/// That somebody reads a group is written down this often, in seconds.
const STAMPED_EVERY_S: f64 = 60.0;

/// The next entries of a group: each stream offers its oldest by the index alone.
macro_rules! next {
    () => {
        "next (id) as materialized (
             select log.id from log_group cross join log on log.id in (
                 select id from log
                 where partition = log_group.partition and family = log_group.family
                   and id > log_group.delivered
                 order by id limit ?3
             )
             where log_group.name = ?1 and log_group.family in (select value from json_each(?2))
             order by log.id limit ?3
         )"
    };
}

fn count(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn numbers(ids: impl Iterator<Item = i64>) -> String {
    serde_json::to_string(&ids.collect::<Vec<_>>()).expect("numbers are JSON")
}

pub(super) async fn ensure(
    log: &Embedded,
    group: &str,
    families: &[Family],
    start: Start,
) -> Result<(), Fault> {
    let (group, families) = (group.to_owned(), codes(families));
    let partitions = log.inner.partitions.count();
    log.transact(Wakes::Nobody, move |connection| {
        Box::pin(async move {
            sqlx::query(
                "with recursive part (number) as (
                     select 0 union all select number + 1 from part where number + 1 < ?3
                 )
                 insert into log_group (name, partition, family, delivered, read_at)
                 select ?1, part.number, family.value, iif(?4, coalesce((
                     select max(id) from log where partition = part.number and family = family.value
                 ), 0), 0), ?5
                 from part cross join json_each(?2) family where true
                 on conflict do nothing",
            )
            .bind(group)
            .bind(families)
            .bind(partitions)
            .bind(start == Start::Newest)
            .bind(host_now().millis())
            .execute(connection)
            .await?;
            Ok(())
        })
    })
    .await
}

/// What is there now; empty when there is nothing.
pub(super) async fn read(
    log: &Embedded,
    group: &str,
    consumer: &str,
    families: &[Family],
    limit: usize,
) -> Result<Vec<Delivery>, Fault> {
    let codes = codes(families);
    let distinct = Family::ALL.iter().filter(|family| families.contains(family)).count();
    let streams = distinct * usize::from(log.inner.partitions.count());
    loop {
        let found = look(&mut *log.reader().await?, group, &codes, streams).await?;
        if host_now().seconds_since(found.read_at) > STAMPED_EVERY_S {
            stamp(log, group, &codes).await?;
        }
        if !found.waiting {
            return Ok(Vec::new());
        }
        let (name, consumer, codes) = (group.to_owned(), consumer.to_owned(), codes.clone());
        let rows = log
            .transact(Wakes::Nobody, move |connection| {
                Box::pin(async move { hand_out(connection, &name, &consumer, &codes, limit).await })
            })
            .await?;
        let deliveries = deliver(log, group, rows.into_iter().map(|row| (row, 1))).await?;
        // None left: another consumer was faster, or nothing was readable.
        if !deliveries.is_empty() {
            return Ok(deliveries);
        }
    }
}

/// How a group stands.
struct Found {
    /// There is something to hand out.
    waiting: bool,
    /// When it was last said that somebody reads it.
    read_at: Timestamp,
}

/// Looks how a group stands, without taking the writer's time.
async fn look(
    connection: &mut SqliteConnection,
    group: &str,
    codes: &str,
    streams: usize,
) -> Result<Found, Fault> {
    let (known, read_at, waiting): (i64, i64, bool) = sqlx::query_as(concat!(
        "with ",
        next!(),
        " select count(*), coalesce(min(read_at), 0), exists (select 1 from next)
          from log_group where name = ?1 and family in (select value from json_each(?2))",
    ))
    .bind(group)
    .bind(codes)
    .bind(1)
    .fetch_one(connection)
    .await?;
    if usize::try_from(known) == Ok(streams) {
        Ok(Found { waiting, read_at: Timestamp::from_millis(read_at) })
    } else {
        Err(Fault::unusable(format_args!("no consumer group {group:?} on these families")))
    }
}

/// Says that somebody reads as a group.
async fn stamp(log: &Embedded, group: &str, codes: &str) -> Result<(), Fault> {
    let (group, codes) = (group.to_owned(), codes.to_owned());
    log.transact(Wakes::Nobody, move |connection| {
        Box::pin(async move {
            sqlx::query(
                "update log_group set read_at = ?
                 where name = ? and family in (select value from json_each(?))",
            )
            .bind(host_now().millis())
            .bind(group)
            .bind(codes)
            .execute(connection)
            .await?;
            Ok(())
        })
    })
    .await
}

async fn hand_out(
    connection: &mut SqliteConnection,
    group: &str,
    consumer: &str,
    codes: &str,
    limit: usize,
) -> Result<Vec<Stored>, Fault> {
    let rows: Vec<Stored> = sqlx::query_as(concat!(
        "with ",
        next!(),
        " select id, partition, family, type, json from log where id in next order by id",
    ))
    .bind(group)
    .bind(codes)
    .bind(count(limit))
    .fetch_all(&mut *connection)
    .await?;
    let all = numbers(rows.iter().map(|row| row.id));
    sqlx::query(
        "update log_group set delivered = new.last
         from (select partition, family, max(id) as last from log
               where id in (select value from json_each(?2)) group by partition, family) new
         where log_group.name = ?1
           and log_group.partition = new.partition and log_group.family = new.family",
    )
    .bind(group)
    .bind(&all)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "insert into log_pending (name, partition, family, id, consumer, delivered_at, times)
         select ?1, partition, family, id, ?3, ?4, 1 from log
         where id in (select value from json_each(?2))",
    )
    .bind(group)
    .bind(&all)
    .bind(consumer)
    .bind(host_now().millis())
    .execute(connection)
    .await?;
    Ok(rows)
}

/// Reads what was handed out. What cannot be read would be pending for ever, so
/// it is acknowledged here.
async fn deliver(
    log: &Embedded,
    group: &str,
    rows: impl Iterator<Item = (Stored, u64)>,
) -> Result<Vec<Delivery>, Fault> {
    let (mut deliveries, mut lost) = (Vec::new(), Vec::new());
    for (row, times) in rows {
        match row.entry() {
            Some(entry) => deliveries.push(Delivery { entry, times }),
            None => lost.push((i64::from(row.partition), row.family, row.id)),
        }
    }
    acknowledge(log, group, lost).await?;
    Ok(deliveries)
}

#[derive(FromRow)]
struct Pending {
    times: i64,
    #[sqlx(flatten)]
    row: Stored,
}

pub(super) async fn claim(
    log: &Embedded,
    group: &str,
    consumer: &str,
    families: &[Family],
    idle: Duration,
    limit: usize,
) -> Result<Vec<Delivery>, Fault> {
    let (name, consumer, codes) = (group.to_owned(), consumer.to_owned(), codes(families));
    let rows = log
        .transact(Wakes::Nobody, move |connection| {
            Box::pin(async move { take_over(connection, &name, &consumer, &codes, idle, limit).await })
        })
        .await?;
    deliver(log, group, rows.into_iter().map(|Pending { times, row }| (row, times.unsigned_abs()))).await
}

async fn take_over(
    connection: &mut SqliteConnection,
    group: &str,
    consumer: &str,
    codes: &str,
    idle: Duration,
    limit: usize,
) -> Result<Vec<Pending>, Fault> {
    let now = host_now();
    let rows: Vec<Pending> = sqlx::query_as(
        "select log.id, log.partition, log.family, log.type, log.json, log_pending.times + 1 as times
         from log_pending join log on log.id = log_pending.id
         where log_pending.name = ?1 and log_pending.family in (select value from json_each(?2))
           -- In the time to come: the clock was set back since.
           and (log_pending.delivered_at <= ?3 or log_pending.delivered_at > ?5)
         order by log.id limit ?4",
    )
    .bind(group)
    .bind(codes)
    .bind(now.minus(idle).millis())
    .bind(count(limit))
    .bind(now.millis())
    .fetch_all(&mut *connection)
    .await?;
    sqlx::query(
        "update log_pending set consumer = ?3, delivered_at = ?4, times = times + 1
         where name = ?1 and (partition, family, id) in
             (select partition, family, id from log where id in (select value from json_each(?2)))",
    )
    .bind(group)
    .bind(numbers(rows.iter().map(|pending| pending.row.id)))
    .bind(consumer)
    .bind(now.millis())
    .execute(connection)
    .await?;
    Ok(rows)
}

pub(super) async fn ack(log: &Embedded, group: &str, entries: &[(StreamId, EntryId)]) -> Result<(), Fault> {
    let place = |(stream, id): &(StreamId, EntryId)| {
        (i64::from(stream.partition.0), code(stream.family), row_id(*id))
    };
    acknowledge(log, group, entries.iter().map(place).collect()).await
}

async fn acknowledge(log: &Embedded, group: &str, entries: Vec<(i64, i64, i64)>) -> Result<(), Fault> {
    if entries.is_empty() {
        return Ok(());
    }
    let group = group.to_owned();
    let entries = serde_json::to_string(&entries).expect("numbers are JSON");
    log.transact(Wakes::Nobody, move |connection| {
        Box::pin(async move {
            sqlx::query(
                "delete from log_pending where name = ? and (partition, family, id) in
                     (select value ->> 0, value ->> 1, value ->> 2 from json_each(?))",
            )
            .bind(group)
            .bind(entries)
            .execute(connection)
            .await?;
            Ok(())
        })
    })
    .await
}
