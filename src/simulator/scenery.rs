//! Reads the demo's scenery: roads, places and fences out of one GeoJSON file.
//!
//! Refuses nothing politely: the file is part of the program, so anything
//! unreadable in it is a bug and stops the program with the reason.

use geojson::{Feature, FeatureCollection, GeometryValue};
use watchtower_core::domain::{geo::LonLat, geofence::Geofence, id::FenceId};

use super::roads::{Class, Roads};

/// The demo's scenery of Lagos, GeoJSON: hand-drawn and approximate. Every
/// feature says its `layer`: `water`, `land` (islands, drawn over the water),
/// `road`, `site`, `district`, `fence`.
pub const SCENERY: &str = include_str!("../../assets/lagos.geojson");

/// What a place is to a truck.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum PlaceKind {
    /// A quay or container depot: trucks queue for it.
    Terminal,
    /// A client's yard.
    Client,
    /// A yard of the fleet.
    Depot,
    /// Somewhere to spend a night.
    TruckPark,
}

/// Index of a place in [`Scenery::places`].
pub(super) type PlaceId = usize;

/// Somewhere trucks go.
#[derive(Debug)]
pub(super) struct Place {
    /// The fence drawn around it.
    pub(super) fence: FenceId,
    /// Its name.
    pub(super) name: String,
    /// What it is for.
    pub(super) kind: PlaceKind,
    /// The road vertex in its yard.
    pub(super) node: usize,
}

/// Everything the trucks need of the file.
pub(super) struct Scenery {
    /// The road graph.
    pub(super) roads: Roads,
    /// Where trucks go.
    pub(super) places: Vec<Place>,
    /// The fences, for the books.
    pub(super) fences: Vec<Geofence>,
}

impl Scenery {
    /// The embedded one.
    pub(super) fn load() -> Self {
        let collection: FeatureCollection = SCENERY.parse().expect("the embedded scenery is GeoJSON");
        let of_layer = |layer: &'static str| {
            collection.features.iter().filter(move |feature| text(feature, "layer") == Some(layer))
        };
        let mut roads = Roads::default();
        for feature in of_layer("road") {
            let class = text(feature, "class").and_then(Class::from_name).expect("every road has a class");
            // Container trucks are not let onto the Third Mainland Bridge.
            let trucks = feature.property("trucks").and_then(serde_json::Value::as_bool).unwrap_or(true);
            roads.add(&line(feature), class, trucks);
        }
        let places = of_layer("site").filter_map(|feature| place(feature, &roads)).collect();
        let fences = of_layer("fence")
            .map(|feature| Geofence::try_from(feature.clone()).expect("every fence of the scenery is valid"))
            .collect();
        Self { roads, places, fences }
    }

    /// The places of a kind.
    pub(super) fn of_kind(&self, kind: PlaceKind) -> impl Iterator<Item = PlaceId> {
        self.places.iter().enumerate().filter(move |(_, place)| place.kind == kind).map(|(id, _)| id)
    }
}

/// `None` for a site without a fence, which is only scenery.
fn place(feature: &Feature, roads: &Roads) -> Option<Place> {
    let fence = FenceId::new(text(feature, "fence")?);
    let kind = match text(feature, "kind") {
        Some("port" | "terminal" | "airport") => PlaceKind::Terminal,
        Some("client") => PlaceKind::Client,
        Some("depot") => PlaceKind::Depot,
        Some("truck_park") => PlaceKind::TruckPark,
        other => panic!("site {fence} of the scenery is of unknown kind {other:?}"),
    };
    let name = text(feature, "name").expect("every site has a name").to_owned();
    let node = roads.node_at(line(feature)[0]).expect("every site stands on a road vertex");
    Some(Place { fence, name, kind, node })
}

fn text<'a>(feature: &'a Feature, name: &str) -> Option<&'a str> {
    feature.property(name).and_then(|value| value.as_str())
}

/// The vertices of a line, or the one of a point.
fn line(feature: &Feature) -> Vec<LonLat> {
    let point = |position: &[f64]| LonLat::new(position[0], position[1]).expect("the scenery is on Earth");
    match feature.geometry.as_ref().map(|geometry| &geometry.value) {
        Some(GeometryValue::Point { coordinates }) => vec![point(coordinates.as_slice())],
        Some(GeometryValue::LineString { coordinates }) => {
            coordinates.iter().map(|position| point(position.as_slice())).collect()
        }
        other => panic!("a road or site of the scenery is {other:?}"),
    }
}
