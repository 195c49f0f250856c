//! Alerts, from the store: the log's picture knows only the kinds of those open.

use serde_json::Value;
use uuid::Uuid;
use watchtower_core::{
    domain::{
        id::AlertId,
        storm::{self, Storm},
    },
    filter::AlertSighting,
    ports::store::{AlertQuery, AlertRecord, Store, StoreError, Window},
};

use super::{
    Scene, Wanted,
    listing::{Cell, Column, Listing, Record, Tone, column, detail, figures, known},
    trucks,
};
use crate::words;

const COLUMNS: &[Column] = &[
    column("TRUCK", "truck"),
    column("ALERT", "kind"),
    column("SEVERITY", "severity"),
    column("BEGAN", "start"),
    figures("LASTED", "lasted_s"),
    column("STANDING", "standing"),
    column("PLACE", "place"),
    detail("end"),
    detail("acknowledged_by"),
    detail("note"),
    detail("id"),
];

/// Rows asked of the store at once.
const PAGE: u32 = 1_000;

/// The newest first; those open, unless all are wanted.
pub(super) async fn listing(
    store: &dyn Store,
    wanted: &Wanted,
    scene: &Scene<'_>,
) -> Result<Listing, StoreError> {
    if let Some(name) = &wanted.only {
        let found = match Uuid::try_parse(name) {
            Ok(id) => store.alert(AlertId(id)).await?,
            Err(_) => None,
        };
        let records = found.iter().map(|found| record(found, scene)).collect();
        return Ok(Listing { singular: "alert", columns: COLUMNS, records, remarks: Vec::new() });
    }
    let query = AlertQuery { open: (!wanted.all).then_some(true), ..AlertQuery::default() };
    let limit = wanted.limit.unwrap_or(usize::MAX);
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = store.alerts(&query, Window { limit: PAGE, after }).await?;
        let meant = page.items.into_iter().filter(|record| {
            let alert = &record.alert;
            let truck = scene.books.sighting(&alert.vehicle, None, scene.now);
            wanted.filter.matches(&AlertSighting { alert, truck })
        });
        found.extend(meant);
        found.truncate(limit);
        match page.next {
            Some(next) if found.len() < limit => after = Some(next),
            _ => break,
        }
    }
    let begun = found.iter().map(|AlertRecord { alert, .. }| (alert.kind, &alert.vehicle, alert.start));
    let remarks = storm::storms(begun).iter().map(|storm| remark(storm, scene)).collect();
    let records = found.iter().map(|found| record(found, scene)).collect();
    Ok(Listing { singular: "alert", columns: COLUMNS, records, remarks })
}

/// A storm in a line.
fn remark(storm: &Storm, scene: &Scene<'_>) -> String {
    let Storm { kind, alerts, vehicles, from, to } = storm;
    let (kind, trucks) = (words::plain(kind.name()), if *vehicles == 1 { "truck" } else { "trucks" });
    let (began, took) = (words::moment(*from, scene.now, scene.zone), to.seconds_since(*from));
    format!("a storm of {kind}: x{alerts} in {} from {began}, {vehicles} {trucks}", words::duration(took))
}

fn record(found: &AlertRecord, scene: &Scene<'_>) -> Record {
    let (books, alert) = (scene.books, &found.alert);
    let now = books.live.get(&alert.vehicle).map_or(scene.now, |live| books.now_of(live, scene.now));
    let lasted = alert.end.unwrap_or(now).seconds_since(alert.start).max(0.0);
    let standing = match (alert.end, &found.acknowledged_by) {
        (Some(_), _) => Cell::from("over").tone(Tone::Dim),
        (None, Some(_)) => Cell::from("acknowledged").tone(Tone::Good),
        (None, None) => Cell::from("open").tone(Tone::Bad),
    };
    let truck = books.trucks.get(&alert.vehicle).map_or(alert.vehicle.as_str(), |truck| &truck.number);
    let tone = trucks::severity(Some(alert.severity));
    let cells = vec![
        Cell::from(truck),
        Cell::from(words::alert(alert)).exact(alert.kind.name()),
        Cell::from(alert.severity.name()).tone(tone),
        Cell::from(words::moment(alert.start, scene.now, scene.zone)).exact(alert.start.to_string()),
        Cell::from(words::duration(lasted)).exact(lasted.to_string()),
        standing,
        known(alert.geofence.as_ref().map(|fence| books.fence_name(fence))),
        known(alert.end.as_ref()),
        known(found.acknowledged_by.as_deref()),
        known(found.note.as_deref()),
        Cell::from(alert.id.to_string()),
    ];
    Record {
        names: vec![alert.id.to_string()],
        cells,
        json: serde_json::to_value(found).unwrap_or(Value::Null),
        geometry: None,
    }
}
