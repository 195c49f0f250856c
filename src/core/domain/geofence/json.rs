//! GeoJSON in and out. Polygon and MultiPolygon (with holes), Point with
//! `radius_m` = circle, LineString with `width_m` = corridor.

use std::collections::HashSet;

use geo::{MultiPolygon, Polygon};
use geojson::{Feature, GeoJson, Geometry, GeometryValue, JsonObject, feature::Id};

use super::{FenceError, FenceKind, Geofence, Shape, Watches, valid};
use crate::domain::{geo::LonLat, id::FenceId, units::Metres};

/// Reads the fences of a FeatureCollection (or one Feature). Each feature is
/// judged for itself: the good ones come first, then what is wrong with the rest.
pub fn read_collection(text: &str) -> Result<(Vec<Geofence>, Vec<FenceError>), FenceError> {
    let json: GeoJson = text.parse().map_err(|error| FenceError::Syntax(Box::new(error)))?;
    let features = match json {
        GeoJson::FeatureCollection(collection) => collection.features,
        GeoJson::Feature(feature) => vec![feature],
        GeoJson::Geometry(_) => return Err(FenceError::NoId { index: 0 }),
    };
    let (mut fences, mut errors, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    for (index, feature) in features.into_iter().enumerate() {
        let fence = Geofence::from_feature(feature, index).and_then(|fence| fence.check().map(|()| fence));
        match fence {
            Ok(fence) if !seen.insert(fence.id.clone()) => {
                errors.push(FenceError::DuplicateId { id: fence.id.to_string() });
            }
            Ok(fence) => fences.push(fence),
            Err(error) => errors.push(error),
        }
    }
    Ok((fences, errors))
}

impl Geofence {
    /// Whether its area is valid by the OGC's rules: what comes from outside must
    /// be; what is read back from our own keeping was, and is not asked again.
    pub fn check(&self) -> Result<(), FenceError> {
        match &self.shape {
            Shape::Area(area) => {
                valid::check(area).map_err(|reason| FenceError::Unusable { id: self.id.to_string(), reason })
            }
            Shape::Circle { .. } | Shape::Corridor { .. } => Ok(()),
        }
    }

    fn from_feature(feature: Feature, index: usize) -> Result<Self, FenceError> {
        let property = |name: &str| feature.properties.as_ref().and_then(|all| all.get(name));
        let id = match (&feature.id, property("id")) {
            (Some(Id::String(id)), _) => id.clone(),
            (Some(Id::Number(id)), _) => id.to_string(),
            (None, Some(serde_json::Value::String(id))) => id.clone(),
            (None, Some(serde_json::Value::Number(id))) => id.to_string(),
            (None, _) => return Err(FenceError::NoId { index }),
        };
        let unusable = |reason: String| FenceError::Unusable { id: id.clone(), reason };
        let text = |name: &str| property(name).and_then(|value| value.as_str());
        let length = |name: &str| match property(name).and_then(serde_json::Value::as_f64) {
            Some(metres) if metres.is_finite() && metres > 0.0 => Ok(Metres(metres)),
            Some(metres) => Err(unusable(format!("{name} {metres} is not a positive length"))),
            None => Err(unusable(format!("{name} is missing"))),
        };
        let geometry = feature.geometry.as_ref().ok_or_else(|| unusable("no geometry".into()))?;
        let shape = match &geometry.value {
            GeometryValue::Point { coordinates } => {
                let centre = point(coordinates.as_slice()).map_err(&unusable)?;
                Shape::Circle { centre, radius: length("radius_m")? }
            }
            GeometryValue::LineString { coordinates } => {
                let line = coordinates
                    .iter()
                    .map(|position| point(position.as_slice()))
                    .collect::<Result<Vec<_>, _>>()
                    .map_err(&unusable)?;
                if line.len() < 2 {
                    return Err(unusable("a corridor needs at least two points".into()));
                }
                Shape::Corridor { line, width: length("width_m")? }
            }
            GeometryValue::Polygon { .. } => {
                let polygon =
                    Polygon::try_from(geometry.clone()).map_err(|error| unusable(error.to_string()))?;
                Shape::Area(in_range(MultiPolygon(vec![polygon])).map_err(&unusable)?)
            }
            GeometryValue::MultiPolygon { .. } => {
                let area =
                    MultiPolygon::try_from(geometry.clone()).map_err(|error| unusable(error.to_string()))?;
                Shape::Area(in_range(area).map_err(&unusable)?)
            }
            other => return Err(unusable(format!("a {} is no fence", other.type_name()))),
        };
        let kind = match text("kind") {
            None => FenceKind::default(),
            Some(name) => {
                FenceKind::from_name(name).ok_or_else(|| unusable(format!("unknown kind {name:?}")))?
            }
        };
        let watches = match text("watches") {
            None | Some("all") => Watches::All,
            Some("on_trip") => Watches::OnTrip,
            Some(other) => {
                return Err(unusable(format!("watches {other:?} is neither \"all\" nor \"on_trip\"")));
            }
        };
        let name = text("name").unwrap_or(&id).to_owned();
        Ok(Self { id: FenceId::new(&id), name, kind, watches, shape })
    }
}

fn point(position: &[f64]) -> Result<LonLat, String> {
    match position {
        [lon, lat, ..] => LonLat::new(*lon, *lat).map_err(|error| error.to_string()),
        _ => Err("a position needs two numbers".into()),
    }
}

/// At least one polygon, coordinates in range.
fn in_range(area: MultiPolygon<f64>) -> Result<MultiPolygon<f64>, String> {
    if area.0.is_empty() {
        return Err("no polygon in it".into());
    }
    for polygon in &area {
        for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
            for coordinate in ring.coords() {
                LonLat::new(coordinate.x, coordinate.y).map_err(|error| error.to_string())?;
            }
        }
    }
    Ok(area)
}

impl TryFrom<Feature> for Geofence {
    type Error = FenceError;
    fn try_from(feature: Feature) -> Result<Self, FenceError> {
        Self::from_feature(feature, 0)
    }
}

impl From<Geofence> for Feature {
    fn from(fence: Geofence) -> Self {
        let mut properties = JsonObject::new();
        properties.insert("name".into(), fence.name.into());
        properties.insert("kind".into(), fence.kind.name().into());
        if fence.watches == Watches::OnTrip {
            properties.insert("watches".into(), "on_trip".into());
        }
        let geometry = match &fence.shape {
            Shape::Circle { centre, radius } => {
                properties.insert("radius_m".into(), radius.get().into());
                Geometry::new(GeometryValue::new_point([centre.lon(), centre.lat()]))
            }
            Shape::Corridor { line, width } => {
                properties.insert("width_m".into(), width.get().into());
                Geometry::new(GeometryValue::new_line_string(line.iter().map(|p| [p.lon(), p.lat()])))
            }
            Shape::Area(area) => match area.0.as_slice() {
                [polygon] => Geometry::from(polygon),
                _ => Geometry::from(area),
            },
        };
        Self {
            id: Some(Id::String(fence.id.to_string())),
            geometry: Some(geometry),
            properties: Some(properties),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(feature: &str) -> Result<Geofence, FenceError> {
        let (mut fences, mut errors) = read_collection(feature)?;
        match errors.pop() {
            Some(error) => Err(error),
            None => Ok(fences.remove(0)),
        }
    }

    #[test]
    fn every_shape_round_trips() {
        let features = [
            r#"{"type":"Feature","id":"c","properties":{"radius_m":150,"kind":"client"},"geometry":{"type":"Point","coordinates":[3.3,6.5]}}"#,
            r#"{"type":"Feature","id":"l","properties":{"width_m":80},"geometry":{"type":"LineString","coordinates":[[3.3,6.5],[3.4,6.5]]}}"#,
            r#"{"type":"Feature","id":7,"properties":{"name":"Yard"},"geometry":{"type":"Polygon","coordinates":[[[0,0],[9,0],[9,9],[0,9],[0,0]],[[1,1],[1,2],[2,2],[2,1],[1,1]]]}}"#,
        ];
        for text in features {
            let fence = one(text).unwrap();
            let json = serde_json::to_string(&fence).unwrap();
            assert_eq!(serde_json::from_str::<Geofence>(&json).unwrap(), fence);
        }
    }

    #[test]
    fn what_is_wrong_is_named_and_the_rest_kept() {
        let (fences, errors) = read_collection(
            r#"{"type":"FeatureCollection","features":[
              {"type":"Feature","id":"ok","properties":{"radius_m":10},"geometry":{"type":"Point","coordinates":[3.3,6.5]}},
              {"type":"Feature","id":"bow","properties":{},"geometry":{"type":"Polygon","coordinates":[[[0,0],[2,2],[2,0],[0,2],[0,0]]]}},
              {"type":"Feature","id":"far","properties":{"radius_m":10},"geometry":{"type":"Point","coordinates":[3.3,96.5]}},
              {"type":"Feature","properties":{},"geometry":null},
              {"type":"Feature","id":"ok","properties":{"radius_m":10},"geometry":{"type":"Point","coordinates":[3.3,6.5]}}]}"#,
        )
        .unwrap();
        assert_eq!(fences.len(), 1);
        let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert!(errors[0].starts_with("geofence \"bow\": "), "{errors:?}");
        assert!(errors[0].ends_with("self-intersection, at 1.0000000 1.0000000 (lon lat)"), "{errors:?}");
        assert_eq!(errors[1], "geofence \"far\": latitude 96.5 is out of range ±90");
        assert_eq!(errors[2], "feature 3 has no id");
        assert_eq!(errors[3], "geofence id \"ok\" is used twice");
    }
}
