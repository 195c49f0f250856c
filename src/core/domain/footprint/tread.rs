//! From one vehicle's fixes to the cells it passed.

use super::{CELL_ZOOM, Cell};
use crate::domain::{geo::LonLat, position::Position, time::Timestamp};

/// A device that knows its place no better than this says nothing of the road.
const ACCURACY_M: f64 = 50.0;
/// From this reported speed on a vehicle moves.
const MOVING_KMH: f64 = 5.0;
/// Without a speed, one that came this far does: a parked one's fixes scatter less.
const MOVED_M: f64 = 30.0;
/// Fixes further apart than this say nothing of each other.
const PAUSE_S: f64 = 600.0;
/// Faster is no driving: 70 m/s are 252 km/h.
const FASTEST_MS: f64 = 70.0;
/// After so many fixes that are too far away, it is there that the vehicle is.
const STRAYS: u8 = 3;
/// The straight line between two fixes is the road when they are this close in
/// time, or in place; a longer one would cut across blocks.
const CLOSE_S: f64 = 15.0;
const CLOSE_M: f64 = 150.0;

#[derive(Clone, Copy, Debug)]
struct Footing {
    at: Timestamp,
    point: LonLat,
    cell: Cell,
}

/// One vehicle on its way: knows where it was last.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tread {
    last: Option<Footing>,
    strays: u8,
}

impl Tread {
    /// Takes the next fix and calls `passed` for each cell passed since the one
    /// before. Fixes that are older, stand still, or cannot be are passed over.
    pub fn step(&mut self, position: &Position, mut passed: impl FnMut(Cell)) {
        let (at, point) = (position.device_time, position.point);
        let vague = position.accuracy_m.is_some_and(|accuracy| accuracy.get() > ACCURACY_M);
        let Some(cell) = Cell::at(point).filter(|_| !vague && !point.is_null_island()) else { return };
        let here = Footing { at, point, cell };
        let Some(last) = self.last else {
            self.last = Some(here);
            return;
        };
        let seconds = at.seconds_since(last.at);
        if seconds <= 0.0 {
            return;
        }
        let metres = last.point.distance(point).get();
        if metres > FASTEST_MS * seconds {
            self.strays += 1;
            if self.strays >= STRAYS {
                (self.last, self.strays) = (Some(here), 0);
            }
            return;
        }
        self.strays = 0;
        let moving = match position.speed_kmh {
            Some(speed) => speed.get() >= MOVING_KMH,
            None => metres >= MOVED_M && seconds <= PAUSE_S,
        };
        match (moving, position.speed_kmh) {
            (true, _) if seconds <= CLOSE_S || metres <= CLOSE_M => between(last.cell, cell, passed),
            (true, _) => passed(cell),
            // It has yet to come far enough: the way is told from where it stood.
            (false, None) if metres < MOVED_M && seconds <= PAUSE_S => return,
            (false, _) => {}
        }
        self.last = Some(here);
    }
}

/// The cells of a straight line, without its first.
fn between(from: Cell, to: Cell, mut passed: impl FnMut(Cell)) {
    let (dx, dy) = (i64::from(to.x) - i64::from(from.x), i64::from(to.y) - i64::from(from.y));
    if dx.abs() > 1 << (CELL_ZOOM - 1) {
        // Over the antimeridian; no road does that.
        return passed(to);
    }
    let steps = dx.abs().max(dy.abs());
    for step in 1..=steps {
        let along = |from: u32, way: i64| {
            (i64::from(from) + (2 * way * step + steps * way.signum()) / (2 * steps)) as u32
        };
        passed(Cell { x: along(from.x, dx), y: along(from.y, dy) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        position::Source,
        units::{Kmh, Metres},
    };

    const A_METRE: f64 = 1.0 / 111_000.0;

    /// A fix this many metres north of a street corner in San Francisco.
    fn fix(second: i64, metres: f64) -> Position {
        let point = LonLat::new(-122.42, 37.775 + metres * A_METRE).unwrap();
        Position::bare(point, Timestamp::from_millis(second * 1_000), Source::wall("test"))
    }

    fn cells(fixes: impl IntoIterator<Item = Position>) -> Vec<Cell> {
        let (mut tread, mut cells) = (Tread::default(), Vec::new());
        fixes.into_iter().for_each(|fix| tread.step(&fix, |cell| cells.push(cell)));
        cells
    }

    #[test]
    fn close_fixes_are_joined_and_each_cell_passed_once() {
        let met = cells((0..60).map(|second| fix(second, second as f64 * 10.0)));
        let mut distinct = met.clone();
        distinct.dedup();
        assert_eq!(met, distinct);
        // 590 m of cells of 15.1 m.
        assert!((37..=39).contains(&met.len()), "{}", met.len());
        assert!(met.windows(2).all(|pair| pair[0].y.abs_diff(pair[1].y) == 1 && pair[0].x == pair[1].x));
    }

    #[test]
    fn fixes_far_apart_count_alone() {
        assert_eq!(cells((0..5).map(|minute| fix(minute * 60, minute as f64 * 500.0))).len(), 4);
    }

    #[test]
    fn whoever_stands_leaves_no_trace_however_it_jitters() {
        let jitter = |second: i64| fix(second, (second % 7) as f64 * 4.0);
        assert_eq!(cells((0..5_000).map(jitter)), []);
        let reported = (0..500)
            .map(|second| Position { speed_kmh: Some(Kmh(0.0)), ..fix(second, 40.0 * (second % 2) as f64) });
        assert_eq!(cells(reported), []);
    }

    #[test]
    fn slow_ways_without_a_speed_are_found() {
        assert!(cells((0..200).map(|second| fix(second, second as f64))).len() > 10);
    }

    #[test]
    fn what_cannot_be_is_passed_over() {
        let mut wild = fix(30, 50_000.0);
        assert_eq!(cells([fix(0, 0.0), wild.clone(), fix(60, 100.0)]).len(), 7, "as if it had not been");
        wild.accuracy_m = Some(Metres(400.0));
        wild.device_time = Timestamp::from_millis(30_000_000);
        assert_eq!(cells([fix(0, 0.0), wild]), []);
        let back = [fix(0, 0.0), fix(60, 100.0), fix(30, 50.0)];
        assert_eq!(cells(back).len(), 7, "older ones are no way");
        let far = |second| fix(second, 900_000.0 + second as f64 * 10.0);
        assert!(!cells([fix(0, 0.0), far(10), far(20), far(30), far(40), far(50)]).is_empty(), "it is there");
    }
}
