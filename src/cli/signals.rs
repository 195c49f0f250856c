//! What asks the process to end.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::info;

/// The place of SIGHUP among the signals that are watched.
const HANGUP: usize = 2;

/// A token that is cancelled by SIGINT, SIGTERM or SIGHUP; a second signal ends
/// the process at once, unless it is SIGHUP: a terminal that goes sends that twice.
pub(super) fn stop_token() -> anyhow::Result<CancellationToken> {
    let token = CancellationToken::new();
    let mut kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(signal);
    for kind in &kinds {
        if let Err(error) = kind {
            anyhow::bail!("signals cannot be watched: {error}");
        }
    }
    let stop = token.clone();
    tokio::spawn(async move {
        loop {
            let waits = kinds.iter_mut().flatten().map(|signal| Box::pin(signal.recv()));
            let (_, which, _) = futures::future::select_all(waits).await;
            if stop.is_cancelled() {
                if which == HANGUP {
                    continue;
                }
                std::process::exit(130);
            }
            info!("asked to stop");
            stop.cancel();
        }
    });
    Ok(token)
}
