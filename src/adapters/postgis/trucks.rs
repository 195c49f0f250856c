//! Trucks, their names, and the numbers that stand for them in positions.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::RwLock,
};

use chrono::{DateTime, Utc};
use sqlx::{Row, postgres::PgConnection};
use uuid::Uuid;
use watchtower_core::domain::{id::VehicleKey, master::Truck, time::Timestamp};

use super::{
    Failure, PostgisStore, Sql,
    escape::{json_in, json_out, text_in},
    rank::Rank,
};

/// Parts names in a parameter. No normalised name has a control character.
const SEPARATOR: &str = "\u{1f}";

/// The numbers of the vehicles seen, once committed. Vehicles are never deleted.
#[derive(Default)]
pub(super) struct Numbers(RwLock<HashMap<VehicleKey, i32>>);

impl Numbers {
    fn get(&self, key: &VehicleKey) -> Option<i32> {
        self.0.read().expect("no panic while held").get(key).copied()
    }

    /// Remembers what a committed transaction has learnt.
    pub(super) fn learn(&self, numbers: HashMap<VehicleKey, i32>) {
        if !numbers.is_empty() {
            self.0.write().expect("no panic while held").extend(numbers);
        }
    }

    /// Forgets all of it, when the database turns out to be another.
    pub(super) fn forget(&self) {
        self.0.write().expect("no panic while held").clear();
    }
}

/// The number of each vehicle; those not known are registered provisionally.
/// Returns all numbers, and those not remembered yet.
pub(super) async fn numbers(
    connection: &mut PgConnection,
    sql: Sql,
    known: &Numbers,
    keys: &BTreeSet<&VehicleKey>,
) -> Result<(HashMap<VehicleKey, i32>, HashMap<VehicleKey, i32>), Failure> {
    let (mut all, mut unknown) = (HashMap::with_capacity(keys.len()), Vec::new());
    for key in keys {
        match known.get(key) {
            Some(number) => drop(all.insert((*key).clone(), number)),
            None => unknown.push(*key),
        }
    }
    let mut learnt = find(connection, sql, &unknown).await?;
    unknown.retain(|key| !learnt.contains_key(*key));
    if !unknown.is_empty() {
        let nobody = Rank { recorded_at: Timestamp::from_millis(0), id: Uuid::nil() };
        let provisional: Vec<_> = unknown.iter().map(|key| Truck::provisional((*key).clone())).collect();
        write(connection, sql, provisional.iter().map(|truck| (nobody, truck))).await?;
        learnt.extend(find(connection, sql, &unknown).await?);
    }
    all.extend(learnt.iter().map(|(key, number)| (key.clone(), *number)));
    Ok((all, learnt))
}

async fn find(
    connection: &mut PgConnection,
    sql: Sql,
    keys: &[&VehicleKey],
) -> Result<HashMap<VehicleKey, i32>, Failure> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let texts: Vec<_> = keys.iter().map(|key| text_in(key.as_str()).into_owned()).collect();
    let rows = sql
        .query("select key, id from trucks where key = any($1)")
        .bind(texts)
        .fetch_all(&mut *connection)
        .await?;
    rows.iter().map(|row| Ok((super::positions::read_key(row)?, row.try_get("id")?))).collect()
}

/// Writes truck records: a real one replaces a provisional one, otherwise the
/// newest stands.
pub(super) async fn write<'a>(
    connection: &mut PgConnection,
    sql: Sql,
    records: impl Iterator<Item = (Rank, &'a Truck)>,
) -> Result<(), Failure> {
    let mut newest: BTreeMap<&VehicleKey, (bool, Rank, &Truck)> = BTreeMap::new();
    for (rank, truck) in records {
        let candidate = (!truck.provisional, rank, truck);
        match newest.get(&truck.key) {
            Some(standing) if (standing.0, standing.1) >= (candidate.0, candidate.1) => {}
            _ => drop(newest.insert(&truck.key, candidate)),
        }
    }
    if newest.is_empty() {
        return Ok(());
    }
    let (mut keys, mut provisional, mut names) = (Vec::new(), Vec::new(), Vec::new());
    let (mut recorded, mut ids, mut records) = (Vec::<DateTime<Utc>>::new(), Vec::new(), Vec::new());
    for (key, (real, rank, truck)) in newest {
        keys.push(text_in(key.as_str()).into_owned());
        provisional.push(!real);
        names.push(text_in(&other_names(truck)).into_owned());
        recorded.push(rank.recorded_at.to_utc());
        ids.push(rank.id);
        records.push(json_in(
            serde_json::to_string(truck)
                .map_err(|error| Failure::refused(format!("truck {key}"), error.to_string()))?,
        ));
    }
    sql.query(
        "insert into trucks as t (key, provisional, names, recorded_at, event_id, record)
         select key, provisional, string_to_array(names, chr(31)), recorded_at, event_id, record::json
           from unnest($1::text[], $2::bool[], $3::text[], $4::timestamptz[], $5::uuid[], $6::text[])
             as truck (key, provisional, names, recorded_at, event_id, record)
         on conflict (key) do update
            set provisional = excluded.provisional, names = excluded.names,
                recorded_at = excluded.recorded_at, event_id = excluded.event_id, record = excluded.record
          where (not excluded.provisional, excluded.recorded_at, excluded.event_id)
              > (not t.provisional, t.recorded_at, t.event_id)",
    )
    .bind(keys)
    .bind(provisional)
    .bind(names)
    .bind(recorded)
    .bind(ids)
    .bind(records)
    .execute(&mut *connection)
    .await?;
    Ok(())
}

/// Every name but the key, normalised like a key, in one text.
fn other_names(truck: &Truck) -> String {
    let names: BTreeSet<VehicleKey> = truck
        .aliases
        .iter()
        .chain(&truck.loconav_id)
        .filter_map(|name| VehicleKey::new(name).ok())
        .filter(|name| *name != truck.key)
        .collect();
    names.iter().map(VehicleKey::as_str).collect::<Vec<_>>().join(SEPARATOR)
}

pub(super) async fn all(store: &PostgisStore) -> Result<Vec<Truck>, Failure> {
    let mut reader = store.reader().await?;
    let rows = store
        .sql()
        .query(
            "select t.record::text as record from trucks t
              where not (t.provisional and exists (
                    select from trucks r where r.names @> array[t.key] and not r.provisional))
              order by t.key",
        )
        .fetch_all(reader.conn())
        .await?;
    rows.iter().map(|row| read(row.try_get("record")?)).collect()
}

pub(super) async fn named(store: &PostgisStore, name: &str) -> Result<Option<Truck>, Failure> {
    let Ok(name) = VehicleKey::new(name) else { return Ok(None) };
    let mut reader = store.reader().await?;
    // A provisional record is the last resort: the name may be somebody's alias.
    let row = store
        .sql()
        .query(
            "select record::text as record from (
                select record, key, provisional from trucks where key = $1
                union all
                select record, key, provisional from trucks where names @> array[$1] and not provisional
             ) as t
             order by provisional, key <> $1, key limit 1",
        )
        .bind(text_in(name.as_str()).as_ref())
        .fetch_optional(reader.conn())
        .await?;
    row.map(|row| read(row.try_get("record")?)).transpose()
}

fn read(record: String) -> Result<Truck, Failure> {
    serde_json::from_str(&json_out(record))
        .map_err(|error| Failure::corrupt(format!("a truck's record: {error}")))
}
