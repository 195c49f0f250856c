//! Answers as GeoJSON, for whoever prefers it by `Accept`.

use axum::{
    Json,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use geojson::{Feature, Geometry, GeometryValue, JsonObject, feature::Id};
use serde::Serialize;
use serde_json::{Value, json};
use watchtower_core::domain::geo::LonLat;

use super::page::List;

const GEO_JSON: &str = "application/geo+json";

/// Something that can be drawn.
pub(super) trait Drawn: Serialize {
    /// The feature of it; `None` when there is nothing to draw.
    fn feature(&self) -> Option<Feature>;
}

/// A list as JSON, or as a FeatureCollection with `next` beside its features.
pub(super) fn list<T: Drawn>(headers: &HeaderMap, list: List<T>) -> Response {
    if !wanted(headers) {
        return Json(list).into_response();
    }
    let features: Vec<_> = list.items.iter().filter_map(Drawn::feature).collect();
    drawn(&json!({"type": "FeatureCollection", "features": features, "next": list.next}))
}

/// One record as JSON, or as a Feature.
pub(super) fn one<T: Drawn>(headers: &HeaderMap, record: &T) -> Response {
    match record.feature().filter(|_| wanted(headers)) {
        Some(feature) => drawn(&feature),
        None => Json(record).into_response(),
    }
}

/// The feature of a record at a point: its other fields are the properties.
pub(super) fn point<T: Serialize>(id: &str, point: LonLat, record: &T) -> Feature {
    let properties = match serde_json::to_value(record) {
        Ok(Value::Object(properties)) => properties,
        _ => JsonObject::new(),
    };
    Feature {
        id: Some(Id::String(id.to_owned())),
        geometry: Some(Geometry::new(GeometryValue::new_point([point.lon(), point.lat()]))),
        properties: Some(properties),
        ..Feature::default()
    }
}

/// Whether GeoJSON is asked for by name.
fn wanted(headers: &HeaderMap) -> bool {
    headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).any(|accept| {
        accept.split(',').any(|range| range.split(';').next().unwrap_or_default().trim() == GEO_JSON)
    })
}

fn drawn<T: Serialize>(value: &T) -> Response {
    let mut response = Json(value).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(GEO_JSON));
    response
}
