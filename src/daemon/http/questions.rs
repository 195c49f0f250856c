//! Questions in plain English, answered by rule.

use axum::{Json as Answered, body::Bytes, extract::State};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{AppState, error::Problem, guard::Viewer};
use crate::answers::{self, Answer, Call};

/// What is asked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    question: String,
}

/// A filter that means the same, and what it filters.
#[derive(Serialize)]
struct Filter {
    of: &'static str,
    filter: String,
}

/// An answer as it is answered.
#[derive(Serialize)]
pub(super) struct Told {
    question: String,
    answer: String,
    filter: Option<Filter>,
    calls: Vec<Call>,
    columns: Vec<&'static str>,
    /// The table for people, a cell a column.
    rows: Vec<Vec<String>>,
    /// The record behind each row.
    data: Vec<Value>,
}

/// `POST /ai/query`.
pub(super) async fn ask(
    State(state): State<AppState>,
    _: Viewer,
    body: Bytes,
) -> Result<Answered<Told>, Problem> {
    let asked: Asked = serde_json::from_slice(&body)
        .map_err(|error| Problem::unreadable(format!("body is not what it should be: {error}")))?;
    let (now, zone) = (state.now(), state.options.zone);
    let answer = answers::ask(&asked.question, &*state.log, &*state.store, now, zone).await?;
    Ok(Answered(Told::of(asked.question, answer)))
}

impl Told {
    fn of(question: String, answer: Answer) -> Self {
        let (rows, data) = answer.rows.into_iter().map(|row| (row.cells, row.data)).unzip();
        Self {
            question,
            answer: answer.text,
            filter: answer.filter.map(|(of, filter)| Filter { of: of.name(), filter }),
            calls: answer.calls,
            columns: answer.heads,
            rows,
            data,
        }
    }
}
