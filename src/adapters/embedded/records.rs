//! Master data: the newest record of each truck, driver and organization.

use sqlx::SqliteConnection;
use watchtower_core::domain::{
    event::Event,
    id::VehicleKey,
    master::{Driver, Organization, Truck},
};

use super::{
    fault::Fault,
    picture::{json, parse},
};

/// How a name is looked for: as a vehicle's number, where it can be one.
fn normalised(name: &str) -> String {
    VehicleKey::new(name).map_or_else(|_| name.to_owned(), String::from)
}

pub(super) async fn put_truck(
    connection: &mut SqliteConnection,
    event: &Event,
    truck: &Truck,
) -> Result<(), Fault> {
    let written = sqlx::query(
        "insert into truck (key, provisional, recorded_at, event_id, json) values (?, ?, ?, ?, ?)
         on conflict do update set provisional = excluded.provisional, recorded_at = excluded.recorded_at,
                                   event_id = excluded.event_id, json = excluded.json
         where (not excluded.provisional, excluded.recorded_at, excluded.event_id)
             > (not truck.provisional, truck.recorded_at, truck.event_id)",
    )
    .bind(truck.key.as_str())
    .bind(truck.provisional)
    .bind(event.recorded_at.millis())
    .bind(event.id.0)
    .bind(json(truck))
    .execute(&mut *connection)
    .await?;
    if written.rows_affected() == 0 {
        return Ok(());
    }
    let names = truck.aliases.iter().chain(&truck.loconav_id).chain([&truck.number]);
    let names: Vec<_> =
        names.map(|name| normalised(name)).filter(|name| name != truck.key.as_str()).collect();
    sqlx::query("delete from truck_name where truck = ?")
        .bind(truck.key.as_str())
        .execute(&mut *connection)
        .await?;
    sqlx::query("insert or ignore into truck_name (name, truck) select value, ? from json_each(?)")
        .bind(truck.key.as_str())
        .bind(json(&names))
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn trucks(connection: &mut SqliteConnection) -> Result<Vec<Truck>, Fault> {
    let rows: Vec<String> = sqlx::query_scalar(
        "select json from truck
         where not (provisional and exists (
             select 1 from truck_name where name = truck.key and truck_name.truck <> truck.key
         )) order by key",
    )
    .fetch_all(connection)
    .await?;
    rows.iter().map(|row| parse("truck", row)).collect()
}

pub(super) async fn truck(connection: &mut SqliteConnection, name: &str) -> Result<Option<Truck>, Fault> {
    // A provisional truck stands back behind the one whose name its key is.
    let row: Option<String> = sqlx::query_scalar(
        "select json from truck
         where key = ?1 or key in (select truck from truck_name where name = ?1)
         order by provisional, key = ?1 desc, recorded_at desc, event_id desc limit 1",
    )
    .bind(normalised(name))
    .fetch_optional(connection)
    .await?;
    row.map(|row| parse("truck", &row)).transpose()
}

pub(super) async fn put_driver(
    connection: &mut SqliteConnection,
    event: &Event,
    driver: &Driver,
) -> Result<(), Fault> {
    sqlx::query(
        "insert into driver (id, recorded_at, event_id, json) values (?, ?, ?, ?)
         on conflict do update set recorded_at = excluded.recorded_at, event_id = excluded.event_id,
                                   json = excluded.json
         where (excluded.recorded_at, excluded.event_id) > (driver.recorded_at, driver.event_id)",
    )
    .bind(driver.id.0)
    .bind(event.recorded_at.millis())
    .bind(event.id.0)
    .bind(json(driver))
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn drivers(connection: &mut SqliteConnection) -> Result<Vec<Driver>, Fault> {
    let rows: Vec<String> =
        sqlx::query_scalar("select json from driver order by id").fetch_all(connection).await?;
    rows.iter().map(|row| parse("driver", row)).collect()
}

pub(super) async fn put_organization(
    connection: &mut SqliteConnection,
    event: &Event,
    organization: &Organization,
) -> Result<(), Fault> {
    sqlx::query(
        "insert into organization (id, recorded_at, event_id, json) values (?, ?, ?, ?)
         on conflict do update set recorded_at = excluded.recorded_at, event_id = excluded.event_id,
                                   json = excluded.json
         where (excluded.recorded_at, excluded.event_id) > (organization.recorded_at, organization.event_id)",
    )
    .bind(organization.id.0)
    .bind(event.recorded_at.millis())
    .bind(event.id.0)
    .bind(json(organization))
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn organizations(connection: &mut SqliteConnection) -> Result<Vec<Organization>, Fault> {
    let rows: Vec<String> =
        sqlx::query_scalar("select json from organization order by id").fetch_all(connection).await?;
    rows.iter().map(|row| parse("organization", row)).collect()
}
