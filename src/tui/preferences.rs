//! What a person prefers of the dashboard: colours, keys, columns, what makes a noise.
//! Taken at the start and again whenever the file that says so changes.

use std::{sync::Arc, time::Duration};

use tokio::{task, time};
use tokio_util::sync::CancellationToken;

use super::{
    attention::Attention,
    keymap::Keymap,
    mailbox::Mailbox,
    roster::Column,
    theme::{Palette, PaletteError, ThemeName},
};

/// How often it is asked whether they changed.
const LOOK: Duration = Duration::from_secs(1);

/// Colours as a person wants them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Colours {
    /// The theme; that which fits the terminal's ground when not given.
    pub theme: Option<ThemeName>,
    changed: Vec<(String, String)>,
}

impl Colours {
    /// Changes the colour of something: `moving`, `#00ff7f`.
    ///
    /// # Errors
    ///
    /// There is no such thing, or it is no colour.
    pub fn change(&mut self, role: &str, colour: &str) -> Result<(), PaletteError> {
        ThemeName::Dark.palette().set(role, colour)?;
        self.changed.push((role.to_owned(), colour.to_owned()));
        Ok(())
    }

    /// The palette they make, on a terminal whose ground is best seen with `fitting`.
    pub fn palette(&self, fitting: ThemeName) -> Palette {
        let mut palette = self.theme.unwrap_or(fitting).palette();
        for (role, colour) in &self.changed {
            // Wrong ones were refused by `change`.
            let _refused_before = palette.set(role, colour);
        }
        palette
    }
}

/// Everything a person can prefer.
#[derive(Clone, Debug, Default)]
pub struct Preferences {
    /// Colours.
    pub colours: Colours,
    /// Keys.
    pub keymap: Keymap,
    /// Columns of the fleet list, from left to right; as remembered when not given.
    pub columns: Option<Vec<Column>>,
    /// What the terminal calls attention to.
    pub attention: Attention,
    /// Whether text leads somewhere; as the terminal understands it when not given.
    pub links: Option<bool>,
}

/// Asked once a second: the preferences if they changed since, or what is wrong with
/// them now. It may read files.
pub type Reread = Box<dyn FnMut() -> Option<Result<Preferences, String>> + Send>;

/// Asks until cancelled, and tells the screen.
pub async fn watch(mut reread: Reread, mailbox: Arc<Mailbox>, cancel: CancellationToken) {
    let looking = async {
        let mut tick = time::interval(LOOK);
        tick.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            // A file may lie on a disk that is asleep or far away.
            let looked = task::spawn_blocking(move || {
                let changed = reread();
                (reread, changed)
            });
            // It is over with the runtime.
            let Ok((again, changed)) = looked.await else { return };
            reread = again;
            if let Some(changed) = changed {
                mailbox.put_preferences(changed);
            }
        }
    };
    cancel.run_until_cancelled(looking).await;
}
