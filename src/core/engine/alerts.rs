//! Alerts as episodes: triggered once, escalated when nobody takes note, resolved once,
//! quiet for a while after; whoever raised them, the engine or another system.

mod watch;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use self::watch::Watched;
use super::{
    moment::Moment,
    rules::Rules,
    step::{Step, after},
};
use crate::domain::{
    alert::{Acknowledgement, Alert, AlertKind},
    event::EventData,
    geo::LonLat,
    id::{AlertId, FenceId},
    time::Timestamp,
};

/// Episodes remembered per vehicle. One forgotten and heard of again derives the
/// same ids again, so that nothing happens twice downstream.
const MAX_KNOWN: usize = 16;
/// An episode nobody ever ended is no longer shown as open after this, seconds.
const OPEN_FOR_S: f64 = 24.0 * 3600.0;
/// An episode is judged some time after it began: a cool-down is remembered so much
/// longer than it lasts, seconds; of idling as long as that must last.
const JUDGED_AFTER_S: f64 = 120.0;

/// Figures of an alert, for its `values`.
pub(super) type Values<'a> = &'a [(&'a str, Figure)];

/// One of them.
#[derive(Clone, Copy, Debug)]
pub(super) enum Figure {
    Number(f64),
    Moment(Timestamp),
}

impl From<f64> for Figure {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<Timestamp> for Figure {
    fn from(moment: Timestamp) -> Self {
        Self::Moment(moment)
    }
}

impl From<Figure> for Value {
    fn from(figure: Figure) -> Self {
        match figure {
            // Two decimals say all there is in such figures.
            Figure::Number(number) => Self::from((number * 100.0).round() / 100.0),
            Figure::Moment(moment) => Self::from(moment.to_string()),
        }
    }
}

/// An episode of the engine's own.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Episode {
    pub(super) kind: AlertKind,
    pub(super) start: Timestamp,
    pub(super) point: LonLat,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Known {
    id: AlertId,
    kind: AlertKind,
    start: Timestamp,
    open: bool,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Book {
    known: Vec<Known>,
    acknowledged: Vec<AlertId>,
}

/// What is remembered of a vehicle's alerts: of most nothing, most of the time.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Alerts(Option<Box<Memory>>);

#[derive(Debug, Default, Serialize, Deserialize)]
struct Memory {
    /// Until when kinds keep quiet.
    quiet: Box<[(AlertKind, Moment)]>,
    /// What others have said.
    book: Option<Box<Book>>,
    /// The alert open about its motion: one that idles is heard of, one that is silent
    /// is not known to idle.
    motion: Option<Box<Episode>>,
    /// What is going on that somebody should take note of in time.
    watched: Option<Box<Watched>>,
}

impl Episode {
    fn id(&self, step: &Step<'_>) -> AlertId {
        Alert::identity(self.kind, step.vehicle, "", self.start)
    }

    fn alert(&self, end: Option<Timestamp>, values: Values<'_>, step: &Step<'_>) -> Alert {
        Alert {
            id: self.id(step),
            kind: self.kind,
            severity: self.kind.severity(),
            vehicle: step.vehicle.clone(),
            trip: step.trip,
            start: self.start,
            end,
            point: Some(self.point),
            geofence: None,
            values: values
                .iter()
                .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
                .collect::<Map<_, _>>(),
            source: "engine".into(),
        }
    }
}

impl Alerts {
    fn book(&mut self) -> &mut Book {
        self.0.get_or_insert_default().book.get_or_insert_default()
    }

    fn known(&self) -> impl Iterator<Item = &Known> {
        self.0.iter().flat_map(|memory| &memory.book).flat_map(|book| &book.known)
    }

    /// Forgets what has been over for so long that nothing follows from it.
    pub(super) fn forget(&mut self, now: Timestamp, rules: &Rules) {
        let Some(memory) = &mut self.0 else { return };
        let judged = |kind| match kind {
            AlertKind::Idle => rules.idle.after_s + JUDGED_AFTER_S,
            AlertKind::UnexpectedStop => rules.trips.unexpected_stop_s + JUDGED_AFTER_S,
            AlertKind::RouteDeviation => rules.deviation.for_s + JUDGED_AFTER_S,
            _ => rules.overspeed.min_duration_s + JUDGED_AFTER_S,
        };
        let lasts = |(kind, until): &(_, Moment)| after(until.get(), judged(*kind)) > now;
        if !memory.quiet.iter().all(lasts) {
            memory.quiet = memory.quiet.iter().copied().filter(lasts).collect();
        }
        self.tidy();
    }

    fn tidy(&mut self) {
        self.0.take_if(|memory| {
            memory.quiet.is_empty()
                && memory.book.is_none()
                && memory.motion.is_none()
                && memory.watched.is_none()
        });
    }

    /// Whether nothing is remembered.
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The alert open about the vehicle's motion.
    pub(super) fn about_motion(&self) -> Option<&Episode> {
        self.0.as_ref()?.motion.as_deref()
    }

    /// Triggers an alert about motion, open until it is taken.
    pub(super) fn trigger_about_motion(
        &mut self,
        episode: Episode,
        found: Timestamp,
        values: Values<'_>,
        step: &mut Step<'_>,
    ) {
        if self.trigger(episode, found, values, step) {
            self.0.get_or_insert_default().motion = Some(Box::new(episode));
        }
    }

    /// Takes the alert open about motion, if it is of this kind.
    pub(super) fn take_about_motion(&mut self, kind: AlertKind) -> Option<Box<Episode>> {
        let taken = self.0.as_mut()?.motion.take_if(|episode| episode.kind == kind);
        self.tidy();
        taken
    }

    /// The kinds of open alerts others have reported, as of `now`.
    pub(super) fn open_kinds(&self, now: Timestamp) -> impl Iterator<Item = AlertKind> {
        self.known()
            .filter(move |known| known.open && after(known.start, OPEN_FOR_S) > now)
            .map(|known| known.kind)
    }

    /// Triggers an episode found at a moment, unless its kind keeps quiet; says whether
    /// it did.
    pub(super) fn trigger(
        &mut self,
        episode: Episode,
        found: Timestamp,
        values: Values<'_>,
        step: &mut Step<'_>,
    ) -> bool {
        let raised = self.raise(episode, None, values, step);
        if raised {
            let id = episode.id(step);
            self.watch(id, (episode.kind, episode.start), found, step);
        }
        raised
    }

    /// Triggers an alert about a moment.
    pub(super) fn moment(&mut self, episode: Episode, values: Values<'_>, step: &mut Step<'_>) {
        if self.raise(episode, Some(episode.start), values, step) {
            self.hush(episode.kind, episode.start, step);
        }
    }

    /// What the vehicle did at fences, where that is an alert: the step's events from
    /// number `first` on, found out at `point`.
    pub(super) fn at_fences(&mut self, first: usize, point: LonLat, step: &mut Step<'_>) {
        let wanted = |fence: &FenceId, name: &str, kind| {
            let rules = step.rules.at_fence(fence);
            let wanted = match kind {
                AlertKind::GeofenceEntered => rules.alert_entered,
                AlertKind::GeofenceExited => rules.alert_left,
                _ => rules.alert_crossed,
            };
            wanted.then(|| (kind, fence.clone(), name.to_owned()))
        };
        let moments: Vec<_> = step.events[first..]
            .iter()
            .filter_map(|event| match &event.data {
                EventData::GeofenceEntered(moment) => {
                    Some((wanted(&moment.geofence, &moment.name, AlertKind::GeofenceEntered)?, moment.enter))
                }
                EventData::GeofenceExited(visit) => {
                    Some((wanted(&visit.geofence, &visit.name, AlertKind::GeofenceExited)?, visit.exit))
                }
                EventData::GeofenceCrossed(visit) => {
                    Some((wanted(&visit.geofence, &visit.name, AlertKind::GeofenceCrossed)?, visit.enter))
                }
                _ => None,
            })
            .collect();
        for ((kind, fence, name), start) in moments {
            if !self.is_quiet(kind, start) {
                let id = Alert::identity(kind, step.vehicle, fence.as_str(), start);
                let mut alert = Episode { kind, start, point }.alert(Some(start), &[], step);
                alert.values.insert("name".to_owned(), name.into());
                triggered(Alert { id, geofence: Some(fence), ..alert }, step);
                self.hush(kind, start, step);
            }
        }
    }

    fn is_quiet(&self, kind: AlertKind, at: Timestamp) -> bool {
        let mut quiet = self.0.iter().flat_map(|memory| &memory.quiet);
        quiet.find(|(of, _)| *of == kind).is_some_and(|(_, until)| at < until.get())
    }

    fn raise(
        &mut self,
        episode: Episode,
        end: Option<Timestamp>,
        values: Values<'_>,
        step: &mut Step<'_>,
    ) -> bool {
        if self.is_quiet(episode.kind, episode.start) {
            return false;
        }
        let id = episode.id(step);
        // Somebody else may have reported the very same episode.
        if !self.known().any(|known| known.id == id) {
            triggered(episode.alert(end, values, step), step);
        }
        true
    }

    /// Ends an episode that was triggered.
    pub(super) fn resolve(
        &mut self,
        episode: Episode,
        end: Timestamp,
        values: Values<'_>,
        step: &mut Step<'_>,
    ) {
        let end = end.max(episode.start);
        let mut alert = episode.alert(Some(end), values, step);
        alert.severity = self.unwatch(alert.id).unwrap_or(alert.severity);
        resolved(alert, end, step);
        self.hush(episode.kind, end, step);
    }

    fn hush(&mut self, kind: AlertKind, from: Timestamp, step: &Step<'_>) {
        let cooldown = step.rules.cooldown_s(kind);
        if cooldown == 0.0 {
            return;
        }
        let until = after(from, cooldown);
        let quiet = &mut self.0.get_or_insert_default().quiet;
        match quiet.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, known)) => *known = until.into(),
            None => *quiet = quiet.iter().copied().chain([(kind, until.into())]).collect(),
        }
    }

    /// Hears of an alert somebody else raised.
    pub(super) fn reported(&mut self, alert: &Alert, step: &mut Step<'_>) {
        let severity = alert.end.and_then(|_| self.unwatch(alert.id)).unwrap_or(alert.severity);
        let book = self.book();
        let ended = alert.end.filter(|end| *end > alert.start);
        match book.known.iter_mut().find(|known| known.id == alert.id) {
            Some(known) => {
                if !known.open || alert.end.is_none() {
                    return;
                }
                known.open = false;
            }
            None => {
                let open = alert.end.is_none();
                book.remember(Known { id: alert.id, kind: alert.kind, start: alert.start, open });
                triggered(Alert { vehicle: step.vehicle.clone(), ..alert.clone() }, step);
                if open {
                    self.watch(alert.id, (alert.kind, alert.start), alert.start, step);
                }
            }
        }
        if let Some(end) = ended {
            resolved(Alert { vehicle: step.vehicle.clone(), severity, ..alert.clone() }, end, step);
        }
    }

    /// Somebody takes note of an alert; only the first to do so counts.
    pub(super) fn acknowledge(&mut self, note: &Acknowledgement, ts: Timestamp, step: &mut Step<'_>) {
        let acknowledged = &mut self.book().acknowledged;
        if acknowledged.contains(&note.alert) {
            return;
        }
        if acknowledged.len() == MAX_KNOWN {
            acknowledged.remove(0);
        }
        acknowledged.push(note.alert);
        self.heed(note.alert);
        acknowledge(note, ts, step);
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let book = |book: &Book| {
            size_of::<Book>()
                + book.known.capacity() * size_of::<Known>()
                + book.acknowledged.capacity() * size_of::<AlertId>()
        };
        self.0.as_ref().map_or(0, |memory| {
            size_of::<Memory>()
                + size_of_val(&*memory.quiet)
                + memory.book.as_deref().map_or(0, book)
                + memory.motion.as_ref().map_or(0, |_| size_of::<Episode>())
                + memory.watched.as_deref().map_or(0, Watched::heap_bytes)
        })
    }
}

/// Takes note of an alert. The id says which alert, not who or when: the second
/// to take note says nothing new.
fn acknowledge(note: &Acknowledgement, ts: Timestamp, step: &mut Step<'_>) {
    let subject = note.alert.to_string();
    let data = EventData::AlertAcknowledged(note.clone());
    step.emit(ts, &subject, Timestamp::from_millis(0), "acknowledged", data);
}

impl Book {
    fn remember(&mut self, known: Known) {
        if self.known.len() >= MAX_KNOWN {
            let place = self.known.iter().position(|known| !known.open).unwrap_or(0);
            self.known.remove(place);
        }
        self.known.push(known);
    }
}

fn triggered(alert: Alert, step: &mut Step<'_>) {
    let (subject, start) = (alert.id.to_string(), alert.start);
    step.emit(start, &subject, start, "start", EventData::AlertTriggered(alert));
}

fn resolved(alert: Alert, end: Timestamp, step: &mut Step<'_>) {
    let (subject, start) = (alert.id.to_string(), alert.start);
    step.emit(end, &subject, start, "end", EventData::AlertResolved(alert));
}
