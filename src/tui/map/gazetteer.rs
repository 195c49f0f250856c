//! Places of the embedded basemap by their names: cities and towns, ports, airports.

use std::sync::OnceLock;

use watchtower_core::domain::geo::LonLat;

use super::{
    basemap::{Basemap, Named, PointKind},
    mercator,
};
use crate::tui::text;

/// What a place is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SpotKind {
    /// A city or a town.
    Town,
    /// A port.
    Port,
    /// An airport, named by its three letters.
    Airport,
}

impl SpotKind {
    /// In a word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Town => "town",
            Self::Port => "port",
            Self::Airport => "airport",
        }
    }

    /// A zoom at which it is seen with what lies around it.
    pub const fn zoom(self) -> f64 {
        match self {
            Self::Town => 10.5,
            Self::Port | Self::Airport => 12.5,
        }
    }
}

/// A place of the basemap: its number among all of them, the same in every run of a
/// version.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Spot(u32);

/// A place with its name as it is searched.
#[derive(Debug)]
struct Entry {
    kind: SpotKind,
    named: &'static Named,
    folded: Box<str>,
}

/// Every place, kind by kind, the heaviest of a kind first.
fn entries() -> &'static [Entry] {
    static ENTRIES: OnceLock<Vec<Entry>> = OnceLock::new();
    ENTRIES.get_or_init(|| {
        let kinds = [
            (SpotKind::Town, PointKind::Places),
            (SpotKind::Port, PointKind::Ports),
            (SpotKind::Airport, PointKind::Airports),
        ];
        let all = kinds.into_iter().flat_map(|(kind, points)| {
            let named = Basemap::shared().points(points).iter();
            named.map(move |named| Entry {
                kind,
                named,
                folded: text::folded(&named.name).to_lowercase().into(),
            })
        });
        all.collect()
    })
}

impl Spot {
    /// The places whose name has a word that begins with what is searched, at most `most`:
    /// those called so first, then by how many people know them.
    pub fn search(query: &str, most: usize) -> Vec<Self> {
        let query = text::folded(query.trim()).to_lowercase();
        if query.is_empty() {
            return Vec::new();
        }
        let rank = |entry: &Entry| {
            let at = entry.folded.match_indices(query.as_str()).map(|(at, _)| at);
            let begins = |at: &usize| {
                *at == 0
                    || entry.folded.as_bytes()[at - 1].is_ascii_punctuation()
                    || entry.folded.as_bytes()[at - 1] == b' '
            };
            let at = at.into_iter().find(begins)?;
            Some(if *entry.folded == *query { 0 } else { 1 + usize::from(at > 0) })
        };
        let mut found: Vec<(usize, u8, u32)> = Vec::new();
        for (index, entry) in entries().iter().enumerate() {
            found.extend(rank(entry).map(|rank| (rank, u8::MAX - entry.named.weight, index as u32)));
        }
        found.sort_unstable();
        found.into_iter().take(most).map(|(_, _, index)| Self(index)).collect()
    }

    fn entry(self) -> &'static Entry {
        &entries()[self.0 as usize]
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        &self.entry().named.name
    }

    /// What it is.
    pub fn kind(self) -> SpotKind {
        self.entry().kind
    }

    /// Where it is.
    pub fn point(self) -> LonLat {
        mercator::unproject(self.entry().named.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found_by_the_beginning_of_a_word_the_largest_first() {
        let names = |query| Spot::search(query, 5).into_iter().map(Spot::name).collect::<Vec<_>>();
        assert_eq!(names("lagos")[0], "Lagos");
        assert_eq!(names("sao pau")[0], "São Paulo");
        assert!(names("york").contains(&"New York"), "{:?}", names("york"));
        assert!(!names("ork").contains(&"New York"));
        assert_eq!(names("  "), [""; 0]);
        assert_eq!(names("no such place"), [""; 0]);
        assert!(Spot::search("a", 5).len() == 5);
    }

    #[test]
    fn ports_and_airports_are_places_too_and_lie_where_they_are() {
        let airport =
            Spot::search("los", 20).into_iter().find(|spot| spot.kind() == SpotKind::Airport).unwrap();
        assert_eq!(airport.name(), "LOS");
        assert!((airport.point().lon() - 3.32).abs() < 0.05 && (airport.point().lat() - 6.58).abs() < 0.05);
        assert!(
            Spot::search("apapa", 20)
                .iter()
                .chain(&Spot::search("lagos", 20))
                .any(|s| s.kind() == SpotKind::Port)
        );
    }
}
