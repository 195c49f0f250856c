//! What lies where. Polygons have straight edges in lon/lat and hold their
//! boundary; distances are geodesic.

use sqlx::Row;
use watchtower_core::{
    domain::{geo::LonLat, id::FenceId, units::Metres},
    ports::store::Neighbour,
};

use super::{
    Failure, PostgisStore,
    escape::text_out,
    positions::{columns, read, read_key},
};

/// Further apart than any two points on Earth (half a meridian is 20 004 km).
const ANYWHERE_M: f64 = 20_100_000.0;

pub(super) async fn near(
    store: &PostgisStore,
    point: LonLat,
    radius: Metres,
    limit: u32,
) -> Result<Vec<Neighbour>, Failure> {
    if radius.get().is_nan() || radius.get() < 0.0 {
        return Ok(Vec::new());
    }
    let mut reader = store.reader().await?;
    let sql = concat!(
        "select t.key, st_distance(p.point, here.point) as distance, ",
        columns!(),
        " from (select st_setsrid(st_makepoint($1, $2), 4326)::geography as point) as here
          join last_positions p on st_dwithin(p.point, here.point, $3)
          join sources s on s.id = p.source_id
          join trucks t on t.id = p.vehicle_id
         order by distance, t.key limit $4"
    );
    let rows = store
        .sql()
        .query(sql)
        .bind(point.lon())
        .bind(point.lat())
        .bind(radius.get().min(ANYWHERE_M))
        .bind(i64::from(limit))
        .fetch_all(reader.conn())
        .await?;
    rows.iter()
        .map(|row| {
            let distance = Metres(row.try_get("distance")?);
            Ok(Neighbour { vehicle: read_key(row)?, position: read(row)?, distance })
        })
        .collect()
}

pub(super) async fn fences_at(store: &PostgisStore, point: LonLat) -> Result<Vec<FenceId>, Failure> {
    let mut reader = store.reader().await?;
    let rows = store
        .sql()
        .query(
            "select g.id from (select st_setsrid(st_makepoint($1, $2), 4326) as point) as here
               join geofences g on g.bounds && here.point
              where case when g.area is not null
                         then st_covers(g.area, here.point)
                         else st_dwithin(g.spine, here.point::geography, g.reach_m) end
              order by g.id",
        )
        .bind(point.lon())
        .bind(point.lat())
        .fetch_all(reader.conn())
        .await?;
    rows.iter().map(|row| Ok(FenceId::new(&text_out(row.try_get("id")?)))).collect()
}
