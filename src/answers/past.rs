//! What of the past an answer needs, and the reading of it.

use std::time::Duration;

use watchtower_core::{
    ask::{Clock, Figure, Period, Query},
    domain::{
        history::{Kept, RecordKind},
        id::VehicleKey,
        position::Position,
        trip::Trip,
    },
    ports::{
        history::{DailyMetric, HistoryQuery, TruckMetric},
        store::{AlertQuery, AlertRecord, Cursor, Day, Page, Span, Store, StoreError, Window},
    },
};

use super::scene;
use crate::books::Books;

/// Rows asked of the store at once.
const PAGE: u32 = 1_000;
/// More nobody reads, nor waits for.
const MOST: usize = 20_000;
/// How long before a moment a fix still tells where a truck was then.
pub(super) const FRESH: Duration = Duration::from_secs(3_600);
/// Visits that go on in a period began at most so long before it.
const LONGEST_VISIT: Duration = Duration::from_secs(7 * 86_400);

/// What of the past is wanted.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Wants {
    /// Alerts.
    pub alerts: Option<AlertQuery>,
    /// Visits, stops, drives.
    pub records: Option<HistoryQuery>,
    /// A truck's days, or each truck's sums when none is named; the second day is exclusive.
    pub days: Option<(Option<VehicleKey>, Day, Day)>,
    /// The fleet's days.
    pub fleet_days: Option<(Day, Day)>,
    /// Trips that were to depart then.
    pub trips: Option<Span>,
    /// A truck's fixes.
    pub fixes: Option<(VehicleKey, Span)>,
}

/// What was told of it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Past {
    /// Alerts, the newest first.
    pub alerts: Vec<AlertRecord>,
    /// Visits, stops, drives, the newest first.
    pub records: Vec<Kept>,
    /// A truck's days, or the sums of each truck's.
    pub days: Vec<TruckMetric>,
    /// The fleet's days.
    pub fleet_days: Vec<DailyMetric>,
    /// Trips, the last to depart first.
    pub trips: Vec<Trip>,
    /// Fixes, the oldest first.
    pub fixes: Vec<Position>,
    /// There was more than is read for an answer.
    pub is_cut: bool,
}

impl Wants {
    /// Whether the present is enough.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// What a query wants.
    pub(super) fn of(query: &Query, books: &Books, clock: Clock) -> Self {
        let vehicle = |subject| scene::vehicle_of(books, subject);
        match query {
            Query::WhereAt { of, at } => {
                let span = Span { from: at.minus(FRESH), to: at.plus(Duration::from_millis(1)) };
                Self { fixes: vehicle(of).map(|key| (key, span)), ..Self::default() }
            }
            Query::Story { of, period } => {
                let Some(key) = vehicle(of) else { return Self::default() };
                let kinds =
                    vec![RecordKind::Visit, RecordKind::Stop, RecordKind::Drive, RecordKind::Overspeed];
                Self {
                    records: Some(HistoryQuery {
                        kinds,
                        vehicle: Some(key.clone()),
                        span: Some(period.span),
                        ..HistoryQuery::default()
                    }),
                    alerts: Some(AlertQuery {
                        vehicle: Some(key),
                        span: Some(period.span),
                        ..AlertQuery::default()
                    }),
                    ..Self::default()
                }
            }
            Query::Stays { place, of, period } => {
                let key = of.as_ref().map(vehicle);
                if key == Some(None) {
                    return Self::default();
                }
                let span = Span { from: period.span.from.minus(LONGEST_VISIT), to: period.span.to };
                let records = HistoryQuery {
                    kinds: vec![RecordKind::Visit],
                    vehicle: key.flatten(),
                    geofence: Some(place.clone()),
                    span: Some(span),
                };
                Self { records: Some(records), ..Self::default() }
            }
            Query::Driven { of: Some(of), period } => {
                let Some(key) = vehicle(of) else { return Self::default() };
                let drives = HistoryQuery {
                    kinds: vec![RecordKind::Drive],
                    vehicle: Some(key.clone()),
                    span: Some(period.span),
                    ..HistoryQuery::default()
                };
                match counted(period, clock) {
                    Some((from, to)) => Self { days: Some((Some(key), from, to)), ..Self::default() },
                    None => Self { records: Some(drives), ..Self::default() },
                }
            }
            Query::Driven { of: None, period } => match counted(period, clock) {
                Some((from, to)) => Self { fleet_days: Some((from, to)), ..Self::default() },
                None if period.days.is_some() => Self::default(),
                None => Self { records: Some(drives_of_all(period)), ..Self::default() },
            },
            Query::Rank { figure, period, .. } => match (counted(period, clock), figure) {
                (Some((from, to)), _) => Self { days: Some((None, from, to)), ..Self::default() },
                (None, Figure::Distance) if period.days.is_some() => Self::default(),
                (None, Figure::Alerts) => Self {
                    alerts: Some(AlertQuery { span: Some(period.span), ..AlertQuery::default() }),
                    ..Self::default()
                },
                (None, Figure::Speed) => Self {
                    records: Some(HistoryQuery {
                        kinds: vec![RecordKind::Overspeed],
                        span: Some(period.span),
                        ..HistoryQuery::default()
                    }),
                    ..Self::default()
                },
                (None, Figure::Distance | Figure::Moving) => {
                    Self { records: Some(drives_of_all(period)), ..Self::default() }
                }
                (None, Figure::Idle | Figure::Trips) => Self::default(),
            },
            Query::Turnaround { of, period } => {
                let (from, to) = days_of(period, clock);
                match of.as_ref().map(vehicle) {
                    Some(Some(key)) => Self { days: Some((Some(key), from, to)), ..Self::default() },
                    Some(None) => Self::default(),
                    None => Self { fleet_days: Some((from, to)), ..Self::default() },
                }
            }
            Query::Trips { period: Some(period), .. } => Self { trips: Some(period.span), ..Self::default() },
            Query::Alerts { period, .. } => {
                let query = match period {
                    Some(period) => AlertQuery { span: Some(period.span), ..AlertQuery::default() },
                    None => AlertQuery { open: Some(true), ..AlertQuery::default() },
                };
                Self { alerts: Some(query), ..Self::default() }
            }
            Query::One { .. }
            | Query::Between { .. }
            | Query::Trucks { .. }
            | Query::Trips { period: None, .. }
            | Query::Fleet
            | Query::Help => Self::default(),
        }
    }
}

fn drives_of_all(period: &Period) -> HistoryQuery {
    let kinds = vec![RecordKind::Drive];
    HistoryQuery { kinds, span: Some(period.span), ..HistoryQuery::default() }
}

/// The days of a period that are over, and so are counted, if there are any.
pub(super) fn counted(period: &Period, clock: Clock) -> Option<(Day, Day)> {
    let (from, to) = period.days?;
    let to = to.min(clock.today());
    (from < to).then_some((from, to))
}

/// The days a period touches, up to today.
fn days_of(period: &Period, clock: Clock) -> (Day, Day) {
    let from = period.span.from.local_date(clock.zone);
    let to = period.days.map_or_else(|| period.span.to.local_date(clock.zone), |(_, to)| to);
    (from, to.min(clock.today()).max(from))
}

impl Past {
    /// Reads what is wanted.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn read(store: &dyn Store, wants: &Wants) -> Result<Self, StoreError> {
        let mut past = Self::default();
        if let Some(query) = &wants.alerts {
            let mut pages = Pages::default();
            while let Some(window) = pages.next() {
                past.alerts.extend(pages.take(store.alerts(query, window).await?));
            }
            past.is_cut |= pages.is_cut;
        }
        if let Some(query) = &wants.records {
            let mut pages = Pages::default();
            while let Some(window) = pages.next() {
                past.records.extend(pages.take(store.history(query, window).await?));
            }
            past.is_cut |= pages.is_cut;
        }
        match &wants.days {
            Some((Some(vehicle), from, to)) => {
                let mut pages = Pages::default();
                while let Some(window) = pages.next() {
                    past.days
                        .extend(pages.take(store.truck_metrics(Some(vehicle), *from, *to, window).await?));
                }
            }
            Some((None, from, to)) => past.days = store.vehicle_metrics(*from, *to).await?,
            None => {}
        }
        if let Some((from, to)) = wants.fleet_days {
            past.fleet_days = store.daily_metrics(from, to).await?;
        }
        if let Some(span) = wants.trips {
            let mut pages = Pages::default();
            while let Some(window) = pages.next() {
                let trips = pages.take(store.trips(window).await?);
                // The last to depart come first.
                let is_before = trips.last().is_some_and(|trip| trip.scheduled_departure < span.from);
                let is_meant =
                    |trip: &Trip| span.from <= trip.scheduled_departure && trip.scheduled_departure < span.to;
                past.trips.extend(trips.into_iter().filter(is_meant));
                if is_before {
                    break;
                }
            }
            past.is_cut |= pages.is_cut;
        }
        if let Some((vehicle, span)) = &wants.fixes {
            let mut pages = Pages::default();
            while let Some(window) = pages.next() {
                past.fixes.extend(pages.take(store.positions(vehicle, *span, window).await?));
            }
        }
        Ok(past)
    }
}

/// A list read page by page, up to its end or as much as anybody reads.
struct Pages {
    next: Option<Option<Cursor>>,
    read: usize,
    is_cut: bool,
}

impl Default for Pages {
    fn default() -> Self {
        Self { next: Some(None), read: 0, is_cut: false }
    }
}

impl Pages {
    fn next(&mut self) -> Option<Window> {
        self.next.take().map(|after| Window { limit: PAGE, after })
    }

    fn take<T>(&mut self, page: Page<T>) -> Vec<T> {
        self.read += page.items.len();
        self.is_cut = page.next.is_some() && self.read >= MOST;
        self.next = page.next.filter(|_| !self.is_cut).map(Some);
        page.items
    }
}
