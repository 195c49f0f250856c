//! The shape of the house, checked: which module may know which, what stays
//! out of the core, how long a file may be.

use std::{
    fs,
    path::{Path, PathBuf},
};

use watchtower_core::{ask::INTENTS, engine::Rules, filter::TABLE};

/// Rust files below `folder`, with their text.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push((path.clone(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(!found.is_empty(), "{folder} holds no source");
    found
}

fn is_test(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "tests" || part.as_os_str() == "benches")
        || path.ends_with("tests.rs")
}

/// Asserts that no file below `folder` but tests and benches mentions any of `forbidden`.
fn never(folder: &str, forbidden: &[&str]) {
    let offences: Vec<String> = sources(folder)
        .iter()
        .filter(|(path, _)| !is_test(path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap()))
        .flat_map(|(path, text)| {
            text.lines().enumerate().filter_map(move |(number, line)| {
                let code = line.split("//").next().unwrap_or_default();
                let word = forbidden.iter().find(|word| code.contains(**word))?;
                Some(format!("{}:{}: {word}", path.display(), number + 1))
            })
        })
        .collect();
    assert!(offences.is_empty(), "{folder} must not know these:\n{}", offences.join("\n"));
}

#[test]
fn the_domain_knows_neither_engine_nor_ports() {
    never("src/core/domain", &["crate::engine", "crate::ports", "crate::filter"]);
}

#[test]
fn the_engine_knows_no_port() {
    never("src/core/engine", &["crate::ports", "crate::filter"]);
}

#[test]
fn the_filter_language_knows_only_the_domain() {
    never("src/core/filter", &["crate::engine", "crate::ports", "crate::historian"]);
}

#[test]
fn questions_know_only_the_domain_the_filter_language_and_what_ports_carry() {
    never("src/core/ask", &["crate::engine", "crate::historian", "crate::ports::log", "dyn "]);
}

#[test]
fn answers_know_neither_who_asks_nor_any_medium() {
    never(
        "src/answers",
        &["crate::adapters", "crate::daemon", "crate::tui", "crate::cli", "crate::simulator"],
    );
}

#[test]
fn the_core_reads_no_clock_and_draws_no_random_number() {
    never(
        "src/core",
        &["Utc::now", "Local::now", "SystemTime", "Instant::now", "new_v4", "now_v7", "std::env", "std::fs"],
    );
}

#[test]
fn the_core_depends_on_no_io() {
    let manifest =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/core/Cargo.toml")).unwrap();
    for driver in ["tokio", "sqlx", "redis", "axum", "reqwest", "ratatui", "crossterm"] {
        assert!(!manifest.contains(driver), "the core must not depend on {driver}");
    }
}

#[test]
fn ingest_is_pure() {
    never(
        "src/ingest",
        &["crate::adapters", "crate::daemon", "crate::tui", "crate::cli", "tokio::", "axum::", "sqlx::"],
    );
}

#[test]
fn adapters_know_nothing_above_them() {
    never("src/adapters", &["crate::daemon", "crate::tui", "crate::cli", "crate::simulator", "crate::books"]);
}

#[test]
fn daemon_and_dashboard_do_not_know_each_other_nor_any_medium() {
    let media = ["adapters::redis_streams", "adapters::postgis", "adapters::embedded", "sqlx::", "redis::"];
    never("src/daemon", &["crate::tui", "crate::cli", "crate::simulator"]);
    never("src/daemon", &media);
    never(
        "src/tui",
        &["crate::daemon", "crate::cli", "crate::adapters", "crate::simulator", "crate::ingest"],
    );
    never("src/tui", &media);
}

#[test]
fn no_file_holds_two_stories() {
    let long: Vec<String> = sources("src")
        .iter()
        .filter(|(path, _)| !is_test(path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap()))
        .map(|(path, text)| {
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text);
            (path, code.lines().count())
        })
        .filter(|(_, lines)| *lines > 500)
        .map(|(path, lines)| format!("{} has {lines} lines", path.display()))
        .collect();
    assert!(long.is_empty(), "look for the second story in:\n{}", long.join("\n"));
}

#[test]
fn every_file_says_what_it_owns() {
    for (path, text) in sources("src") {
        let is_tests = is_test(path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap());
        assert!(is_tests || text.starts_with("//!"), "{} does not begin with what it owns", path.display());
    }
}

/// The table of rules as RULES.md has it.
fn table_of_rules() -> String {
    let mut text = String::from("| key | default | can be set for | meaning |\n|---|---|---|---|\n");
    for row in Rules::table() {
        let default = format!("`{}` {}", row.default, row.unit);
        let cells = [format!("`{}`", row.key), default.trim_end().to_owned(), row.scope.words().to_owned()];
        text += &format!("| {} | {} |\n", cells.join(" | "), row.doc);
    }
    text
}

#[test]
fn the_rules_are_documented_as_they_are() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("RULES.md")).unwrap();
    assert!(text.contains(&table_of_rules()), "RULES.md should have this table:\n{}", table_of_rules());
}

/// The table of fields as FILTERS.md has it.
fn table_of_fields() -> String {
    let mut text = String::from("| field | holds | example | meaning |\n|---|---|---|---|\n");
    for row in TABLE {
        let names: Vec<_> = [row.name].iter().chain(row.aliases).map(|name| format!("`{name}`")).collect();
        text += &format!("| {} | {} | `{}` | {} |\n", names.join(", "), row.holds(), row.example, row.doc);
    }
    text
}

#[test]
fn the_fields_of_filters_are_documented_as_they_are() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("FILTERS.md")).unwrap();
    assert!(text.contains(&table_of_fields()), "FILTERS.md should have this table:\n{}", table_of_fields());
}

/// The table of questions as QUESTIONS.md has it.
fn table_of_questions() -> String {
    let names = [
        ("{truck}", "T11985LA"),
        ("{driver}", "Moruf Fashola"),
        ("{place}", "Apapa Port"),
        ("{group}", "FM"),
        ("{client}", "Deekay Foods"),
        ("{container}", "MSKU7750847"),
    ];
    let named =
        |example: &str| names.iter().fold(example.to_owned(), |text, (slot, name)| text.replace(slot, name));
    let mut text = String::from("| what | for example |\n|---|---|\n");
    for intent in INTENTS {
        let examples: Vec<_> =
            intent.examples.iter().map(|example| format!("`{}`", named(example))).collect();
        text += &format!("| {} | {} |\n", intent.doc, examples.join(", "));
    }
    text
}

#[test]
fn the_questions_are_documented_as_they_are() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("QUESTIONS.md")).unwrap();
    assert!(
        text.contains(&table_of_questions()),
        "QUESTIONS.md should have this table:\n{}",
        table_of_questions()
    );
}
