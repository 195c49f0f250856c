//! Keeping to a rate limit: an exact sliding window, narrowed by what the
//! answers say.
//!
//! A token bucket (GCRA) can pass 2N requests in one window of N; the vendor
//! counts a rolling window, so the times of the last N requests are kept.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

/// At most `limit` requests in any `window`.
#[derive(Debug)]
pub struct Pace {
    limit: usize,
    window: Duration,
    sent: VecDeque<Instant>,
    not_before: Option<Instant>,
}

impl Pace {
    /// An unused window.
    pub const fn new(limit: usize, window: Duration) -> Self {
        Self { limit, window, sent: VecDeque::new(), not_before: None }
    }

    /// Takes a place at `now`, or says when to ask again.
    pub fn try_take(&mut self, now: Instant) -> Result<(), Instant> {
        while self.sent.front().is_some_and(|sent| now.duration_since(*sent) >= self.window) {
            self.sent.pop_front();
        }
        if let Some(instant) = self.not_before.filter(|instant| *instant > now) {
            return Err(instant);
        }
        if self.sent.len() < self.limit {
            self.sent.push_back(now);
            return Ok(());
        }
        // The place frees when the limit-th last request leaves the window.
        Err(self.sent[self.sent.len() - self.limit] + self.window)
    }

    /// Takes note of an answer's `X-Rate-Limit-Limit` and `-Remaining`.
    pub fn heed(&mut self, now: Instant, limit: Option<usize>, remaining: Option<usize>) {
        if let Some(limit) = limit.filter(|limit| *limit > 0) {
            self.limit = limit;
        }
        if remaining == Some(0) {
            // Somebody else shares the limit: wait until our oldest request is
            // out of the window, which is when a place can be free.
            let free = self.sent.front().map_or(now + self.window, |sent| *sent + self.window);
            self.hold(free);
        }
    }

    /// Nothing before `instant`.
    pub fn hold(&mut self, instant: Instant) {
        self.not_before = Some(self.not_before.map_or(instant, |held| held.max(instant)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(60);

    #[tokio::test(start_paused = true)]
    async fn no_rolling_window_ever_holds_more_than_the_limit() {
        let mut pace = Pace::new(500, WINDOW);
        let mut sent = Vec::new();
        let end = Instant::now() + Duration::from_secs(300);
        while Instant::now() < end {
            match pace.try_take(Instant::now()) {
                Ok(()) => sent.push(Instant::now()),
                Err(again) => tokio::time::sleep_until(again).await,
            }
            if sent.len() % 7 == 0 {
                tokio::time::advance(Duration::from_millis(3)).await;
            }
        }
        assert!(sent.len() >= 2_000, "{}", sent.len());
        for (index, first) in sent.iter().enumerate() {
            let inside = sent[index..].iter().take_while(|at| at.duration_since(*first) < WINDOW).count();
            assert!(inside <= 500, "{inside} in one window");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn answers_narrow_the_window_and_hold_it() {
        let mut pace = Pace::new(500, WINDOW);
        let start = Instant::now();
        for _ in 0..5 {
            pace.try_take(start).unwrap();
        }
        pace.heed(start, Some(5), Some(0));
        assert_eq!(pace.try_take(start), Err(start + WINDOW));
        pace.hold(start + WINDOW * 2);
        assert_eq!(pace.try_take(start + WINDOW), Err(start + WINDOW * 2));
        assert_eq!(pace.try_take(start + WINDOW * 2), Ok(()));
    }
}
