//! What LocoNav itself makes of a truck's fixes: its alerts, each pushed when it
//! begins and again when it ends.

use watchtower_core::domain::geo::LonLat;

use super::payload::{Alert, Fix, Kind};

/// LocoNav's limits as set for this fleet.
const LIMIT_KMH: f64 = 60.0;
const OVERSPEED_S: i64 = 15;
const IDLING_S: i64 = 20 * 60;
const FATIGUE_S: i64 = 4 * 3_600;
/// A rest that ends fatigue.
const REST_S: i64 = 30 * 60;

/// An alert that will happen at a given time, whatever the truck does then.
#[derive(Clone, Copy, Debug)]
pub(super) struct Appointment {
    pub(super) kind: Kind,
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) value: f64,
}

/// A condition and the alert it may have become.
#[derive(Clone, Copy, Default, Debug)]
struct Episode {
    since: Option<(i64, LonLat)>,
    open: Option<u64>,
    value: f64,
}

/// One truck as LocoNav watches it.
pub(super) struct Watch {
    next_id: u64,
    judges_driving: bool,
    tells_ignition: bool,
    overspeed: Episode,
    idling: Episode,
    fatigue: Episode,
    ignition: Episode,
    resting_since: Option<i64>,
    appointments: Vec<(Appointment, Option<Alert>)>,
}

impl Watch {
    /// `index` decides what is watched: a third of the fleet for how it is
    /// driven, a twelfth for its key.
    pub(super) fn new(index: usize) -> Self {
        Self {
            next_id: 5_000_000 + index as u64 * 100_000,
            judges_driving: index.is_multiple_of(3),
            tells_ignition: index.is_multiple_of(12),
            overspeed: Episode::default(),
            idling: Episode::default(),
            fatigue: Episode::default(),
            ignition: Episode::default(),
            resting_since: None,
            appointments: Vec::new(),
        }
    }

    /// Adds an alert that will come.
    pub(super) fn expect(&mut self, appointment: Appointment) {
        self.appointments.push((appointment, None));
    }

    /// The next moment an alert comes or goes without a fix.
    pub(super) fn next_appointment(&self) -> Option<i64> {
        self.appointments.iter().map(|(next, open)| if open.is_some() { next.to } else { next.from }).min()
    }

    /// The alerts that come or go by `now`, the truck being at `point`.
    pub(super) fn keep_appointments(&mut self, now: i64, point: LonLat) -> Vec<Alert> {
        let mut told = Vec::new();
        for (appointment, open) in &mut self.appointments {
            if open.is_none() && appointment.from <= now {
                self.next_id += 1;
                let start = (appointment.from, point);
                let alert = Alert {
                    id: self.next_id,
                    kind: appointment.kind,
                    start,
                    end: None,
                    value: appointment.value,
                };
                told.push(alert);
                *open = Some(alert);
            } else if let Some(mut alert) = open.filter(|_| appointment.to <= now) {
                alert.end = Some((appointment.to, point));
                if !alert.kind.is_moment() {
                    told.push(alert);
                }
            }
        }
        self.appointments.retain(|(appointment, open)| open.is_none() || appointment.to > now);
        told
    }

    /// What a fix makes of the alerts.
    pub(super) fn judge(&mut self, fix: &Fix) -> Vec<Alert> {
        let mut told = Vec::new();
        let ids = &mut self.next_id;
        if self.tells_ignition {
            told.extend(self.ignition.follow(ids, Kind::Ignition, fix, fix.ignition, 0, 0.0));
        }
        if !self.judges_driving {
            return told;
        }
        let over =
            fix.speed_kmh > LIMIT_KMH || (self.overspeed.open.is_some() && fix.speed_kmh > LIMIT_KMH * 0.9);
        told.extend(self.overspeed.follow(ids, Kind::Overspeed, fix, over, OVERSPEED_S, fix.speed_kmh));
        let idle = fix.ignition && fix.speed_kmh < 3.0;
        told.extend(self.idling.follow(ids, Kind::Idling, fix, idle, IDLING_S, 0.0));
        match self.resting_since {
            _ if fix.ignition => self.resting_since = None,
            None => self.resting_since = Some(fix.at),
            Some(_) => {}
        }
        let rested = self.resting_since.is_some_and(|since| fix.at - since >= REST_S);
        told.extend(self.fatigue.follow(ids, Kind::Fatigue, fix, !rested, FATIGUE_S, FATIGUE_S as f64));
        if fix.harsh_braking {
            *ids += 1;
            let (start, value) = ((fix.at, fix.point), fix.speed_kmh);
            told.push(Alert { id: *ids, kind: Kind::SuddenBraking, start, end: None, value });
        }
        told
    }
}

impl Episode {
    /// Follows a condition: it must last before it is an alert, and ends it when
    /// it is gone.
    fn follow(
        &mut self,
        ids: &mut u64,
        kind: Kind,
        fix: &Fix,
        holds: bool,
        lasting_s: i64,
        value: f64,
    ) -> Option<Alert> {
        let here = (fix.at, fix.point);
        if !holds {
            let ended = self.since.zip(self.open).map(|(start, id)| Alert {
                id,
                kind,
                start,
                end: Some(here),
                value: self.value,
            });
            *self = Self::default();
            return ended;
        }
        let start = *self.since.get_or_insert(here);
        self.value = self.value.max(value);
        if self.open.is_some() || fix.at - start.0 < lasting_s {
            return None;
        }
        *ids += 1;
        self.open = Some(*ids);
        Some(Alert { id: *ids, kind, start, end: None, value: self.value })
    }
}
