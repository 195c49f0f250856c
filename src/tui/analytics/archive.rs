//! The store behind the screen, opened when it is first asked: a dashboard does not
//! wait for a database to show what is going on.

use std::{fmt, sync::Arc};

use futures::future::BoxFuture;
use tokio::sync::OnceCell;
use watchtower_core::ports::store::{Store, StoreError};

type Opening = BoxFuture<'static, Result<Arc<dyn Store>, StoreError>>;

/// A store, or the way to one.
pub struct Archive {
    open: Box<dyn Fn() -> Opening + Send + Sync>,
    opened: OnceCell<Arc<dyn Store>>,
}

impl Archive {
    /// One that is open.
    pub fn opened(store: Arc<dyn Store>) -> Self {
        Self::lazy(move || {
            let store = store.clone();
            Box::pin(async { Ok(store) })
        })
    }

    /// One that is opened when somebody asks, again if it failed before.
    pub fn lazy(open: impl Fn() -> Opening + Send + Sync + 'static) -> Self {
        Self { open: Box::new(open), opened: OnceCell::new() }
    }

    /// The store.
    ///
    /// # Errors
    ///
    /// What it said when it was opened.
    pub async fn store(&self) -> Result<Arc<dyn Store>, StoreError> {
        self.opened.get_or_try_init(|| (self.open)()).await.cloned()
    }
}

impl fmt::Debug for Archive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Archive").field("opened", &self.opened.initialized()).finish_non_exhaustive()
    }
}
