//! Signals as interruptions of the loop, and stopping as the shell asks.

use std::io;

use futures::{Stream, stream};
use tokio::signal::unix::{SignalKind, signal};

use super::{
    run::{Interruption, Process},
    terminal::{Guard, Ours},
};

/// SIGTERM, SIGHUP, SIGINT, SIGTSTP and SIGCONT from now on.
pub fn interruptions() -> io::Result<impl Stream<Item = Interruption>> {
    let mut streams = Vec::new();
    for (kind, meaning) in [
        (SignalKind::terminate(), Interruption::End),
        (SignalKind::hangup(), Interruption::End),
        (SignalKind::interrupt(), Interruption::End),
        (SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw()), Interruption::Stop),
        (SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()), Interruption::Resumed),
    ] {
        let signal = signal(kind)?;
        streams.push(Box::pin(stream::unfold(signal, move |mut signal| async move {
            signal.recv().await.map(|()| (meaning, signal))
        })));
    }
    Ok(stream::select_all(streams))
}

/// The real process and its terminal.
#[derive(Debug)]
pub struct Own<'a>(pub &'a Guard);

impl Process for Own<'_> {
    fn suspend(&mut self) -> io::Result<()> {
        if !has_shell() {
            return Ok(());
        }
        self.0.lend();
        // The whole foreground job, as the terminal driver does it: a shell waits for
        // all of a pipeline. Returns once the job is continued.
        rustix::process::kill_current_process_group(rustix::process::Signal::STOP)?;
        self.0.retake()
    }

    fn resume(&mut self) -> io::Result<()> {
        self.0.retake()
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        io::Write::write_all(&mut Ours::stdout(), bytes)
    }
}

/// Whether somebody is there to continue us: a parent in our session, but not in
/// our job. Without one (a terminal that runs the program directly) a stop would
/// be for ever, and the kernel discards the terminal's own stop too.
fn has_shell() -> bool {
    use rustix::process::{getpgid, getpgrp, getppid, getsid};
    let Some(parent) = getppid() else { return false };
    let same_session = getsid(Some(parent)).ok() == getsid(None).ok();
    same_session && getpgid(Some(parent)).is_ok_and(|job| job != getpgrp())
}
