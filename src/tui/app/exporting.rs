//! The form that asks what is to be exported, and where to.

use std::path::PathBuf;

use ratatui::buffer::Buffer;
use watchtower_core::domain::time::Timestamp;

use super::{App, Dialog, Effect, Overlay, Purpose, Row};
use crate::tui::{
    dispatch::{
        form::{Field, Form, Need},
        offer::Kind,
    },
    export::{Content, Export, Seen, What},
};

impl App {
    /// Exports go here unless another place is given.
    pub fn export_to(&mut self, directory: PathBuf) {
        self.exports = directory;
    }

    pub(super) fn open_export(&mut self, now: Timestamp) {
        let at = now.to_utc().with_timezone(&self.setting.zone).format("watchtower-%Y%m%d-%H%M%S");
        let path = self.exports.join(at.to_string()).display().to_string();
        let fields = vec![
            Field::new("What", "what", Kind::Word(&What::NAMES), Need::Optional),
            Field::new("File", "file", Kind::Text, Need::Needed).holding(path),
        ];
        let form = Form::new("Export what is seen", fields, &self.model);
        self.open(Purpose::Export, form, now);
    }

    /// Takes what the form asks for as it is at this moment.
    pub(super) fn export(&mut self, mut dialog: Dialog, now: Timestamp) -> Option<Effect> {
        // Enter alone means the first that is offered.
        let what = dialog.form.text("what").map_or(Some(What::Csv), What::from_name);
        let path = dialog.form.text("file").map(PathBuf::from);
        let (Some(what), Some(path)) = (what, path) else {
            let mut wrong = Vec::new();
            wrong.extend(what.is_none().then(|| ("what".to_owned(), "pick one of those below".to_owned())));
            let no_path = dialog.form.text("file").is_none();
            wrong.extend(no_path.then(|| ("file".to_owned(), "where to?".to_owned())));
            dialog.form.blame(wrong, &self.model);
            self.overlays.open(Overlay::Dialog(dialog));
            return None;
        };
        let content = match what {
            What::Csv | What::GeoJson => Content::Trucks(self.seen(now)),
            What::Text | What::Ansi | What::Svg | What::Png => {
                Content::Frame(self.frame(now), self.theme.terminal)
            }
        };
        Some(Effect::Export(Box::new(Export { what, content, path })))
    }

    /// The trucks of the list, in its order: those that pass filter and search.
    fn seen(&mut self, now: Timestamp) -> Vec<Seen> {
        self.roster.refresh(&self.model, now);
        let trucks = self.roster.rows().iter().filter_map(|row| match row {
            Row::Truck(key) => self.model.vehicles.get(key),
            Row::Place(_) | Row::Spot(_) => None,
        });
        trucks.map(|vehicle| Seen::of(&self.model, vehicle)).collect()
    }

    /// The screen as it would be without the form that asked for it.
    fn frame(&mut self, now: Timestamp) -> Buffer {
        let area = self.shown.layout.screen;
        let mut buffer = Buffer::empty(area);
        let message = self.message.take();
        self.draw(area, &mut buffer, now);
        self.message = message;
        buffer
    }
}
