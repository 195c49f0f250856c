//! Geofences, and how many trucks are in each.

use serde_json::Value;
use watchtower_core::domain::geofence::{Geofence, Watches};

use super::{
    Scene, Wanted,
    listing::{Cell, Column, Listing, Record, column, figures},
};
use crate::words;

const COLUMNS: &[Column] = &[
    column("ID", "id"),
    column("NAME", "name"),
    column("KIND", "kind"),
    column("WATCHES", "watches"),
    figures("INSIDE", "inside"),
];

/// By id.
pub(super) fn listing(_: &Wanted, scene: &Scene<'_>) -> Listing {
    let records = scene.books.fences.values().map(|fence| record(fence, scene)).collect();
    Listing { singular: "geofence", columns: COLUMNS, records, remarks: Vec::new() }
}

fn record(fence: &Geofence, scene: &Scene<'_>) -> Record {
    let inside = scene.books.live.values().filter(|live| live.fences.contains(&fence.id)).count();
    let watches = match fence.watches {
        Watches::All => "all",
        Watches::OnTrip => "on_trip",
    };
    let json = serde_json::to_value(fence).unwrap_or(Value::Null);
    Record {
        names: vec![fence.id.as_str().to_owned(), fence.name.clone()],
        cells: vec![
            Cell::from(fence.id.as_str()),
            Cell::from(fence.name.as_str()),
            Cell::from(words::plain(fence.kind.name())).exact(fence.kind.name()),
            Cell::from(words::plain(watches)).exact(watches),
            Cell::from(inside.to_string()),
        ],
        geometry: Some(json["geometry"].clone()),
        json,
    }
}
