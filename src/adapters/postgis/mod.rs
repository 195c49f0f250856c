//! PostGIS: the store that scales.
//!
//! A batch is one transaction of a few statements, each over whole columns
//! (`unnest`), never one a row. Positions are partitioned by day and lose days
//! by dropping tables. What can arrive twice or in another order is ranked, so
//! that the end is the same.
//!
//! # A batch that is refused
//!
//! [`Store::write`] answers [`StoreError::Refused`] when an event can never be
//! stored: nothing of its batch is, and `what` names the first such event by id.
//! A writer then writes the batch in halves, and a refused event of its own goes
//! to the dead letters: at most 2·log₂ n writes for one bad event among n.
//! [`StoreError::Unavailable`] is another matter: the same batch is written
//! again, whole, later; what was stored already is counted as duplicate.
//!
//! # Behind a transaction pooler
//!
//! Set [`PostgisOptions::pooled`] (implied by Supabase's port 6543). Statements
//! are then unnamed and every question is asked within a transaction, because
//! two messages outside of one may reach two servers; nothing is kept in a
//! session.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use sqlx::{PgPool, Postgres, Transaction, pool::PoolConnection, postgres::PgConnection};
use watchtower_core::{
    domain::{
        event::Event,
        geo::LonLat,
        geofence::Geofence,
        history::Kept,
        id::{AlertId, FenceId, TripId, VehicleKey},
        master::{Driver, Organization, Truck},
        position::Position,
        time::Timestamp,
        trip::Trip,
        units::Metres,
    },
    ports::{
        history::{
            Claim, DailyMetric, History, HistoryAge, HistoryQuery, Memory, Settlement, Terms, TruckMetric,
            Uncounted,
        },
        store::{
            AlertQuery, AlertRecord, Day, EventQuery, Neighbour, Page, Span, Store, StoreError, SyncStatus,
            Window, Written,
        },
    },
};

mod alerts;
mod batch;
mod connect;
mod cursor;
mod escape;
mod events;
mod failure;
mod fences;
mod figures;
mod history;
mod partitions;
mod people;
mod positions;
mod rank;
mod retention;
mod spatial;
mod trips;
mod trucks;

pub use connect::PostgisOptions;
use failure::Failure;

/// The store on a PostgreSQL server with PostGIS.
pub struct PostgisStore {
    pool: PgPool,
    /// `host:port/database`, for messages.
    place: Arc<str>,
    pooled: bool,
    timeout: Duration,
    partitions: partitions::Known,
    vehicles: trucks::Numbers,
    sources: positions::Sources,
}

/// How statements are made here: named and kept, or not.
#[derive(Clone, Copy)]
struct Sql {
    persistent: bool,
}

type Query<'q> = sqlx::query::Query<'q, Postgres, sqlx::postgres::PgArguments>;

impl Sql {
    fn query<'q>(self, sql: &'static str) -> Query<'q> {
        sqlx::query(sql).persistent(self.persistent)
    }
}

/// A connection to ask questions on.
enum Reader {
    Free(PoolConnection<Postgres>),
    /// Tied to one server behind a pooler.
    Tied(Transaction<'static, Postgres>),
}

impl Reader {
    fn conn(&mut self) -> &mut PgConnection {
        match self {
            Self::Free(connection) => connection,
            Self::Tied(transaction) => transaction,
        }
    }
}

impl PostgisStore {
    fn sql(&self) -> Sql {
        Sql { persistent: !self.pooled }
    }

    async fn reader(&self) -> Result<Reader, Failure> {
        Ok(match self.pooled {
            true => Reader::Tied(self.pool.begin().await?),
            false => Reader::Free(self.pool.acquire().await?),
        })
    }

    /// Closes the connections; a store dropped without does so in time.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// An answer in time, its failure in the port's words.
    async fn answer<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>> + Send,
    ) -> Result<T, StoreError> {
        match tokio::time::timeout(self.timeout, Box::pin(work)).await {
            Ok(answer) => answer.map_err(|failure| failure.told_of(&self.place)),
            Err(_) => Err(StoreError::Unavailable {
                reason: format!("{}: no answer within {:?}", self.place, self.timeout),
            }),
        }
    }
}

#[async_trait]
impl Store for PostgisStore {
    async fn write(&self, events: &[Event]) -> Result<Written, StoreError> {
        self.answer(batch::write(self, events)).await
    }

    async fn positions(
        &self,
        vehicle: &VehicleKey,
        span: Span,
        window: Window,
    ) -> Result<Page<Position>, StoreError> {
        self.answer(positions::page(self, vehicle, span, window)).await
    }

    async fn fixes(
        &self,
        of: &[VehicleKey],
        span: Span,
        window: Window,
    ) -> Result<Page<(VehicleKey, Position)>, StoreError> {
        self.answer(positions::fixes(self, of, span, window)).await
    }

    async fn count_positions(&self, span: Option<Span>) -> Result<u64, StoreError> {
        self.answer(positions::count(self, span)).await
    }

    async fn last_positions(&self) -> Result<Vec<(VehicleKey, Position)>, StoreError> {
        self.answer(positions::last(self)).await
    }

    async fn near(&self, point: LonLat, radius: Metres, limit: u32) -> Result<Vec<Neighbour>, StoreError> {
        self.answer(spatial::near(self, point, radius, limit)).await
    }

    async fn fences_at(&self, point: LonLat) -> Result<Vec<FenceId>, StoreError> {
        self.answer(spatial::fences_at(self, point)).await
    }

    async fn trucks(&self) -> Result<Vec<Truck>, StoreError> {
        self.answer(trucks::all(self)).await
    }

    async fn truck(&self, name: &str) -> Result<Option<Truck>, StoreError> {
        self.answer(trucks::named(self, name)).await
    }

    async fn drivers(&self) -> Result<Vec<Driver>, StoreError> {
        self.answer(people::drivers(self)).await
    }

    async fn organizations(&self) -> Result<Vec<Organization>, StoreError> {
        self.answer(people::organizations(self)).await
    }

    async fn geofences(&self) -> Result<Vec<Geofence>, StoreError> {
        self.answer(fences::all(self)).await
    }

    async fn trip(&self, id: TripId) -> Result<Option<Trip>, StoreError> {
        self.answer(trips::one(self, id)).await
    }

    async fn trips(&self, window: Window) -> Result<Page<Trip>, StoreError> {
        self.answer(trips::page(self, window)).await
    }

    async fn alert(&self, id: AlertId) -> Result<Option<AlertRecord>, StoreError> {
        self.answer(alerts::one(self, id)).await
    }

    async fn alerts(&self, query: &AlertQuery, window: Window) -> Result<Page<AlertRecord>, StoreError> {
        self.answer(alerts::page(self, query, window)).await
    }

    async fn events(&self, query: &EventQuery, window: Window) -> Result<Page<Event>, StoreError> {
        self.answer(events::page(self, query, window)).await
    }

    async fn put_sync_status(&self, status: &SyncStatus) -> Result<(), StoreError> {
        self.answer(figures::put_sync_status(self, status)).await
    }

    async fn sync_statuses(&self) -> Result<Vec<SyncStatus>, StoreError> {
        self.answer(figures::sync_statuses(self)).await
    }

    async fn ensure_days(&self, days: &[Day]) -> Result<(), StoreError> {
        self.answer(partitions::ensure_days(self, days)).await
    }

    /// Takes as long as the readers of the day before it take to finish.
    async fn retain(&self, now: Timestamp, age: Duration) -> Result<Vec<Day>, StoreError> {
        retention::retain(self, now, age).await.map_err(|failure| failure.told_of(&self.place))
    }

    async fn retain_requests(&self, now: Timestamp, age: Duration) -> Result<(), StoreError> {
        retention::retain_requests(self, now, age).await.map_err(|failure| failure.told_of(&self.place))
    }
}

#[async_trait]
impl History for PostgisStore {
    async fn claim(&self, terms: Terms) -> Result<Vec<Claim>, StoreError> {
        self.answer(history::claim(self, terms)).await
    }

    async fn memory(&self, claim: &Claim) -> Result<Memory, StoreError> {
        self.answer(history::memory(self, claim)).await
    }

    async fn settle(
        &self,
        claim: &Claim,
        settlement: &Settlement,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.answer(history::settle(self, claim, settlement, now)).await
    }

    async fn history(&self, query: &HistoryQuery, window: Window) -> Result<Page<Kept>, StoreError> {
        self.answer(history::page(self, query, window)).await
    }

    async fn pass_silence(&self, since: Timestamp, before: Day) -> Result<(), StoreError> {
        self.answer(figures::pass_silence(self, since, before)).await
    }

    async fn uncounted(&self, before: Day, limit: u32) -> Result<Vec<Uncounted>, StoreError> {
        self.answer(figures::uncounted(self, before, limit)).await
    }

    async fn count(&self, counted: &[(Uncounted, TruckMetric)]) -> Result<(), StoreError> {
        self.answer(figures::count(self, counted)).await
    }

    async fn trips_of(&self, vehicle: &VehicleKey, span: Span) -> Result<Vec<Trip>, StoreError> {
        self.answer(trips::of(self, vehicle, span)).await
    }

    async fn truck_metrics(
        &self,
        of: Option<&VehicleKey>,
        from: Day,
        to: Day,
        window: Window,
    ) -> Result<Page<TruckMetric>, StoreError> {
        self.answer(figures::truck_metrics(self, of, (from, to), window)).await
    }

    async fn vehicle_metrics(&self, from: Day, to: Day) -> Result<Vec<TruckMetric>, StoreError> {
        self.answer(figures::vehicle_metrics(self, from, to)).await
    }

    async fn daily_metrics(&self, from: Day, to: Day) -> Result<Vec<DailyMetric>, StoreError> {
        self.answer(figures::daily_metrics(self, from, to)).await
    }

    /// Takes as long as the readers of the month before it take to finish.
    async fn retain_history(&self, now: Timestamp, age: HistoryAge) -> Result<(), StoreError> {
        retention::retain_history(self, now, age).await.map_err(|failure| failure.told_of(&self.place))
    }
}
