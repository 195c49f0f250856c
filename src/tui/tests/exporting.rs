//! What is seen, written to files.

use crossterm::event::KeyCode;

use super::{fleet, stage::Stage};
use crate::tui::{app::Effect, export::Export};

/// What the form asks for when `what` is typed and the rest is taken as offered.
fn asked(stage: &mut Stage, what: &str) -> Export {
    stage.keys("E");
    stage.keys(what);
    stage.key(KeyCode::Enter);
    stage.key(KeyCode::Enter);
    match stage.effects.pop() {
        Some(Effect::Export(export)) => *export,
        other => panic!("{other:?} after {what}:\n{}", stage.text()),
    }
}

fn stage(directory: &tempfile::TempDir) -> Stage {
    let mut stage = Stage::new(120, 40);
    stage.draw();
    stage.app.export_to(directory.path().join("exports"));
    stage
}

/// Writes it; the file's name and what is in it.
fn written(export: Export) -> (String, String) {
    let directory = export.path.parent().unwrap().to_owned();
    export.write().unwrap();
    let file = std::fs::read_dir(&directory).unwrap().next().unwrap().unwrap().path();
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    (file.file_name().unwrap().to_string_lossy().into_owned(), text)
}

#[test]
fn only_trucks_that_pass_the_filter_are_exported() {
    let directory = tempfile::tempdir().unwrap();
    let mut stage = stage(&directory);
    stage.keys("\\status:idle");
    stage.key(KeyCode::Enter);
    let (name, text) = written(asked(&mut stage, "csv"));
    assert!(name.starts_with("watchtower-20") && name.ends_with(".csv"), "{name}");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<std::collections::HashMap<String, String>> =
        reader.deserialize().collect::<Result<_, _>>().unwrap();
    let idle = stage.app.model.vehicles.values().filter(|vehicle| vehicle.motion.name() == "idle").count();
    assert!(idle > 0 && rows.len() == idle, "{} of {idle}", rows.len());
    assert!(rows.iter().all(|row| row["status"] == "idle" && row["lat"].starts_with('6')), "{rows:?}");
    assert!(!text.contains("phone") && !text.contains("+234"));

    let (name, text) = written(asked(&mut stage, "geo"));
    assert!(name.ends_with(".geojson"), "{name}");
    let parsed: geojson::FeatureCollection = text.parse().unwrap();
    assert_eq!(parsed.features.len(), idle);
    assert!(parsed.features.iter().all(|feature| feature.geometry.is_some()));
}

#[test]
fn a_frame_is_exported_without_the_form_that_asked_for_it() {
    let directory = tempfile::tempdir().unwrap();
    let mut stage = stage(&directory);
    let before = stage.text();
    let (name, text) = written(asked(&mut stage, "frame as t"));
    assert!(name.ends_with(".txt"), "{name}");
    assert_eq!(text, before);
    let (_, ansi) = written(asked(&mut stage, "ansi"));
    assert!(ansi.contains("\u{1b}[0") && ansi.contains(&fleet::number(0)) && !ansi.contains("Export"));
}

#[test]
fn no_file_is_written_over_and_why_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let mut stage = stage(&directory);
    let export = asked(&mut stage, "");
    let told = export.clone().write().unwrap();
    assert!(told.starts_with("written: 84 trucks to ") && told.ends_with(".csv"), "{told}");
    let failed = export.write().unwrap_err();
    assert!(failed.contains("not written: ") && failed.contains("exists"), "{failed}");
    stage.mailbox().put_told("written: x.csv".to_owned());
    stage.take();
    assert!(stage.text().contains("written: x.csv"));
}

#[tokio::test]
async fn it_is_written_beside_the_screen_and_the_screen_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let mut stage = stage(&directory);
    let mailbox = std::sync::Arc::new(crate::tui::mailbox::Mailbox::default());
    asked(&mut stage, "csv").write_behind(mailbox.clone());
    mailbox.wait().await;
    assert!(mailbox.take().told.unwrap().contains("84 trucks"));
}

#[test]
fn a_form_without_a_choice_or_a_place_says_so_and_a_wall_exports_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let mut stage = stage(&directory);
    stage.keys("Ezzz");
    stage.key(KeyCode::Enter);
    stage.key(KeyCode::Enter);
    assert!(stage.text().contains("pick one of those below"), "{}", stage.text());
    assert_eq!(stage.effects, []);
    let mut wall = Stage::wall(120, 40);
    wall.keys("E");
    assert!(wall.text().contains("read-only") && wall.app.overlays.top().is_none());
}
