//! A panic on request: how the end-to-end tests see that one leaves a sane
//! terminal behind. Debug builds alone hear the request.

use std::io;

use crossterm::event::{Event as Input, KeyCode};
use futures::{Stream, StreamExt};

use super::terminal::{self, Heard};

/// Names where a `P` that is typed panics: on the `screen`'s own thread, or in a
/// `task` beside it.
const VARIABLE: &str = "WATCHTOWER_TEST_PANIC";

/// What the terminal says.
pub fn heard() -> io::Result<impl Stream<Item = io::Result<Heard>>> {
    let place = if cfg!(debug_assertions) { std::env::var(VARIABLE).ok() } else { None };
    Ok(terminal::heard()?.inspect(move |heard| {
        let typed = match heard {
            Ok(Heard::Input(Input::Key(key))) => Some(key.code),
            Ok(_) | Err(_) => None,
        };
        match place.as_deref() {
            Some("screen") if typed == Some(KeyCode::Char('P')) => panic!("a drill on the screen"),
            Some("task") if typed == Some(KeyCode::Char('P')) => {
                // Nobody waits for it: that is the case to be seen.
                drop(tokio::spawn(async { panic!("a drill in a task") }));
            }
            _ => {}
        }
    }))
}
