//! The table: every key as it is unless the user changed it.

use crossterm::event::KeyCode;

use super::{
    Action,
    chord::{Chord, code, ctrl, key},
};

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
    bind(Anywhere, &[key('Q')], Action::Ask, "ask: which trucks are idle?", Some("ask")),
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

impl Binding {
    /// All its keys as they are unless changed.
    pub fn names(&self) -> String {
        self.keys.iter().map(|chord| chord.name()).collect::<Vec<_>>().join(" ")
    }
}
