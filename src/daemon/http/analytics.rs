//! Figures of days: of the fleet, of trucks, turnaround, utilisation. Days are those
//! of the fleet's zone and are counted once they are over.

use axum::{Json as Answer, extract::State};
use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use watchtower_core::{
    domain::id::VehicleKey,
    ports::{
        history::{DailyMetric, TruckMetric},
        store::Day,
    },
};

use super::{
    AppState,
    error::Problem,
    guard::Viewer,
    page::{self, List, Query},
};

/// Days answered when none are asked for.
const DEFAULT_DAYS: Days = Days::new(7);
/// Most days in one answer.
const MAX_DAYS: i64 = 400;

/// Which days: `from` ≤ day < `to`, the last seven unless asked otherwise.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Period {
    from: Option<String>,
    to: Option<String>,
}

/// Which days of which truck.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OfTrucks {
    #[serde(alias = "truck")]
    vehicle: Option<String>,
    from: Option<String>,
    to: Option<String>,
    limit: Option<u32>,
    cursor: Option<String>,
}

/// A day's figures as they are answered.
#[derive(Serialize)]
pub(super) struct Figures {
    /// That were to depart, and those of them that did.
    trips: u32,
    departed: u32,
    completed: u32,
    /// From departure to return, of the trips that returned.
    mean_tat_h: Option<f64>,
    /// Share of the trips that departed in time: one that has not by the next morning did not.
    on_time_pct: Option<f64>,
    /// Share of the time that was spent moving.
    utilisation_pct: Option<f64>,
    distance_m: f64,
    moving_h: f64,
    idle_h: f64,
    stopped_h: f64,
    offline_h: f64,
    max_speed_kmh: f64,
    alerts: u32,
}

/// The fleet's day.
#[derive(Serialize)]
pub(super) struct OfFleet {
    date: NaiveDate,
    vehicles: u32,
    #[serde(flatten)]
    figures: Figures,
}

/// A truck's day.
#[derive(Serialize)]
pub(super) struct OfTruck {
    date: NaiveDate,
    vehicle: String,
    #[serde(flatten)]
    figures: Figures,
}

/// Turnaround of a day, or of all days asked for.
#[derive(Serialize)]
pub(super) struct Turnaround {
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<NaiveDate>,
    returned: u32,
    mean_tat_h: Option<f64>,
}

/// Turnaround of the fleet.
#[derive(Serialize)]
pub(super) struct Turnarounds {
    #[serde(flatten)]
    all: Turnaround,
    days: Vec<Turnaround>,
}

/// How a vehicle, or the fleet, spent its time.
#[derive(Serialize)]
pub(super) struct Use {
    #[serde(skip_serializing_if = "Option::is_none")]
    vehicle: Option<String>,
    moving_h: f64,
    idle_h: f64,
    stopped_h: f64,
    offline_h: f64,
    utilisation_pct: Option<f64>,
}

/// How the fleet and each of its vehicles spent their time, the busiest first.
#[derive(Serialize)]
pub(super) struct Uses {
    #[serde(flatten)]
    all: Use,
    vehicles: Vec<Use>,
}

impl From<&TruckMetric> for Figures {
    fn from(of: &TruckMetric) -> Self {
        Self {
            trips: of.trips,
            departed: of.departed,
            completed: of.completed,
            mean_tat_h: mean_tat_h(of),
            on_time_pct: (of.trips > 0).then(|| percent(of.on_time.into(), of.trips.into())),
            utilisation_pct: utilisation_pct(of),
            distance_m: of.distance_m.rounded().get(),
            moving_h: hours(of.moving_s),
            idle_h: hours(of.idle_s),
            stopped_h: hours(of.stopped_s),
            offline_h: hours(of.offline_s),
            max_speed_kmh: of.max_speed_kmh,
            alerts: of.alerts,
        }
    }
}

fn mean_tat_h(of: &TruckMetric) -> Option<f64> {
    (of.returned > 0).then(|| hours(of.tat_s / f64::from(of.returned)))
}

fn utilisation_pct(of: &TruckMetric) -> Option<f64> {
    let whole = of.moving_s + of.idle_s + of.stopped_s + of.offline_s;
    (whole > 0.0).then(|| percent(of.moving_s, whole))
}

/// To the tenth of a percent.
fn percent(part: f64, whole: f64) -> f64 {
    (part / whole * 1000.0).round() / 10.0
}

/// To the ten-thousandth of an hour, a third of a second.
fn hours(seconds: f64) -> f64 {
    (seconds / 0.36).round() / 10_000.0
}

/// Adds the figures of a day or a vehicle to others.
fn add(sum: &mut TruckMetric, of: &TruckMetric) {
    sum.moving_s += of.moving_s;
    sum.idle_s += of.idle_s;
    sum.stopped_s += of.stopped_s;
    sum.offline_s += of.offline_s;
    sum.returned += of.returned;
    sum.tat_s += of.tat_s;
}

/// `GET /analytics/daily`.
pub(super) async fn daily(
    State(state): State<AppState>,
    _: Viewer,
    Query(query): Query<Period>,
) -> Result<Answer<List<OfFleet>>, Problem> {
    let items = fleet(&state, &query).await?;
    let day = |of: DailyMetric| OfFleet {
        date: of.sum.date,
        vehicles: of.vehicles,
        figures: Figures::from(&of.sum),
    };
    Ok(Answer(List { items: items.into_iter().map(day).collect(), next: None }))
}

/// `GET /analytics/tat`.
pub(super) async fn turnaround(
    State(state): State<AppState>,
    _: Viewer,
    Query(query): Query<Period>,
) -> Result<Answer<Turnarounds>, Problem> {
    let days = fleet(&state, &query).await?;
    let mut sum = TruckMetric::default();
    days.iter().for_each(|day| add(&mut sum, &day.sum));
    let told =
        |of: &TruckMetric, date| Turnaround { date, returned: of.returned, mean_tat_h: mean_tat_h(of) };
    let of_days = days.iter().map(|day| told(&day.sum, Some(day.sum.date))).collect();
    Ok(Answer(Turnarounds { all: told(&sum, None), days: of_days }))
}

/// `GET /analytics/utilization`.
pub(super) async fn utilization(
    State(state): State<AppState>,
    _: Viewer,
    Query(query): Query<Period>,
) -> Result<Answer<Uses>, Problem> {
    let (from, to) = days(&state, query.from.as_deref(), query.to.as_deref())?;
    let of_vehicles = state.store.vehicle_metrics(from, to).await?;
    let mut sum = TruckMetric::default();
    of_vehicles.iter().for_each(|of| add(&mut sum, of));
    let told = |of: &TruckMetric, vehicle| Use {
        vehicle,
        moving_h: hours(of.moving_s),
        idle_h: hours(of.idle_s),
        stopped_h: hours(of.stopped_s),
        offline_h: hours(of.offline_s),
        utilisation_pct: utilisation_pct(of),
    };
    let mut vehicles: Vec<_> = of_vehicles.iter().map(|of| told(of, Some(of.vehicle.clone()))).collect();
    vehicles.sort_by(|a, b| b.utilisation_pct.partial_cmp(&a.utilisation_pct).expect("a share is a number"));
    Ok(Answer(Uses { all: told(&sum, None), vehicles }))
}

/// `GET /analytics/trucks`, by day and truck.
pub(super) async fn trucks(
    State(state): State<AppState>,
    _: Viewer,
    Query(query): Query<OfTrucks>,
) -> Result<Answer<List<OfTruck>>, Problem> {
    let (from, to) = days(&state, query.from.as_deref(), query.to.as_deref())?;
    let vehicle = query.vehicle.as_deref().map(VehicleKey::new).transpose();
    let vehicle = vehicle.map_err(|error| Problem::parameter("vehicle", error.to_string()))?;
    let after = query.cursor.as_deref().map(page::read).transpose()?;
    let window = page::window(query.limit, after)?;
    let found = state.store.truck_metrics(vehicle.as_ref(), from, to, window).await?;
    let told = |of: TruckMetric| OfTruck { date: of.date, figures: Figures::from(&of), vehicle: of.vehicle };
    let items = found.items.into_iter().map(told).collect();
    Ok(Answer(List { items, next: found.next.map(|cursor| page::written(&cursor.0)) }))
}

async fn fleet(state: &AppState, query: &Period) -> Result<Vec<DailyMetric>, Problem> {
    let (from, to) = days(state, query.from.as_deref(), query.to.as_deref())?;
    Ok(state.store.daily_metrics(from, to).await?)
}

/// The days asked for; the last seven, today not among them, when none are.
fn days(state: &AppState, from: Option<&str>, to: Option<&str>) -> Result<(Day, Day), Problem> {
    let read = |name: &str, text: &str| {
        text.parse::<Day>()
            .map_err(|_| Problem::parameter(name, format!("{text:?} is no day like 2026-11-20")))
    };
    let today = state.now().local_date(state.options.zone);
    let to = to.map_or(Ok(today), |text| read("to", text))?;
    let default = to.checked_sub_days(DEFAULT_DAYS).unwrap_or(to);
    let from = from.map_or(Ok(default), |text| read("from", text))?;
    let count = (to - from).num_days();
    if count <= 0 {
        return Err(Problem::parameter("from", format!("{from} is not before {to}")));
    }
    if count > MAX_DAYS {
        return Err(Problem::parameter("from", format!("{count} days are more than {MAX_DAYS}")));
    }
    Ok((from, to))
}
