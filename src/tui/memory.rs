//! What a dashboard remembers from one time to the next: how its panes lie, how the
//! fleet is sorted, what the map shows. One small file a person, never the fleet's data.

use std::{collections::BTreeMap, fs, io, path::Path};

use serde::{Deserialize, Serialize};

use super::{
    app::{Fences, Trails},
    layout::View,
    map::{Graticule, Viewport},
    roster::{Column, Direction},
};

/// Everything remembered; what a file lacks is as at first.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// The panes.
    pub view: View,
    /// The columns of the fleet list; the usual ones for none.
    pub columns: Vec<Column>,
    /// What the fleet is sorted by.
    pub column: Column,
    /// Which way.
    pub direction: Direction,
    /// Whose trails are shown.
    pub trails: Trails,
    /// Whether fences are.
    pub fences: Fences,
    /// Whether meridians and parallels are.
    pub graticule: Graticule,
    /// Views kept under a letter or a digit.
    pub bookmarks: BTreeMap<char, Viewport>,
}

impl Memory {
    /// What a file says; nothing for none. One that cannot be read is logged and counts
    /// as none: a screen arranged anew is better than no screen.
    pub fn read(path: &Path) -> Self {
        let read = |bytes: Vec<u8>| serde_json::from_slice::<Self>(&bytes).map_err(io::Error::other);
        let told = fs::read(path).and_then(read);
        match told {
            Ok(told) => Self { view: told.view.clone().completed(), ..told },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::default(),
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "what the dashboard remembered is unreadable");
                Self::default()
            }
        }
    }

    /// Writes it, whole or not at all.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let directory = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(directory)?;
        let mut file = tempfile::NamedTempFile::new_in(directory)?;
        serde_json::to_writer_pretty(&mut file, self)?;
        file.persist(path)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use watchtower_core::domain::geo::LonLat;

    use super::*;
    use crate::tui::layout::Pane;

    #[test]
    fn what_was_written_is_read_again() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("deep/dashboard.json");
        assert_eq!(Memory::read(&path), Memory::default());
        let mut memory = Memory { trails: Trails::Hidden, column: Column::Age, ..Memory::default() };
        let view = Viewport { centre: LonLat::new(3.4, 6.5).unwrap(), zoom: 12.5 };
        memory.bookmarks.insert('a', view);
        memory.view.give_focus(Pane::Trips);
        memory.view.move_cut(crate::tui::layout::Cut::WideLists, 50, 200);
        memory.write(&path).unwrap();
        assert_eq!(Memory::read(&path), memory);
    }

    #[test]
    fn a_broken_file_counts_as_none() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("dashboard.json");
        for text in ["", "{", "[]", r#"{"view":{"recent":["cockpit"]}}"#] {
            fs::write(&path, text).unwrap();
            assert_eq!(Memory::read(&path), Memory::default(), "{text}");
        }
        fs::write(&path, r#"{"trails":"hidden","of_another_version":1}"#).unwrap();
        assert_eq!(Memory::read(&path).trails, Trails::Hidden);
    }
}
