//! The scenery's shape, and that trucks keep to it.

use geo::{Contains, LineString, Polygon, coord};
use geojson::{FeatureCollection, GeometryValue};

use super::super::{
    roads::Class,
    scenery::{PlaceKind, Scenery},
    truck::offset,
};
use super::*;

fn rings(layer: &str) -> Vec<Polygon<f64>> {
    let collection: FeatureCollection = SCENERY.parse().unwrap();
    let mut found = Vec::new();
    for feature in collection.features.iter().filter(|f| f.property("layer").unwrap() == layer) {
        match &feature.geometry.as_ref().unwrap().value {
            GeometryValue::Polygon { .. } => {
                found.push(Polygon::try_from(feature.geometry.clone().unwrap()).unwrap());
            }
            other => panic!("{layer} is a {other:?}"),
        }
    }
    found
}

/// Water of the scenery without its islands.
struct Water {
    water: Vec<Polygon<f64>>,
    islands: Vec<Polygon<f64>>,
}

impl Water {
    fn load() -> Self {
        Self { water: rings("water"), islands: rings("land") }
    }

    fn covers(&self, point: LonLat) -> bool {
        let point = coord! { x: point.lon(), y: point.lat() };
        self.water.iter().any(|ring| ring.contains(&point))
            && !self.islands.iter().any(|ring| ring.contains(&point))
    }
}

/// Distance to the nearest road, and whether that is a bridge.
fn nearest_road(stretches: &[(LonLat, LonLat, Class)], point: LonLat) -> (f64, Class) {
    let scale = point.lat().to_radians().cos();
    let flat =
        |at: LonLat| ((at.lon() - point.lon()) * scale * 111_320.0, (at.lat() - point.lat()) * 110_600.0);
    let mut best = (f64::INFINITY, Class::Access);
    for (a, b, class) in stretches {
        let ((ax, ay), (bx, by)) = (flat(*a), flat(*b));
        let (dx, dy) = (bx - ax, by - ay);
        let t = (-(ax * dx + ay * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
        let away = (ax + t * dx).hypot(ay + t * dy);
        if away < best.0 {
            best = (away, *class);
        }
    }
    best
}

#[test]
fn every_feature_has_its_layer_and_says_that_it_is_approximate() {
    let collection: FeatureCollection = SCENERY.parse().unwrap();
    let mut layers: BTreeMap<&str, usize> = BTreeMap::new();
    for feature in &collection.features {
        let text = |name: &str| feature.property(name).and_then(Value::as_str);
        let layer = text("layer").unwrap();
        *layers.entry(layer).or_default() += 1;
        assert_eq!(feature.property("approximate"), Some(&Value::Bool(true)));
        assert!(text("name").is_some_and(|name| !name.is_empty()));
        match layer {
            "water" | "land" => {}
            "road" => assert!(Class::from_name(text("class").unwrap()).is_some()),
            "site" => assert!(text("kind").is_some()),
            "district" => assert!(feature.property("rank").and_then(Value::as_u64).is_some()),
            "fence" => assert!(feature.id.is_some() && text("kind").is_some()),
            other => panic!("layer {other:?}"),
        }
    }
    assert_eq!(
        layers.keys().copied().collect::<Vec<_>>(),
        ["district", "fence", "land", "road", "site", "water"]
    );
    let fences: BTreeSet<_> = Scenery::load().fences.iter().map(|fence| fence.id.clone()).collect();
    assert_eq!(fences.len(), layers["fence"], "fence ids are unique");
}

#[test]
fn named_junctions_lie_where_they_are_in_lagos() {
    let scenery = Scenery::load();
    let collection: FeatureCollection = SCENERY.parse().unwrap();
    let stretches: Vec<_> = scenery.roads.stretches().collect();
    let at = |lon, lat| LonLat::new(lon, lat).unwrap();
    for (name, point) in [
        ("Mile 2", at(3.318, 6.464)),
        ("Oshodi", at(3.343, 6.555)),
        ("Berger", at(3.37, 6.64)),
        ("Oworonshoki", at(3.40, 6.545)),
        ("Ikeja", at(3.35, 6.60)),
        ("Ikorodu", at(3.51, 6.615)),
        ("Sagamu", at(3.60, 6.83)),
        ("Epe", at(3.98, 6.58)),
        ("Ibadan", at(3.90, 7.39)),
        ("Seme", at(2.71, 6.37)),
    ] {
        let (away, _) = nearest_road(&stretches, point);
        assert!(away < 700.0, "{name}: the nearest road is {away:.0} m off");
    }
    let bridges: BTreeSet<&str> = collection
        .features
        .iter()
        .filter(|feature| feature.property("class").and_then(Value::as_str) == Some("bridge"))
        .filter_map(|feature| feature.property("name").and_then(Value::as_str))
        .collect();
    for bridge in ["Third Mainland Bridge", "Eko Bridge", "Carter Bridge", "Falomo Bridge"] {
        assert!(bridges.contains(bridge), "{bridge}");
    }
}

#[test]
fn the_roads_are_one_network_and_lead_from_every_place_to_every_other() {
    let scenery = Scenery::load();
    assert_eq!(scenery.roads.connected(), scenery.roads.len());
    assert!(scenery.places.len() > 35);
    for from in &scenery.places {
        for to in &scenery.places {
            let route = scenery.roads.route(from.node, to.node);
            let route = route.unwrap_or_else(|| panic!("no way from {} to {}", from.name, to.name));
            assert_eq!(route.nodes.len(), route.classes.len() + 1);
        }
    }
    for kind in [PlaceKind::Terminal, PlaceKind::Client, PlaceKind::Depot, PlaceKind::TruckPark] {
        assert!(scenery.of_kind(kind).count() >= 4, "{kind:?}");
    }
}

#[test]
fn water_and_islands_are_valid_rings_and_yards_lie_on_land() {
    use geo::Validation;
    let water = Water::load();
    for ring in water.water.iter().chain(&water.islands) {
        assert!(ring.is_valid(), "{:?}", ring.exterior().0.first());
        let ring: &LineString<f64> = ring.exterior();
        assert!(ring.is_closed());
    }
    assert!(water.covers(LonLat::new(3.48, 6.50).unwrap()), "Lagos Lagoon");
    assert!(water.covers(LonLat::new(3.4, 6.42).unwrap()), "Commodore Channel");
    assert!(!water.covers(LonLat::new(3.395, 6.456).unwrap()), "Lagos Island");
    let scenery = Scenery::load();
    for place in &scenery.places {
        let yard = scenery.roads.point(place.node);
        for (east, north) in [(0.0, 0.0), (80.0, 0.0), (-80.0, 0.0), (0.0, 80.0), (0.0, -80.0)] {
            assert!(!water.covers(offset(yard, east, north)), "{}", place.name);
        }
    }
}

#[test]
fn roads_cross_water_on_bridges_only() {
    let water = Water::load();
    for (a, b, class) in Scenery::load().roads.stretches().filter(|(.., class)| *class != Class::Bridge) {
        for step in 0..=50 {
            let point = a.lerp(b, f64::from(step) / 50.0);
            assert!(!water.covers(point), "{class:?} road at {point:?}");
        }
    }
}

#[test]
fn trucks_keep_to_roads_and_yards_and_off_the_water() {
    /// Lane, noise of both axes at its worst, the file's rounding.
    const OFF_ROAD_M: f64 = 45.0;
    let scenery = Scenery::load();
    let water = Water::load();
    let stretches: Vec<_> = scenery.roads.stretches().collect();
    let yards: Vec<LonLat> = scenery.places.iter().map(|place| scenery.roads.point(place.node)).collect();
    let mut on_bridges = 0;
    for (truck, seen) in &DAY_SEEN.by_truck {
        // Every third: the search is the slow part.
        for fix in clean(seen).into_iter().step_by(3) {
            let point = fix.point.unwrap();
            let (away, class) = nearest_road(&stretches, point);
            let in_yard = yards.iter().any(|yard| yard.distance(point).get() < 120.0);
            assert!(away < OFF_ROAD_M || in_yard, "{truck} is {away:.0} m off the road at {point:?}");
            on_bridges += i32::from(class == Class::Bridge);
            assert!(class == Class::Bridge || !water.covers(point), "{truck} is in the water at {point:?}");
        }
    }
    assert!(on_bridges > 50, "{on_bridges} fixes on bridges");
}

#[test]
fn every_yard_lies_whole_in_its_fence() {
    use watchtower_core::domain::geofence::Shape;
    let scenery = Scenery::load();
    for place in &scenery.places {
        let fence = scenery.fences.iter().find(|fence| fence.id == place.fence).unwrap();
        let yard = scenery.roads.point(place.node);
        for (east, north) in [(70.0, 70.0), (-70.0, 70.0), (70.0, -70.0), (-70.0, -70.0)] {
            let corner = offset(yard, east, north);
            let inside = match &fence.shape {
                Shape::Circle { centre, radius } => centre.distance(corner).get() < radius.get() - 40.0,
                Shape::Area(area) => area.contains(&coord! { x: corner.lon(), y: corner.lat() }),
                Shape::Corridor { .. } => false,
            };
            assert!(inside, "{}", place.name);
        }
    }
}
