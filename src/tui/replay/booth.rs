//! Where the player runs, beside the screen: it hears what is asked, plays what is due
//! and puts both into the mailbox.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

use tokio_util::sync::CancellationToken;

use super::{Player, Transport};
use crate::tui::{
    feed::Clock,
    mailbox::{Arrival, Link, Mailbox},
};

/// Between two looks at the clock.
const BEAT: Duration = Duration::from_millis(40);

/// The player and what it is connected to.
pub struct Booth {
    /// The player.
    pub player: Player,
    /// What the user asks.
    pub asked: Receiver<Transport>,
    /// Where everything goes.
    pub mailbox: Arc<Mailbox>,
    /// The wall clock.
    pub clock: Clock,
}

impl Booth {
    /// Plays until cancelled or until nobody can ask any more. Blocks.
    pub fn run(mut self, cancel: &CancellationToken) {
        self.mailbox.put_scene(self.player.scene(), self.player.standing());
        self.mailbox.put_link(Link::Live);
        while !cancel.is_cancelled() {
            match self.asked.recv_timeout(BEAT) {
                Ok(first) => self.obey(first),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            let before = self.player.standing();
            let played = self.player.beat((self.clock)());
            let standing = self.player.standing();
            if standing == before {
                continue;
            }
            let now = (self.clock)();
            self.mailbox.put_picture(self.player.live(&played.touched));
            self.mailbox.put_events(played.events, Arrival { recorded_at: now, arrived_at: now });
            self.mailbox.put_standing(standing);
        }
    }

    /// Does what has been asked so far; of places dragged over only the last is gone to.
    fn obey(&mut self, first: Transport) {
        let mut asked: Vec<Transport> = std::iter::once(first).chain(self.asked.try_iter()).collect();
        asked.dedup_by(|later, earlier| {
            let dragged = matches!((&later, &earlier), (Transport::To(_), Transport::To(_)));
            if dragged {
                *earlier = *later;
            }
            dragged
        });
        let (mut anew, begun) = (false, Instant::now());
        for transport in asked {
            anew |= self.player.obey(transport);
        }
        match anew {
            true => {
                self.mailbox.put_scene(self.player.scene(), self.player.standing());
                let took_ms = begun.elapsed().as_millis() as u64;
                tracing::debug!(at = %self.player.standing().at, took_ms, "gone to");
            }
            false => self.mailbox.put_standing(self.player.standing()),
        }
    }
}

impl std::fmt::Debug for Booth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Booth").field("player", &self.player).finish_non_exhaustive()
    }
}
