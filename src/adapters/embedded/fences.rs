//! Geofences, and which of them hold a point.

use sqlx::SqliteConnection;
use watchtower_core::domain::{
    event::Event,
    geo::LonLat,
    geofence::{Geofence, Shape},
    id::FenceId,
    units::Metres,
};

use super::{
    covers::covers,
    fault::Fault,
    picture::{json, parse},
};

/// Less than a degree of latitude is anywhere on WGS 84, metres (110 574 at the
/// equator).
const DEGREE_M: f64 = 110_500.0;
/// Degrees added to every box for rounding, about a centimetre.
const MARGIN: f64 = 1e-7;

/// Degrees that hold something, both ends included. The whole round where it
/// crosses the antimeridian.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Box2 {
    pub(super) west: f64,
    pub(super) south: f64,
    pub(super) east: f64,
    pub(super) north: f64,
}

/// What holds all points within `reach` of the great circles between points.
pub(super) fn around(points: &[LonLat], reach: Metres) -> Box2 {
    let fold = |of: fn(LonLat) -> f64, pick: fn(f64, f64) -> f64, start| {
        points.iter().map(|point| of(*point)).fold(start, pick)
    };
    let west = fold(LonLat::lon, f64::min, f64::INFINITY);
    let east = fold(LonLat::lon, f64::max, f64::NEG_INFINITY);
    // Between two points of one latitude a great circle bulges towards the pole
    // by at most an eighth of the square of their difference in longitude.
    let bulge = ((east - west).to_radians().powi(2) / 8.0).to_degrees();
    let high = reach.get() / DEGREE_M + bulge + MARGIN;
    let south = (fold(LonLat::lat, f64::min, f64::INFINITY) - high).max(-90.0);
    let north = (fold(LonLat::lat, f64::max, f64::NEG_INFINITY) + high).min(90.0);
    let steepest = south.abs().max(north.abs());
    let wide = (high.to_radians().sin() / steepest.to_radians().cos()).asin().to_degrees() + MARGIN;
    let (west, east) = (west - wide, east + wide);
    // Not a number: a pole is within reach.
    let is_plain = west >= -180.0 && east <= 180.0 && east - west < 180.0 && high < 45.0;
    if is_plain {
        Box2 { west, south, east, north }
    } else {
        Box2 { west: -180.0, south, east: 180.0, north }
    }
}

fn bounds(shape: &Shape) -> Box2 {
    match shape {
        Shape::Circle { centre, radius } => around(&[*centre], *radius),
        Shape::Corridor { line, width } => around(line, Metres(width.get() / 2.0)),
        Shape::Area(area) => {
            let corners = || area.iter().flat_map(|polygon| polygon.exterior().coords());
            Box2 {
                west: corners().map(|corner| corner.x).fold(f64::INFINITY, f64::min),
                south: corners().map(|corner| corner.y).fold(f64::INFINITY, f64::min),
                east: corners().map(|corner| corner.x).fold(f64::NEG_INFINITY, f64::max),
                north: corners().map(|corner| corner.y).fold(f64::NEG_INFINITY, f64::max),
            }
        }
    }
}

/// Writes a fence, or that it is gone.
pub(super) async fn put(
    connection: &mut SqliteConnection,
    event: &Event,
    id: &FenceId,
    fence: Option<&Geofence>,
) -> Result<(), Fault> {
    let bounds = fence.map(|fence| bounds(&fence.shape));
    sqlx::query(
        "insert into geofence (id, recorded_at, event_id, json, west, south, east, north)
         values (?, ?, ?, ?, ?, ?, ?, ?)
         on conflict do update set
             recorded_at = excluded.recorded_at, event_id = excluded.event_id, json = excluded.json,
             west = excluded.west, south = excluded.south, east = excluded.east, north = excluded.north
         where (excluded.recorded_at, excluded.event_id) > (geofence.recorded_at, geofence.event_id)",
    )
    .bind(id.as_str())
    .bind(event.recorded_at.millis())
    .bind(event.id.0)
    .bind(fence.map(json))
    .bind(bounds.map(|bounds| bounds.west))
    .bind(bounds.map(|bounds| bounds.south))
    .bind(bounds.map(|bounds| bounds.east))
    .bind(bounds.map(|bounds| bounds.north))
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn all(connection: &mut SqliteConnection) -> Result<Vec<Geofence>, Fault> {
    let rows: Vec<String> =
        sqlx::query_scalar("select json from geofence where json is not null order by id")
            .fetch_all(connection)
            .await?;
    rows.iter().map(|row| parse("geofence", row)).collect()
}

/// The fences whose inside or boundary holds the point.
pub(super) async fn holding(connection: &mut SqliteConnection, point: LonLat) -> Result<Vec<FenceId>, Fault> {
    let rows: Vec<String> = sqlx::query_scalar(
        "select json from geofence
         where json is not null and ?1 between west and east and ?2 between south and north order by id",
    )
    .bind(point.lon())
    .bind(point.lat())
    .fetch_all(connection)
    .await?;
    let mut holding = Vec::new();
    for row in &rows {
        let fence: Geofence = parse("geofence", row)?;
        if covers(&fence.shape, point) {
            holding.push(fence.id);
        }
    }
    Ok(holding)
}

#[cfg(test)]
mod tests {
    use geo::{LineString, Polygon};
    use proptest::prelude::*;

    use super::*;

    fn is_in(bounds: Box2, point: LonLat) -> bool {
        (bounds.west..=bounds.east).contains(&point.lon())
            && (bounds.south..=bounds.north).contains(&point.lat())
    }

    fn shapes() -> impl Strategy<Value = Shape> {
        let point = (-180.0..180.0f64, -89.9..89.9f64).prop_map(|(lon, lat)| LonLat::new(lon, lat).unwrap());
        // Up to a tenth of the way round the world.
        let reach = (0.0..6.6f64).prop_map(|magnitude| Metres(10.0_f64.powf(magnitude)));
        let step = (-3.0..3.0f64, -3.0..3.0f64);
        prop_oneof![
            (point.clone(), reach.clone()).prop_map(|(centre, radius)| Shape::Circle { centre, radius }),
            (point, step, reach).prop_map(|(from, (dx, dy), width)| {
                let wrapped = (from.lon() + dx + 540.0).rem_euclid(360.0) - 180.0;
                let to = LonLat::new(wrapped, (from.lat() + dy).clamp(-90.0, 90.0)).unwrap();
                Shape::Corridor { line: vec![from, to], width }
            }),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn what_a_fence_holds_is_in_its_box(shape in shapes(), turn in 0.0..360.0f64, part in 0.9..1.0f64, along in 0.0..1.0f64) {
            let (origin, reach) = match &shape {
                Shape::Circle { centre, radius } => (*centre, radius.get()),
                Shape::Corridor { line, width } => (line[0].lerp(line[1], along), width.get() / 2.0),
                Shape::Area(_) => unreachable!("not made here"),
            };
            // A point near the edge, on the sphere.
            let (sin, cos) = origin.lat().to_radians().sin_cos();
            let (turn, angle) = (turn.to_radians(), reach * part / 6_371_000.0);
            let lat = (sin * angle.cos() + cos * angle.sin() * turn.cos()).asin();
            let lon = origin.lon().to_radians()
                + (turn.sin() * angle.sin() * cos).atan2(angle.cos() - sin * lat.sin());
            let lon = (lon.to_degrees() + 540.0).rem_euclid(360.0) - 180.0;
            let point = LonLat::new(lon, lat.to_degrees()).unwrap();
            prop_assume!(covers(&shape, point));
            prop_assert!(is_in(bounds(&shape), point), "{:?} {:?} {:?}", shape, bounds(&shape), point);
        }
    }

    #[test]
    fn a_box_is_tight_where_it_can_be_and_wide_at_the_ends_of_the_world() {
        let bounds_of = |lon, lat, metres| around(&[LonLat::new(lon, lat).unwrap()], Metres(metres));
        let lagos = bounds_of(3.37, 6.45, 1_000.0);
        assert!(lagos.east - lagos.west < 0.02 && lagos.north - lagos.south < 0.02, "{lagos:?}");
        for wide in
            [bounds_of(179.999, -17.0, 500.0), bounds_of(10.0, 89.999, 500.0), bounds_of(0.0, 0.0, 1e7)]
        {
            assert_eq!((wide.west, wide.east), (-180.0, 180.0));
        }
        let square = LineString::from(vec![(1.0, 2.0), (4.0, 2.0), (4.0, 5.0), (1.0, 5.0)]);
        let area = Shape::Area(geo::MultiPolygon(vec![Polygon::new(square, vec![])]));
        assert_eq!(bounds(&area), Box2 { west: 1.0, south: 2.0, east: 4.0, north: 5.0 });
    }
}
