//! What asks the process to end.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::info;

/// A token that is cancelled by SIGINT, SIGTERM or SIGHUP; a second signal ends
/// the process at once.
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
            futures::future::select_all(waits).await;
            if stop.is_cancelled() {
                std::process::exit(130);
            }
            info!("asked to stop");
            stop.cancel();
        }
    });
    Ok(token)
}
