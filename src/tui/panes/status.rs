//! The top line: connected to what, how old the data is, how the fleet stands,
//! what is filtered, what time it is there.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};
use watchtower_core::domain::{live::Motion as Moving, time::Timestamp};

use super::Pen;
use crate::tui::{
    app::{Access, App, Target},
    keymap::Action,
    mailbox::Link,
    replay::Motion,
    text, words,
};

/// Without an entry for this long the line says so instead of the lag.
const QUIET_S: f64 = 60.0;
/// An event clock further than this from the wall clock is a replay.
const REPLAY_S: f64 = 120.0;

/// The source whose fixes never happened.
const SIMULATOR: &str = "simulator";

/// Cells between two segments, the divider among them.
const GAP: usize = 3;

/// A part of the line: the same said long and short, and what a click does.
struct Segment {
    long: Vec<(String, Style)>,
    short: Vec<(String, Style)>,
    action: Option<Action>,
}

/// Draws the line.
pub fn draw(app: &mut App, area: Rect, buffer: &mut Buffer, now: Timestamp) {
    if area.is_empty() {
        return;
    }
    let bar = app.theme.bar;
    buffer.set_string(area.x, area.y, " ".repeat(usize::from(area.width)), bar);
    // Nobody needs the product's name more than the reason nothing moves.
    let brand = if app.connection.link == Link::Live { brand(app) } else { String::new() };
    let mut segments = [connection(app, now), alerts(app), fleet(app), filter(app), clock(app, now)];
    // What says the least for its length is said short first; of a connection that
    // is lost the reason comes before all else.
    let order = match app.connection.link {
        Link::Live => [2, 4, 1, 0, 3],
        Link::Connecting | Link::Reconnecting { .. } => [2, 4, 0, 1, 3],
    };
    let room = usize::from(area.width).saturating_sub(text::width(&brand));
    let mut shortened = Vec::new();
    for index in order {
        if needed(&segments) <= room {
            break;
        }
        let segment = &mut segments[index];
        std::mem::swap(&mut segment.long, &mut segment.short);
        shortened.push(index);
    }
    // A long one may have made room for those before it.
    for index in shortened {
        let swap = |segment: &mut Segment| std::mem::swap(&mut segment.long, &mut segment.short);
        swap(&mut segments[index]);
        if needed(&segments) > room {
            swap(&mut segments[index]);
        }
    }
    let with_brand = needed(&segments) + text::width(&brand) <= usize::from(area.width);
    let theme = &app.theme;
    let mut pen = Pen::new(buffer, area, theme);
    let [connection, alerts, fleet, filter, clock] = segments;
    // On the narrowest screens the fleet has the last cells.
    if width(&connection.long) + width(&alerts.long) + width(&fleet.long) + width(&clock.long) + 3 * GAP
        <= usize::from(area.width)
    {
        pen.put_right(" ", bar);
        for (text, style) in clock.long.iter().rev() {
            pen.put_right(text, bar.patch(*style));
        }
    }
    if with_brand {
        pen.put(&brand, bar.patch(theme.brand));
    }
    for segment in [connection, alerts, fleet, filter] {
        let begins = pen.column() > area.x;
        let needed = width(&segment.long) + if begins { GAP } else { 1 };
        if segment.long.is_empty() || needed > pen.room() {
            continue;
        }
        let divider = format!(" {} ", theme.signs.divider);
        pen.put(if begins { &divider } else { " " }, bar.patch(theme.border));
        let start = pen.column();
        for (text, style) in &segment.long {
            pen.put(text, bar.patch(*style));
        }
        if let Some(action) = segment.action {
            app.shown.targets.push((Rect::new(start, area.y, pen.column() - start, 1), Target::Act(action)));
        }
    }
}

/// Cells the segments take side by side, dividers included.
fn needed(segments: &[Segment]) -> usize {
    let widths = segments.iter().map(|segment| width(&segment.long)).filter(|width| *width > 0);
    widths.map(|width| width + GAP).sum()
}

fn brand(app: &App) -> String {
    match &app.setting.note {
        Some(note) => format!(" WATCH TOWER {} {}", app.theme.signs.dot, text::clean(note)),
        None => " WATCH TOWER".to_owned(),
    }
}

fn width(parts: &[(String, Style)]) -> usize {
    parts.iter().map(|(text, _)| text::width(text)).sum()
}

fn connection(app: &App, now: Timestamp) -> Segment {
    let (theme, name) = (&app.theme, text::clean(&app.setting.connection));
    let (sign, style, long, short) = match &app.connection.link {
        Link::Connecting => {
            (theme.signs.down, theme.warn, format!("connecting to {name}"), "connecting".to_owned())
        }
        Link::Reconnecting { since, reason } => {
            let away = words::age(now.seconds_since(*since));
            let reason = text::cut(&text::clean(reason), 40, theme.signs.ellipsis);
            (theme.signs.down, theme.bad, format!("reconnecting {away}: {reason}"), format!("lost {away}"))
        }
        Link::Live if app.replay.is_some() => {
            let pace = app.replay.map_or(String::new(), |standing| match standing.motion {
                Motion::Playing => format!("x{}", standing.speed),
                Motion::Paused => "paused".to_owned(),
            });
            (theme.signs.live, theme.warn, format!("{name} {pace}"), pace)
        }
        Link::Live => {
            let lag = app.connection.arrival.map(|arrival| {
                let quiet = now.seconds_since(arrival.arrived_at);
                let lag = (arrival.arrived_at.millis() - arrival.recorded_at.millis()).max(0);
                match (quiet > QUIET_S, lag) {
                    (true, _) => format!("quiet {}", words::age(quiet)),
                    (false, 0..10_000) => format!("{lag} ms"),
                    (false, _) => format!("{} behind", words::age(lag as f64 / 1_000.0)),
                }
            });
            let lag = lag.unwrap_or_else(|| "no news yet".to_owned());
            (theme.signs.live, theme.good, format!("{name} {lag}"), lag)
        }
    };
    let parts = |text: String| vec![(format!("{sign} "), style), (text, Style::new())];
    Segment { long: parts(long), short: parts(short), action: None }
}

fn fleet(app: &App) -> Segment {
    let (theme, counts) = (&app.theme, app.model.counts());
    let (mut long, mut short) = (vec![(format!("{} trucks", counts.total), Style::new())], Vec::new());
    for (motion, count) in Moving::ALL.iter().zip(counts.by_motion) {
        let (sign, style) = theme.motion(*motion);
        let style = if count == 0 { theme.dim } else { style };
        long.push((format!("  {sign}{count} {}", motion.name()), style));
        let gap = if short.is_empty() { "" } else { " " };
        short.push((format!("{gap}{sign}{count}"), style));
    }
    Segment { long, short, action: Some(Action::Fit) }
}

fn alerts(app: &App) -> Segment {
    let (theme, open) = (&app.theme, app.model.alerts.open_count());
    let style = if open > 0 { theme.bad } else { theme.dim };
    let words = if open == 1 { "alert" } else { "alerts" };
    Segment {
        long: vec![(format!("{} {open} {words}", theme.signs.alert), style)],
        short: vec![(format!("{}{open}", theme.signs.alert), style)],
        action: Some(Action::NextAlert),
    }
}

fn filter(app: &App) -> Segment {
    let filter = app.roster.filter();
    if !filter.is_empty() {
        let filter = text::cut(&text::clean(&filter.to_string()), 40, app.theme.signs.ellipsis);
        let parts = |label: &str| vec![(format!("{label}{filter}"), app.theme.warn)];
        return Segment { long: parts("filter: "), short: parts("\\"), action: Some(Action::Filter) };
    }
    if app.roster.query().is_empty() {
        return Segment { long: Vec::new(), short: Vec::new(), action: None };
    }
    let query = text::cut(&text::clean(app.roster.query()), 24, app.theme.signs.ellipsis);
    let parts = |label: &str| vec![(format!("{label}{query}"), app.theme.warn)];
    Segment { long: parts("filter: "), short: parts("/"), action: Some(Action::Find) }
}

/// The fleet's time: the wall clock's, or that of a source that brings its own.
fn clock(app: &App, now: Timestamp) -> Segment {
    let (theme, zone) = (&app.theme, app.setting.zone);
    let (mut long, mut short) = (Vec::new(), Vec::new());
    let other = app.model.event_clock();
    let other = other.filter(|(source, at)| {
        app.replay.is_some() || *source == SIMULATOR || now.seconds_since(*at).abs() > REPLAY_S
    });
    if let Some((source, at)) = other {
        let mark = if source == SIMULATOR { " SIM " } else { " REPLAY " };
        for parts in [&mut long, &mut short] {
            parts.push((mark.to_owned(), theme.badge));
            parts.push((" ".to_owned(), Style::new()));
        }
        if at.local_date(zone) != now.local_date(zone) {
            let day = at.to_utc().with_timezone(&zone).format("%-d %b %Y");
            long.push((format!("{day} "), theme.strong));
        }
    }
    if app.setting.access == Access::Wall {
        for parts in [&mut long, &mut short] {
            parts.insert(0, (" WALL ".to_owned(), theme.badge));
            parts.insert(1, (" ".to_owned(), Style::new()));
        }
    }
    let shown = other.map_or(now, |(_, at)| at);
    let seconds = format!("{} {}", words::second(shown, zone), words::zone_name(shown, zone));
    long.push((seconds, Style::new()));
    short.push((words::hour(shown, zone), Style::new()));
    Segment { long, short, action: None }
}
