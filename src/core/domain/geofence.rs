//! Geofences: a place with a boundary, as GeoJSON draws it.

use geo::{MultiPolygon, Polygon};
use serde::{Deserialize, Serialize};

use super::{geo::LonLat, id::FenceId, units::Metres};

/// What a place is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FenceKind {
    /// A port terminal.
    Terminal,
    /// A client's yard.
    Client,
    /// The fleet's own yard.
    Depot,
    /// An area worth knowing about.
    #[default]
    ServiceArea,
    /// A point on the way.
    Checkpoint,
}

impl FenceKind {
    /// The name used on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::Client => "client",
            Self::Depot => "depot",
            Self::ServiceArea => "service_area",
            Self::Checkpoint => "checkpoint",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Terminal, Self::Client, Self::Depot, Self::ServiceArea, Self::Checkpoint]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// Whose movements a fence watches.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Watches {
    /// Every vehicle.
    #[default]
    All,
    /// Only vehicles on an active trip.
    OnTrip,
}

/// The boundary. Edges are straight in lon/lat (RFC 7946) and belong to the
/// inside; distances are geodesic.
#[derive(Clone, PartialEq, Debug)]
pub enum Shape {
    /// All points within a distance of a centre.
    Circle {
        /// The centre.
        centre: LonLat,
        /// The distance.
        radius: Metres,
    },
    /// Polygons with holes.
    Area(MultiPolygon<f64>),
    /// All points within half the width of a line.
    Corridor {
        /// The line, at least two points.
        line: Vec<LonLat>,
        /// Full width.
        width: Metres,
    },
}

/// A named place with a boundary.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(try_from = "geojson::Feature", into = "geojson::Feature")]
pub struct Geofence {
    /// The feature's id.
    pub id: FenceId,
    /// What people call it; the id when nothing else is given.
    pub name: String,
    /// What it is for.
    pub kind: FenceKind,
    /// Whose movements it watches.
    pub watches: Watches,
    /// The boundary.
    pub shape: Shape,
}

/// Why a GeoJSON feature is no geofence.
#[derive(Debug, thiserror::Error)]
pub enum FenceError {
    /// The text is not GeoJSON.
    #[error("not GeoJSON: {0}")]
    Syntax(#[from] Box<geojson::Error>),
    /// A fence without identity.
    #[error("feature {index} has no id")]
    NoId {
        /// Position in the collection, from 0.
        index: usize,
    },
    /// Two features share an id.
    #[error("geofence id {id:?} is used twice")]
    DuplicateId {
        /// The id.
        id: String,
    },
    /// The feature cannot be a fence.
    #[error("geofence {id:?}: {reason}")]
    Unusable {
        /// The feature's id.
        id: String,
        /// What is wrong with it, and where.
        reason: String,
    },
}

mod edges;
mod json;
mod knot;
mod valid;
pub use json::read_collection;

impl Geofence {
    /// A polygon fence of one ring, for code that draws its own.
    pub fn area(id: &str, name: &str, kind: FenceKind, ring: Vec<(f64, f64)>) -> Self {
        Self {
            id: FenceId::new(id),
            name: name.to_owned(),
            kind,
            watches: Watches::All,
            shape: Shape::Area(MultiPolygon(vec![Polygon::new(ring.into(), Vec::new())])),
        }
    }

    /// A point in the middle of it, for going there: of an area that of its box. None of
    /// an area without corners.
    pub fn middle(&self) -> Option<LonLat> {
        match &self.shape {
            Shape::Circle { centre, .. } => Some(*centre),
            Shape::Corridor { line, .. } => line.get(line.len() / 2).copied(),
            Shape::Area(area) => {
                let points = area.0.iter().flat_map(|polygon| polygon.exterior().points());
                let (mut low, mut high) = ((f64::MAX, f64::MAX), (f64::MIN, f64::MIN));
                for point in points {
                    low = (low.0.min(point.x()), low.1.min(point.y()));
                    high = (high.0.max(point.x()), high.1.max(point.y()));
                }
                LonLat::new((low.0 + high.0) / 2.0, (low.1 + high.1) / 2.0).ok()
            }
        }
    }
}
