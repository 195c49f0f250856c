//! Scenery: GeoJSON laid over the basemap where that is too coarse, such as a city.
//!
//! Features carry `layer` (`water`, `land`, `road`, `site`, `district`, `place`),
//! `name`, `class` (`trunk`, `bridge`, `primary`, `port`, `airport`), `rank` (1 the most
//! important) and, for the name of a water, `kind` = `water`. Inside its water and
//! land the basemap's own coast and rivers give way. Other layers, and shapes a
//! layer cannot use, are left out.

use geojson::{Feature, GeoJson, GeometryValue, Position};
use watchtower_core::domain::geo::LonLat;

use super::{
    geometry::Lines,
    glyphs::Sign,
    mercator::{Unit, project},
};

/// Ranks kept apart; larger ones count as the last.
pub(super) const RANKS: usize = 6;

/// A name of the scenery.
#[derive(Clone, Debug)]
pub(super) struct Title {
    pub(super) at: Unit,
    pub(super) name: Box<str>,
    pub(super) rank: usize,
    /// The sign of a site; districts and waters have none.
    pub(super) sign: Option<Sign>,
    pub(super) water: bool,
}

/// Scenery in world units.
#[derive(Clone, Debug, Default)]
pub(super) struct Scenery {
    pub(super) water: Lines,
    pub(super) land: Lines,
    /// Roads by rank.
    pub(super) roads: [Lines; RANKS],
    pub(super) titles: Vec<Title>,
}

impl Scenery {
    /// Reads a feature collection; what is not GeoJSON is reported and gives none.
    pub(super) fn read(text: &str) -> Self {
        let mut scenery = Self::default();
        if text.trim().is_empty() {
            return scenery;
        }
        match text.parse::<GeoJson>() {
            Ok(GeoJson::FeatureCollection(collection)) => {
                for feature in &collection.features {
                    scenery.add(feature);
                }
            }
            Ok(_) => tracing::warn!("map scenery is not a feature collection and is left out"),
            Err(error) => tracing::warn!(%error, "map scenery is not GeoJSON and is left out"),
        }
        scenery
    }

    fn add(&mut self, feature: &Feature) {
        let property = |key: &str| feature.property(key).and_then(|v| v.as_str()).unwrap_or_default();
        let Some(shape) = feature.geometry.as_ref().map(|g| &g.value) else { return };
        let (layer, class) = (property("layer"), property("class"));
        let usual = match class {
            "motorway" | "trunk" => 1,
            "bridge" => 2,
            _ => 3,
        };
        let rank = feature.property("rank").and_then(serde_json::Value::as_u64).unwrap_or(usual);
        let rank = (rank.max(1) - 1).min(RANKS as u64 - 1) as usize;
        match layer {
            "water" => polygons(shape, &mut self.water),
            "land" => polygons(shape, &mut self.land),
            "road" => lines(shape, &mut self.roads[rank]),
            "site" | "district" | "place" => self.name(shape, rank, feature),
            _ => {}
        }
    }

    fn name(&mut self, shape: &GeometryValue, rank: usize, feature: &Feature) {
        let property = |key: &str| feature.property(key).and_then(|v| v.as_str()).unwrap_or_default();
        let (layer, class, name) = (property("layer"), property("class"), property("name"));
        let sign = match (layer, class) {
            ("site", "port" | "terminal" | "harbour") => Some(Sign::Port),
            ("site", "airport") => Some(Sign::Airport),
            ("site", _) => Some(Sign::Site),
            ("place", _) => Some(Sign::City),
            ("district", _) if rank == 0 => Some(Sign::City),
            _ => None,
        };
        if let Some(at) = middle(shape).filter(|_| !name.is_empty()) {
            self.titles.push(Title { at, name: name.into(), rank, sign, water: property("kind") == "water" });
        }
    }
}

/// A position as a point of the world; `None` for what is none.
fn unit(position: &Position) -> Option<Unit> {
    let &[lon, lat, ..] = position.as_slice() else { return None };
    LonLat::new(lon, lat).ok().map(project)
}

fn polygons(shape: &GeometryValue, into: &mut Lines) {
    let mut rings = |polygon: &[Vec<Position>]| {
        for ring in polygon {
            into.push_ring(ring.iter().filter_map(unit));
        }
    };
    match shape {
        GeometryValue::Polygon { coordinates } => rings(coordinates),
        GeometryValue::MultiPolygon { coordinates } => coordinates.iter().for_each(|p| rings(p)),
        _ => {}
    }
}

fn lines(shape: &GeometryValue, into: &mut Lines) {
    match shape {
        GeometryValue::LineString { coordinates } => into.push(coordinates.iter().filter_map(unit)),
        GeometryValue::MultiLineString { coordinates } => {
            for line in coordinates {
                into.push(line.iter().filter_map(unit));
            }
        }
        _ => {}
    }
}

/// Where the name of a shape goes: the point itself, or the middle of its extent.
fn middle(shape: &GeometryValue) -> Option<Unit> {
    if let GeometryValue::Point { coordinates } = shape {
        return unit(coordinates);
    }
    let mut all = Lines::default();
    polygons(shape, &mut all);
    lines(shape, &mut all);
    let extent = all.extent()?;
    Some([0, 1].map(|axis| i32::midpoint(extent.min[axis], extent.max[axis])))
}
