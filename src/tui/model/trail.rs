//! Where a vehicle has been lately, bounded, in the shape the map draws.

use watchtower_core::domain::{geo::LonLat, position::Position, time::Timestamp};

/// Oldest a trail's point may be, against its newest.
const LONGEST_S: f64 = 30.0 * 60.0;
/// Points of a trail, and how many go at once when it is full: a shift of the
/// whole for every fix would cost more than the fix.
const MOST: usize = 160;
const SHED: usize = 32;
/// A standing vehicle's fixes scatter this far; they are no trail.
const STEP_M: f64 = 12.0;
/// Speed samples kept.
const MOST_SPEEDS: usize = 180;

/// Steps that tell how often a vehicle reports.
const USUAL: usize = 5;

/// A bounded trail, oldest point first.
#[derive(Clone, Debug, Default)]
pub struct Trail {
    points: Vec<LonLat>,
    times: Vec<Timestamp>,
    speeds: Vec<(Timestamp, f32)>,
}

impl Trail {
    /// The points, oldest first.
    pub fn points(&self) -> &[LonLat] {
        &self.points
    }

    /// Speed samples in km/h, oldest first.
    pub fn speeds(&self) -> &[(Timestamp, f32)] {
        &self.speeds
    }

    /// Seconds from one fix to the next, as a rule: the median of the last few steps.
    pub fn interval(&self) -> Option<f64> {
        let recent = &self.times[self.times.len().saturating_sub(USUAL + 1)..];
        let mut steps = [0.0; USUAL];
        let count = recent.len().checked_sub(1).filter(|count| *count > 0)?;
        for (step, pair) in steps.iter_mut().zip(recent.windows(2)) {
            *step = pair[1].seconds_since(pair[0]);
        }
        steps[..count].sort_by(f64::total_cmp);
        Some(steps[count / 2])
    }

    /// Puts a fix where its time belongs; one with a time already there is left out.
    pub fn insert(&mut self, position: &Position) {
        self.insert_speed(position);
        let at = position.device_time;
        let Err(index) = self.times.binary_search(&at) else { return };
        let newest = index == self.times.len();
        let last = index.checked_sub(1).and_then(|before| self.points.get(before));
        if newest && last.is_some_and(|last| last.distance(position.point).get() < STEP_M) {
            return;
        }
        if self.times.last().is_some_and(|last| last.seconds_since(at) > LONGEST_S) {
            return;
        }
        self.times.insert(index, at);
        self.points.insert(index, position.point);
        self.shed();
    }

    fn insert_speed(&mut self, position: &Position) {
        let Some(speed) = position.speed_kmh else { return };
        let at = position.device_time;
        if let Err(index) = self.speeds.binary_search_by_key(&at, |sample| sample.0) {
            self.speeds.insert(index, (at, speed.get() as f32));
        }
        if self.speeds.len() > MOST_SPEEDS {
            self.speeds.drain(..SHED);
        }
    }

    /// Forgets a fix that was none; returns the point before it.
    pub fn remove(&mut self, at: Timestamp) -> Option<(Timestamp, LonLat)> {
        self.speeds.retain(|sample| sample.0 != at);
        if let Ok(index) = self.times.binary_search(&at) {
            self.times.remove(index);
            self.points.remove(index);
        }
        let index = self.times.partition_point(|time| *time < at).checked_sub(1)?;
        Some((self.times[index], self.points[index]))
    }

    fn shed(&mut self) {
        let Some(&newest) = self.times.last() else { return };
        let old = self.times.partition_point(|time| newest.seconds_since(*time) > LONGEST_S);
        let over = if self.times.len() > MOST { SHED } else { 0 };
        let gone = old.max(over);
        self.times.drain(..gone);
        self.points.drain(..gone);
    }
}
