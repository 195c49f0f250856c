//! Standard input as what it says. Read on the loop's own thread: the terminal is only
//! read when it has something to say, and stays in the mode the shell gave it.

use std::{
    collections::VecDeque,
    io::{self, Stdin},
    time::Duration,
};

use futures::{Stream, stream};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};
use tokio::{
    io::{Interest, unix::AsyncFd},
    time,
};

use super::input::{Heard, Parser, Patience};

/// A terminal goes on with a sequence it has just begun within this, over a slow line too; a
/// person does not type the next key as soon.
const SHORT: Duration = Duration::from_millis(50);
/// What can be nothing else than a sequence, or a paste, is over when it has not gone on for so
/// long.
const LONG: Duration = Duration::from_secs(2);
/// Bytes of one read.
const READ: usize = 4_096;

/// What standard input says, until it ends or fails.
#[expect(deprecated, reason = "what replaces it is unsafe; standard input stays open as long as the process")]
pub fn heard() -> io::Result<impl Stream<Item = io::Result<Heard>>> {
    let terminal = AsyncFd::with_interest(io::stdin(), Interest::READABLE)?;
    let keyboard = Keyboard { terminal, parser: Parser::default(), heard: VecDeque::new() };
    Ok(stream::unfold(keyboard, |mut keyboard| async {
        let next = keyboard.next().await.transpose()?;
        Some((next, keyboard))
    }))
}

struct Keyboard {
    terminal: AsyncFd<Stdin>,
    parser: Parser,
    heard: VecDeque<Heard>,
}

impl Keyboard {
    async fn next(&mut self) -> io::Result<Option<Heard>> {
        loop {
            if let Some(heard) = self.heard.pop_front() {
                return Ok(Some(heard));
            }
            let patience = match self.parser.patience() {
                Patience::NotNeeded => None,
                Patience::Short => Some(SHORT),
                Patience::Long => Some(LONG),
            };
            let ready = self.terminal.readable();
            let mut ready = match patience {
                None => ready.await?,
                Some(patience) => match time::timeout(patience, ready).await {
                    Ok(ready) => ready?,
                    Err(time::error::Elapsed { .. }) => {
                        self.heard.extend(self.parser.pause());
                        continue;
                    }
                },
            };
            let mut bytes = [0; READ];
            match read(ready.get_inner(), &mut bytes)? {
                None => ready.clear_ready(),
                Some(0) => return Ok(None),
                Some(count) => self.heard.extend(self.parser.feed(&bytes[..count])),
            }
        }
    }
}

/// Reads what there is, 0 at its end; `None` if there is nothing at the moment.
fn read(terminal: &Stdin, bytes: &mut [u8]) -> io::Result<Option<usize>> {
    let mut asked = [PollFd::new(terminal, PollFlags::IN)];
    let read = match poll(&mut asked, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })) {
        Ok(0) => return Ok(None),
        Ok(_) => rustix::io::read(terminal, bytes),
        Err(error) => Err(error),
    };
    match read {
        Ok(count) => Ok(Some(count)),
        Err(Errno::INTR | Errno::AGAIN) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
