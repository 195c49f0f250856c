//! Bands: where past trips of a lane drove, as cells of a grid about a quarter of a
//! kilometre wide, and one more on every side.
//!
//! Rows of the grid are equally high; each is divided into as many columns as make its
//! cells about square, so that a band is as wide near a pole as on the equator, and the
//! antimeridian is a boundary between cells like any other.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::geo::{LonLat, Scale};

/// Rows from pole to pole: each is 250 m high.
const ROWS: u32 = 80_000;
/// Columns of the row at the equator.
const COLUMNS: f64 = 160_000.0;
/// Two fixes further apart than this, metres, do not say by which road the way went.
const HOLE_M: f64 = 2_000.0;
/// So many fixes in a row that are that far off are no strays: there is a hole.
const STRAYS: usize = 5;

/// Cells of one row next to each other, both ends included.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Run {
    row: u32,
    from: u32,
    to: u32,
}

/// Where past trips drove. Equal ways make equal bands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Band {
    trips: u32,
    /// By row, then column; never empty.
    runs: Vec<Run>,
}

/// Gathers the ways of past trips.
#[derive(Debug, Default)]
pub struct BandLearner {
    trips: u32,
    cells: BTreeSet<(u32, u32)>,
}

impl BandLearner {
    /// Hears of a trip's fixes, in order; one with a hole in it says nothing, nor do
    /// strays.
    pub fn hear(&mut self, way: &[LonLat]) {
        let mut good: Vec<LonLat> = Vec::with_capacity(way.len());
        let mut strays = 0;
        for point in way {
            if good.last().is_some_and(|last| last.distance(*point).get() > HOLE_M) {
                strays += 1;
                if strays == STRAYS {
                    return;
                }
            } else {
                good.push(*point);
                strays = 0;
            }
        }
        // A way that ends far from where it was followed to has a hole, too.
        if good.len() < 2 || strays > 0 {
            return;
        }
        self.trips += 1;
        for leg in good.windows(2) {
            self.draw(leg[0], leg[1]);
        }
    }

    /// Marks the cells of a leg. Where it cuts a corner a cell may be left out: one of
    /// its neighbours is not, and the band is wider than the way.
    fn draw(&mut self, from: LonLat, to: LonLat) {
        let mut dlon = (to.lon() - from.lon()).abs();
        if dlon > 180.0 {
            dlon = 360.0 - dlon;
        }
        let rows = (to.lat() - from.lat()).abs() / 180.0 * f64::from(ROWS);
        let widest = columns(row(from.lat())).max(columns(row(to.lat())));
        let cells = rows.max(dlon / 360.0 * f64::from(widest));
        let steps = (2.0 * cells).ceil().max(1.0) as u32;
        self.cells.insert(cell(from));
        self.cells.extend((1..steps).map(|step| cell(from.lerp(to, f64::from(step) / f64::from(steps)))));
        self.cells.insert(cell(to));
    }

    /// How many trips it has heard of that say where they went.
    pub const fn trips(&self) -> u32 {
        self.trips
    }

    /// The band, if any trip said where it went.
    pub fn band(&self) -> Option<Band> {
        let mut wide = BTreeSet::new();
        for (row, column) in &self.cells {
            let own = f64::from(columns(*row));
            let (west, east) = ((f64::from(*column) - 1.0) / own, (f64::from(*column) + 2.0) / own);
            for row in row.saturating_sub(1)..=(row + 1).min(ROWS - 1) {
                let columns = columns(row);
                let count = f64::from(columns);
                let first = (west * count).floor() as i64;
                // No further than once around.
                let last = ((east * count).ceil() as i64 - 1).min(first + i64::from(columns) - 1);
                let around = |column: i64| column.rem_euclid(i64::from(columns)) as u32;
                wide.extend((first..=last).map(|column| (row, around(column))));
            }
        }
        let mut runs: Vec<Run> = Vec::new();
        for (row, column) in wide {
            match runs.last_mut() {
                Some(run) if run.row == row && run.to + 1 == column => run.to = column,
                _ => runs.push(Run { row, from: column, to: column }),
            }
        }
        (!runs.is_empty()).then_some(Band { trips: self.trips, runs })
    }
}

impl Band {
    /// How many trips it is learned from.
    pub const fn trips(&self) -> u32 {
        self.trips
    }

    /// Whether a point lies in it.
    pub fn contains(&self, point: LonLat) -> bool {
        let (row, column) = cell(point);
        let place = self.runs.partition_point(|run| (run.row, run.to) < (row, column));
        self.runs.get(place).is_some_and(|run| run.row == row && run.from <= column)
    }

    /// How far a point is from it, in metres as on a plane; 0 within.
    pub fn metres_off(&self, point: LonLat) -> f64 {
        if self.contains(point) {
            return 0.0;
        }
        let scale = Scale::at_latitude(point.lat());
        let off = self.runs.iter().map(|run| {
            let height = 180.0 / f64::from(ROWS);
            let width = 360.0 / f64::from(columns(run.row));
            let south = f64::from(run.row) * height - 90.0;
            let north_off = (south - point.lat()).max(point.lat() - south - height).max(0.0);
            let half = f64::from(run.to + 1 - run.from) * width / 2.0;
            let middle = f64::from(run.from) * width - 180.0 + half;
            let apart = (point.lon() - middle).abs();
            let east_off = (apart.min(360.0 - apart) - half).max(0.0);
            scale.length(east_off, north_off)
        });
        off.fold(f64::INFINITY, f64::min)
    }
}

fn row(lat: f64) -> u32 {
    (((lat + 90.0) / 180.0 * f64::from(ROWS)) as u32).min(ROWS - 1)
}

/// Into how many cells a row is divided.
fn columns(row: u32) -> u32 {
    let middle = (f64::from(row) + 0.5) / f64::from(ROWS) * 180.0 - 90.0;
    ((COLUMNS * middle.to_radians().cos()).round() as u32).max(1)
}

fn cell(point: LonLat) -> (u32, u32) {
    let row = row(point.lat());
    let columns = columns(row);
    (row, ((point.lon() + 180.0) / 360.0 * f64::from(columns)) as u32 % columns)
}

/// A band as it is stored: for each run the rows since the one before, the columns
/// since that one's beginning, and its length, as text of five bits a character, the
/// last of a number's being below `?` + 32 (Google's "encoded polyline" format).
#[derive(Serialize, Deserialize)]
struct Written {
    trips: u32,
    cells: String,
}

impl From<Band> for Written {
    fn from(band: Band) -> Self {
        let (mut cells, mut before) = (String::new(), Run { row: 0, from: 0, to: 0 });
        for run in &band.runs {
            let east = i64::from(run.from) - i64::from(before.from);
            write(&mut cells, u64::from(run.row - before.row));
            write(&mut cells, (east << 1 ^ east >> 63) as u64);
            write(&mut cells, u64::from(run.to - run.from));
            before = *run;
        }
        Self { trips: band.trips, cells }
    }
}

impl TryFrom<Written> for Band {
    type Error = BandError;

    fn try_from(written: Written) -> Result<Self, BandError> {
        let (mut runs, mut bytes) = (Vec::new(), written.cells.bytes());
        let mut before = Run { row: 0, from: 0, to: 0 };
        while bytes.len() > 0 {
            let row = u64::from(before.row) + read(&mut bytes)?;
            let east = read(&mut bytes)?;
            let east = (east >> 1) as i64 ^ -((east & 1) as i64);
            let from = i64::from(before.from) + east;
            let to = from + read(&mut bytes)? as i64;
            let row = u32::try_from(row).map_err(|_| BandError)?;
            let (from, to) =
                (u32::try_from(from).map_err(|_| BandError)?, u32::try_from(to).map_err(|_| BandError)?);
            let in_order = runs.last().is_none_or(|last: &Run| (last.row, last.to) < (row, from));
            if row >= ROWS || to >= columns(row) || !in_order {
                return Err(BandError);
            }
            before = Run { row, from, to };
            runs.push(before);
        }
        if runs.is_empty() { Err(BandError) } else { Ok(Self { trips: written.trips, runs }) }
    }
}

/// A text that is no band's.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("no band's cells")]
pub struct BandError;

fn write(text: &mut String, mut number: u64) {
    while number >= 32 {
        text.push(char::from((number as u8 & 31 | 32) + b'?'));
        number >>= 5;
    }
    text.push(char::from(number as u8 + b'?'));
}

/// A number of at most 30 bits: no grid has greater ones.
fn read(bytes: &mut impl Iterator<Item = u8>) -> Result<u64, BandError> {
    let mut number = 0;
    for shift in (0..30).step_by(5) {
        let part = bytes.next().and_then(|byte| byte.checked_sub(b'?')).filter(|part| *part < 64);
        let part = u64::from(part.ok_or(BandError)?);
        number |= (part & 31) << shift;
        if part < 32 {
            return Ok(number);
        }
    }
    Err(BandError)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn learned(ways: &[Vec<LonLat>]) -> Option<Band> {
        let mut learner = BandLearner::default();
        ways.iter().for_each(|way| learner.hear(way));
        learner.band()
    }

    /// A way from a place, in legs of so many metres east and north.
    fn way(start: LonLat, legs: &[(f64, f64)]) -> Vec<LonLat> {
        let mut way = vec![start];
        for (east, north) in legs {
            let last = way[way.len() - 1];
            // Never so far into a pole that a degree of longitude is nothing.
            let scale = Scale::at_latitude(last.lat().clamp(-89.9, 89.9));
            let lon = (last.lon() + east / scale.lon + 540.0).rem_euclid(360.0) - 180.0;
            let lat = (last.lat() + north / scale.lat).clamp(-90.0, 90.0);
            way.push(LonLat::new(lon, lat).unwrap());
        }
        way
    }

    #[test]
    fn a_lane_of_a_hundred_kilometres_is_a_few_kilobytes() {
        let start = LonLat::new(3.36, 6.44).unwrap();
        // Twenty trips side by side on two roads that part and meet.
        let ways: Vec<_> = (0..20)
            .map(|trip| {
                let side = if trip % 2 == 0 { 40.0 } else { -40.0 };
                let legs = (0..1_000).map(|leg| (70.0, if leg < 500 { 70.0 + side } else { 70.0 - side }));
                way(start, &legs.collect::<Vec<_>>())
            })
            .collect();
        let band = learned(&ways).unwrap();
        let json = serde_json::to_string(&band).unwrap();
        assert!(json.len() < 6_000, "{} bytes", json.len());
        assert_eq!((band.trips(), serde_json::from_str::<Band>(&json).unwrap()), (20, band));
    }

    #[test]
    fn a_way_with_a_hole_says_nothing_and_a_stray_fix_neither() {
        let start = LonLat::new(3.36, 6.44).unwrap();
        let legs: Vec<_> = (0..40).map(|_| (100.0, 0.0)).collect();
        let whole = way(start, &legs);
        let holed = way(start, &[&legs[..20], &[(5_000.0, 0.0)], &legs[20..]].concat());
        assert_eq!(learned(std::slice::from_ref(&holed)), None);
        let mut strayed = whole.clone();
        strayed.insert(10, LonLat::new(4.0, 7.0).unwrap());
        assert_eq!(learned(&[strayed]), learned(std::slice::from_ref(&whole)));
        assert_eq!(learned(&[whole.clone(), holed]), learned(&[whole]));
    }

    #[test]
    fn a_damaged_band_is_refused() {
        for cells in ["", "?", "???~", "\u{1}??", "_______", "???????"] {
            let json = serde_json::json!({ "trips": 5, "cells": cells }).to_string();
            assert!(serde_json::from_str::<Band>(&json).is_err(), "{cells:?}");
        }
    }

    fn place() -> impl Strategy<Value = LonLat> {
        let lon = prop_oneof![Just(180.0), Just(-180.0), Just(0.0), -180.0..180.0f64];
        let lat = prop_oneof![Just(90.0), Just(-90.0), Just(89.999), Just(0.0), -90.0..90.0f64];
        (lon, lat).prop_map(|(lon, lat)| LonLat::new(lon, lat).unwrap())
    }

    proptest! {
        #[test]
        fn every_fix_of_a_trip_lies_in_the_band_and_what_is_near_it_too(
            start in place(),
            legs in prop::collection::vec((-900.0..900.0f64, -900.0..900.0f64), 1..40),
            (east, north) in (-200.0..200.0f64, -200.0..200.0f64),
        ) {
            let way = way(start, &legs);
            // Legs grow where degrees of longitude vanish: a hole is a hole there, too.
            prop_assume!(way.windows(2).all(|leg| leg[0].distance(leg[1]).get() <= HOLE_M));
            let band = learned(std::slice::from_ref(&way)).unwrap();
            for leg in way.windows(2) {
                for share in [0.0, 0.3, 0.5, 0.9, 1.0] {
                    let point = leg[0].lerp(leg[1], share);
                    prop_assert!(band.contains(point), "{point:?} of {leg:?}");
                    prop_assert_eq!(band.metres_off(point), 0.0);
                }
            }
            if start.lat().abs() < 85.0 {
                let near = self::way(way[0], &[(east, north)])[1];
                prop_assert!(band.contains(near), "{near:?}");
            }
            let json = serde_json::to_string(&band).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Band>(&json).unwrap(), &band);
            let mut again = vec![way.clone(); 2];
            again[0].reverse();
            prop_assert_eq!(learned(&again).unwrap().runs, band.runs, "the order of trips and fixes is nothing");
        }

        #[test]
        fn what_is_far_away_is_off_by_about_how_far_it_is(
            start in place(), east in 3_000.0..20_000.0f64,
        ) {
            prop_assume!(start.lat().abs() < 80.0);
            let way = way(start, &[(0.0, 400.0), (0.0, 400.0)]);
            let band = learned(std::slice::from_ref(&way)).unwrap();
            let away = self::way(way[1], &[(east, 0.0)])[1];
            prop_assert!(!band.contains(away));
            let off = band.metres_off(away);
            prop_assert!(off > east - 800.0 && off < east, "{off} of {east}");
        }
    }
}
