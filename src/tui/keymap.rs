//! The one table of keys: the loop looks keys up in it, the help screen and the
//! hint line print it.

use crossterm::event::{KeyCode, KeyEvent};

mod chord;

pub use chord::Chord;
use chord::{code, ctrl, key};

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
    /// Narrow list and map to the trucks a filter means.
    Filter,
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
    /// Write what is seen to a file.
    Export,
    /// Copy what is known of the selected truck.
    Copy,
    /// Plan a trip.
    PlanTrip,
    /// Say where a trip stands.
    MoveTrip,
    /// Say who drives the selected truck.
    AssignDriver,
    /// Draw a geofence.
    Draw,
    /// Draw the geofence that was clicked anew.
    DrawAnew,
    /// Delete it.
    RemoveFence,
    /// Trails on or off.
    Trails,
    /// Fences on or off.
    Fences,
    /// Meridians and parallels on or off.
    Graticule,
    /// The ways of the fleet on or off.
    Footprint,
    /// Where vehicles stand, and how long, on or off.
    Dwell,
    /// Keep the view under a letter.
    Bookmark,
    /// Go back to a view that was kept.
    ReturnTo,
    /// Show the selected truck with its trip's ends.
    FitSelection,
    /// The next pane.
    Next,
    /// The pane before.
    Previous,
    /// The n-th pane.
    Pane(u8),
    /// The pane in focus takes fewer columns.
    Narrower,
    /// It takes more.
    Wider,
    /// It takes fewer rows.
    Lower,
    /// It takes more.
    Higher,
    /// Every pane has the size it had at first.
    Rearrange,
    /// The pane in focus alone, and back.
    Zoom,
    /// Everything that can be done, by name.
    Palette,
    /// The help screen.
    Help,
    /// One step back: closes what is open, clears the filter, the selection.
    Escape,
    /// Draw everything anew.
    Redraw,
    /// Play a replay, or pause it.
    PlayPause,
    /// Play slower.
    Slower,
    /// Play faster.
    Faster,
    /// A minute earlier.
    MinuteBack,
    /// A minute later.
    MinuteForward,
    /// An hour earlier.
    HourBack,
    /// An hour later.
    HourForward,
    /// The beginning of a replay.
    Beginning,
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
    /// While a replay is on.
    Replay,
    /// Wherever nothing else claims it.
    Anywhere,
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

const fn bind(
    context: Context,
    keys: &'static [Chord],
    action: Action,
    help: &'static str,
    hint: Option<&'static str>,
) -> Binding {
    Binding { keys, context, action, help, hint }
}

use Context::{Anywhere, List, Map, Replay};

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
    bind(Replay, &[key(' ')], Action::PlayPause, "play, pause", Some("play")),
    bind(Replay, &[key('[')], Action::Slower, "slower", Some("slower")),
    bind(Replay, &[key(']')], Action::Faster, "faster, up to 3600 times", Some("faster")),
    bind(Replay, &[key(',')], Action::MinuteBack, "a minute back", None),
    bind(Replay, &[key('.')], Action::MinuteForward, "a minute on", None),
    bind(Replay, &[key('(')], Action::HourBack, "an hour back", None),
    bind(Replay, &[key(')')], Action::HourForward, "an hour on", None),
    bind(Replay, &[key('R')], Action::Beginning, "from the beginning", None),
    bind(Anywhere, &[key('?'), code(KeyCode::F(1))], Action::Help, "this help", Some("help")),
    bind(Anywhere, &[key(':')], Action::Palette, "commands by name, coordinates", Some("commands")),
    bind(Anywhere, &[key('/')], Action::Find, "find truck, driver, place", Some("find")),
    bind(Anywhere, &[code(KeyCode::Enter)], Action::Select, "show on the map; closer", Some("show")),
    bind(Anywhere, &[key('f')], Action::Follow, "follow the selected truck", Some("follow")),
    bind(Anywhere, &[key('n')], Action::NextAlert, "next open alert", Some("next alert")),
    bind(Anywhere, &[key('a')], Action::Acknowledge, "acknowledge an alert", Some("acknowledge")),
    bind(Anywhere, &[key('A')], Action::AcknowledgeWithNote, "acknowledge with a note", None),
    bind(Anywhere, &[key('c')], Action::PlanTrip, "plan a trip", Some("plan trip")),
    bind(Anywhere, &[key('m')], Action::MoveTrip, "say where a trip stands", None),
    bind(Anywhere, &[key('d')], Action::AssignDriver, "say who drives the truck", None),
    bind(Anywhere, &[key('w')], Action::Draw, "draw a geofence", None),
    bind(Anywhere, &[key('W')], Action::DrawAnew, "draw the one clicked anew", None),
    bind(Anywhere, &[key('X')], Action::RemoveFence, "delete the one clicked", None),
    bind(Anywhere, &[key('\\')], Action::Filter, "filter: status:idle speed>60", Some("filter")),
    bind(Anywhere, &[key('y')], Action::Copy, "copy number, place or link", None),
    bind(Anywhere, &[key('E')], Action::Export, "export: CSV, GeoJSON, frame", None),
    bind(Anywhere, &[key('F')], Action::Fit, "show the whole fleet", Some("fit fleet")),
    bind(Anywhere, &[key('V')], Action::FitSelection, "show the truck and its trip", None),
    bind(Anywhere, &[key('B')], Action::Bookmark, "keep this view under a letter", None),
    bind(Anywhere, &[key('\'')], Action::ReturnTo, "go to the view kept under it", None),
    bind(Anywhere, &[key('+'), key('=')], Action::ZoomIn, "zoom in", Some("zoom")),
    bind(Anywhere, &[key('-'), key('_')], Action::ZoomOut, "zoom out", None),
    bind(Anywhere, &[key('s')], Action::Sort, "sort by the next column", Some("sort")),
    bind(Anywhere, &[key('S')], Action::Reverse, "reverse the order", None),
    bind(Anywhere, &[key('t')], Action::Trails, "trails: all, one, none", Some("trails")),
    bind(Anywhere, &[key('g')], Action::Fences, "geofences on or off", Some("fences")),
    bind(Anywhere, &[key('#')], Action::Graticule, "meridians and parallels on or off", None),
    bind(Anywhere, &[key('p')], Action::Footprint, "footprint: ways driven, on or off", None),
    bind(Anywhere, &[key('D')], Action::Dwell, "dwell: who stood where, on or off", None),
    bind(Anywhere, &[code(KeyCode::Tab)], Action::Next, "next pane", Some("pane")),
    bind(Anywhere, &[code(KeyCode::BackTab)], Action::Previous, "previous pane", None),
    bind(Anywhere, &[key('1')], Action::Pane(1), "map", None),
    bind(Anywhere, &[key('2')], Action::Pane(2), "fleet", None),
    bind(Anywhere, &[key('3')], Action::Pane(3), "truck", None),
    bind(Anywhere, &[key('4')], Action::Pane(4), "trips", None),
    bind(Anywhere, &[key('5')], Action::Pane(5), "alerts", None),
    bind(Anywhere, &[key('6')], Action::Pane(6), "events", None),
    bind(Anywhere, &[key('7')], Action::Pane(7), "analytics; again: 14 or 30 days", None),
    bind(Anywhere, &[key('<')], Action::Narrower, "pane narrower", None),
    bind(Anywhere, &[key('>')], Action::Wider, "pane wider", None),
    bind(Anywhere, &[key('{')], Action::Lower, "pane lower", None),
    bind(Anywhere, &[key('}')], Action::Higher, "pane higher", None),
    bind(Anywhere, &[key('|')], Action::Rearrange, "panes as at first", None),
    bind(Anywhere, &[key('z')], Action::Zoom, "pane alone, and back", Some("full screen")),
    bind(Anywhere, &[code(KeyCode::Esc)], Action::Escape, "close, clear, let go", None),
    bind(Anywhere, &[ctrl('l')], Action::Redraw, "draw the screen anew", None),
    bind(Anywhere, &[ctrl('z')], Action::Suspend, "suspend to the shell", None),
    bind(Anywhere, &[key('q'), ctrl('c')], Action::Quit, "quit", Some("quit")),
];

/// Why a keymap cannot be as asked.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum KeymapError {
    /// Nothing of that name can be done.
    #[error("nothing called {name:?} can be done; `watchtower config keys` lists what can")]
    NoAction {
        /// As it was written.
        name: String,
    },
    /// It is no key.
    #[error("{text:?} is no key like x, Ctrl-x, Enter, F5, PgDn, Space")]
    NoKey {
        /// As it was written.
        text: String,
    },
    /// One key, two actions.
    #[error("{key} would mean both {one} and {other}")]
    Taken {
        /// The key.
        key: String,
        /// What it means.
        one: String,
        /// What else.
        other: String,
    },
}

/// The keys of this dashboard: the table, as far as the user has not changed it.
#[derive(Clone, Debug)]
pub struct Keymap {
    rows: Vec<Row>,
}

/// A row of a keymap.
#[derive(Clone, Debug)]
pub struct Row {
    /// The keys; the first stands for all in hints. None: it has been taken away.
    pub keys: Vec<Chord>,
    /// Where, what, and the words for it.
    pub binding: &'static Binding,
}

impl Default for Keymap {
    fn default() -> Self {
        let row = |binding: &'static Binding| Row { keys: binding.keys.to_vec(), binding };
        Self { rows: KEYMAP.iter().map(row).collect() }
    }
}

impl Keymap {
    /// The table with other keys for some actions: `next-alert` to `x`, `Ctrl-x`. A key
    /// that is given to one action is taken from the one that had it, unless that one was
    /// given it, too.
    ///
    /// # Errors
    ///
    /// All that is wrong with it.
    pub fn with<'a>(
        changes: impl IntoIterator<Item = (&'a str, &'a [String])>,
    ) -> Result<Self, Vec<KeymapError>> {
        let (mut map, mut wrong) = (Self::default(), Vec::new());
        let mut changed: Vec<&'static Binding> = Vec::new();
        for (name, keys) in changes {
            let keys: Vec<Chord> = keys
                .iter()
                .filter_map(|text| {
                    let key = Chord::parse(text);
                    if key.is_none() {
                        wrong.push(KeymapError::NoKey { text: text.clone() });
                    }
                    key
                })
                .collect();
            let rows = map.rows.iter_mut().filter(|row| row.binding.action.name() == name);
            let before = changed.len();
            for row in rows {
                row.keys.clone_from(&keys);
                changed.push(row.binding);
            }
            if changed.len() == before {
                wrong.push(KeymapError::NoAction { name: name.to_owned() });
            }
        }
        let is_changed = |binding: &Binding| changed.iter().any(|other| std::ptr::eq(*other, binding));
        let given: Vec<(Chord, Context)> = map
            .rows
            .iter()
            .filter(|row| is_changed(row.binding))
            .flat_map(|row| row.keys.iter().map(|key| (*key, row.binding.context)))
            .collect();
        for row in map.rows.iter_mut().filter(|row| !is_changed(row.binding)) {
            row.keys.retain(|key| !given.contains(&(*key, row.binding.context)));
        }
        let mut seen: Vec<(Chord, &'static Binding)> = Vec::new();
        for row in map.rows.iter().filter(|row| is_changed(row.binding)) {
            for key in &row.keys {
                let clash = seen
                    .iter()
                    .find(|(other, binding)| other == key && binding.context == row.binding.context);
                if let Some((_, binding)) = clash {
                    wrong.push(KeymapError::Taken {
                        key: key.name(),
                        one: binding.action.name(),
                        other: row.binding.action.name(),
                    });
                }
                seen.push((*key, row.binding));
            }
        }
        if wrong.is_empty() { Ok(map) } else { Err(wrong) }
    }

    /// Every row.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The first key of an action, for hints; none when it has been taken away.
    pub fn key_of(&self, action: Action) -> Option<String> {
        let row = self.rows.iter().find(|row| row.binding.action == action)?;
        row.keys.first().map(|key| key.name())
    }

    /// What a key means in one context alone.
    pub fn lookup_only(&self, event: &KeyEvent, context: Context) -> Option<Action> {
        let chord = Chord::of(event);
        let bound = |row: &&Row| row.binding.context == context && row.keys.contains(&chord);
        self.rows.iter().find(bound).map(|row| row.binding.action)
    }

    /// What a key means with a pane of that context in focus.
    pub fn lookup(&self, event: &KeyEvent, context: Context) -> Option<Action> {
        self.lookup_only(event, context).or_else(|| self.lookup_only(event, Anywhere))
    }
}

impl Action {
    /// The name used in configuration and in the palette: `next-alert`, `pane-4`.
    pub fn name(self) -> String {
        let mut name = String::new();
        for c in format!("{self:?}").chars() {
            match c {
                'A'..='Z' => {
                    if !name.is_empty() {
                        name.push('-');
                    }
                    name.push(c.to_ascii_lowercase());
                }
                '(' => name.push('-'),
                ')' => {}
                c => name.push(c),
            }
        }
        name
    }
}

impl Row {
    /// All its keys, for the help screen.
    pub fn names(&self) -> String {
        self.keys.iter().map(|chord| chord.name()).collect::<Vec<_>>().join(" ")
    }
}

impl Binding {
    /// All its keys as they are unless changed.
    pub fn names(&self) -> String {
        self.keys.iter().map(|chord| chord.name()).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::KeyModifiers;
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
                assert_eq!(
                    Keymap::default().lookup(&event, binding.context),
                    Some(binding.action),
                    "{}",
                    chord.name()
                );
            }
        }
    }

    #[test]
    fn shift_tab_is_known_in_both_spellings() {
        for event in [
            KeyEvent::new(KeyCode::BackTab, KeyModifiers::SHIFT),
            KeyEvent::new(KeyCode::Tab, KeyModifiers::SHIFT),
        ] {
            assert_eq!(Keymap::default().lookup(&event, Context::Map), Some(Action::Previous));
        }
    }

    #[test]
    fn every_key_is_read_by_its_own_name() {
        for chord in KEYMAP.iter().flat_map(|binding| binding.keys) {
            assert_eq!(Chord::parse(&chord.name()), Some(*chord), "{}", chord.name());
        }
        for text in ["", "Ctrl-", "F0", "F99", "Fx", "Hyper-x", "\u{7}", "ctrl-é"] {
            assert!(Chord::parse(text).is_none_or(|key| key.ctrl), "{text:?}");
        }
    }

    #[test]
    fn keys_are_changed_and_taken_from_who_had_them() {
        let keys = |text: &[&str]| text.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
        let (alert, quit) = (keys(&["q", "Ctrl-n"]), keys(&["Q"]));
        let map = Keymap::with([("next-alert", &alert[..]), ("quit", &quit)]).unwrap();
        let press = |c| map.lookup(&KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE), Context::List);
        assert_eq!([press('q'), press('Q'), press('n')], [Some(Action::NextAlert), Some(Action::Quit), None]);
        // Taken from the one that had it, who stays reachable otherwise or not at all.
        let map = Keymap::with([("next-alert", &keys(&["f"])[..])]).unwrap();
        assert_eq!(map.key_of(Action::Follow), None);
    }

    #[test]
    fn all_that_is_wrong_with_a_keymap_is_told_at_once() {
        let keys = |text: &str| vec![text.to_owned()];
        let (x, hyper) = (keys("x"), keys("Hyper-x"));
        let wrong =
            Keymap::with([("follow", &x[..]), ("fit", &x), ("fly", &x), ("find", &hyper)]).unwrap_err();
        let told: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        for words in ["both follow and fit", "\"fly\"", "Hyper-x"] {
            assert!(told.iter().any(|reason| reason.contains(words)), "{words} not in {told:?}");
        }
    }
}
