//! Asks the store what an answer wants of the past, beside the screen.

use std::{sync::Arc, time::Duration};

use tokio::{sync::watch, time};
use tokio_util::sync::CancellationToken;

use super::Errand;
use crate::{
    answers::{Answer, Past},
    tui::{Archive, mailbox::Mailbox},
};

/// Who waits longer is told so.
const LIMIT: Duration = Duration::from_secs(30);

/// Who asks.
#[derive(Debug)]
pub struct Respondent {
    /// The store.
    pub archive: Arc<Archive>,
    /// What is to be asked.
    pub errands: watch::Receiver<Option<Errand>>,
    /// Where answers go.
    pub mailbox: Arc<Mailbox>,
}

impl Respondent {
    /// Answers until cancelled, or until nobody can ask any more.
    pub async fn run(mut self, cancel: CancellationToken) {
        let answering = async {
            loop {
                let errand = self.errands.borrow_and_update().clone();
                if let Some(errand) = errand {
                    tokio::select! {
                        // Another is asked by now: this answer is nobody's.
                        changed = self.errands.changed() => match changed {
                            Ok(()) => continue,
                            Err(_) => return,
                        },
                        answer = respond(&self.archive, &errand) => {
                            self.mailbox.put_answer(errand.number, answer);
                        }
                    }
                }
                if self.errands.changed().await.is_err() {
                    return;
                }
            }
        };
        cancel.run_until_cancelled(answering).await;
    }
}

/// Puts a question to the store.
pub(in crate::tui) async fn respond(archive: &Archive, errand: &Errand) -> Result<Arc<Answer>, String> {
    let reading = async {
        let store = archive.store().await?;
        Past::read(&*store, &errand.inquiry.wants()).await
    };
    match time::timeout(LIMIT, reading).await {
        Ok(Ok(past)) => Ok(Arc::new(errand.inquiry.answer(&past))),
        Ok(Err(error)) => {
            tracing::warn!(%error, "a question could not be put to the store");
            Err(error.to_string())
        }
        Err(_) => Err(format!("the store has not answered in {} s", LIMIT.as_secs())),
    }
}
