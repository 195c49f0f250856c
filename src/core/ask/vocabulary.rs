//! What single words and short phrases mean in a question; `table` has them.

use crate::{
    domain::{
        alert::{AlertKind, Severity},
        live::Motion,
    },
    filter::slips,
};

mod table;

use table::VOCABULARY;

/// Something a question may be about, or may hold. What is asked is told by which of
/// them are there, rarely by their order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub(super) enum Sign {
    Where,
    Who,
    When,
    Count,
    Far,
    Long,
    Fast,
    Doing,
    Happened,
    Past,
    Trucks,
    Drivers,
    Trips,
    Alerts,
    Open,
    Fleet,
    Arrive,
    Depart,
    Going,
    Late,
    UnderWay,
    Planned,
    Done,
    Cancelled,
    Drive,
    Nearest,
    Longest,
    Fastest,
    Most,
    Least,
    Turnaround,
    Visit,
    Carry,
    Free,
    Workshop,
    Help,
    // What is named, counted or dated.
    /// A truck, or a driver, container or trip by which one is known.
    ASubject,
    ATruck,
    ADriver,
    APlace,
    AGroup,
    ACompany,
    AClient,
    AContainer,
    ATrip,
    AStatus,
    ADuration,
    ASpeed,
    ADistance,
    ANumber,
    APeriod,
    AMoment,
    AKind,
    ASeverity,
}

/// Several signs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Signs(u64);

impl Signs {
    pub(super) fn of(signs: &[Sign]) -> Self {
        Self(signs.iter().fold(0, |bits, sign| bits | 1 << *sign as u8))
    }

    pub(super) fn insert(&mut self, sign: Sign) {
        self.0 |= 1 << sign as u8;
    }

    pub(super) const fn has(self, sign: Sign) -> bool {
        self.0 & 1 << sign as u8 != 0
    }

    pub(super) const fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn count(self) -> u32 {
        self.0.count_ones()
    }
}

/// How a place or a truck stands to the rest of the question.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Relation {
    #[default]
    None,
    In,
    Near,
    /// Near where a distance is told, in otherwise.
    Within,
    To,
    From,
}

/// How a figure is compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Compare {
    More,
    AtLeast,
    Less,
    AtMost,
}

impl Compare {
    pub(super) const fn sign(self) -> &'static str {
        match self {
            Self::More => ">",
            Self::AtLeast => ">=",
            Self::Less => "<",
            Self::AtMost => "<=",
        }
    }

    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::More => "more than",
            Self::AtLeast => "at least",
            Self::Less => "less than",
            Self::AtMost => "at most",
        }
    }
}

/// What a word means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Meaning {
    /// Nothing that changes what is asked.
    Nothing,
    Sign(Sign),
    Status(&'static [Motion]),
    /// Not heard of: a status, or with a duration the age of the last fix.
    Silent,
    Kind(&'static [AlertKind]),
    Severity(Severity),
    Relation(Relation),
    Compare(Compare),
    /// More, or what is over.
    Over,
    Not,
    /// What was just said, or what is said next, where both are of one kind.
    Or,
    /// A group is named next, or was just before.
    Group,
    /// Some place: says nothing beside its name, and without one is not enough.
    SomePlace,
}

/// The phrases between commas.
fn phrases(all: &'static str) -> impl Iterator<Item = &'static str> {
    all.split(", ")
}

/// Most words of a phrase.
pub(super) const LONGEST: usize = 5;
/// A shorter word is not taken for another with a slip in it.
const SURE: usize = 5;

/// What the phrase of these words means.
pub(super) fn meaning(phrase: &str) -> Option<Meaning> {
    if let Some((meaning, _)) = VOCABULARY.iter().find(|(_, all)| phrases(all).any(|known| known == phrase)) {
        return Some(*meaning);
    }
    let is_kind = |kind: &&AlertKind| kind.name() == phrase.replace(' ', "_");
    // As the table of kinds has it.
    AlertKind::ALL
        .iter()
        .position(|kind| is_kind(&kind))
        .map(|place| Meaning::Kind(&AlertKind::ALL[place..=place]))
}

/// What a word means that has one slip in it, if that can be only one thing.
pub(super) fn nearly(word: &str) -> Option<Meaning> {
    let letters: Vec<char> = word.chars().collect();
    if letters.len() < SURE || letters.len() > 20 || letters.iter().any(|c| !c.is_alphabetic()) {
        return None;
    }
    let mut near = VOCABULARY.iter().filter(|(_, all)| {
        phrases(all).any(|phrase| {
            phrase.len() >= SURE
                && phrase.len().abs_diff(letters.len()) <= 1
                && slips(&letters, &phrase.chars().collect::<Vec<_>>()) == 1
        })
    });
    match (near.next(), near.next()) {
        (Some((meaning, _)), None) => Some(*meaning),
        _ => None,
    }
}
