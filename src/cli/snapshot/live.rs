//! The dashboard as one would find it that is opened now on the configured log.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use watchtower_core::domain::time::Timestamp;

use super::super::{
    exit::{Failure, UNAVAILABLE},
    media, wall_clock,
};
use crate::{
    config::Settings,
    tui::{
        app::App,
        feed,
        mailbox::{Arrival, Mailbox, News},
    },
};

/// A snapshot is wanted now: longer than this nobody waits for a log that is away.
const PATIENCE: Duration = Duration::from_secs(15);

/// Reads what there is into a dashboard; `open` is told what the log is called.
pub(super) async fn read(
    settings: &Settings,
    open: impl FnOnce(&str) -> App,
) -> anyhow::Result<(App, Timestamp)> {
    let never = CancellationToken::new();
    let tell = |waiting: &str| eprintln!("watchtower: {waiting}; trying again");
    let opened = tokio::time::timeout(PATIENCE, media::log_only(settings, &never, &tell)).await;
    let (log, label) = opened.map_err(|_| {
        Failure::new(UNAVAILABLE, format!("the event log has not answered within {} s", PATIENCE.as_secs()))
    })??;
    let (mut app, mailbox, now) = (open(label), Mailbox::default(), wall_clock());
    let mut newest = None;
    {
        let mut reading = std::pin::pin!(feed::read_once(&log, &mailbox, now));
        loop {
            // The mailbox keeps little: it is emptied while it is filled.
            tokio::select! {
                biased;
                () = mailbox.wait() => take(&mut app, mailbox.take(), now, &mut newest),
                outcome = &mut reading => break outcome?,
            }
        }
    }
    take(&mut app, mailbox.take(), now, &mut newest);
    if let Some(at) = newest {
        // How late the newest entry came is not known; how long it has been quiet is.
        let arrival = Some(Arrival { recorded_at: at, arrived_at: at });
        app.take_news(News { arrival, ..News::default() }, now);
    }
    Ok((app, now))
}

fn take(app: &mut App, news: News, now: Timestamp, newest: &mut Option<Timestamp>) {
    let fixes = news.fixes.values().flatten().map(|fix| fix.received_at);
    let recorded = news.past.iter().map(|event| event.recorded_at).chain(fixes);
    *newest = recorded.chain(*newest).max();
    app.take_news(news, now);
}
