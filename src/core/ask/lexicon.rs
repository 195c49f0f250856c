//! The names a question may hold, and which of them its words are: whole names first,
//! then parts of names, then names with a slip in them.

use std::collections::{BTreeSet, HashMap};

use super::words::{Word, compact, words};
use crate::{
    domain::{
        geofence::Geofence,
        id::{DriverId, FenceId, OrganizationId, TripId, VehicleKey},
        master::{Driver, Organization, OrganizationKind, Truck},
        trip::Trip,
    },
    filter::slips,
};

/// Whose name it is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Named {
    /// A truck.
    Truck(VehicleKey),
    /// The container on a trip, as the trip has it.
    Container(String),
    /// A trip, by its readable id.
    Trip(TripId),
    /// A driver.
    Driver(DriverId),
    /// A geofence.
    Place(FenceId),
    /// A group of trucks.
    Group(String),
    /// A client.
    Client(OrganizationId),
    /// A company that owns trucks.
    Company(String),
}

/// The kinds of names, those first that a name is taken for when it could be several.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum NameKind {
    /// See [`Named::Truck`].
    Truck,
    /// See [`Named::Container`].
    Container,
    /// See [`Named::Trip`].
    Trip,
    /// See [`Named::Driver`].
    Driver,
    /// See [`Named::Place`].
    Place,
    /// See [`Named::Group`].
    Group,
    /// See [`Named::Client`].
    Client,
    /// See [`Named::Company`].
    Company,
}

impl NameKind {
    /// What people call one.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Truck => "truck",
            Self::Container => "container",
            Self::Trip => "trip",
            Self::Driver => "driver",
            Self::Place => "place",
            Self::Group => "group",
            Self::Client => "client",
            Self::Company => "company",
        }
    }
}

impl Named {
    /// Which kind of name it is.
    pub const fn kind(&self) -> NameKind {
        match self {
            Self::Truck(_) => NameKind::Truck,
            Self::Container(_) => NameKind::Container,
            Self::Trip(_) => NameKind::Trip,
            Self::Driver(_) => NameKind::Driver,
            Self::Place(_) => NameKind::Place,
            Self::Group(_) => NameKind::Group,
            Self::Client(_) => NameKind::Client,
            Self::Company(_) => NameKind::Company,
        }
    }
}

#[derive(Debug)]
struct Name {
    named: Named,
    /// As written.
    text: String,
    compact: String,
    /// Its words, where it has several.
    words: Box<[String]>,
}

/// The names of a fleet.
#[derive(Debug, Default)]
pub struct Lexicon {
    names: Vec<Name>,
    whole: HashMap<String, Vec<usize>>,
    parts: HashMap<String, Vec<usize>>,
}

/// What words of a question were found to be: each of these, where they are several.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Found {
    pub(super) names: Vec<Named>,
    /// The words have a slip in them.
    pub(super) slipped: bool,
}

/// Shorter words are no part of a name.
const PART: usize = 3;
/// Digits by which a truck or a container is known without the rest of its number.
const DIGITS: usize = 3;
/// Shorter words are not taken for another with a slip in it.
const SURE: usize = 5;
/// Most names offered instead.
const MOST: usize = 5;
/// Longest name in words.
pub(super) const LONGEST: usize = 6;

impl Lexicon {
    /// The first name of a thing is the one it is called by.
    fn add(&mut self, named: Named, text: &str) {
        let place = self.names.len();
        let compact = compact(text);
        if compact.is_empty() {
            return;
        }
        self.whole.entry(compact.clone()).or_default().push(place);
        let words = words(text);
        if matches!(named.kind(), NameKind::Driver | NameKind::Place | NameKind::Client) {
            for word in words.iter().filter(|word| word.folded.chars().count() >= PART) {
                self.parts.entry(word.compact()).or_default().push(place);
            }
        }
        let words = if words.len() > 1 { words.iter().map(Word::compact).collect() } else { Box::default() };
        self.names.push(Name { named, text: text.to_owned(), compact, words });
    }

    /// Adds a truck by its number, its key and the names it reports under, and what it
    /// belongs to.
    pub fn add_truck(&mut self, truck: &Truck) {
        let named = Named::Truck(truck.key.clone());
        self.add(named.clone(), &truck.number);
        self.add(named.clone(), truck.key.as_str());
        truck.aliases.iter().for_each(|alias| self.add(named.clone(), alias));
        for group in &truck.groups {
            self.add_once(Named::Group(group.clone()), group);
        }
        if let Some(company) = &truck.company {
            self.add_once(Named::Company(company.clone()), company);
        }
    }

    /// Adds a truck nobody has a record of.
    pub fn add_unlisted(&mut self, key: &VehicleKey) {
        self.add_once(Named::Truck(key.clone()), key.as_str());
    }

    /// Adds a driver.
    pub fn add_driver(&mut self, driver: &Driver) {
        self.add(Named::Driver(driver.id), &driver.name);
    }

    /// Adds a geofence by its name and its id.
    pub fn add_fence(&mut self, fence: &Geofence) {
        self.add(Named::Place(fence.id.clone()), &fence.name);
        self.add(Named::Place(fence.id.clone()), fence.id.as_str());
    }

    /// Adds a client; transporters are nobody's question.
    pub fn add_organization(&mut self, organization: &Organization) {
        if organization.kind == OrganizationKind::Client {
            self.add(Named::Client(organization.id), &organization.name);
        }
    }

    /// Adds a trip and its container.
    pub fn add_trip(&mut self, trip: &Trip) {
        self.add(Named::Trip(trip.id), &trip.readable_id);
        if let Some(container) = &trip.container {
            self.add_once(Named::Container(container.clone()), container);
        }
    }

    fn add_once(&mut self, named: Named, text: &str) {
        let known = self.whole.get(&compact(text)).map_or(&[][..], Vec::as_slice);
        if !known.iter().any(|place| self.names[*place].named == named) {
            self.add(named, text);
        }
    }

    /// What a thing is called.
    pub fn text(&self, named: &Named) -> Option<&str> {
        self.names.iter().find(|name| name.named == *named).map(|name| name.text.as_str())
    }

    /// Whether a thing is the only one of its kind called so.
    pub(super) fn is_unique(&self, named: &Named) -> bool {
        let text = self.text(named).map(compact).unwrap_or_default();
        let called = self.whole.get(&text).map_or(&[][..], Vec::as_slice);
        called.iter().all(|place| {
            let other = &self.names[*place].named;
            other == named || other.kind() != named.kind()
        })
    }

    /// The first name of a kind, as an example.
    pub(super) fn example(&self, kind: NameKind) -> Option<&str> {
        self.names.iter().find(|name| name.named.kind() == kind).map(|name| name.text.as_str())
    }

    /// The shortest names that begin with what is being typed, or have a word that does.
    pub fn completions(&self, begun: &str, most: usize) -> Vec<&str> {
        let begun = compact(begun);
        if begun.is_empty() || most == 0 {
            return Vec::new();
        }
        let begins = |name: &&Name| {
            name.compact.starts_with(&begun) || name.words.iter().any(|word| word.starts_with(&begun))
        };
        // A fleet of many thousands shares the first letters of its numbers.
        let mut best: BTreeSet<(usize, &str)> = BTreeSet::new();
        for name in self.names.iter().filter(begins) {
            best.insert((name.text.chars().count(), &name.text));
            if best.len() > most {
                best.pop_last();
            }
        }
        best.into_iter().map(|(_, text)| text).collect()
    }

    /// Those the words are the whole name of.
    pub(super) fn whole(&self, words: &[Word]) -> Option<Found> {
        let text: String = words.iter().map(Word::compact).collect();
        self.found(self.whole.get(&text)?.iter().copied(), false)
    }

    /// Those the words are part of the name of, every one of them a word of it.
    pub(super) fn part(&self, words: &[Word]) -> Option<Found> {
        let with = |word: &Word| self.parts.get(&word.compact());
        let (first, rest) = words.split_first()?;
        let places = with(first)?.iter().copied();
        let all = places
            .filter(|place| rest.iter().all(|word| with(word).is_some_and(|places| places.contains(place))));
        self.found(all, false)
    }

    /// The trucks and containers whose numbers hold a number's digits.
    pub(super) fn numbered(&self, word: &Word) -> Option<Found> {
        let text = word.compact();
        if text.chars().filter(char::is_ascii_digit).count() < DIGITS {
            return None;
        }
        let holds = |name: &Name| {
            matches!(name.named.kind(), NameKind::Truck | NameKind::Container) && name.compact.contains(&text)
        };
        self.found((0..self.names.len()).filter(|place| holds(&self.names[*place])), false)
    }

    /// Those of drivers, places and clients that the words are but for a slip. A number
    /// with a slip in it is another number.
    pub(super) fn slipped(&self, words: &[Word]) -> Option<Found> {
        let text: Vec<char> =
            words.iter().flat_map(|word| word.compact().chars().collect::<Vec<_>>()).collect();
        if text.len() < SURE || text.iter().any(char::is_ascii_digit) {
            return None;
        }
        let is_near = |known: &str| is_slip(&text, known);
        let whole = self.whole.iter().filter(|(known, _)| is_near(known)).flat_map(|(_, places)| places);
        let parts = self.parts.iter().filter(|(known, _)| words.len() == 1 && is_near(known));
        let mut places: Vec<usize> = whole.chain(parts.flat_map(|(_, places)| places)).copied().collect();
        places.retain(|place| {
            matches!(self.names[*place].named.kind(), NameKind::Driver | NameKind::Place | NameKind::Client)
        });
        places.sort_unstable();
        self.found(places.into_iter(), true)
    }

    /// The names most like a text, for whoever has to ask again.
    pub(super) fn like(&self, text: &str) -> Vec<&str> {
        let wanted: Vec<char> = compact(text).chars().take(40).collect();
        let most = wanted.len() / 3;
        let distance = |known: &str| {
            let known: Vec<char> = known.chars().collect();
            if known.len().abs_diff(wanted.len()) > most { usize::MAX } else { slips(&wanted, &known) }
        };
        let mut near: Vec<(usize, &str)> = Vec::new();
        for name in &self.names {
            let of_parts = name.words.iter().map(|word| distance(word)).min().unwrap_or(usize::MAX);
            near.push((distance(&name.compact).min(of_parts), &name.text));
        }
        near.retain(|(distance, _)| *distance <= most);
        near.sort_unstable();
        near.dedup();
        near.into_iter().map(|(_, text)| text).take(MOST).collect()
    }

    fn found(&self, places: impl Iterator<Item = usize>, slipped: bool) -> Option<Found> {
        let mut names: Vec<Named> = places.map(|place| self.names[place].named.clone()).collect();
        names.sort_unstable();
        names.dedup();
        (!names.is_empty()).then_some(Found { names, slipped })
    }
}

fn is_slip(text: &[char], known: &str) -> bool {
    let length = known.chars().count();
    length >= SURE && length.abs_diff(text.len()) <= 1 && slips(text, &known.chars().collect::<Vec<_>>()) == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lexicon() -> Lexicon {
        let mut lexicon = Lexicon::default();
        for number in ["T11985LA", "T11986LA", "T 22841 LA"] {
            lexicon.add(Named::Truck(VehicleKey::new(number).unwrap()), number);
        }
        for (id, name) in [("apapa", "Apapa Port"), ("tin-can", "Tin Can Island"), ("port-gate", "Port Gate")]
        {
            lexicon.add(Named::Place(FenceId::new(id)), name);
        }
        lexicon
    }

    fn texts(lexicon: &Lexicon, found: Option<Found>) -> Vec<&str> {
        found.map_or(Vec::new(), |found| {
            found.names.iter().map(|named| lexicon.text(named).unwrap()).collect()
        })
    }

    #[test]
    fn names_are_found_whole_by_part_and_with_a_slip_but_numbers_never_with_one() {
        let lexicon = lexicon();
        let of = |text: &str| words(text);
        assert_eq!(texts(&lexicon, lexicon.whole(&of("t-22841 la"))), ["T 22841 LA"]);
        assert_eq!(texts(&lexicon, lexicon.part(&of("island tin"))), ["Tin Can Island"]);
        assert_eq!(texts(&lexicon, lexicon.part(&of("port"))), ["Apapa Port", "Port Gate"]);
        assert_eq!(texts(&lexicon, lexicon.numbered(&of("1198")[0])), ["T11985LA", "T11986LA"]);
        assert_eq!(texts(&lexicon, lexicon.slipped(&of("apaper"))), Vec::<&str>::new());
        assert_eq!(texts(&lexicon, lexicon.slipped(&of("appapa"))), ["Apapa Port"]);
        assert_eq!(lexicon.slipped(&of("t11987la")), None);
        assert_eq!(lexicon.like("t11987la"), ["T11985LA", "T11986LA"]);
        assert_eq!(lexicon.completions("t119", 9), ["T11985LA", "T11986LA"]);
        assert_eq!(lexicon.completions("isl", 9), ["Tin Can Island"]);
        assert_eq!(lexicon.completions("t", 2), ["T11985LA", "T11986LA"]);
        assert_eq!(lexicon.completions("p", 9), ["Port Gate", "Apapa Port"]);
    }
}
