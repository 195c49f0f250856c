//! Geofences: the feature as drawn, and its geometry for the spatial index.

use std::{collections::BTreeMap, fmt::Write};

use chrono::{DateTime, Utc};
use sqlx::{Row, postgres::PgConnection};
use watchtower_core::domain::{
    geo::LonLat,
    geofence::{Geofence, Shape},
    id::FenceId,
};

use super::{
    Failure, PostgisStore, Sql,
    escape::{json_in, json_out, text_in},
    rank::Rank,
};

/// The least length of a degree of latitude on WGS 84 (at the equator), metres,
/// and of longitude there; a hundredth taken off for good measure.
const LEAST_DEGREE_LAT_M: f64 = 110_574.0 * 0.99;
const LEAST_DEGREE_LON_M: f64 = 111_319.0 * 0.99;

/// A fence written, or removed.
pub(super) enum Change<'a> {
    Drawn(&'a Geofence),
    Removed(&'a FenceId),
}

impl Change<'_> {
    fn id(&self) -> &FenceId {
        match self {
            Self::Drawn(fence) => &fence.id,
            Self::Removed(id) => id,
        }
    }
}

/// A fence's shape as columns.
#[derive(Default)]
struct Columns {
    area: Option<String>,
    spine: Option<String>,
    reach_m: Option<f64>,
    /// West, south, east, north of what `spine` and `reach_m` make.
    bounds: Option<[f64; 4]>,
}

impl From<&Shape> for Columns {
    fn from(shape: &Shape) -> Self {
        let along = |line: &[LonLat], reach: f64, spine: String| Self {
            area: None,
            spine: Some(spine),
            reach_m: Some(reach),
            bounds: Some(bounds(line, reach)),
        };
        match shape {
            Shape::Circle { centre, radius } => {
                along(&[*centre], radius.get(), format!("point({} {})", centre.lon(), centre.lat()))
            }
            Shape::Corridor { line, width } => {
                let points: Vec<_> = line.iter().map(|p| format!("{} {}", p.lon(), p.lat())).collect();
                along(line, width.get() / 2.0, format!("linestring({})", points.join(",")))
            }
            Shape::Area(area) => {
                let mut text = String::from("multipolygon(");
                for (n, polygon) in area.iter().enumerate() {
                    text.push_str(if n == 0 { "(" } else { ",(" });
                    for (n, ring) in
                        std::iter::once(polygon.exterior()).chain(polygon.interiors()).enumerate()
                    {
                        text.push_str(if n == 0 { "(" } else { ",(" });
                        for (n, corner) in ring.coords().enumerate() {
                            let comma = if n == 0 { "" } else { "," };
                            write!(text, "{comma}{} {}", corner.x, corner.y).expect("a String takes all");
                        }
                        text.push(')');
                    }
                    text.push(')');
                }
                text.push(')');
                Self { area: Some(text), ..Self::default() }
            }
        }
    }
}

/// A box in degrees that surely holds all points within `reach` metres of the
/// line. At the poles and across the antimeridian it is a whole zone.
fn bounds(line: &[LonLat], reach: f64) -> [f64; 4] {
    let fold = |of: fn(LonLat) -> f64| {
        let values = || line.iter().map(|point| of(*point));
        (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max))
    };
    let (mut west, mut east) = fold(LonLat::lon);
    let (mut south, mut north) = fold(LonLat::lat);
    if east - west > 90.0 {
        return [-180.0, -90.0, 180.0, 90.0];
    }
    // A geodesic bulges from the straight line between its ends: up to a right
    // angle by less than an eighth of the longitude it spans.
    let bulge = (east - west) / 8.0;
    south = (south - bulge - reach / LEAST_DEGREE_LAT_M).max(-90.0);
    north = (north + bulge + reach / LEAST_DEGREE_LAT_M).min(90.0);
    let narrowest = south.abs().max(north.abs()).to_radians().cos();
    let margin = reach / (LEAST_DEGREE_LON_M * narrowest.max(1e-9));
    let leaps = line.windows(2).any(|leg| (leg[0].lon() - leg[1].lon()).abs() > 180.0);
    west -= margin;
    east += margin;
    if leaps || west < -180.0 || east > 180.0 || narrowest < 1e-6 {
        (west, east) = (-180.0, 180.0);
    }
    [west, south, east, north]
}

pub(super) async fn write<'a>(
    connection: &mut PgConnection,
    sql: Sql,
    changes: impl Iterator<Item = (Rank, Change<'a>)>,
) -> Result<(), Failure> {
    let mut newest: BTreeMap<FenceId, (Rank, Change<'_>)> = BTreeMap::new();
    for (rank, change) in changes {
        match newest.get(change.id()) {
            Some((standing, _)) if *standing >= rank => {}
            _ => drop(newest.insert(change.id().clone(), (rank, change))),
        }
    }
    if newest.is_empty() {
        return Ok(());
    }
    let (mut ids, mut recorded, mut event_ids) = (Vec::new(), Vec::<DateTime<Utc>>::new(), Vec::new());
    let (mut features, mut areas, mut spines) = (Vec::new(), Vec::new(), Vec::new());
    let (mut reaches, mut edges) = (Vec::new(), [const { Vec::<Option<f64>>::new() }; 4]);
    for (id, (rank, change)) in newest {
        let (feature, columns) = match change {
            Change::Removed(_) => (None, Columns::default()),
            Change::Drawn(fence) => {
                let json = serde_json::to_string(fence)
                    .map_err(|error| Failure::refused(format!("geofence {id}"), error.to_string()))?;
                (Some(json_in(json)), Columns::from(&fence.shape))
            }
        };
        ids.push(text_in(id.as_str()).into_owned());
        recorded.push(rank.recorded_at.to_utc());
        event_ids.push(rank.id);
        features.push(feature);
        areas.push(columns.area);
        spines.push(columns.spine);
        reaches.push(columns.reach_m);
        for (n, edge) in edges.iter_mut().enumerate() {
            edge.push(columns.bounds.map(|bounds| bounds[n]));
        }
    }
    let [west, south, east, north] = edges;
    sql.query(
        "insert into geofences as g (id, recorded_at, event_id, feature, area, spine, reach_m, bounds)
         select id, recorded_at, event_id, feature::json, area, st_geogfromtext(spine), reach_m,
                coalesce(area, st_makeenvelope(west, south, east, north, 4326))
           from unnest($1::text[], $2::timestamptz[], $3::uuid[], $4::text[], $5::text[], $6::text[],
                       $7::float8[], $8::float8[], $9::float8[], $10::float8[], $11::float8[])
             as fence (id, recorded_at, event_id, feature, polygons, spine, reach_m, west, south, east, north),
                st_geomfromtext(polygons, 4326) as area
         on conflict (id) do update
            set recorded_at = excluded.recorded_at, event_id = excluded.event_id, feature = excluded.feature,
                area = excluded.area, spine = excluded.spine, reach_m = excluded.reach_m,
                bounds = excluded.bounds
          where (excluded.recorded_at, excluded.event_id) > (g.recorded_at, g.event_id)",
    )
    .bind(ids)
    .bind(recorded)
    .bind(event_ids)
    .bind(features)
    .bind(areas)
    .bind(spines)
    .bind(reaches)
    .bind(west)
    .bind(south)
    .bind(east)
    .bind(north)
    .execute(&mut *connection)
    .await?;
    Ok(())
}

pub(super) async fn all(store: &PostgisStore) -> Result<Vec<Geofence>, Failure> {
    let mut reader = store.reader().await?;
    let rows = store
        .sql()
        .query("select feature::text as feature from geofences where feature is not null order by id")
        .fetch_all(reader.conn())
        .await?;
    rows.iter()
        .map(|row| {
            serde_json::from_str(&json_out(row.try_get("feature")?))
                .map_err(|error| Failure::corrupt(format!("a geofence: {error}")))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bounds_hold_every_point_in_reach(
            lon in -180.0..180.0f64, lat in -90.0..90.0f64, reach in 1.0..300_000.0f64,
            other_lon in -180.0..180.0f64, other_lat in -90.0..90.0f64, near in 0.0..1.0f64,
        ) {
            let centre = LonLat::new(lon, lat).unwrap();
            // Somewhere between the centre and anywhere, often in reach.
            let far = LonLat::new(other_lon, other_lat).unwrap();
            let there = centre.lerp(far, near * (reach / centre.distance(far).get().max(reach)));
            if centre.distance(there).get() <= reach {
                let [west, south, east, north] = bounds(&[centre], reach);
                prop_assert!((west..=east).contains(&there.lon()) && (south..=north).contains(&there.lat()));
            }
        }
    }
}
