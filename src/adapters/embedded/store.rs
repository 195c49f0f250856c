//! The store: the durable history, asked and written directly.

use std::time::Duration;

use async_trait::async_trait;
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

use super::{
    Embedded, Wakes, alerts, audit, batch::Effects, fences, figures, history, positions, project, records,
    retention, trips,
};

/// Asks one of the readers.
macro_rules! ask {
    ($store:ident, $connection:ident => $answer:expr) => {{
        let mut connection = $store.reader().await?;
        let $connection = &mut *connection;
        $store.told($answer.await)
    }};
}

#[async_trait]
impl Store for Embedded {
    async fn write(&self, events: &[Event]) -> Result<Written, StoreError> {
        let effects = self.told::<_, StoreError>(Effects::of(events))?;
        if events.is_empty() {
            return Ok(Written::default());
        }
        let written = self.transact(Wakes::Nobody, move |connection| {
            Box::pin(async move { project::apply(connection, std::iter::once(&effects)).await })
        });
        self.told(written.await)
    }

    async fn positions(
        &self,
        vehicle: &VehicleKey,
        span: Span,
        window: Window,
    ) -> Result<Page<Position>, StoreError> {
        ask!(self, connection => positions::track(connection, vehicle, span, &window))
    }

    async fn fixes(
        &self,
        of: &[VehicleKey],
        span: Span,
        window: Window,
    ) -> Result<Page<(VehicleKey, Position)>, StoreError> {
        ask!(self, connection => positions::fixes(connection, of, span, &window))
    }

    async fn count_positions(&self, span: Option<Span>) -> Result<u64, StoreError> {
        ask!(self, connection => positions::count(connection, span))
    }

    async fn last_positions(&self) -> Result<Vec<(VehicleKey, Position)>, StoreError> {
        ask!(self, connection => positions::last(connection))
    }

    async fn near(&self, point: LonLat, radius: Metres, limit: u32) -> Result<Vec<Neighbour>, StoreError> {
        ask!(self, connection => positions::near(connection, point, radius, limit))
    }

    async fn fences_at(&self, point: LonLat) -> Result<Vec<FenceId>, StoreError> {
        ask!(self, connection => fences::holding(connection, point))
    }

    async fn trucks(&self) -> Result<Vec<Truck>, StoreError> {
        ask!(self, connection => records::trucks(connection))
    }

    async fn truck(&self, name: &str) -> Result<Option<Truck>, StoreError> {
        ask!(self, connection => records::truck(connection, name))
    }

    async fn drivers(&self) -> Result<Vec<Driver>, StoreError> {
        ask!(self, connection => records::drivers(connection))
    }

    async fn organizations(&self) -> Result<Vec<Organization>, StoreError> {
        ask!(self, connection => records::organizations(connection))
    }

    async fn geofences(&self) -> Result<Vec<Geofence>, StoreError> {
        ask!(self, connection => fences::all(connection))
    }

    async fn trip(&self, id: TripId) -> Result<Option<Trip>, StoreError> {
        ask!(self, connection => trips::one(connection, id))
    }

    async fn trips(&self, window: Window) -> Result<Page<Trip>, StoreError> {
        ask!(self, connection => trips::list(connection, &window))
    }

    async fn alert(&self, id: AlertId) -> Result<Option<AlertRecord>, StoreError> {
        ask!(self, connection => alerts::one(connection, id))
    }

    async fn alerts(&self, query: &AlertQuery, window: Window) -> Result<Page<AlertRecord>, StoreError> {
        ask!(self, connection => alerts::search(connection, query, &window))
    }

    async fn events(&self, query: &EventQuery, window: Window) -> Result<Page<Event>, StoreError> {
        ask!(self, connection => audit::search(connection, query, &window))
    }

    async fn put_sync_status(&self, status: &SyncStatus) -> Result<(), StoreError> {
        let status = status.clone();
        let put = self.transact(Wakes::Nobody, move |connection| {
            Box::pin(async move { figures::put_sync(connection, &status).await })
        });
        self.told(put.await)
    }

    async fn sync_statuses(&self) -> Result<Vec<SyncStatus>, StoreError> {
        ask!(self, connection => figures::syncs(connection))
    }

    /// Nothing to do: a table has room for any day.
    async fn ensure_days(&self, _days: &[Day]) -> Result<(), StoreError> {
        Ok(())
    }

    async fn retain(&self, now: Timestamp, age: Duration) -> Result<Vec<Day>, StoreError> {
        self.told(retention::retain(self, now, age).await)
    }

    async fn retain_requests(&self, now: Timestamp, age: Duration) -> Result<(), StoreError> {
        self.told(retention::retain_requests(self, now, age).await)
    }
}

#[async_trait]
impl History for Embedded {
    async fn claim(&self, terms: Terms) -> Result<Vec<Claim>, StoreError> {
        let claimed = self.transact(Wakes::Nobody, move |connection| {
            Box::pin(async move { history::claim(connection, terms).await })
        });
        self.told(claimed.await)
    }

    async fn memory(&self, claim: &Claim) -> Result<Memory, StoreError> {
        ask!(self, connection => history::memory(connection, claim))
    }

    async fn settle(
        &self,
        claim: &Claim,
        settlement: &Settlement,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (claim, settlement) = (claim.clone(), settlement.clone());
        let settled = self.transact(Wakes::Nobody, move |connection| {
            Box::pin(async move { history::settle(connection, &claim, &settlement, now).await })
        });
        self.told(settled.await)
    }

    async fn history(&self, query: &HistoryQuery, window: Window) -> Result<Page<Kept>, StoreError> {
        ask!(self, connection => history::search(connection, query, &window))
    }

    async fn pass_silence(&self, since: Timestamp, before: Day) -> Result<(), StoreError> {
        let passed = self.transact(Wakes::Nobody, move |connection| {
            Box::pin(async move { figures::pass_silence(connection, since, before).await })
        });
        self.told(passed.await)
    }

    async fn uncounted(&self, before: Day, limit: u32) -> Result<Vec<Uncounted>, StoreError> {
        ask!(self, connection => figures::uncounted(connection, before, limit))
    }

    async fn count(&self, counted: &[(Uncounted, TruckMetric)]) -> Result<(), StoreError> {
        let counted = counted.to_vec();
        let put = self.transact(Wakes::Nobody, move |connection| {
            Box::pin(async move { figures::count(connection, &counted).await })
        });
        self.told(put.await)
    }

    async fn trips_of(&self, vehicle: &VehicleKey, span: Span) -> Result<Vec<Trip>, StoreError> {
        ask!(self, connection => trips::of(connection, vehicle, span))
    }

    async fn truck_metrics(
        &self,
        of: Option<&VehicleKey>,
        from: Day,
        to: Day,
        window: Window,
    ) -> Result<Page<TruckMetric>, StoreError> {
        ask!(self, connection => figures::of_days(connection, of, (from, to), &window))
    }

    async fn vehicle_metrics(&self, from: Day, to: Day) -> Result<Vec<TruckMetric>, StoreError> {
        ask!(self, connection => figures::by_vehicle(connection, from, to))
    }

    async fn daily_metrics(&self, from: Day, to: Day) -> Result<Vec<DailyMetric>, StoreError> {
        ask!(self, connection => figures::by_day(connection, from, to))
    }

    async fn retain_history(&self, now: Timestamp, age: HistoryAge) -> Result<(), StoreError> {
        self.told(retention::retain_history(self, now, age).await)
    }
}
