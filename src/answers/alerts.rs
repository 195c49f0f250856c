//! Alerts: those open, or begun in a period, that a filter means.

use std::collections::BTreeMap;

use serde_json::Value;
use watchtower_core::{
    ask::{Meant, Period},
    filter::AlertSighting,
    ports::store::AlertRecord,
};

use super::{
    Answer, Call, Filtered, Goes, Row,
    scene::{Scene, bounds, listed, several},
};
use crate::words;

/// Most kinds told in a sentence.
const NAMED: usize = 6;

pub(super) fn selected(scene: &Scene<'_>, meant: &Meant, period: Option<&Period>) -> Answer {
    let is_meant = |record: &&AlertRecord| {
        let alert = &record.alert;
        let truck = scene.books.sighting(&alert.vehicle, None, scene.clock.now);
        meant.filter.matches(&AlertSighting { alert, truck })
    };
    let found: Vec<&AlertRecord> = scene.past.alerts.iter().filter(is_meant).collect();
    let filter = meant.filter.to_string();
    let mut text = if found.is_empty() { "No alert".to_owned() } else { several(found.len(), "alert") };
    let (is, was) = if found.len() > 1 { ("are", "were") } else { ("is", "was") };
    text += &match period {
        Some(period) => format!(" {was} raised {}", period.words),
        None => format!(" {is} open"),
    };
    if !meant.words.is_empty() {
        text += &format!(", {}", meant.words);
    }
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    found.iter().for_each(|record| *kinds.entry(record.alert.kind.name()).or_default() += 1);
    let mut kinds: Vec<_> = kinds.into_iter().collect();
    kinds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let kinds: Vec<_> = kinds
        .into_iter()
        .take(NAMED)
        .map(|(kind, count)| format!("{count} {}", words::plain(kind)))
        .collect();
    if !kinds.is_empty() {
        text += &format!(": {}", listed(&kinds, "and"));
    }
    text += ".";
    if scene.past.is_cut {
        text += " There are more than are looked through for an answer: ask for less time.";
    }
    let filters = (!filter.is_empty()).then(|| ("filter", filter.clone()));
    let mut call = match period {
        Some(period) => Call::get("/api/v1/alerts", bounds(period)),
        None => Call::get("/api/v1/alerts", [("open", "true".to_owned())]),
    };
    call.query.extend(filters);
    Answer {
        text,
        heads: vec!["TRUCK", "ALERT", "SEVERITY", "BEGAN", "LASTED", "PLACE"],
        rows: found.into_iter().map(|record| row(scene, record)).collect(),
        filter: (!filter.is_empty()).then_some((Filtered::Alerts, filter)),
        calls: vec![call],
    }
}

fn row(scene: &Scene<'_>, record: &AlertRecord) -> Row {
    let alert = &record.alert;
    let now = scene.live(&alert.vehicle).map_or(scene.clock.now, |live| scene.now_of(live));
    let lasted = alert.end.unwrap_or(now).seconds_since(alert.start);
    let cells = vec![
        scene.number(&alert.vehicle),
        words::alert(alert),
        alert.severity.name().to_owned(),
        scene.moment(alert.start),
        words::duration(lasted),
        alert.geofence.as_ref().map_or_else(String::new, |fence| scene.fence(fence)),
    ];
    Row {
        cells,
        goes: Some(Goes::Truck(alert.vehicle.clone())),
        data: serde_json::to_value(record).unwrap_or(Value::Null),
    }
}
