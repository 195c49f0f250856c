//! Questions in plain English at the screen: typed, chosen, answered by what the screen
//! knows or by the store, and gone to.

use std::sync::Arc;

use crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyModifiers, MouseEventKind};

use super::{
    fleet::{key, number},
    stage::Stage,
};
use crate::{
    answers::Answer,
    tui::{app::Access, questions::Told},
};

fn ask(stage: &mut Stage, question: &str) {
    stage.keys("Q");
    stage.input(Input::Key(KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL)));
    stage.keys(question);
    stage.key(KeyCode::Enter);
}

fn answer(stage: &Stage) -> Arc<Answer> {
    match &stage.app.questions.told {
        Told::Answer(answer) => answer.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_question_is_answered_and_its_truck_gone_to() {
    let mut stage = Stage::new(120, 40);
    ask(&mut stage, &format!("where is {}?", number(7)));
    let text = stage.text();
    assert!(answer(&stage).text.starts_with(&number(7)), "{text}");
    assert!(text.contains("TRUCK") && text.contains("Enter ask"), "{text}");
    stage.key(KeyCode::Down);
    assert!(stage.text().contains("Enter go there"));
    stage.key(KeyCode::Enter);
    assert_eq!(stage.app.selected, Some(key(&number(7))));
    assert!(!stage.text().contains("Enter go there"), "the sheet stays over what is shown");
    // What was told is there again, and so is the question.
    stage.keys("Q");
    assert!(stage.text().contains(&format!("? where is {}?", number(7))));
}

#[test]
fn what_is_asked_is_shown_as_a_filter_and_becomes_the_lists() {
    let mut stage = Stage::new(120, 40);
    ask(&mut stage, "which trucks are idle?");
    let text = stage.text();
    assert!(text.contains("filter status:idle"), "{text}");
    let idle = answer(&stage).rows.len();
    assert!(idle > 0 && idle < 84, "{idle}");
    stage.input(Input::Key(KeyEvent::new(KeyCode::Char('f'), KeyModifiers::CONTROL)));
    assert_eq!(stage.app.roster.filter().to_string(), "status:idle");
    // The same by a click on it.
    stage.app.roster.narrow(Default::default());
    ask(&mut stage, "which trucks are parked?");
    let (column, row) = stage.find("status:parked").unwrap();
    stage.click(column, row);
    assert_eq!(stage.app.roster.filter().to_string(), "status:parked");
}

#[test]
fn rows_are_clicked_and_scrolled() {
    let mut stage = Stage::new(100, 24);
    ask(&mut stage, "which trucks are there?");
    assert_eq!(answer(&stage).rows.len(), 84);
    let first = answer(&stage).rows[0].cells[0].clone();
    assert!(stage.find(&first).is_some());
    stage.mouse(MouseEventKind::ScrollDown, 50, 12);
    let seen = (0..84).find(|row| stage.find(&format!("{} ", answer(&stage).rows[*row].cells[0])).is_some());
    let seen = seen.filter(|row| *row > 0).expect("the wheel scrolls the rows");
    let number = answer(&stage).rows[seen].cells[0].clone();
    let (column, row) = stage.find(&number).unwrap();
    stage.click(column, row);
    assert_eq!(stage.app.selected, Some(key(&number)));
}

#[test]
fn what_is_not_understood_is_said_with_what_can_be_asked() {
    let mut stage = Stage::new(120, 40);
    ask(&mut stage, "what is the weather?");
    let text = stage.text();
    assert!(text.contains("I know nothing called \"weather\". These can be asked:"), "{text}");
    stage.key(KeyCode::Down);
    stage.key(KeyCode::Enter);
    assert!(!answer(&stage).text.is_empty());
    // Nothing was asked yet: examples of what can be.
    let mut stage = Stage::new(120, 40);
    stage.keys("Q");
    assert!(stage.text().contains("Ask in plain English"));
    stage.keys("which truks are idle?");
    stage.key(KeyCode::Enter);
    assert!(answer(&stage).text.contains(" idle"), "{}", answer(&stage).text);
}

#[test]
fn names_are_completed_and_questions_recalled() {
    let mut stage = Stage::new(120, 40);
    stage.keys("Q");
    let begun = &number(12)[..4];
    stage.keys(&format!("where is {begun}"));
    assert!(stage.text().contains(&stage.app.questions.offers[0].clone()));
    stage.key(KeyCode::Tab);
    let line = stage.app.questions.line.value().to_owned();
    assert!(line.len() > format!("where is {begun}").len(), "{line}");
    stage.key(KeyCode::Enter);
    ask(&mut stage, "alerts");
    stage.key(KeyCode::Up);
    stage.key(KeyCode::Up);
    assert_eq!(stage.app.questions.line.value(), line.trim());
    stage.key(KeyCode::Down);
    assert_eq!(stage.app.questions.line.value(), "alerts");
}

#[test]
fn open_alerts_are_known_here_and_the_past_is_the_stores() {
    let mut stage = Stage::new(120, 40);
    ask(&mut stage, "alerts");
    assert_eq!(
        answer(&stage).rows.len(),
        stage.app.model.alerts.entries().iter().filter(|entry| entry.alert.end.is_none()).count()
    );
    ask(&mut stage, "alerts yesterday");
    assert!(stage.text().contains("there is no store here to ask about the past"));
    stage.app.use_archive();
    ask(&mut stage, "alerts yesterday");
    assert!(stage.text().contains("The store is being asked."));
    let errand = stage.app.errand().unwrap().clone();
    let told = errand.inquiry.answer(&Default::default());
    // An answer to a question nobody asks any more is nobody's.
    stage.mailbox().put_answer(errand.number.wrapping_sub(1), Ok(Arc::new(Answer::default())));
    stage.take();
    assert_eq!(stage.app.questions.told, Told::Awaited);
    stage.mailbox().put_answer(errand.number, Ok(Arc::new(told)));
    stage.take();
    assert!(stage.text().contains("No alert was raised yesterday."));
    assert!(stage.app.errand().is_none());
}

#[test]
fn a_wall_may_ask_and_every_size_has_a_sheet() {
    let mut stage = Stage::wall(80, 24);
    assert_eq!(stage.app.setting.access, Access::Wall);
    ask(&mut stage, "how many trucks are moving?");
    assert!(stage.text().contains(" of 84 trucks are moving."));
    for (width, height) in [(1, 1), (7, 3), (20, 5), (40, 12), (200, 50)] {
        stage.resize(width, height);
        stage.draw();
    }
}

#[test]
fn a_narrow_screen_says_how_to_leave_and_two_stops_are_one() {
    let mut stage = Stage::new(40, 12);
    ask(&mut stage, "which trucks are idle near Zanzibar Quay?");
    let text = stage.text();
    assert!(matches!(stage.app.questions.told, Told::Puzzle(_)), "{text}");
    assert!(text.contains("Esc close") && !text.contains("?."), "{text}");
}
