//! The one table of keys: the loop looks keys up in it, the help screen and the
//! hint line print it.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What a key or a click asks for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Action {
    /// West on the map; the previous column to sort by in the fleet list.
    Left,
    /// East on the map; the next column.
    Right,
    /// North on the map; the row above.
    Up,
    /// South on the map; the row below.
    Down,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// The first row.
    Top,
    /// The last row.
    Bottom,
    /// Closer.
    ZoomIn,
    /// Further away.
    ZoomOut,
    /// Show what is under the cursor on the map.
    Select,
    /// Keep the selected truck in the middle.
    Follow,
    /// Show the whole fleet.
    Fit,
    /// Search.
    Find,
    /// Sort the fleet by the next column.
    Sort,
    /// Turn the order round.
    Reverse,
    /// Go to the next open alert.
    NextAlert,
    /// Take note of an alert.
    Acknowledge,
    /// Take note of an alert with some words.
    AcknowledgeWithNote,
    /// Trails on or off.
    Trails,
    /// Fences on or off.
    Fences,
    /// The ways of the fleet on or off.
    Footprint,
    /// The next pane.
    Next,
    /// The pane before.
    Previous,
    /// The n-th pane.
    Pane(u8),
    /// The pane in focus alone, and back.
    Zoom,
    /// The help screen.
    Help,
    /// One step back: closes what is open, clears the filter, the selection.
    Escape,
    /// Draw everything anew.
    Redraw,
    /// Stop the program for a while.
    Suspend,
    /// Leave.
    Quit,
}

/// Where a key means what it means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Context {
    /// With the map in focus.
    Map,
    /// With a list in focus.
    List,
    /// Wherever nothing else claims it.
    Anywhere,
}

/// A key with its modifiers. Shift is part of the character.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Chord {
    code: KeyCode,
    ctrl: bool,
}

/// Keys that do one thing in one place.
#[derive(Debug)]
pub struct Binding {
    /// The keys; the first stands for all in hints.
    pub keys: &'static [Chord],
    /// Where.
    pub context: Context,
    /// What they do.
    pub action: Action,
    /// The same in words.
    pub help: &'static str,
    /// The word for it in the hint line, if it is worth a place there.
    pub hint: Option<&'static str>,
}

const fn key(c: char) -> Chord {
    Chord { code: KeyCode::Char(c), ctrl: false }
}

const fn ctrl(c: char) -> Chord {
    Chord { code: KeyCode::Char(c), ctrl: true }
}

const fn code(code: KeyCode) -> Chord {
    Chord { code, ctrl: false }
}

const fn bind(
    context: Context,
    keys: &'static [Chord],
    action: Action,
    help: &'static str,
    hint: Option<&'static str>,
) -> Binding {
    Binding { keys, context, action, help, hint }
}

use Context::{Anywhere, List, Map};

/// Every key.
pub const KEYMAP: &[Binding] = &[
    bind(Map, &[key('h'), code(KeyCode::Left)], Action::Left, "pan west", None),
    bind(Map, &[key('j'), code(KeyCode::Down)], Action::Down, "pan south", None),
    bind(Map, &[key('k'), code(KeyCode::Up)], Action::Up, "pan north", None),
    bind(Map, &[key('l'), code(KeyCode::Right)], Action::Right, "pan east", None),
    bind(List, &[key('j'), code(KeyCode::Down)], Action::Down, "next row", None),
    bind(List, &[key('k'), code(KeyCode::Up)], Action::Up, "previous row", None),
    bind(List, &[code(KeyCode::PageDown), ctrl('d')], Action::PageDown, "page down", None),
    bind(List, &[code(KeyCode::PageUp), ctrl('u')], Action::PageUp, "page up", None),
    bind(List, &[code(KeyCode::Home)], Action::Top, "first row", None),
    bind(List, &[code(KeyCode::End), key('G')], Action::Bottom, "last row", None),
    bind(List, &[key('l'), code(KeyCode::Right)], Action::Right, "sort: next column", None),
    bind(List, &[key('h'), code(KeyCode::Left)], Action::Left, "sort: column before", None),
    bind(Anywhere, &[key('/')], Action::Find, "find truck, driver, place", Some("find")),
    bind(Anywhere, &[code(KeyCode::Enter)], Action::Select, "show on the map; closer", Some("show")),
    bind(Anywhere, &[key('f')], Action::Follow, "follow the selected truck", Some("follow")),
    bind(Anywhere, &[key('n')], Action::NextAlert, "next open alert", Some("next alert")),
    bind(Anywhere, &[key('a')], Action::Acknowledge, "acknowledge an alert", Some("acknowledge")),
    bind(Anywhere, &[key('A')], Action::AcknowledgeWithNote, "acknowledge with a note", None),
    bind(Anywhere, &[key('F')], Action::Fit, "show the whole fleet", Some("fit fleet")),
    bind(Anywhere, &[key('+'), key('=')], Action::ZoomIn, "zoom in", Some("zoom")),
    bind(Anywhere, &[key('-'), key('_')], Action::ZoomOut, "zoom out", None),
    bind(Anywhere, &[key('s')], Action::Sort, "sort by the next column", Some("sort")),
    bind(Anywhere, &[key('S')], Action::Reverse, "reverse the order", None),
    bind(Anywhere, &[key('t')], Action::Trails, "trails: all, one, none", Some("trails")),
    bind(Anywhere, &[key('g')], Action::Fences, "geofences on or off", Some("fences")),
    bind(Anywhere, &[key('p')], Action::Footprint, "footprint: ways driven, on or off", None),
    bind(Anywhere, &[code(KeyCode::Tab)], Action::Next, "next pane", Some("pane")),
    bind(Anywhere, &[code(KeyCode::BackTab)], Action::Previous, "previous pane", None),
    bind(Anywhere, &[key('1')], Action::Pane(1), "map", None),
    bind(Anywhere, &[key('2')], Action::Pane(2), "fleet", None),
    bind(Anywhere, &[key('3')], Action::Pane(3), "truck", None),
    bind(Anywhere, &[key('4')], Action::Pane(4), "alerts", None),
    bind(Anywhere, &[key('5')], Action::Pane(5), "events", None),
    bind(Anywhere, &[key('z')], Action::Zoom, "pane alone, and back", Some("full screen")),
    bind(Anywhere, &[code(KeyCode::Esc)], Action::Escape, "close, clear, let go", None),
    bind(Anywhere, &[key('?'), code(KeyCode::F(1))], Action::Help, "this help", Some("help")),
    bind(Anywhere, &[ctrl('l')], Action::Redraw, "draw the screen anew", None),
    bind(Anywhere, &[ctrl('z')], Action::Suspend, "suspend to the shell", None),
    bind(Anywhere, &[key('q'), ctrl('c')], Action::Quit, "quit", Some("quit")),
];

impl Chord {
    fn of(event: &KeyEvent) -> Self {
        let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
        // Some terminals report Shift-Tab as Tab with a modifier.
        let code = match event.code {
            KeyCode::Tab if event.modifiers.contains(KeyModifiers::SHIFT) => KeyCode::BackTab,
            KeyCode::Char(c) if ctrl => KeyCode::Char(c.to_ascii_lowercase()),
            code => code,
        };
        Self { code, ctrl }
    }

    /// `Ctrl-C`, `Enter`, `h`.
    pub fn name(self) -> String {
        let name = match self.code {
            KeyCode::Char(c) if self.ctrl => c.to_ascii_uppercase().to_string(),
            KeyCode::Char(c) => c.to_string(),
            KeyCode::BackTab => "Shift-Tab".to_owned(),
            KeyCode::F(n) => format!("F{n}"),
            KeyCode::PageDown => "PgDn".to_owned(),
            KeyCode::PageUp => "PgUp".to_owned(),
            code => format!("{code:?}"),
        };
        if self.ctrl { format!("Ctrl-{name}") } else { name }
    }
}

impl Binding {
    /// All its keys, for the help screen.
    pub fn names(&self) -> String {
        self.keys.iter().map(|chord| chord.name()).collect::<Vec<_>>().join(" ")
    }
}

/// What a key means with a pane of that context in focus.
pub fn lookup(event: &KeyEvent, context: Context) -> Option<Action> {
    let chord = Chord::of(event);
    let bound = |wanted: Context| {
        KEYMAP.iter().find(|binding| binding.context == wanted && binding.keys.contains(&chord))
    };
    bound(context).or_else(|| bound(Anywhere)).map(|binding| binding.action)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_key_means_two_things_in_one_place() {
        let mut seen = HashSet::new();
        for binding in KEYMAP {
            for chord in binding.keys {
                assert!(seen.insert((format!("{:?}", binding.context), chord.name())), "{}", chord.name());
            }
        }
    }

    #[test]
    fn every_key_finds_its_own_action() {
        for binding in KEYMAP {
            for chord in binding.keys {
                let modifiers = if chord.ctrl { KeyModifiers::CONTROL } else { KeyModifiers::NONE };
                let event = KeyEvent::new(chord.code, modifiers);
                assert_eq!(lookup(&event, binding.context), Some(binding.action), "{}", chord.name());
            }
        }
    }

    #[test]
    fn shift_tab_is_known_in_both_spellings() {
        for event in [
            KeyEvent::new(KeyCode::BackTab, KeyModifiers::SHIFT),
            KeyEvent::new(KeyCode::Tab, KeyModifiers::SHIFT),
        ] {
            assert_eq!(lookup(&event, Context::Map), Some(Action::Previous));
        }
    }
}
