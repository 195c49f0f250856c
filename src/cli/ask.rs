//! `watchtower ask`: a question in plain English, answered from the log and the store.
//! No daemon is needed, and no model is asked.

use std::cell::RefCell;

use clap::Args as ClapArgs;
use serde_json::json;

use super::{
    exit::{DATA, Failure},
    media::Media,
    records::{print, soon},
    signals,
};
use crate::{
    answers::{self, Answer, AskError},
    config::Settings,
    tui::text,
};

/// Arguments of the command.
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    /// The question; without quotes its words are put together
    #[arg(required = true, value_name = "QUESTION")]
    question: Vec<String>,
    /// As one JSON object: answer, filter, calls, data
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: Args, settings: Settings) -> anyhow::Result<()> {
    let stop = signals::stop_token()?;
    let why = RefCell::new("log or store does not answer".to_owned());
    let media = soon(Media::open(&settings, &stop), &why).await?;
    let question = args.question.join(" ");
    let (now, zone) = (super::wall_clock(), settings.time_zone);
    let answer = match answers::ask(&question, &*media.log, &*media.store, now, zone).await {
        Ok(answer) => answer,
        Err(AskError::Puzzle(puzzle)) => {
            let mut message = puzzle.problem.to_string();
            if !puzzle.instead.is_empty() {
                message += "; you can ask:";
                puzzle
                    .instead
                    .iter()
                    .for_each(|question| message += &format!("\n  {}", text::clean(question)));
            }
            return Err(Failure::new(DATA, message).into());
        }
        Err(AskError::Log(error)) => return Err(error.into()),
        Err(AskError::Store(error)) => return Err(error.into()),
    };
    print(&if args.json { object(&question, &answer) } else { page(&answer) })
}

/// For programs.
fn object(question: &str, answer: &Answer) -> String {
    let data: Vec<_> = answer.rows.iter().map(|row| &row.data).collect();
    let filter = answer.filter.as_ref().map(|(of, filter)| json!({"of": of.name(), "filter": filter}));
    let object = json!({
        "question": question, "answer": answer.text, "filter": filter, "calls": answer.calls, "data": data,
    });
    format!("{object}\n")
}

/// For people: the sentences, the table, and the command that lists the same.
fn page(answer: &Answer) -> String {
    let mut page = format!("{}\n", text::clean(&answer.text));
    if !answer.rows.is_empty() {
        page.push('\n');
        page += &table(answer);
    }
    if let Some((of, filter)) = &answer.filter {
        // A single quote ends what the shell quotes.
        let quoted = filter.replace('\'', r"'\''");
        page += &format!("\nwatchtower {} --filter '{}'\n", of.name(), text::clean(&quoted));
    }
    page
}

fn table(answer: &Answer) -> String {
    let heads: Vec<String> = answer.heads.iter().map(|head| (*head).to_owned()).collect();
    let rows: Vec<Vec<String>> =
        answer.rows.iter().map(|row| row.cells.iter().map(|cell| text::clean(cell)).collect()).collect();
    let all = || [&heads].into_iter().chain(&rows);
    let width = |place: usize| all().filter_map(|row| row.get(place)).map(|cell| text::width(cell)).max();
    let widths: Vec<usize> = (0..heads.len()).map(|place| width(place).unwrap_or(0)).collect();
    let mut out = String::new();
    for row in all() {
        let cells = row.iter().zip(&widths);
        let line: Vec<String> =
            cells.map(|(cell, width)| format!("{cell}{}", " ".repeat(width - text::width(cell)))).collect();
        out += line.join("  ").trim_end();
        out.push('\n');
    }
    out
}
