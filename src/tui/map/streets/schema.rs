//! What the layers of a tile are, in the schemas people have: OpenMapTiles, Protomaps,
//! Shortbread, and Mapbox Streets where it agrees with one of them.

use std::{cmp::Reverse, collections::HashMap};

use prost::Message;
use watchtower_core::ports::tiles::TileAt;

use super::mvt::{Feature, Layer, Shape, Tile};
use crate::tui::map::{
    geometry::Lines,
    glyphs::Sign,
    mercator::{MAX_ZOOM, Unit, WORLD},
};

/// The same name is said again so many dots on.
const APART: f64 = 180.0;

/// How important a road is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Road {
    Main = 0,
    Middle = 1,
    Minor = 2,
    /// To a house, a yard, a field.
    Service = 3,
    /// For those who walk or ride.
    Path = 4,
}

impl Road {
    pub(super) const ALL: [Self; 5] = [Self::Main, Self::Middle, Self::Minor, Self::Service, Self::Path];
}

/// A name on a tile.
#[derive(Clone, PartialEq, Debug)]
pub(in crate::tui::map) struct Name {
    pub(in crate::tui::map) at: Unit,
    pub(in crate::tui::map) text: Box<str>,
    /// The higher wins; those of places begin at 400.
    pub(in crate::tui::map) priority: i32,
    pub(in crate::tui::map) sign: Option<Sign>,
    /// From this zoom on.
    pub(in crate::tui::map) from: f64,
}

/// A tile as it is drawn, in world units.
#[derive(Clone, Debug, Default)]
pub struct StreetTile {
    pub(super) roads: [Lines; 5],
    pub(super) rails: Lines,
    pub(super) buildings: Lines,
    pub(super) water: Lines,
    pub(super) waterways: Lines,
    pub(super) parks: Lines,
    pub(super) names: Vec<Name>,
}

/// Why bytes are no vector tile.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a vector tile: {0}")]
pub struct NoTile(String);

impl StreetTile {
    /// Reads a tile. Layers that nothing is made of are passed over.
    ///
    /// # Errors
    ///
    /// When the bytes are no vector tile.
    pub fn read(at: TileAt, bytes: &[u8]) -> Result<Self, NoTile> {
        let tile = Tile::decode(bytes).map_err(|error| NoTile(error.to_string()))?;
        let mut streets = Self::default();
        for layer in &tile.layers {
            let place = Place::of(at, layer.extent.unwrap_or(4096).max(1));
            for feature in &layer.features {
                if let Some(shape) = feature.shape() {
                    streets.take(layer, feature, shape, place);
                }
            }
        }
        streets.thin_names();
        Ok(streets)
    }

    /// A street is many lines, each with its name: the longest of the most important says it
    /// first, and others where the zoom has them far enough from those that do.
    fn thin_names(&mut self) {
        let mut told: HashMap<Box<str>, Vec<Unit>> = HashMap::new();
        self.names.sort_by_key(|name| Reverse(name.priority));
        self.names.retain_mut(|name| {
            let others = told.entry(name.text.clone()).or_default();
            let apart = |other: &Unit| {
                [0, 1].map(|axis| f64::from(name.at[axis] - other[axis])).iter().map(|d| d * d).sum::<f64>()
            };
            let nearest = others.iter().map(apart).fold(f64::INFINITY, f64::min).sqrt();
            // The zoom at which so many world units are so many dots.
            let dots = nearest * 256.0 / f64::from(WORLD);
            name.from = name.from.max((APART / dots).log2());
            let is_told = name.from <= MAX_ZOOM;
            if is_told {
                others.push(name.at);
            }
            is_told
        });
    }

    fn take(&mut self, layer: &Layer, feature: &Feature, shape: Shape, place: Place) {
        let paths = || feature.paths().into_iter();
        let lines = |into: &mut Lines| paths().for_each(|path| into.push(place.units(&path)));
        let rings = |into: &mut Lines| paths().for_each(|path| into.push_ring(place.units(&path)));
        match (layer.name.as_str(), shape) {
            ("water" | "ocean" | "water_polygons", Shape::Areas) => rings(&mut self.water),
            ("water" | "waterway" | "water_lines", Shape::Lines) => lines(&mut self.waterways),
            ("park" | "landuse" | "landcover" | "land", Shape::Areas) if is_green(layer, feature) => {
                rings(&mut self.parks);
            }
            ("building" | "buildings", Shape::Areas) => rings(&mut self.buildings),
            ("transportation" | "roads" | "streets" | "road", Shape::Lines) => match way(layer, feature) {
                Some(Way::Rail) => lines(&mut self.rails),
                Some(Way::Road(road)) => {
                    lines(&mut self.roads[road as usize]);
                    self.name_street(layer, feature, road, place);
                }
                None => {}
            },
            ("transportation_name" | "street_labels" | "road_label", Shape::Lines) => {
                if let Some(Way::Road(road)) = way(layer, feature) {
                    self.name_street(layer, feature, road, place);
                }
            }
            ("place" | "places" | "place_labels" | "place_label", Shape::Points) => {
                self.name_place(layer, feature, place);
            }
            _ => {}
        }
    }

    /// Names a street in the middle of its longest stretch in the tile.
    fn name_street(&mut self, layer: &Layer, feature: &Feature, road: Road, place: Place) {
        let Some(text) = name(layer, feature) else { return };
        let extent = |path: &[[i32; 2]]| {
            let span = |axis: usize| {
                let values = || path.iter().map(|point| i64::from(point[axis]));
                values().max().unwrap_or(0) - values().min().unwrap_or(0)
            };
            span(0).max(span(1))
        };
        let paths = feature.paths();
        let Some(path) = paths.iter().max_by_key(|path| extent(path)) else { return };
        let middle = match path.as_slice() {
            [a, b] => [0, 1].map(|axis| i32::midpoint(a[axis], b[axis])),
            path => path[path.len() / 2],
        };
        if let Some(at) = place.inside(middle) {
            let (priority, from) = match road {
                Road::Main => (240, 13.5),
                Road::Middle => (220, 14.3),
                Road::Minor => (200, 15.3),
                Road::Service => (180, 16.5),
                Road::Path => (160, 17.0),
            };
            let long = (19 * extent(path) / place.extent).min(19);
            let priority = priority + long as i32;
            self.names.push(Name { at, text: text.into(), priority, sign: None, from });
        }
    }

    fn name_place(&mut self, layer: &Layer, feature: &Feature, place: Place) {
        let Some(text) = name(layer, feature) else { return };
        let Some(point) = feature.paths().pop().and_then(|path| path.first().copied()) else { return };
        let kind = ["class", "kind_detail", "kind", "type"].into_iter();
        let kind = kind.filter_map(|key| feature.text(layer, key)).find_map(|kind| match kind {
            "city" => Some((700, Some(Sign::City), 5.0)),
            "town" => Some((600, Some(Sign::Town), 8.0)),
            "village" => Some((500, Some(Sign::Town), 10.5)),
            "suburb" | "borough" | "macrohood" => Some((460, None, 11.0)),
            "neighbourhood" | "quarter" | "neighborhood" => Some((420, None, 12.5)),
            "hamlet" | "locality" | "isolated_dwelling" => Some((410, None, 13.5)),
            _ => None,
        });
        let (Some((priority, sign, from)), Some(at)) = (kind, place.inside(point)) else { return };
        // The larger first: the rank of OpenMapTiles, of Protomaps, or the people of Shortbread.
        let rank = feature.number(layer, "rank").map(|rank| 20.0 - rank);
        let people = feature.number(layer, "population").map(|people| people.max(1.0).log2());
        let more = rank.or(feature.number(layer, "population_rank")).or(people).unwrap_or(0.0);
        let priority = priority + more.clamp(0.0, 30.0) as i32;
        self.names.push(Name { at, text: text.into(), priority, sign, from });
    }
}

fn name<'a>(layer: &'a Layer, feature: &Feature) -> Option<&'a str> {
    let text = feature.text(layer, "name").or_else(|| feature.text(layer, "name:latin"))?;
    Some(text.trim()).filter(|text| !text.is_empty())
}

fn is_green(layer: &Layer, feature: &Feature) -> bool {
    // All of this one's are.
    layer.name == "park"
        || ["class", "subclass", "kind"].into_iter().filter_map(|key| feature.text(layer, key)).any(|kind| {
            matches!(
                kind,
                "park"
                    | "grass"
                    | "wood"
                    | "forest"
                    | "garden"
                    | "golf_course"
                    | "cemetery"
                    | "meadow"
                    | "nature_reserve"
                    | "recreation_ground"
                    | "village_green"
                    | "scrub"
                    | "national_park"
            )
        })
}

enum Way {
    Road(Road),
    Rail,
}

/// What a line of a road layer is; `None` for ferries, runways and the like.
fn way(layer: &Layer, feature: &Feature) -> Option<Way> {
    if feature.is(layer, "rail") {
        return Some(Way::Rail);
    }
    let kinds = ["kind_detail", "class", "kind", "pmap:kind"].into_iter();
    kinds.filter_map(|key| feature.text(layer, key)).find_map(|kind| {
        Some(match kind.strip_suffix("_link").unwrap_or(kind) {
            "motorway" | "trunk" | "primary" | "highway" | "main" => Way::Road(Road::Main),
            "secondary" | "tertiary" | "major_road" | "medium_road" => Way::Road(Road::Middle),
            "minor" | "street" | "street_limited" | "residential" | "unclassified" | "minor_road"
            | "living_street" | "busway" | "bus_guideway" => Way::Road(Road::Minor),
            "service" | "track" => Way::Road(Road::Service),
            "path" | "footway" | "pedestrian" | "cycleway" | "steps" | "bridleway" => Way::Road(Road::Path),
            "rail" | "transit" | "major_rail" | "minor_rail" | "light_rail" | "subway" | "tram"
            | "narrow_gauge" | "monorail" => Way::Rail,
            _ => return None,
        })
    })
}

/// Where in the world a tile's own units lie.
#[derive(Clone, Copy)]
struct Place {
    origin: [i64; 2],
    side: i64,
    extent: i64,
}

impl Place {
    fn of(at: TileAt, extent: u32) -> Self {
        let side = i64::from(WORLD) >> at.zoom;
        Self { origin: [at.x, at.y].map(|tile| i64::from(tile) * side), side, extent: extent.into() }
    }

    fn unit(self, point: [i32; 2]) -> Unit {
        // What lies further off than any buffer is damage; held, it still is an integer.
        let limit = 4 * self.extent;
        [0, 1].map(|axis| {
            let within = i64::from(point[axis]).clamp(-limit, limit);
            (self.origin[axis] + within * self.side / self.extent) as i32
        })
    }

    fn units(self, path: &[[i32; 2]]) -> impl Iterator<Item = Unit> {
        path.iter().map(move |point| self.unit(*point))
    }

    /// The same for a point of the tile itself: what lies in its buffer is told by its
    /// neighbour.
    fn inside(self, point: [i32; 2]) -> Option<Unit> {
        let own = point.iter().all(|part| (0..self.extent).contains(&i64::from(*part)));
        own.then(|| self.unit(point))
    }
}
