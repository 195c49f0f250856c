//! Trucks: the books' record with the live picture beside it, where they are,
//! where they were, and who is near.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use ::geo::{LineString, SimplifyIdx as _};
use axum::{extract::State, http::HeaderMap, response::Response};
use futures::future::try_join_all;
use geojson::Feature;
use serde::{Deserialize, Serialize};
use watchtower_core::{
    domain::{
        geo::LonLat, id::VehicleKey, live::LiveState, master::Truck, position::Position, units::Metres,
    },
    ports::{
        log::LogError,
        store::{Neighbour, Span},
    },
};

use super::{
    AppState,
    error::Problem,
    geojson::{self as geo, Drawn},
    guard::Viewer,
    page::{self, List, Path, Query},
};
use crate::books::Books;

/// The history answered when no span is asked for.
const DEFAULT_SPAN: Duration = Duration::from_secs(24 * 3600);
/// Half the earth's circumference: nothing is further.
const MAX_RADIUS_M: f64 = 20_037_508.0;

/// A truck with what is known of it now.
#[derive(Serialize)]
pub(super) struct TruckView {
    #[serde(flatten)]
    truck: Truck,
    live: Option<LiveState>,
}

/// Where a truck is.
#[derive(Serialize)]
pub(super) struct Location {
    vehicle: VehicleKey,
    #[serde(flatten)]
    position: Position,
    /// The live state it comes from; absent when only the store knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    live: Option<LiveState>,
}

/// A fix of a truck's history.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct Fix(Position);

/// A truck near a point.
#[derive(Serialize)]
pub(super) struct Near {
    vehicle: VehicleKey,
    distance_m: Metres,
    position: Position,
}

impl Drawn for TruckView {
    fn feature(&self) -> Option<Feature> {
        let live = self.live.as_ref()?;
        Some(geo::point(self.truck.key.as_str(), live.position.point, self))
    }
}

impl Drawn for Location {
    fn feature(&self) -> Option<Feature> {
        Some(geo::point(self.vehicle.as_str(), self.position.point, self))
    }
}

impl Drawn for Fix {
    fn feature(&self) -> Option<Feature> {
        Some(geo::point(&self.0.device_time.to_string(), self.0.point, self))
    }
}

impl Drawn for Near {
    fn feature(&self) -> Option<Feature> {
        Some(geo::point(self.vehicle.as_str(), self.position.point, self))
    }
}

/// The query of the list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    filter: Option<String>,
    limit: Option<u32>,
    cursor: Option<String>,
}

/// `GET /trucks`, those a filter means as they are now.
pub(super) async fn list(
    State(state): State<AppState>,
    _: Viewer,
    headers: HeaderMap,
    Query(query): Query<Wanted>,
) -> Result<Response, Problem> {
    let filter = page::filter(query.filter.as_deref())?;
    let mut trucks = state.store.trucks().await?;
    let mut live = match filter {
        None => picture(&state).await?,
        Some(filter) => {
            let (books, now) = (Books::read(&*state.log).await?, state.now());
            trucks.retain(|truck| filter.matches(&books.sighting(&truck.key, Some(truck), now)));
            books.live
        }
    };
    let page = page::cut(trucks, |truck| truck.key.to_string(), query.limit, query.cursor)?;
    let view = |truck: Truck| TruckView { live: live.remove(&truck.key), truck };
    let items = page.items.into_iter().map(view).collect();
    Ok(geo::list(&headers, List { items, next: page.next }))
}

/// `GET /trucks/{number or id}`.
pub(super) async fn one(
    State(state): State<AppState>,
    _: Viewer,
    headers: HeaderMap,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let truck = find(&state, &name).await?;
    let live = live(&state, &truck.key).await?;
    Ok(geo::one(&headers, &TruckView { truck, live }))
}

/// `GET /trucks/{…}/location`.
pub(super) async fn location(
    State(state): State<AppState>,
    _: Viewer,
    headers: HeaderMap,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let vehicle = find(&state, &name).await?.key;
    if let Some(live) = live(&state, &vehicle).await? {
        let location = Location { vehicle, position: live.position.clone(), live: Some(live) };
        return Ok(geo::one(&headers, &location));
    }
    // The live picture is rebuilt from the log, and may know less than the store.
    let stored = state.store.last_positions().await?.into_iter().find(|(key, _)| *key == vehicle);
    let (vehicle, position) = stored.ok_or_else(|| Problem::no_such("position of", vehicle.as_str()))?;
    Ok(geo::one(&headers, &Location { vehicle, position, live: None }))
}

/// The query of a history. `simplify` leaves out fixes of a page that lie
/// within so many metres of the line through those kept.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct History {
    from: Option<String>,
    to: Option<String>,
    simplify: Option<f64>,
    limit: Option<u32>,
    cursor: Option<String>,
}

/// `GET /trucks/{…}/positions?from&to`: the last 24 hours unless asked otherwise.
pub(super) async fn positions(
    State(state): State<AppState>,
    _: Viewer,
    headers: HeaderMap,
    Path(name): Path<String>,
    Query(query): Query<History>,
) -> Result<Response, Problem> {
    let now = state.now();
    let lately = Span { from: now.minus(DEFAULT_SPAN), to: now.plus(DEFAULT_SPAN) };
    let span = page::span(query.from.as_deref(), query.to.as_deref(), state.options.zone, lately)?;
    let window = page::window(query.limit, query.cursor)?;
    let vehicle = find(&state, &name).await?.key;
    let page: List<_> = state.store.positions(&vehicle, span, window).await?.into();
    let kept = match query.simplify {
        Some(tolerance) => simplified(page.items, tolerance)?,
        None => page.items,
    };
    let items = kept.into_iter().map(Fix).collect();
    Ok(geo::list(&headers, List { items, next: page.next }))
}

/// Ramer–Douglas–Peucker on the plane that touches the first fix: exact enough
/// for a drawing, and drawings are what it is for.
fn simplified(fixes: Vec<Position>, tolerance: f64) -> Result<Vec<Position>, Problem> {
    /// Metres in a degree of latitude.
    const DEGREE_M: f64 = 111_195.0;
    if !(tolerance.is_finite() && tolerance >= 0.0) {
        return Err(Problem::parameter("simplify", format!("{tolerance} is no tolerance in metres")));
    }
    let Some(first) = fixes.first().map(|fix| fix.point) else { return Ok(fixes) };
    let shrink = first.lat().to_radians().cos();
    let flat = |fix: &Position| {
        // The short way round, so that the antimeridian is no detour.
        let east = (fix.point.lon() - first.lon() + 540.0).rem_euclid(360.0) - 180.0;
        (east * shrink * DEGREE_M, (fix.point.lat() - first.lat()) * DEGREE_M)
    };
    let line: LineString<f64> = fixes.iter().map(flat).collect();
    let kept: HashSet<usize> = line.simplify_idx(tolerance).into_iter().collect();
    Ok(fixes.into_iter().enumerate().filter(|(index, _)| kept.contains(index)).map(|(_, fix)| fix).collect())
}

/// The query of a search around a point.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Around {
    lat: f64,
    #[serde(alias = "lon")]
    lng: f64,
    radius: f64,
    limit: Option<u32>,
}

/// `GET /trucks/near?lat&lng&radius`, nearest first, radius in metres.
pub(super) async fn near(
    State(state): State<AppState>,
    _: Viewer,
    headers: HeaderMap,
    Query(query): Query<Around>,
) -> Result<Response, Problem> {
    let point = LonLat::new(query.lng, query.lat)
        .map_err(|error| Problem::parameter("lat/lng", error.to_string()))?;
    if !(query.radius > 0.0 && query.radius <= MAX_RADIUS_M) {
        let reason = format!("{} is not between 0 and {MAX_RADIUS_M} metres", query.radius);
        return Err(Problem::parameter("radius", reason));
    }
    let limit = page::window(query.limit, None)?.limit;
    let found = state.store.near(point, Metres(query.radius), limit).await?;
    let near = |Neighbour { vehicle, position, distance }| Near { vehicle, distance_m: distance, position };
    Ok(geo::list(&headers, List { items: found.into_iter().map(near).collect(), next: None }))
}

/// A truck by number, key or alias; one only the live picture knows yet is
/// provisional.
async fn find(state: &AppState, name: &str) -> Result<Truck, Problem> {
    let key = VehicleKey::new(name).map_err(|error| Problem::parameter("truck", error.to_string()))?;
    for name in [key.as_str(), name] {
        if let Some(truck) = state.store.truck(name).await? {
            return Ok(truck);
        }
    }
    match live(state, &key).await? {
        Some(_) => Ok(Truck::provisional(key)),
        None => Err(Problem::no_such("truck", name)),
    }
}

async fn live(state: &AppState, vehicle: &VehicleKey) -> Result<Option<LiveState>, LogError> {
    let partition = state.log.partitions().of(vehicle.as_str());
    Ok(state.log.live(partition).await?.into_iter().find(|live| live.vehicle == *vehicle))
}

async fn picture(state: &AppState) -> Result<BTreeMap<VehicleKey, LiveState>, LogError> {
    let partitions = state.log.partitions().all().map(|partition| state.log.live(partition));
    let states = try_join_all(partitions).await?.into_iter().flatten();
    Ok(states.map(|live| (live.vehicle.clone(), live)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use watchtower_core::domain::{position::Source, time::Timestamp};

    fn fix(lon: f64, lat: f64) -> Position {
        Position::bare(LonLat::new(lon, lat).unwrap(), Timestamp::from_millis(0), Source::wall("api"))
    }

    #[test]
    fn what_lies_on_the_way_is_left_out_across_the_antimeridian_too() {
        let way = [(179.998, 6.0), (179.999, 6.000_01), (-180.0, 6.0), (-179.999, 6.0), (-179.999, 6.01)];
        let kept = simplified(way.map(|(lon, lat)| fix(lon, lat)).to_vec(), 5.0).unwrap();
        let lons: Vec<_> = kept.iter().map(|fix| (fix.point.lon(), fix.point.lat())).collect();
        assert_eq!(lons, [way[0], way[3], way[4]]);
        assert_eq!(simplified(way.map(|(lon, lat)| fix(lon, lat)).to_vec(), 0.7).unwrap().len(), 4);
        assert!(simplified(Vec::new(), f64::NAN).is_err());
    }
}
