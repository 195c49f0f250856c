//! When a frame is drawn: no more often than is seen, when the line is free for it, and
//! poorer while a rich one would be late.

use std::time::Duration;

use ratatui::Terminal;
use tokio::time::Instant;
use watchtower_core::domain::time::Timestamp;

use super::{
    app::{App, Detail},
    capability::Host,
    terminal::{Paced, Urgency},
};

/// The least time between two frames.
const FRAME: Duration = Duration::from_millis(33);
/// The same where a multiplexer draws behind us: it passes on no more.
const FRAME_MULTIPLEXED: Duration = Duration::from_millis(100);
/// A poor frame stays until the user has asked for nothing for so long.
const QUIET: Duration = Duration::from_millis(700);
/// For longer, up to this, where it became poor again right after.
const LONGEST_QUIET: Duration = Duration::from_secs(8);

/// Who wants a frame.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Asked {
    ByNobody,
    ByUser,
}

impl Asked {
    fn urgency(self) -> Urgency {
        match self {
            Self::ByUser => Urgency::Key,
            Self::ByNobody => Urgency::None,
        }
    }
}

/// The frames of one screen.
#[derive(Debug)]
pub(super) struct Frames {
    pause: Duration,
    last: Instant,
    next: Option<(Instant, Asked)>,
    under_way: Asked,
    refines: bool,
    /// When somebody last asked for a poor frame, and how long it stays.
    poor: Instant,
    quiet: Duration,
    /// When the map was last made whole again.
    refined: Option<Instant>,
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
            under_way: Asked::ByNobody,
            refines: false,
            poor: now,
            quiet: QUIET,
            refined: None,
        }
    }

    /// The screen is out of date.
    pub(super) fn ask(&mut self, by: Asked) {
        let due = self.last + self.pause;
        self.next = Some(self.next.map_or((due, by), |(at, other)| (at.min(due), by.max(other))));
    }

    /// When to draw, unless the line must first be free.
    pub(super) fn due<B: Paced>(&self, screen: &Terminal<B>) -> Option<Instant> {
        let (at, by) = self.next?;
        // What the user asked for waits for nothing but what he asked for before.
        let passes = by > self.under_way || screen.backend().is_done(by.urgency());
        (passes && screen.backend().is_free(by.urgency())).then_some(at)
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
        self.ask(Asked::ByNobody);
    }

    /// Draws what is now, and sends what the line takes of it.
    pub(super) fn draw<B: Paced>(
        &mut self,
        app: &mut App,
        screen: &mut Terminal<B>,
        now: Timestamp,
    ) -> Result<(), B::Error> {
        let by = self.next.take().map_or(Asked::ByUser, |(_, by)| by);
        if by == Asked::ByUser {
            screen.backend_mut().put_first();
        }
        paint(app, screen, now)?;
        let refines = std::mem::take(&mut self.refines);
        if app.detail() == Detail::Full && !refines && screen.backend().is_heavy() {
            let again = self.refined.is_some_and(|at| at.elapsed() < 2 * self.quiet);
            self.quiet = if again { (2 * self.quiet).min(LONGEST_QUIET) } else { QUIET };
            self.poor = Instant::now();
            app.set_detail(Detail::Lean);
            paint(app, screen, now)?;
        }
        self.last = Instant::now();
        if by == Asked::ByUser {
            self.poor = self.last;
        }
        self.under_way = by;
        screen.backend_mut().send(by.urgency())
    }
}

fn paint<B: Paced>(app: &mut App, screen: &mut Terminal<B>, now: Timestamp) -> Result<(), B::Error> {
    app.take_dirty();
    screen.draw(|frame| {
        let area = frame.area();
        if let Some(cursor) = app.draw(area, frame.buffer_mut(), now) {
            frame.set_cursor_position(cursor);
        }
    })?;
    screen.backend_mut().lead(app.hyperlinks());
    Ok(())
}
