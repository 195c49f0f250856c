//! Labels while the map moves, and counts of a fleet far too large for them.

use std::collections::{HashMap, HashSet};

use super::*;

/// Cells from the edge in which a label may want for room. The scale bar covers what is
/// under it.
const EDGE: (u16, u16) = (14, 4);

fn well_inside(column: u16, row: u16) -> bool {
    (EDGE.0..AREA.width - EDGE.0).contains(&column) && (EDGE.1..AREA.height - EDGE.1).contains(&row)
}

/// Every label well inside: whose it is, and whether it was drawn.
fn labels(map: &Map, buffer: &Buffer, fleet: &Demo) -> HashMap<String, bool> {
    let mut drawn = HashSet::new();
    for (text, hit) in runs(map, buffer) {
        if let Hit::Vehicle(key) = hit
            && text.contains(key.as_str())
        {
            drawn.insert(key);
        }
    }
    let trucks = fleet.vehicles.iter().filter_map(|(key, point, ..)| {
        let (column, row) = map.cell_of(*point)?;
        well_inside(column, row).then(|| (key.to_string(), drawn.contains(key)))
    });
    let layer = map.layer.as_ref().unwrap();
    let names = layer.captions.iter().filter(|caption| {
        well_inside(caption.column, caption.row) && well_inside(caption.column + caption.width, caption.row)
    });
    let names = names.map(|caption| {
        let cells = caption.column..caption.column + caption.width;
        let text: String = cells.map(|column| buffer[(column, caption.row)].symbol()).collect();
        (format!("name {}", caption.text), text == *caption.text)
    });
    trucks.chain(names).collect()
}

#[test]
fn no_label_that_stays_in_sight_vanishes_and_comes_back_in_a_pan() {
    let fleet = Demo::lagos(84);
    let mut followed = 0;
    for (zoom, step) in
        [(8.2, (1.0, 0.0)), (9.6, (1.0, 0.0)), (9.6, (0.0, -1.0)), (10.4, (-1.0, 1.0)), (11.3, (1.0, 1.0))]
    {
        let mut map = map(3.42, 6.5, zoom);
        let mut told: HashMap<String, Vec<bool>> = HashMap::new();
        for _ in 0..40 {
            let buffer = rendered(&mut map, &fleet.scene(), Glyphs::Braille, AREA);
            let now = labels(&map, &buffer, &fleet);
            // Out of sight, what was is forgotten.
            told.retain(|label, _| now.contains_key(label));
            for (label, drawn) in now {
                let told = told.entry(label.clone()).or_default();
                if told.last() != Some(&drawn) {
                    told.push(drawn);
                }
                assert!(told.len() <= 2, "{label} at zoom {zoom} was {told:?}");
                followed += 1;
            }
            map.pan(step.0, step.1);
        }
    }
    assert!(followed > 2_000, "{followed}");
}

#[test]
fn a_hundred_thousand_trucks_are_counts_that_leave_nobody_out() {
    let count = 100_000;
    let fleet = Demo::lagos(count);
    for zoom in [5.0, 7.5, 9.0] {
        let mut map = map(3.45, 6.67, zoom);
        let buffer = rendered(&mut map, &fleet.scene(), Glyphs::Braille, Rect::new(0, 0, 200, 50));
        let (mut met, mut largest) = (HashSet::new(), 0);
        for (text, hit) in runs(&map, &buffer) {
            match hit {
                Hit::Cluster(keys) => {
                    let short = text.trim().trim_start_matches('!').trim().to_owned();
                    let whole = match keys.len() {
                        few @ 0..10_000 => few.to_string(),
                        many => format!("{}k", many / 1_000),
                    };
                    // The selected truck may stand on a part of a count.
                    assert!(short == "+" || whole.contains(&short), "{text:?} for {}", keys.len());
                    largest = largest.max(keys.len());
                    met.extend(keys);
                }
                Hit::Vehicle(key) => drop(met.insert(key)),
                Hit::Fence(_) => {}
            }
        }
        assert_eq!(met.len(), count, "at zoom {zoom}");
        assert!(largest > 500);
    }
}

#[test]
fn names_come_as_one_zooms_in_and_do_not_flicker() {
    let (mut told, mut drawn): (HashMap<Box<str>, Vec<bool>>, _) = (HashMap::new(), 0);
    for (lon, lat, from) in [(3.42, 6.5, 9.0), (7.0, 9.0, 6.0), (10.0, 50.0, 5.0), (-74.0, 40.7, 8.0)] {
        let mut map = map(lon, lat, from);
        told.clear();
        for _ in 0..30 {
            rendered(&mut map, &Scene::default(), Glyphs::Braille, AREA);
            let layer = map.layer.as_ref().unwrap();
            let here: HashMap<Box<str>, (u16, u16)> =
                layer.captions.iter().map(|c| (c.text.clone(), (c.column, c.row))).collect();
            for (name, (column, row)) in &here {
                if well_inside(*column, *row) {
                    told.entry(name.clone()).or_insert_with(|| vec![true]);
                }
            }
            for (name, told) in &mut told {
                let shown = here.contains_key(name);
                if told.last() != Some(&shown) {
                    told.push(shown);
                }
                drawn += 1;
            }
            map.viewport.zoom += 0.02;
        }
        let back: Vec<_> = told.iter().filter(|(_, told)| told.len() > 2).collect();
        assert!(back.is_empty(), "from zoom {from}: {back:?}");
    }
    assert!(drawn > 500, "{drawn}");
}
