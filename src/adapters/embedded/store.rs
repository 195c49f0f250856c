//! The store: the durable history, asked and written directly.

use std::time::Duration;

use async_trait::async_trait;
use watchtower_core::{
    domain::{
        event::Event,
        geo::LonLat,
        geofence::Geofence,
        id::{AlertId, FenceId, TripId, VehicleKey},
        master::{Driver, Organization, Truck},
        position::Position,
        time::Timestamp,
        trip::Trip,
        units::Metres,
    },
    ports::store::{
        AlertQuery, AlertRecord, Day, EventQuery, Neighbour, Page, Span, Store, StoreError, SyncStatus,
        TruckMetric, Window, Written,
    },
};

use super::{
    Embedded, Wakes, alerts, audit, batch::Effects, fences, figures, positions, project, records, retention,
    trips,
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

    async fn put_truck_metrics(&self, metrics: &[TruckMetric]) -> Result<(), StoreError> {
        let metrics = metrics.to_vec();
        let put = self.transact(Wakes::Nobody, move |connection| {
            Box::pin(async move { figures::put(connection, &metrics).await })
        });
        self.told(put.await)
    }

    async fn truck_metrics(&self, from: Day, to: Day) -> Result<Vec<TruckMetric>, StoreError> {
        ask!(self, connection => figures::of_days(connection, from, to))
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
