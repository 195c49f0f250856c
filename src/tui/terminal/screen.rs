//! The screen ratatui draws on: what it wants goes to the encoder, whose bytes leave
//! as the line takes them.

use std::io;

use ratatui::{
    backend::{Backend, ClearType, WindowSize},
    buffer::Cell,
    layout::{Position, Rect, Size},
};
use tokio::time::{Duration, Instant};

use super::{
    encoder::Encoder,
    input::Report,
    pace::{Pace, Urgency},
};
use crate::tui::{
    capability::{Capability, Understands},
    hyperlinks::Hyperlink,
};

/// Where is your cursor? The terminal answers when it has done what came before.
const QUESTION: &[u8] = b"\x1b[6n";
/// What is your ground? Many terminals answer, and say nothing when they do not.
const GROUND_QUESTION: &[u8] = b"\x1b]11;?\x1b\\";
/// The answer to that is waited for so long, where the next answer does not tell that there
/// will be none.
const GROUND_ANSWER: Duration = Duration::from_secs(1);
/// A frame of more than this is seen to be late on a slow line.
const HEAVY: usize = 5_000;
/// Of what somebody waits for, no more than this is sent over a slow line without being shown.
const PART: usize = 4_000;
/// A terminal that takes nothing more is tried again after this.
const TRY_AGAIN: Duration = Duration::from_millis(10);

/// The way to a terminal.
pub trait Line {
    /// Columns and rows of the terminal at its end.
    fn size(&self) -> io::Result<Size>;

    /// Sends what it takes of these bytes at the moment; returns how many.
    fn send(&mut self, bytes: &[u8]) -> io::Result<usize>;
}

/// A backend whose frames need time on their way. One that does not is always free.
pub trait Paced: Backend<Error: 'static> {
    /// Whether a frame drawn now would set out now.
    fn is_free(&self, _: Urgency) -> bool {
        true
    }

    /// Whether all has set out that is as urgent, or more.
    fn is_done(&self, _: Urgency) -> bool {
        true
    }

    /// What is drawn next sets out before what is less urgent of what is left.
    fn take_turn(&mut self, _: Urgency) {}

    /// What was drawn there is no more urgent than what goes about there.
    fn step_back(&mut self, _: Rect) {}

    /// What was drawn leads there, and nowhere else.
    fn lead(&mut self, _: &[Hyperlink]) {}

    /// Whether the line is known to be slow.
    fn is_slow(&self) -> bool {
        false
    }

    /// Whether what was drawn would be seen to be late.
    fn is_heavy(&self) -> bool {
        false
    }

    /// Sends what the line takes.
    fn send(&mut self, _: Urgency) -> Result<(), Self::Error> {
        Ok(())
    }

    /// Sends bytes that draw nothing, between two units of a frame.
    fn say(&mut self, _: &[u8]) -> Result<(), Self::Error> {
        Ok(())
    }

    /// Asks the terminal what its ground is, if it is one that may answer.
    fn ask_ground(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }

    /// The terminal said something of itself: there may be room for more.
    fn heard(&mut self, _: Report) {}

    /// Sends nothing more until the screen is drawn anew.
    fn end(&mut self) {}

    /// Whether the terminal will still say something of itself.
    fn awaits(&self) -> bool {
        false
    }

    /// When to be woken if nothing is heard before.
    fn wakes(&self) -> Option<Instant> {
        None
    }

    /// Goes on without what should have been heard.
    fn wake(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Talk {
    Goes,
    Ended,
}

/// Ratatui's backend over a line.
#[derive(Debug)]
pub struct Screen<L> {
    line: L,
    encoder: Encoder,
    pace: Pace,
    /// Encoded, and not yet taken by the line.
    outbox: Vec<u8>,
    /// When to try again to hand it over.
    again: Option<Instant>,
    /// Bytes of the frame on its way that have set out.
    unshown: usize,
    talk: Talk,
    caret: Option<Position>,
    understands: Understands,
    /// Until when an answer to what its ground is may come.
    ground: Option<Instant>,
}

impl<L: Line> Screen<L> {
    /// A screen at the end of `line`, which understands nothing but what draws.
    pub fn new(line: L, capability: Capability) -> io::Result<Self> {
        let encoder = Encoder::new(line.size()?, capability);
        let pace = Pace::new(capability.host);
        Ok(Self {
            line,
            encoder,
            pace,
            outbox: Vec::new(),
            again: None,
            unshown: 0,
            talk: Talk::Goes,
            caret: None,
            understands: Understands::default(),
            ground: None,
        })
    }

    /// The same at the end of a line where more is understood.
    pub fn with(self, understands: Understands) -> Self {
        Self { understands, ..self }
    }

    /// Hands the line what it takes of the outbox.
    fn empty(&mut self) -> io::Result<()> {
        self.again = None;
        while !self.outbox.is_empty() {
            let taken = self.line.send(&self.outbox)?;
            if taken == 0 {
                self.again = Some(Instant::now() + TRY_AGAIN);
                break;
            }
            self.outbox.drain(..taken);
        }
        Ok(())
    }
}

impl<L: Line> Paced for Screen<L> {
    fn is_free(&self, urgency: Urgency) -> bool {
        self.outbox.is_empty() && self.pace.room(urgency, Instant::now()) > 0
    }

    fn is_done(&self, urgency: Urgency) -> bool {
        self.outbox.is_empty() && !self.encoder.has_left(urgency)
    }

    fn take_turn(&mut self, urgency: Urgency) {
        self.encoder.take_turn(urgency);
    }

    fn step_back(&mut self, area: Rect) {
        self.encoder.step_back(area);
    }

    fn lead(&mut self, links: &[Hyperlink]) {
        self.encoder.lead(links);
    }

    fn is_slow(&self) -> bool {
        self.pace.is_slow()
    }

    fn is_heavy(&self) -> bool {
        self.pace.is_slow() && self.encoder.is_longer(HEAVY)
    }

    fn send(&mut self, mut urgency: Urgency) -> io::Result<()> {
        self.empty()?;
        let now = Instant::now();
        while self.outbox.is_empty() && self.talk == Talk::Goes {
            let room = self.pace.room(urgency, now);
            if room == 0 {
                break;
            }
            self.encoder.encode(room, &mut self.outbox);
            self.unshown += self.outbox.len();
            let waited_for = self.pace.is_slow() && self.encoder.has_left(Urgency::Going);
            if waited_for && (urgency == Urgency::Key || self.unshown >= PART) {
                // Of a key that does much something is seen at once.
                self.encoder.show(&mut self.outbox);
            }
            if !self.encoder.is_open() {
                self.unshown = 0;
            }
            urgency = Urgency::None;
            if self.outbox.is_empty() {
                break;
            }
            if self.pace.asks() {
                self.outbox.extend_from_slice(QUESTION);
            }
            self.pace.sent(self.outbox.len(), now);
            self.empty()?;
        }
        Ok(())
    }

    fn say(&mut self, bytes: &[u8]) -> io::Result<()> {
        // What waits there ends with a whole sequence.
        self.outbox.extend_from_slice(bytes);
        self.empty()
    }

    fn ask_ground(&mut self) -> io::Result<()> {
        if !self.understands.ground {
            return Ok(());
        }
        self.ground = Some(Instant::now() + GROUND_ANSWER);
        self.say(GROUND_QUESTION)
    }

    fn heard(&mut self, report: Report) {
        // Terminals answer in the order they were asked.
        self.ground = None;
        match report {
            Report::Ground(_) => {}
            Report::CursorPosition { .. } => self.pace.answered(Instant::now()),
        }
    }

    fn end(&mut self) {
        self.talk = Talk::Ended;
    }

    fn awaits(&self) -> bool {
        self.pace.awaits() || self.ground.is_some_and(|until| Instant::now() < until)
    }

    fn wakes(&self) -> Option<Instant> {
        if self.again.is_some() {
            return self.again;
        }
        self.pace.wakes().filter(|_| self.encoder.has_left(Urgency::None) || self.pace.asks())
    }

    fn wake(&mut self) -> io::Result<()> {
        self.pace.wake(Instant::now());
        self.send(Urgency::None)
    }
}

impl<L: Line> Backend for Screen<L> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        for (column, row, cell) in content {
            self.encoder.want(column, row, cell);
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.encoder.want_caret(None);
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.encoder.want_caret(self.caret.or(Some(Position::ORIGIN)));
        Ok(())
    }

    /// Refused: a place to write to is known, and the answer means something else.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "the cursor's position is not asked for"))
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.caret = Some(position.into());
        if self.encoder.caret().is_some() {
            self.encoder.want_caret(self.caret);
        }
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    /// The whole screen whatever is asked: only that is ever asked for.
    fn clear_region(&mut self, _: ClearType) -> io::Result<()> {
        // After a clear for another program's sake nothing is as it was.
        self.encoder.start_anew(self.line.size()?);
        self.outbox.clear();
        if self.talk == Talk::Ended {
            self.pace.start_anew();
            self.talk = Talk::Goes;
        }
        Ok(())
    }

    fn size(&self) -> io::Result<Size> {
        self.line.size()
    }

    /// Without its size in pixels, which nothing asks for.
    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.line.size()?, pixels: Size::ZERO })
    }

    /// Nothing yet: what was drawn may still be replaced before [`Paced::send`].
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
