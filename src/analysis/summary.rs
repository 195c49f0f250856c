//! Findings as tables for a person: vehicles, places, what went wrong.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{self, Write},
};

use chrono_tz::Tz;
use watchtower_core::domain::{
    alert::AlertKind,
    history::Record,
    id::{FenceId, VehicleKey},
    time::Timestamp,
};

use super::{Finding, Reject, Sink, Table, VehicleRecord};

/// In place of a count of nothing.
const NONE: &str = "·";
/// Rejected lines that are shown.
const MOST_REJECTS: usize = 10;

/// Gathers findings, and prints tables of them at the end.
pub struct Summary<W> {
    to: W,
    zone: Tz,
    vehicles: Vec<VehicleRecord>,
    counts: BTreeMap<VehicleKey, Counts>,
    fences: BTreeMap<FenceId, Stays>,
    alerts: BTreeMap<AlertKind, u64>,
    rejects: Vec<Reject>,
    rejected: u64,
    feeds: Vec<super::finding::FeedRecord>,
}

#[derive(Clone, Copy, Default)]
struct Counts {
    stops: u64,
    trips: u64,
    visits: u64,
    overspeeds: u64,
    alerts: u64,
}

#[derive(Default)]
struct Stays {
    visits: u64,
    confirmed: u64,
    crossings: u64,
    seconds: f64,
    longest_s: f64,
}

impl<W: Write> Summary<W> {
    /// A summary with times in `zone`.
    pub fn new(to: W, zone: Tz) -> Self {
        Self {
            to,
            zone,
            vehicles: Vec::new(),
            counts: BTreeMap::new(),
            fences: BTreeMap::new(),
            alerts: BTreeMap::new(),
            rejects: Vec::new(),
            rejected: 0,
            feeds: Vec::new(),
        }
    }

    fn of(&mut self, vehicle: &VehicleKey) -> &mut Counts {
        if !self.counts.contains_key(vehicle) {
            self.counts.insert(vehicle.clone(), Counts::default());
        }
        self.counts.get_mut(vehicle).expect("it was just put there")
    }

    fn note(&mut self, record: &Record) {
        let counts = self.of(record.vehicle());
        match record {
            Record::Visit(visit) => {
                counts.visits += 1;
                let stays = self.fences.entry(visit.geofence.clone()).or_default();
                stays.visits += 1;
                stays.confirmed += u64::from(visit.confirmed);
                stays.seconds += visit.seconds;
                stays.longest_s = stays.longest_s.max(visit.seconds);
            }
            Record::Crossing(crossing) => {
                self.fences.entry(crossing.geofence.clone()).or_default().crossings += 1;
            }
            Record::Stop(_) => counts.stops += 1,
            Record::Drive(_) => counts.trips += 1,
            Record::Overspeed(_) => counts.overspeeds += 1,
            Record::Day(_) => {}
        }
    }

    fn vehicles(&self) -> Table {
        let mut table = Table::new(&[
            "vehicle", "fixes", "used", "dup", "late", "outl", "rej", "first", "last", "km", "top km/h",
            "trips", "stops", "visits", "fast", "alerts",
        ]);
        let mut longest: Vec<_> = self.vehicles.iter().collect();
        longest.sort_by(|a, b| b.distance_m.total_cmp(&a.distance_m));
        for vehicle in longest {
            let counts = self.counts.get(&vehicle.vehicle).copied().unwrap_or_default();
            table.row([
                vehicle.vehicle.to_string(),
                vehicle.fixes.to_string(),
                vehicle.used.to_string(),
                few(vehicle.duplicates),
                few(vehicle.late),
                few(vehicle.outliers),
                few(vehicle.rejected),
                self.moment(vehicle.first),
                self.moment(vehicle.last),
                format!("{:.1}", vehicle.distance_m / 1000.0),
                format!("{:.0}", vehicle.max_speed_kmh),
                few(counts.trips),
                few(counts.stops),
                few(counts.visits),
                few(counts.overspeeds),
                few(counts.alerts),
            ]);
        }
        table.without(NONE)
    }

    fn places(&self) -> Table {
        let mut table =
            Table::new(&["geofence", "visits", "confirmed", "crossed", "mean stay", "longest stay"]);
        let mut busiest: Vec<_> = self.fences.iter().collect();
        busiest.sort_by_key(|(_, stays)| std::cmp::Reverse(stays.visits + stays.crossings));
        for (fence, stays) in busiest {
            table.row([
                fence.to_string(),
                few(stays.visits),
                few(stays.confirmed),
                few(stays.crossings),
                span(stays.seconds / stays.visits.max(1) as f64),
                span(stays.longest_s),
            ]);
        }
        table
    }

    fn moment(&self, time: Option<Timestamp>) -> String {
        let local =
            |time: Timestamp| time.to_utc().with_timezone(&self.zone).format("%Y-%m-%d %H:%M").to_string();
        time.map_or_else(String::new, local)
    }

    fn totals(&self) -> String {
        let sum = |of: fn(&VehicleRecord) -> u64| self.vehicles.iter().map(of).sum::<u64>();
        let km = self.vehicles.iter().map(|vehicle| vehicle.distance_m).sum::<f64>() / 1000.0;
        let mut text = format!(
            "{} vehicles, {} fixes, {} used, {:.1} km",
            self.vehicles.len(),
            sum(|vehicle| vehicle.fixes),
            sum(|vehicle| vehicle.used),
            km
        );
        for (kind, count) in &self.alerts {
            let _ = write!(text, ", {kind} ×{count}");
        }
        text
    }
}

impl<W: Write> Sink for Summary<W> {
    fn put(&mut self, finding: &Finding) -> io::Result<()> {
        match finding {
            Finding::Record(record) => self.note(record),
            Finding::Alert(alert) => {
                self.of(&alert.vehicle).alerts += 1;
                *self.alerts.entry(alert.kind).or_default() += 1;
            }
            Finding::Vehicle(vehicle) => self.vehicles.push(vehicle.clone()),
            Finding::Reject(reject) => {
                self.rejected += 1;
                if self.rejects.len() < MOST_REJECTS {
                    self.rejects.push(reject.clone());
                }
            }
            Finding::Feed(feed) => self.feeds.push((**feed).clone()),
        }
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        let (vehicles, places) = (self.vehicles(), self.places());
        vehicles.print(&mut self.to)?;
        if !self.fences.is_empty() {
            writeln!(self.to)?;
            places.print(&mut self.to)?;
        }
        for feed in &self.feeds {
            let (file, feed) = (&feed.file, &feed.feed);
            writeln!(
                self.to,
                "\n{file}: {} entities, {} vehicles, {} with a position, {} older than an hour, {} ahead",
                feed.entities,
                feed.vehicles,
                feed.with_position,
                feed.ts_older_than_1h,
                feed.ts_future_gt_60s
            )?;
        }
        if self.rejected > 0 {
            writeln!(self.to, "\n{} lines refused", self.rejected)?;
            for Reject { file, line, reason } in &self.rejects {
                writeln!(self.to, "  {file}:{line}: {reason}")?;
            }
        }
        writeln!(self.to, "\n{}", self.totals())?;
        self.to.flush()
    }
}

/// A count, nothing for none.
fn few(count: u64) -> String {
    if count == 0 { NONE.to_owned() } else { count.to_string() }
}

/// Seconds as a person says them.
fn span(seconds: f64) -> String {
    let minutes = (seconds / 60.0).round() as u64;
    match minutes {
        0 if seconds == 0.0 => NONE.to_owned(),
        0..=1 => format!("{seconds:.0} s"),
        2..=119 => format!("{minutes} min"),
        _ => format!("{} h {:02}", minutes / 60, minutes % 60),
    }
}
