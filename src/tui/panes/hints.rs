//! The bottom line: the keys worth knowing, a message, or what is being typed.
//! And the tabs of panes that share a place.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Modifier,
};
use tui_input::Input;
use watchtower_core::filter::FilterError;

use super::Pen;
use crate::tui::{
    app::{Access, App, CHOICES, FilterLine, Gravity, Naming, Overlay, Prompt, Target},
    keymap::{Action, Context},
    layout::Pane,
    text, words,
};

/// The keys while a geofence is drawn.
const DRAWING: [(&str, &str); 8] = [
    ("Space", "corner"),
    ("Enter", "done"),
    ("Esc", "leave"),
    ("arrows", "move, capitals further"),
    ("Backspace", "take back"),
    ("o", "circle or area"),
    ("Tab", "take up a corner"),
    ("+ -", "zoom"),
];
/// Cells a line being typed keeps beside what is said of it.
const LEAST_TYPED: usize = 22;

/// Draws the line; returns where the text cursor belongs while something is
/// typed.
pub fn draw(app: &mut App, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    if area.is_empty() {
        return None;
    }
    let theme = &app.theme;
    buffer.set_string(area.x, area.y, " ".repeat(usize::from(area.width)), theme.bar);
    match (app.overlays.speaking(), &app.message) {
        (Some(Overlay::Prompt(prompt)), _) => return Some(draw_prompt(app, prompt, area, buffer)),
        (Some(Overlay::Naming(naming)), _) => draw_naming(app, *naming, area, buffer),
        (_, Some(message)) => {
            let style = match message.gravity {
                Gravity::Note => theme.bar.patch(theme.good),
                Gravity::Failure => theme.bar.patch(theme.bad),
            };
            Pen::new(buffer, area, theme).skip(1).put(&message.text, style);
        }
        (Some(Overlay::Copying), None) => draw_copying(app, area, buffer),
        (Some(Overlay::Drawing(_)), None) => {
            let mut pen = Pen::new(buffer, area, theme);
            pen.skip(1);
            for (key, does) in DRAWING {
                let (key, does) = (format!("{key} "), format!("{does}  "));
                pen.put_hint((&key, theme.bar.patch(theme.key)), (&does, theme.bar.patch(theme.dim)));
            }
        }
        (
            Some(Overlay::Help(_) | Overlay::Palette(_) | Overlay::Questions | Overlay::Dialog(_)) | None,
            None,
        ) => {
            draw_keys(app, area, buffer);
        }
    }
    None
}

fn draw_naming(app: &App, naming: Naming, area: Rect, buffer: &mut Buffer) {
    let words = match naming {
        Naming::Keep => "keep this view under a letter or a digit; Esc leaves".to_owned(),
        Naming::Return => {
            let names: Vec<String> = app.bookmarks.keys().map(char::to_string).collect();
            format!("go to {}; Esc leaves", names.join(" "))
        }
    };
    let theme = &app.theme;
    Pen::new(buffer, area, theme).skip(1).put(&words, theme.bar.patch(theme.key));
}

fn draw_copying(app: &mut App, area: Rect, buffer: &mut Buffer) {
    let theme = &app.theme;
    let mut pen = Pen::new(buffer, area, theme);
    pen.skip(1).put("copy  ", theme.bar.patch(theme.strong));
    for (key, what) in CHOICES {
        let start = pen.column();
        pen.put(&format!("{key} "), theme.bar.patch(theme.key)).put(what, theme.bar.patch(theme.dim));
        let place = Rect::new(start, area.y, pen.column() - start, 1);
        app.shown.targets.push((place, Target::Copy(key)));
        pen.skip(2);
    }
}

/// The keys worth knowing. Whatever else has no room, the way to all keys and the way out
/// have.
fn draw_keys(app: &mut App, area: Rect, buffer: &mut Buffer) {
    let theme = &app.theme;
    let is_on = |context| context != Context::Replay || app.replay.is_some();
    // From the past and from a wall nothing is sent.
    let sends = app.replay.is_none() && app.setting.access != Access::Wall;
    let is_open = |action| sends || !matches!(action, Action::Acknowledge | Action::PlanTrip);
    let rows = app.preferences.keymap.rows();
    let bound = rows
        .iter()
        .filter(|row| !row.keys.is_empty() && is_on(row.binding.context) && is_open(row.binding.action));
    let worth = bound.filter_map(|row| Some((row.keys[0].name(), row.binding.action, row.binding.hint?)));
    let (last, first): (Vec<_>, Vec<_>) =
        worth.partition(|(_, action, _)| matches!(action, Action::Help | Action::Quit));
    let width = |(key, _, hint): &(String, Action, &str)| text::width(key) + text::width(hint) + 3;
    let mut room = usize::from(area.width).saturating_sub(1 + last.iter().map(width).sum::<usize>());
    let mut shown: Vec<_> = first
        .into_iter()
        .take_while(|hint| {
            let fits = width(hint) <= room;
            room = room.saturating_sub(width(hint));
            fits
        })
        .collect();
    shown.extend(last);
    let mut pen = Pen::new(buffer, area, theme);
    pen.skip(1);
    for (key, action, hint) in shown {
        let start = pen.column();
        pen.put(&key, theme.bar.patch(theme.key)).put(" ", theme.bar).put(hint, theme.bar.patch(theme.dim));
        let place = Rect::new(start, area.y, pen.column() - start, 1);
        app.shown.targets.push((place, Target::Act(action)));
        pen.skip(2);
    }
}

fn draw_prompt(app: &App, prompt: &Prompt, area: Rect, buffer: &mut Buffer) -> Position {
    let theme = &app.theme;
    let (label, line, help): (String, &Input, String) = match prompt {
        Prompt::Filter(typed) => {
            ("\\".to_owned(), &typed.line, filter_help(app, typed, usize::from(area.width)))
        }
        Prompt::Find(line) => {
            let found = app.roster.len();
            ("/".to_owned(), line, format!("  {found} found  Enter show  Tab keep  Esc leave "))
        }
        Prompt::Note(id, line) => {
            let about = app.model.alerts.get(*id).map_or(String::new(), |entry| {
                format!("{} {}", entry.alert.vehicle, text::clean(&words::alert(&entry.alert)))
            });
            (format!("note on {about}:"), line, "  Enter acknowledge  Esc leave ".to_owned())
        }
    };
    let fault = match prompt {
        Prompt::Filter(typed) => typed.error.as_ref().filter(|error| !error.at.is_empty()),
        Prompt::Find(_) | Prompt::Note(..) => None,
    };
    let mut pen = Pen::new(buffer, area, theme);
    pen.skip(1).put(&label, theme.bar.patch(theme.key)).skip(1);
    // The line being typed has precedence over help on how to type it.
    if pen.room() >= text::width(&help) + 16 {
        let style = if fault.is_some() { theme.bad } else { theme.dim };
        pen.put_right(&help, theme.bar.patch(style));
    }
    let (start, room) = (pen.column(), pen.room().saturating_sub(1));
    let (cursor, scroll) = pen.put_typed(line, theme.bar.patch(theme.strong));
    if let Some(fault) = fault {
        let wide = |bytes: std::ops::Range<usize>| line.value().get(bytes).map_or(0, text::width);
        let (from, to) = (wide(0..fault.at.start), wide(0..fault.at.end));
        let (from, to) = (from.saturating_sub(scroll).min(room), to.saturating_sub(scroll).min(room));
        let cells = to.saturating_sub(from).max(1) as u16;
        let place = Rect::new(start + from as u16, area.y, cells, 1).intersection(area);
        buffer.set_style(place, theme.bad.add_modifier(Modifier::UNDERLINED));
    }
    cursor
}

/// What is wrong with a filter; else how many pass, and what may stand at the cursor.
fn filter_help(app: &App, typed: &FilterLine, width: usize) -> String {
    // The line keeps some cells, whatever there is to say of it.
    let room = width.saturating_sub(LEAST_TYPED);
    // At the end of the line, what may follow says more than that something is missing.
    let offers = |error: &&FilterError| error.at.is_empty() && !typed.offered.is_empty();
    if let Some(error) = typed.error.as_ref().filter(|error| !offers(error)) {
        return text::cut(&format!("  {} ", text::clean(&error.to_string())), room, app.theme.signs.ellipsis);
    }
    let fleet = app.model.vehicles.len();
    let mut help = format!("  {} of {fleet}", app.roster.passing().unwrap_or(fleet));
    match typed.field {
        Some(row) if typed.offered.is_empty() => help += &format!("  {}: {}", row.name, row.doc),
        _ if typed.offered.is_empty() => {}
        _ => {
            let offered: Vec<_> = typed.offered.iter().take(4).map(|offered| text::clean(offered)).collect();
            help += &format!("  Tab {}", offered.join("  "));
        }
    }
    let keys = "  Enter keep  Esc clear ";
    if text::width(&help) + text::width(keys) <= room {
        help += keys;
    }
    text::cut(&help, room, app.theme.signs.ellipsis)
}

/// Names the panes that share this place, on its frame's bottom line.
pub fn tabs(app: &mut App, area: Rect, buffer: &mut Buffer, shown: Pane) {
    let sharing = app.shown.layout.sharing(shown);
    // The map's own line is the map's.
    if sharing.len() < 2 || super::inside(area) == area || shown == Pane::Map {
        return;
    }
    let theme = &app.theme;
    let line = Rect { x: area.x + 2, y: area.bottom() - 1, width: area.width - 4, height: 1 };
    let named = |pane: Pane| format!(" {} {} ", pane.number(), pane.name());
    let whole: usize = sharing.iter().map(|pane| text::width(&named(*pane))).sum();
    let room = usize::from(line.width);
    let mut pen = Pen::new(buffer, line, theme);
    for &pane in sharing {
        let start = pen.column();
        let style = if pane == shown { theme.title_focused } else { theme.dim };
        // Where not all names fit, numbers stand for the others.
        let name = if whole <= room || pane == shown { named(pane) } else { format!(" {} ", pane.number()) };
        pen.put(&name, style);
        app.shown.targets.push((Rect::new(start, line.y, pen.column() - start, 1), Target::Tab(pane)));
    }
}
