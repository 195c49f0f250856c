//! What a frame asks for of those beside the screen, waited for: whoever draws one frame
//! draws it with its street maps, its figures of past days and its answer.

use std::sync::Arc;

use crate::tui::{
    Archive,
    analytics::{Wish, analyst},
    app::App,
    mailbox::Mailbox,
    questions::respondent,
    tiles::Archives,
};

/// Where it is got from.
#[derive(Debug, Default)]
pub struct Supplies {
    /// Street maps.
    tiles: Archives,
    /// Where past days are looked up.
    archive: Option<Arc<Archive>>,
    /// What has been answered.
    told: (Option<Wish>, Option<u32>),
}

impl Supplies {
    /// From these archives.
    pub fn new(tiles: Archives, archive: Option<Arc<Archive>>) -> Self {
        Self { tiles, archive, ..Self::default() }
    }

    /// Lets the dashboard ask.
    pub(super) fn offer(&self, app: &mut App) {
        if let Some(zooms) = self.tiles.zooms() {
            app.map.use_tiles(zooms, self.tiles.attribution());
        }
        if self.archive.is_some() {
            app.use_archive();
        }
    }

    /// Gets what the last frame lacked; `false` when it lacked nothing.
    pub(super) async fn fetch(&mut self, app: &App, into: &Mailbox) -> bool {
        let mut lacked = false;
        for at in app.map.wanted().iter().copied() {
            let tile = self.tiles.read(at).await.unwrap_or_else(|reason| {
                tracing::warn!(%reason, "a tile cannot be read");
                None
            });
            into.put_tile(at, tile);
            lacked = true;
        }
        let Some(archive) = &self.archive else { return lacked };
        if let Some(wish) = app.wish().filter(|wish| self.told.0 != Some(*wish)) {
            into.put_figures(wish, analyst::answer(archive, wish).await);
            self.told.0 = Some(wish);
            lacked = true;
        }
        if let Some(errand) = app.errand().filter(|errand| self.told.1 != Some(errand.number)) {
            into.put_answer(errand.number, respondent::respond(archive, errand).await);
            self.told.1 = Some(errand.number);
            lacked = true;
        }
        lacked
    }
}
