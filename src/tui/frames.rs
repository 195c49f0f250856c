//! When a frame is drawn: no more often than is seen, when the line is free for it, and
//! poorer while a rich one would be late.

use std::time::Duration;

use ratatui::Terminal;
use tokio::time::Instant;
use watchtower_core::domain::time::Timestamp;

use super::{
    app::{App, Detail},
    capability::Host,
    layout::Pane,
    map::Viewport,
    terminal::{Paced, Urgency},
};

/// The least time between two frames.
const FRAME: Duration = Duration::from_millis(33);
/// The same where a multiplexer draws behind us: it passes on no more.
const FRAME_MULTIPLEXED: Duration = Duration::from_millis(100);
/// News wait no longer than this for what a key did to be drawn.
const LONGEST_HOLD: Duration = Duration::from_millis(300);
/// A poor frame stays until the user has asked for nothing for so long.
const QUIET: Duration = Duration::from_millis(700);
/// For longer, up to this, where it became poor again right after.
const LONGEST_QUIET: Duration = Duration::from_secs(8);

/// Whether the map looks elsewhere than before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Moved {
    No,
    Yes,
}

/// The frames of one screen.
#[derive(Debug)]
pub(super) struct Frames {
    pause: Duration,
    last: Instant,
    next: Option<(Instant, Urgency)>,
    under_way: Urgency,
    /// How urgent the changes are that are in no picture yet.
    unpainted: Option<Urgency>,
    /// Something was painted that has not set out.
    waits: bool,
    refines: bool,
    /// When somebody last asked for a poor frame, and how long it stays.
    poor: Instant,
    quiet: Duration,
    /// When the map was last made whole again.
    refined: Option<Instant>,
    /// What it showed last.
    viewport: Option<Viewport>,
}

impl Frames {
    pub(super) fn new(host: Host) -> Self {
        let now = Instant::now();
        let pause = match host {
            Host::Terminal => FRAME,
            Host::Multiplexer => FRAME_MULTIPLEXED,
        };
        Self {
            pause,
            last: now,
            next: None,
            under_way: Urgency::None,
            unpainted: None,
            waits: false,
            refines: false,
            poor: now,
            quiet: QUIET,
            refined: None,
            viewport: None,
        }
    }

    /// The screen is out of date.
    pub(super) fn ask(&mut self, urgency: Urgency) {
        let due = (self.last + self.pause).max(Instant::now());
        let (at, other) = self.next.unwrap_or((due, urgency));
        self.next = Some((at.min(due), urgency.max(other)));
        self.unpainted = self.unpainted.max(Some(urgency));
    }

    /// Something so urgent is about to change the screen. On a slow line what changed it
    /// before is painted now, so that each goes in its turn and neither waits for the other.
    pub(super) fn part<B: Paced>(
        &mut self,
        urgency: Urgency,
        app: &mut App,
        screen: &mut Terminal<B>,
        now: Timestamp,
    ) -> Result<(), B::Error> {
        let Some(unpainted) = self.unpainted.filter(|_| screen.backend().is_slow()) else { return Ok(()) };
        let parts = match unpainted {
            Urgency::None | Urgency::Going => unpainted < urgency,
            // A frame under way that is as urgent would grow by it, and by the next, without end.
            Urgency::Key => unpainted > urgency && screen.backend().is_done(unpainted),
        };
        if parts {
            self.unpainted = None;
            self.waits = true;
            self.paint(unpainted, app, screen, now)?;
        }
        Ok(())
    }

    /// Whether what a key did is yet to be drawn, and news on a slow line would be drawn with it.
    pub(super) fn holds_news<B: Paced>(&self, screen: &Terminal<B>) -> bool {
        let fresh = self.next.is_some_and(|(at, _)| at.elapsed() < LONGEST_HOLD);
        fresh && self.unpainted == Some(Urgency::Key) && screen.backend().is_slow()
    }

    /// When to draw, unless the line must first be free.
    pub(super) fn due<B: Paced>(&self, screen: &Terminal<B>) -> Option<Instant> {
        let (at, urgency) = self.next?;
        // What the user asked for waits for nothing but what he asked for before.
        let passes = urgency > self.under_way || self.waits || screen.backend().is_done(urgency);
        // On a slow line a key has no time to lose either.
        let hurries = urgency == Urgency::Key && urgency > self.under_way && screen.backend().is_slow();
        let at = if hurries { self.last } else { at };
        (passes && screen.backend().is_free(urgency)).then_some(at)
    }

    /// Whether a frame is to be drawn now.
    pub(super) fn is_due<B: Paced>(&self, screen: &Terminal<B>) -> bool {
        self.due(screen).is_some_and(|due| due <= Instant::now())
    }

    /// Whether a frame is late by more than one.
    pub(super) fn is_overdue<B: Paced>(&self, screen: &Terminal<B>) -> bool {
        self.due(screen).is_some_and(|due| due + self.pause <= Instant::now())
    }

    /// When the line has been quiet for long enough to make a poor map whole.
    pub(super) fn refine_due<B: Paced>(&self, app: &App, screen: &Terminal<B>) -> Option<Instant> {
        (app.detail() == Detail::Lean && screen.backend().is_done(Urgency::None))
            .then(|| self.poor + self.quiet)
    }

    pub(super) fn refine(&mut self, app: &mut App) {
        app.set_detail(Detail::Full);
        self.refines = true;
        self.refined = Some(Instant::now());
        self.ask(Urgency::None);
    }

    /// Draws what is now, and sends what the line takes of it.
    pub(super) fn draw<B: Paced>(
        &mut self,
        app: &mut App,
        screen: &mut Terminal<B>,
        now: Timestamp,
    ) -> Result<(), B::Error> {
        let (urgency, unpainted) = match self.next.take() {
            Some((_, urgency)) => (urgency, self.unpainted.take().unwrap_or(Urgency::None)),
            None => (Urgency::Key, Urgency::Key),
        };
        self.waits = false;
        let moved = self.paint(unpainted, app, screen, now)? == Moved::Yes;
        let refines = std::mem::take(&mut self.refines);
        let poorer = app.detail() == Detail::Full && !refines && (moved || unpainted < Urgency::Key);
        if poorer && screen.backend().is_heavy() {
            let again = self.refined.is_some_and(|at| at.elapsed() < 2 * self.quiet);
            self.quiet = if again { (2 * self.quiet).min(LONGEST_QUIET) } else { QUIET };
            self.poor = Instant::now();
            app.set_detail(Detail::Lean);
            // What only a poorer map changes is not what a key did.
            self.paint(unpainted.min(Urgency::Going), app, screen, now)?;
        }
        self.last = Instant::now();
        if urgency > Urgency::None {
            self.poor = self.last;
        }
        self.under_way = urgency;
        screen.backend_mut().send(urgency)
    }

    /// Makes what is now the picture that is wanted; its changes are so urgent.
    fn paint<B: Paced>(
        &mut self,
        urgency: Urgency,
        app: &mut App,
        screen: &mut Terminal<B>,
        now: Timestamp,
    ) -> Result<Moved, B::Error> {
        app.take_dirty();
        screen.backend_mut().take_turn(urgency);
        screen.draw(|frame| {
            let area = frame.area();
            if let Some(cursor) = app.draw(area, frame.buffer_mut(), now) {
                frame.set_cursor_position(cursor);
            }
        })?;
        screen.backend_mut().lead(app.hyperlinks());
        if self.viewport.replace(app.map.viewport) == Some(app.map.viewport) {
            return Ok(Moved::No);
        }
        if screen.backend().is_slow()
            && let Some(map) = app.shown.layout.of(Pane::Map)
        {
            // All of the map is much; what a key did beside it is seen before.
            screen.backend_mut().step_back(map);
        }
        Ok(Moved::Yes)
    }
}
