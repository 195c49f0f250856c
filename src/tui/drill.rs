//! A panic on request: how the end-to-end tests see that one leaves a sane
//! terminal behind. Debug builds alone hear the request.

use std::io;

use crossterm::event::{Event as Input, EventStream, KeyCode};
use futures::{Stream, StreamExt};

/// Names where a `P` that is typed panics: on the `screen`'s own thread, or in a
/// `task` beside it.
const VARIABLE: &str = "WATCHTOWER_TEST_PANIC";

/// The terminal's inputs.
pub fn inputs() -> impl Stream<Item = io::Result<Input>> {
    let place = if cfg!(debug_assertions) { std::env::var(VARIABLE).ok() } else { None };
    EventStream::new().inspect(move |input| {
        let typed = input.as_ref().ok().and_then(Input::as_key_event).map(|key| key.code);
        match place.as_deref() {
            Some("screen") if typed == Some(KeyCode::Char('P')) => panic!("a drill on the screen"),
            Some("task") if typed == Some(KeyCode::Char('P')) => {
                // Nobody waits for it: that is the case to be seen.
                drop(tokio::spawn(async { panic!("a drill in a task") }));
            }
            _ => {}
        }
    })
}
