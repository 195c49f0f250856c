//! What a frame needs of every vehicle, side by side and small: those of a hundred
//! thousand are gone through with every frame, and the vehicles themselves lie too far
//! apart for that. Made anew whenever its vehicle changes; what only time changes (age,
//! place ahead of the fix) is reckoned from it.

use watchtower_core::domain::{live::Motion, time::Timestamp};

use super::vehicle::{self, Vehicle};
use crate::tui::map::{Course, Mark, Place};

/// The clock of a source: its place among the [`super::fleet::Vehicles`]' clocks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct ClockId(pub(super) u32);

impl ClockId {
    /// The wall clock.
    pub(super) const WALL: Self = Self(0);
}

/// A vehicle for a frame.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Plot {
    place: Place,
    /// World units a second, east and south, and for how many seconds they are trusted;
    /// for none when it stands.
    pace: [f32; 2],
    trusted_s: f32,
    pub(super) clock: ClockId,
    pub(super) fix_at: Timestamp,
    pub(super) motion: Motion,
    course: Option<Course>,
    has_alert: bool,
}

impl Plot {
    /// Of a vehicle whose source goes by this clock.
    pub(super) fn of(vehicle: &Vehicle, clock: ClockId) -> Self {
        let place = Place::of(vehicle.position.point);
        let drift = vehicle.drift.filter(|_| vehicle.motion == Motion::Moving);
        let (pace, trusted_s) = drift.map_or(([0.0; 2], 0.0), |drift| {
            (drift.on_the_map(vehicle.position.point), drift.trusted_s() as f32)
        });
        Self {
            place,
            pace,
            trusted_s,
            clock,
            fix_at: vehicle.position.device_time,
            motion: vehicle.motion,
            course: vehicle.heading().map(Course::of),
            has_alert: !vehicle.alerts.is_empty(),
        }
    }

    /// Seconds since its fix when its clock says `now`.
    pub(super) fn age(&self, now: Timestamp) -> f64 {
        now.seconds_since(self.fix_at).max(0.0)
    }

    /// Where it is drawn `age` seconds after its fix, and whether that is ahead of it: as
    /// [`Vehicle::seen`] has it.
    pub(super) fn seen(&self, age: f64) -> (Place, bool) {
        let ahead = age as f32;
        let reckoned = ahead > 0.0 && ahead <= self.trusted_s;
        if reckoned {
            (self.place.moved(self.pace.map(|pace| pace * ahead)), true)
        } else {
            (self.place, false)
        }
    }

    /// As the map is given it when its clock says `now`.
    pub(super) fn mark(&self, number: u32, now: Timestamp) -> Mark {
        let age = self.age(now);
        let (place, reckoned) = self.seen(age);
        Mark {
            course: self.course,
            alert: self.has_alert,
            stale: vehicle::is_stale(self.motion, age),
            reckoned,
            ..Mark::new(number, place, self.motion)
        }
    }
}

/// What the fleet list is sorted by, where it is a figure.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(in crate::tui) struct Reading {
    /// Since when it moves so.
    pub(in crate::tui) since: Timestamp,
    /// Metres since the local midnight.
    pub(in crate::tui) today: f64,
    /// Its speed, km/h; below none when it stands.
    pub(in crate::tui) speed: Option<f32>,
    /// Kinds of the alerts open on it.
    pub(in crate::tui) alerts: u32,
}

impl Reading {
    pub(super) fn of(vehicle: &Vehicle) -> Self {
        Self {
            since: vehicle.since,
            today: vehicle.today.get(),
            speed: vehicle.speed().map(|speed| speed as f32),
            alerts: vehicle.alerts.len() as u32,
        }
    }
}
