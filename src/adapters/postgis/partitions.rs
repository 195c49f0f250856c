//! Partitions: made ahead of need and on demand, attached without blocking
//! writers. Who holds the row of a partition in `partitions` decides about it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::RwLock,
    time::Duration,
};

use chrono::{Datelike, Days, Months, NaiveDate};
use sqlx::{AssertSqlSafe, Row};
use watchtower_core::{
    domain::position::Clock,
    ports::store::{Day, StoreError},
};

use super::{Failure, PostgisStore};

/// How often making a partition is tried when others are in the way.
const TRIES: u32 = 8;
/// Names the advisory lock of dropping a partition, beside its day.
const LOCK_CLASS: i32 = 0x7774_0000;

/// The partitioned tables.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Tree {
    /// Positions, by day.
    Positions,
    /// Requests as they were sent, by day.
    Raw,
    /// All other events, by month.
    Audit,
    /// What is told of the past, by month.
    History,
}

impl Tree {
    /// The name in `partitions`, and of the table.
    pub(super) const fn table(self) -> &'static str {
        match self {
            Self::Positions => "positions",
            Self::Raw => "events_raw",
            Self::Audit => "events_audit",
            Self::History => "history",
        }
    }

    /// The partition's own name.
    pub(super) fn partition(self, first: NaiveDate) -> String {
        format!("{}_{:04}{:02}{:02}", self.table(), first.year(), first.month(), first.day())
    }

    /// The first day after the partition that begins with `first`.
    fn end(self, first: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Positions | Self::Raw => first.checked_add_days(Days::new(1)),
            Self::Audit | Self::History => first.checked_add_months(Months::new(1)),
        }
    }
}

/// Whose data a partition holds.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Held {
    pub(super) wall: bool,
    pub(super) event_clock: bool,
}

impl Held {
    pub(super) const fn by(clock: Clock) -> Self {
        match clock {
            Clock::Wall => Self { wall: true, event_clock: false },
            Clock::Event => Self { wall: false, event_clock: true },
        }
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self { wall: self.wall || other.wall, event_clock: self.event_clock || other.event_clock }
    }
}

/// The partitions a batch needs.
pub(super) type Needs = BTreeMap<(Tree, NaiveDate), Held>;

/// The partitions known to exist, and what they are known to hold. Another
/// process may drop one: then a write fails and all is forgotten.
#[derive(Default)]
pub(super) struct Known(RwLock<HashMap<(Tree, NaiveDate), Held>>);

impl Known {
    fn serves(&self, place: &(Tree, NaiveDate), need: Held) -> bool {
        let known = self.0.read().expect("no panic while held");
        known.get(place).is_some_and(|held| held.and(need) == *held)
    }

    fn learn(&self, place: (Tree, NaiveDate), held: Held) {
        self.0.write().expect("no panic while held").insert(place, held);
    }

    pub(super) fn forget(&self) {
        self.0.write().expect("no panic while held").clear();
    }
}

/// Makes sure every partition needed exists and is marked with what it holds.
pub(super) async fn ensure(store: &PostgisStore, needs: &Needs) -> Result<(), Failure> {
    for (place, need) in needs {
        if !store.partitions.serves(place, *need) {
            let held = ensure_one(store, place.0, place.1, *need).await?;
            store.partitions.learn(*place, held);
        }
    }
    Ok(())
}

/// Days ahead: of positions and of requests.
pub(super) async fn ensure_days(store: &PostgisStore, days: &[Day]) -> Result<(), Failure> {
    let mut needs = Needs::new();
    for day in days {
        needs.insert((Tree::Positions, *day), Held::default());
        needs.insert((Tree::Raw, *day), Held::default());
        for tree in [Tree::Audit, Tree::History] {
            needs.insert((tree, day.with_day(1).unwrap_or(*day)), Held::default());
        }
    }
    ensure(store, &needs).await
}

async fn ensure_one(store: &PostgisStore, tree: Tree, first: NaiveDate, need: Held) -> Result<Held, Failure> {
    let mut tried = 0;
    loop {
        match try_ensure(store, tree, first, need).await {
            Ok(Some(held)) => return Ok(held),
            // On its way out: help it along, then make it anew.
            Ok(None) => super::retention::drop_partition(store, tree, first).await?,
            Err(failure) if failure.is_collision() && tried + 1 < TRIES => {}
            Err(failure) => return Err(failure),
        }
        tried += 1;
        if tried == TRIES {
            let reason = format!("{}: {} keeps being dropped", store.place, tree.partition(first));
            return Err(StoreError::Unavailable { reason }.into());
        }
        tokio::time::sleep(Duration::from_millis(u64::from(tried) * 10)).await;
    }
}

/// `None` when the partition is being dropped.
async fn try_ensure(
    store: &PostgisStore,
    tree: Tree,
    first: NaiveDate,
    need: Held,
) -> Result<Option<Held>, Failure> {
    let mut transaction = store.pool.begin().await?;
    // Of two that make one partition the second waits here for the first.
    let row = store
        .sql()
        .query(
            "insert into partitions as p (tree, first_day, wall, event_clock) values ($1, $2, $3, $4)
             on conflict (tree, first_day) do update
                set wall = p.wall or excluded.wall, event_clock = p.event_clock or excluded.event_clock
              where not p.dropping
             returning xmax = 0 as made, wall, event_clock",
        )
        .bind(tree.table())
        .bind(first)
        .bind(need.wall)
        .bind(need.event_clock)
        .fetch_optional(&mut *transaction)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let held = Held { wall: row.try_get("wall")?, event_clock: row.try_get("event_clock")? };
    if row.try_get("made")? {
        let (table, partition) = (tree.table(), tree.partition(first));
        let end =
            tree.end(first).ok_or_else(|| Failure::refused(partition.clone(), "beyond all calendars"))?;
        // Made apart and attached: writers of other days do not notice, which
        // they would with `create table … partition of`.
        let ddl = format!(
            "create table {partition} (like {table} including all);
             alter table {table} attach partition {partition}
               for values from ('{first} 00:00:00+00') to ('{end} 00:00:00+00');"
        );
        // Names and dates only.
        sqlx::raw_sql(AssertSqlSafe(ddl)).execute(&mut *transaction).await?;
        tracing::info!(store.partition = %partition, "partition made");
    }
    transaction.commit().await?;
    Ok(Some(held))
}

/// The key of the lock under which a partition is dropped.
pub(super) fn lock_key(tree: Tree, first: NaiveDate) -> (i32, i32) {
    (LOCK_CLASS + tree as i32, first.num_days_from_ce())
}
