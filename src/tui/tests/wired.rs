//! The wires of a loop under test: a mailbox, a clock that goes with the runtime's time,
//! and nobody at the other ends.

use std::sync::Arc;

use tokio::{sync::mpsc, time::Instant};
use tokio_util::sync::CancellationToken;

use super::fleet;
use crate::tui::{capability::Host, mailbox::Mailbox, run::Wires};

/// Wires of a loop that begins now.
pub(super) fn wires(host: Host) -> Wires {
    let begun = Instant::now();
    let (commands, _unread) = mpsc::channel(8);
    Wires {
        mailbox: Arc::new(Mailbox::default()),
        commands,
        tiles: None,
        figures: None,
        errands: None,
        player: None,
        clock: Arc::new(move || fleet::NOW.plus(begun.elapsed())),
        cancel: CancellationToken::new(),
        host,
    }
}
