//! The sheet of questions in plain English: the line, what was told, rows to go to.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use super::Pen;
use crate::{
    answers::{Answer, Filtered},
    tui::{
        app::Target,
        questions::{Questions, Told},
        text,
        theme::Theme,
    },
};

/// Cells of the widest sheet.
const WIDEST: u16 = 110;
/// Rows of the highest.
const HIGHEST: u16 = 30;
/// Lines of sentences.
const SENTENCES: usize = 6;

/// Draws the sheet; returns what a click does in it, and where the text cursor belongs.
pub fn draw(
    theme: &Theme,
    questions: &mut Questions,
    screen: Rect,
    buffer: &mut Buffer,
) -> (Vec<(Rect, Target)>, Option<Position>) {
    let (area, body) = super::sheet(buffer, screen, theme, ((WIDEST, HIGHEST), 4), "Ask");
    let mut lines = body.rows();
    let cursor = lines.next().and_then(|line| draw_line(theme, questions, line, buffer));
    let hint = lines.next_back().filter(|_| body.height > 3);
    if let Some(line) = lines.next() {
        draw_below(theme, questions, line, buffer);
    }
    for (words, grave) in sentences(questions, usize::from(body.width)) {
        let Some(line) = lines.next() else { break };
        Pen::new(buffer, line, theme).put(&words, if grave { theme.warn } else { theme.base });
    }
    let mut targets = Vec::new();
    if let Told::Answer(answer) = &questions.told
        && let Some((of, filter)) = &answer.filter
        && let Some(line) = lines.next()
    {
        let mut pen = Pen::new(buffer, line, theme);
        if *of == Filtered::Trucks {
            pen.put_right(" ^F filters the list by it", theme.dim);
            targets.push((line, Target::FilterTold));
        }
        pen.put("filter ", theme.dim).put(&text::clean(filter), theme.strong);
    }
    let rows: Vec<Rect> = lines.collect();
    if let (Some(first), Some(last)) = (rows.first(), rows.last()) {
        let place = Rect { height: last.bottom() - first.y, ..*first };
        let seen = draw_rows(theme, questions, place, buffer, &mut targets);
        super::thumb(buffer, area, theme, seen, questions.rows());
    }
    if let Some(line) = hint {
        draw_hint(theme, questions, line, buffer);
    }
    (targets, cursor.filter(|cursor| screen.contains(*cursor)))
}

/// The line being typed.
fn draw_line(theme: &Theme, questions: &Questions, line: Rect, buffer: &mut Buffer) -> Option<Position> {
    let mut pen = Pen::new(buffer, line, theme);
    pen.put("? ", theme.key);
    let (cursor, _) = pen.put_typed(&questions.line, theme.strong);
    questions.picked.is_none().then_some(cursor)
}

/// Names for the word being typed, else nothing.
fn draw_below(theme: &Theme, questions: &Questions, line: Rect, buffer: &mut Buffer) {
    let mut pen = Pen::new(buffer, line, theme);
    for (place, offer) in questions.offers.iter().enumerate() {
        let style = if place == 0 { theme.key } else { theme.dim };
        pen.put_whole("  ", theme.dim).put_whole(&text::clean(offer), style);
    }
}

/// What was told, in lines of a width, and whether it is a refusal.
fn sentences(questions: &Questions, width: usize) -> Vec<(String, bool)> {
    let (told, grave) = match &questions.told {
        Told::Nothing => ("Ask in plain English; for instance:".to_owned(), false),
        Told::Awaited => ("The store is being asked.".to_owned(), false),
        Told::Answer(answer) => (answer.text.clone(), false),
        Told::Failed(why) => (why.clone(), true),
        Told::Puzzle(puzzle) => {
            let problem = puzzle.problem.to_string();
            // Some problems are questions themselves.
            let stop = if problem.ends_with('?') { "" } else { "." };
            let offer = if puzzle.instead.is_empty() { "" } else { " These can be asked:" };
            (format!("{problem}{stop}{offer}"), true)
        }
    };
    let mut lines = wrapped(&text::clean(&told), width);
    lines.truncate(SENTENCES);
    lines.into_iter().map(|line| (line, grave)).collect()
}

/// A text broken between words.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if text::width(line) + 1 + text::width(word) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The rows: of the answer's table under its heads, or the questions that can be asked.
fn draw_rows(
    theme: &Theme,
    questions: &mut Questions,
    mut place: Rect,
    buffer: &mut Buffer,
    targets: &mut Vec<(Rect, Target)>,
) -> std::ops::Range<usize> {
    let table = match &questions.told {
        Told::Answer(answer) if !answer.rows.is_empty() => Some(answer.clone()),
        _ => None,
    };
    let widths = table.as_ref().map(|answer| widths(answer, usize::from(place.width)));
    if let (Some(answer), Some(widths)) = (&table, &widths) {
        let mut pen = Pen::new(buffer, Rect { height: 1, ..place }, theme);
        for (head, width) in answer.heads.iter().zip(widths) {
            pen.cell(head, *width, theme.dim).skip(2);
        }
        place = Rect { y: place.y + 1, height: place.height - 1, ..place };
    }
    let seen = questions.window.rows(questions.rows(), usize::from(place.height));
    for row in seen.clone() {
        let line = Rect { y: place.y + (row - seen.start) as u16, height: 1, ..place };
        let mut pen = Pen::new(buffer, line, theme);
        match (&table, &widths) {
            (Some(answer), Some(widths)) => {
                for (cell, width) in answer.rows[row].cells.iter().zip(widths) {
                    pen.cell(&text::clean(cell), *width, theme.base).skip(2);
                }
            }
            _ => {
                pen.put(&text::clean(&questions.proposals()[row]), theme.base);
            }
        }
        if questions.picked == Some(row) {
            buffer.set_style(line, theme.cursor);
        }
        targets.push((line, Target::Told(row)));
    }
    seen
}

/// Cells of the columns: what they hold, the widest cut until all fit.
fn widths(answer: &Answer, room: usize) -> Vec<usize> {
    let widest = |column: usize| {
        let cells = answer.rows.iter().filter_map(|row| row.cells.get(column)).map(|cell| text::width(cell));
        cells.max().unwrap_or(0).max(text::width(answer.heads[column]))
    };
    let mut widths: Vec<usize> = (0..answer.heads.len()).map(widest).collect();
    let gaps = 2 * widths.len().saturating_sub(1);
    while widths.iter().sum::<usize>() + gaps > room
        && let Some(widest) = widths.iter_mut().max().filter(|width| **width > 4)
    {
        *widest -= 1;
    }
    widths
}

fn draw_hint(theme: &Theme, questions: &Questions, line: Rect, buffer: &mut Buffer) {
    let enter = match (questions.picked.and_then(|row| questions.choice(row)), questions.picked) {
        (Some(crate::tui::questions::Choice::Go(_)), _) => "go there",
        (None, Some(_)) => "stay",
        (Some(crate::tui::questions::Choice::Ask(_)), _) | (None, None) => "ask",
    };
    let mut pen = Pen::new(buffer, line, theme);
    for (key, does) in
        [("Enter", enter), ("Esc", "close"), ("Down", "rows"), ("Up", "asked before"), ("Tab", "name")]
    {
        pen.put_hint((key, theme.key), (&format!(" {does}  "), theme.dim));
    }
}
