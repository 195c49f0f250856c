//! The player: steps an engine along a tape, as fast as asked, and goes back by what it
//! marked on the way. Pure: the wall clock is an argument.

use std::{
    collections::{BTreeMap, HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use watchtower_core::{
    domain::{
        event::{Event, EventData},
        id::{AlertId, EventId, TripId, VehicleKey},
        time::Timestamp,
        trip::Trip,
    },
    engine::{Engine, Output},
    ports::store::Span,
};

use super::{FIRST_SPEED, Motion, Programme, SPEEDS, Scene, Standing, Tape, Transport, programme::tick};

/// Time between ticks, as the fleet's own engines have them about.
const TICK: Duration = Duration::from_secs(60);
/// Time between marks, at first.
const MARK: Duration = Duration::from_secs(15 * 60);
/// Marks take no more memory than this; past it every other is let go of.
const MOST_MARKED: usize = 96 << 20;
/// How far back trails and event list reach.
const TRAIL: Duration = Duration::from_secs(30 * 60);
const MOST_RECENT: usize = 500;
/// Wall time a beat makes up for: what cannot be kept up with is played slower.
const LONGEST_BEAT_S: f64 = 0.25;

/// What a list shows beside the engine's own state. Events are shared with the marks.
#[derive(Clone, Default)]
struct Register {
    recent: VecDeque<Arc<Event>>,
    /// Open alerts that are no longer among the recent events.
    alerts: BTreeMap<AlertId, Arc<Event>>,
    trips: BTreeMap<TripId, Trip>,
}

impl Register {
    fn hear(&mut self, event: Event) {
        let event = Arc::new(event);
        match &event.data {
            EventData::AlertTriggered(alert) if alert.end.is_none() => {
                self.alerts.insert(alert.id, event.clone());
            }
            EventData::AlertResolved(alert) | EventData::AlertTriggered(alert) => {
                self.alerts.remove(&alert.id);
            }
            EventData::TripCreated(trip) => drop(self.trips.insert(trip.id, trip.clone())),
            EventData::TripStatusChanged(change) => {
                if let Some(trip) = self.trips.get_mut(&change.trip) {
                    trip.hear(change, event.ts);
                }
            }
            _ => {}
        }
        self.recent.push_back(event);
        if self.recent.len() > MOST_RECENT {
            self.recent.pop_front();
        }
    }

    /// Every event of the lists, once each.
    fn past(&self) -> Vec<Event> {
        let recent: HashSet<EventId> = self.recent.iter().map(|event| event.id).collect();
        let older = self.alerts.values().filter(|event| !recent.contains(&event.id));
        older.chain(&self.recent).map(|event| (**event).clone()).collect()
    }
}

/// Where on the tape the engine is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Place {
    at: Timestamp,
    /// The next fix, and the next of what else was said.
    next: usize,
    said: usize,
    tick: Timestamp,
}

struct Mark {
    place: Place,
    state: Vec<u8>,
    register: Register,
}

/// What has happened since the last beat.
#[derive(Debug, Default)]
pub struct Played {
    /// Fixes, what was said, and what the rules made of it.
    pub events: Vec<Event>,
    /// The vehicles it changed.
    pub touched: HashSet<VehicleKey>,
}

/// The player.
pub struct Player {
    tape: Tape,
    programme: Arc<Programme>,
    span: Span,
    engine: Engine,
    output: Output,
    register: Register,
    place: Place,
    marks: Vec<Mark>,
    mark_every: Duration,
    speed: usize,
    motion: Motion,
    beaten_at: Option<Timestamp>,
}

impl Player {
    /// A player at the beginning of a tape, playing; none for an empty one.
    pub fn new(tape: Tape, programme: Arc<Programme>) -> Option<Self> {
        let span = tape.span()?;
        let place = Place { at: span.from, next: 0, said: 0, tick: span.from.plus(TICK) };
        let engine = programme.engine();
        let mut player = Self {
            tape,
            programme,
            span,
            engine,
            output: Output::default(),
            register: Register::default(),
            place,
            marks: Vec::new(),
            mark_every: MARK,
            speed: FIRST_SPEED,
            motion: Motion::Playing,
            beaten_at: None,
        };
        player.mark();
        Some(player)
    }

    /// Where it is.
    pub fn standing(&self) -> Standing {
        Standing { span: self.span, at: self.place.at, speed: SPEEDS[self.speed], motion: self.motion }
    }

    /// The source its fixes are of.
    pub fn source(&self) -> Arc<str> {
        self.tape.source().name.clone()
    }

    /// Plays what is due at a wall time. At the end it pauses.
    pub fn beat(&mut self, wall: Timestamp) -> Played {
        let mut played = Played::default();
        let Some(before) = self.beaten_at.replace(wall) else { return played };
        if self.motion == Motion::Paused {
            return played;
        }
        let passed = wall.seconds_since(before).clamp(0.0, LONGEST_BEAT_S);
        let due = self.place.at.plus(Duration::from_secs_f64(passed * f64::from(SPEEDS[self.speed])));
        self.advance(due.min(self.span.to), Some(&mut played));
        if self.place.at >= self.span.to {
            self.motion = Motion::Paused;
        }
        played
    }

    /// Does what is asked; `true` when the screen must be given the scene anew.
    pub fn obey(&mut self, transport: Transport) -> bool {
        match transport {
            Transport::Toggle => {
                self.motion = match self.motion {
                    Motion::Playing => Motion::Paused,
                    Motion::Paused => Motion::Playing,
                };
                // What is over is played again.
                if self.motion == Motion::Playing && self.place.at >= self.span.to {
                    self.seek(self.span.from);
                    return true;
                }
                return false;
            }
            Transport::Slower => {
                self.speed = self.speed.saturating_sub(1);
                return false;
            }
            Transport::Faster => {
                self.speed = (self.speed + 1).min(SPEEDS.len() - 1);
                return false;
            }
            Transport::Back(by) => self.seek(self.place.at.minus(by)),
            Transport::Forward(by) => self.seek(self.place.at.plus(by)),
            Transport::Beginning => self.seek(self.span.from),
            Transport::To(share) => {
                let whole = self.span.to.seconds_since(self.span.from);
                self.seek(self.span.from.plus(Duration::from_secs_f64(whole * share.clamp(0.0, 1.0))));
            }
        }
        true
    }

    /// Goes to a moment of the period: everything is as it is when it is played to there.
    pub fn seek(&mut self, to: Timestamp) {
        let to = to.clamp(self.span.from, self.span.to);
        let nearest = self.marks.iter().rposition(|mark| mark.place.at <= to).unwrap_or(0);
        let mark = &self.marks[nearest];
        if to < self.place.at || mark.place.at > self.place.at {
            self.engine = self.programme.restored(&mark.state);
            (self.place, self.register) = (mark.place, mark.register.clone());
        }
        self.advance(to, None);
    }

    /// Everything at the moment, for a screen that knows nothing of it.
    pub fn scene(&self) -> Scene {
        let vehicles: Vec<VehicleKey> = self.engine.vehicles().cloned().collect();
        let begin = self.tape.first_from(self.place.at.minus(TRAIL));
        Scene {
            live: vehicles.iter().filter_map(|vehicle| self.engine.live(vehicle)).collect(),
            trails: (begin..self.place.next).filter_map(|index| self.tape.fix(index)).collect(),
            past: self.register.past(),
            trips: self.register.trips.values().cloned().collect(),
        }
    }

    /// What the engine says of vehicles now.
    pub fn live(&self, vehicles: &HashSet<VehicleKey>) -> Vec<watchtower_core::domain::live::LiveState> {
        vehicles.iter().filter_map(|vehicle| self.engine.live(vehicle)).collect()
    }

    /// Steps up to a moment, ticks and marks at times that follow from the tape alone.
    fn advance(&mut self, to: Timestamp, mut played: Option<&mut Played>) {
        loop {
            let next = self.tape.time(self.place.next).filter(|at| *at <= to);
            if self.place.tick <= next.unwrap_or(to) {
                let now = self.place.tick;
                self.place.tick = now.plus(TICK);
                self.place.at = self.place.at.max(now);
                self.step(tick(now), played.as_deref_mut());
                let marked = self.marks.last().map(|mark| mark.place.at);
                if marked.is_none_or(|last| now >= last.plus(self.mark_every)) {
                    self.mark();
                }
                continue;
            }
            // Between two fixes what was said before the second.
            if let Some(said) = self.tape.said(self.place.said, self.place.next)
                && (next.is_some() || said.ts <= to)
            {
                let event = said.clone();
                self.place.said += 1;
                self.register.hear(event.clone());
                if let Some(played) = played.as_deref_mut() {
                    played.events.push(event.clone());
                }
                self.step(event, played.as_deref_mut());
                continue;
            }
            let (Some(at), Some(fix)) = (next, self.tape.fix(self.place.next)) else { break };
            self.place.next += 1;
            self.place.at = self.place.at.max(at);
            if let Some(played) = played.as_deref_mut() {
                played.events.push(fix.clone());
            }
            self.step(fix, played.as_deref_mut());
        }
        self.place.at = self.place.at.max(to);
    }

    fn step(&mut self, event: Event, played: Option<&mut Played>) {
        self.output.clear();
        self.engine.step(&event, &mut self.output);
        let mut nobody = Played::default();
        let played = played.unwrap_or(&mut nobody);
        played.touched.extend(self.output.touched.drain(..));
        for event in self.output.events.drain(..) {
            self.register.hear(event.clone());
            played.events.push(event);
        }
    }

    /// Marks the place, after everything up to it.
    fn mark(&mut self) {
        let state = self.engine.snapshot();
        self.marks.push(Mark { place: self.place, state, register: self.register.clone() });
        let marked: usize = self.marks.iter().map(|mark| mark.state.len()).sum();
        if marked > MOST_MARKED {
            let mut keep = false;
            self.marks.retain(|_| {
                keep = !keep;
                keep
            });
            self.mark_every *= 2;
        }
    }
}

impl std::fmt::Debug for Player {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Player").field("standing", &self.standing()).finish_non_exhaustive()
    }
}
