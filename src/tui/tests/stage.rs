//! An app on a test backend, fed and driven by hand.

use crossterm::event::{
    Event as Input, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use ratatui::{Terminal, backend::TestBackend, buffer::Buffer};
use watchtower_core::domain::{event::Event, time::Timestamp};

use super::fleet;
use crate::tui::{
    app::{Access, App, Effect, Overlay, Setting},
    capability::{Capability, Host},
    layout::Pane,
    mailbox::{Arrival, Link, Mailbox},
    panes, snapshot,
    theme::{ColourDepth, Glyphs, Theme, ThemeName},
};

pub(crate) struct Stage {
    pub(crate) app: App,
    pub(crate) now: Timestamp,
    pub(crate) effects: Vec<Effect>,
    mailbox: Mailbox,
    terminal: Terminal<TestBackend>,
}

impl Stage {
    /// An empty dashboard that is still connecting.
    pub(crate) fn empty(width: u16, height: u16, colour: ColourDepth, glyphs: Glyphs) -> Self {
        let setting = Setting {
            zone: fleet::ZONE,
            connection: "redis".to_owned(),
            note: None,
            operator: "ada".to_owned(),
            access: Access::Dispatch,
        };
        let theme =
            Theme::new(&ThemeName::Dark.palette(), Capability { colour, glyphs, host: Host::Terminal });
        Self {
            app: App::new(setting, theme, "", None),
            now: fleet::NOW,
            effects: Vec::new(),
            mailbox: Mailbox::default(),
            terminal: Terminal::new(TestBackend::new(width, height)).unwrap(),
        }
    }

    /// A dashboard with the whole test fleet.
    pub(crate) fn new(width: u16, height: u16) -> Self {
        let mut stage = Self::empty(width, height, ColourDepth::True, Glyphs::Braille);
        stage.populate(84);
        stage
    }

    /// The same on a wall.
    pub(crate) fn wall(width: u16, height: u16) -> Self {
        let mut stage = Self::new(width, height);
        stage.app.setting.access = Access::Wall;
        stage
    }

    pub(crate) fn populate(&mut self, trucks: usize) {
        self.mailbox.put_meta(fleet::meta(trucks));
        self.mailbox.put_picture(fleet::live(trucks));
        self.mailbox.put_past(fleet::trails(trucks));
        self.mailbox.put_past(fleet::past());
        self.mailbox.put_link(Link::Live);
        self.take();
        let arrived_at = self.now;
        let recorded_at = Timestamp::from_millis(arrived_at.millis() - 38);
        self.mailbox.put_events(Vec::new(), Arrival { recorded_at, arrived_at });
        self.take();
    }

    pub(crate) fn mailbox(&self) -> &Mailbox {
        &self.mailbox
    }

    /// Hands the app what is in the mailbox.
    pub(crate) fn take(&mut self) {
        self.effects.extend(self.app.take_news(self.mailbox.take(), self.now));
    }

    /// News arrive.
    pub(crate) fn hear(&mut self, events: Vec<Event>) {
        let arrival = Arrival { recorded_at: self.now, arrived_at: self.now };
        self.mailbox.put_events(events, arrival);
        self.take();
    }

    pub(crate) fn input(&mut self, input: Input) {
        self.effects.extend(self.app.handle(&input, self.now));
    }

    pub(crate) fn key(&mut self, code: KeyCode) {
        self.input(Input::Key(KeyEvent::new(code, KeyModifiers::NONE)));
    }

    /// Types characters.
    pub(crate) fn keys(&mut self, text: &str) {
        text.chars().for_each(|c| self.key(KeyCode::Char(c)));
    }

    pub(crate) fn mouse(&mut self, kind: MouseEventKind, column: u16, row: u16) {
        self.input(Input::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }));
    }

    pub(crate) fn click(&mut self, column: u16, row: u16) {
        self.mouse(MouseEventKind::Down(MouseButton::Left), column, row);
        self.mouse(MouseEventKind::Up(MouseButton::Left), column, row);
    }

    pub(crate) fn resize(&mut self, width: u16, height: u16) {
        self.terminal.backend_mut().resize(width, height);
        self.input(Input::Resize(width, height));
    }

    pub(crate) fn draw(&mut self) -> &Buffer {
        let (app, now) = (&mut self.app, self.now);
        self.terminal
            .draw(|frame| {
                let area = frame.area();
                if let Some(cursor) = app.draw(area, frame.buffer_mut(), now) {
                    assert!(area.contains(cursor), "{cursor:?} outside {area:?}");
                    frame.set_cursor_position(cursor);
                }
            })
            .unwrap();
        self.terminal.backend().buffer()
    }

    /// The frame's text, one line a row.
    pub(crate) fn text(&mut self) -> String {
        snapshot::plain(self.draw())
    }

    /// The same with the inside of the map's frame left blank: what it draws there
    /// is for its own tests.
    pub(crate) fn text_without_map(&mut self) -> String {
        let mut buffer = self.draw().clone();
        let map = self
            .app
            .shown
            .layout
            .of(Pane::Map)
            .map(panes::inside)
            .filter(|_| !matches!(self.app.overlays.top(), Some(Overlay::Help(_))));
        for position in map.into_iter().flat_map(|area| area.positions()) {
            buffer[position].reset();
        }
        snapshot::plain(&buffer)
    }

    /// Where a text stands on the screen.
    pub(crate) fn find(&mut self, needle: &str) -> Option<(u16, u16)> {
        let text = self.text();
        text.lines().enumerate().find_map(|(row, line)| {
            let byte = line.find(needle)?;
            Some((crate::tui::text::width(&line[..byte]) as u16, row as u16))
        })
    }
}

/// The runs of one style on each row, for comparing what text alone hides.
pub(crate) fn styles(buffer: &Buffer) -> String {
    let mut out = String::new();
    for row in 0..buffer.area.height {
        let mut column = 0;
        let mut runs = Vec::new();
        while column < buffer.area.width {
            let style = |column: u16| {
                let cell = &buffer[(column, row)];
                (cell.fg, cell.bg, cell.modifier)
            };
            let (first, start) = (style(column), column);
            while column < buffer.area.width && style(column) == first {
                column += 1;
            }
            let (fg, bg, modifier) = first;
            runs.push(format!(
                "{start}:{fg}/{bg}{}",
                if modifier.is_empty() { String::new() } else { format!("/{modifier:?}") }
            ));
        }
        out.push_str(&format!("{row:>3} {}\n", runs.join(" ")));
    }
    out
}
