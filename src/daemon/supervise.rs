//! Tasks that are watched: an unexpected end is logged and restarted with
//! backoff, and all of them stop together, within bounds.

use std::{fmt::Display, future::Future, time::Duration};

use tokio::time::{Instant, sleep, timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{error, info, warn};

/// First pause before a task is started again; doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// Longest pause between two starts.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// A task that ran this long had recovered: its next pause is the first again.
const RECOVERED_AFTER: Duration = Duration::from_secs(60);

/// Runs the services of one process and stops them together.
#[derive(Debug, Clone, Default)]
pub struct Supervisor {
    tracker: TaskTracker,
    stop: CancellationToken,
}

impl Supervisor {
    /// A supervisor that stops its tasks when `stop` is cancelled.
    pub fn new(stop: CancellationToken) -> Self {
        Self { tracker: TaskTracker::new(), stop }
    }

    /// The token that tasks watch.
    pub fn stop_token(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Runs `task` until it returns `Ok` or everything stops; an error or a
    /// panic is logged under `name` and the task started anew after a pause.
    pub fn run<F, E>(&self, name: &'static str, mut task: impl FnMut(CancellationToken) -> F + Send + 'static)
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Display + Send + 'static,
    {
        let stop = self.stop.clone();
        let tracker = self.tracker.clone();
        self.tracker.spawn(async move {
            let mut pause = FIRST_PAUSE;
            loop {
                let started = Instant::now();
                // A task of its own, so that a panic ends it and not the process.
                match tracker.spawn(task(stop.clone())).await {
                    Ok(Ok(())) => return info!(task.name = name, "service ended"),
                    _ if stop.is_cancelled() => return,
                    Ok(Err(reason)) => {
                        warn!(task.name = name, error = %reason, "service failed and is restarted")
                    }
                    Err(panic) => {
                        error!(task.name = name, error = %panic, "service panicked and is restarted")
                    }
                }
                metrics::counter!("watchtower_service_restarts_total", "service" => name).increment(1);
                if started.elapsed() > RECOVERED_AFTER {
                    pause = FIRST_PAUSE;
                }
                tokio::select! {
                    () = sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
                    () = stop.cancelled() => return,
                }
            }
        });
    }

    /// Stops everything and waits up to `grace` for the tasks to end.
    pub async fn shut_down(self, grace: Duration) {
        self.stop.cancel();
        self.tracker.close();
        if timeout(grace, self.tracker.wait()).await.is_err() {
            warn!(tasks.left = self.tracker.len(), "shutdown grace is over, leaving tasks behind");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    };

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_failing_or_panicking_service_is_started_again_until_it_ends_well() {
        let starts = Arc::new(AtomicU32::new(0));
        let supervisor = Supervisor::default();
        let counter = starts.clone();
        supervisor.run("flaky", move |_| {
            let start = counter.fetch_add(1, Ordering::SeqCst);
            async move {
                match start {
                    0 => Err("first"),
                    1 => panic!("second"),
                    _ => Ok(()),
                }
            }
        });
        supervisor.tracker.close();
        supervisor.tracker.wait().await;
        assert_eq!(starts.load(Ordering::SeqCst), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_that_will_not_stop_does_not_hold_the_process() {
        let supervisor = Supervisor::default();
        supervisor.run("deaf", |_| async {
            std::future::pending::<()>().await;
            Ok::<_, &str>(())
        });
        let before = Instant::now();
        supervisor.shut_down(Duration::from_secs(5)).await;
        assert_eq!(before.elapsed(), Duration::from_secs(5));
    }
}
