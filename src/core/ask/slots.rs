//! What a question holds, found word by word: names, figures, times, and the signs of
//! what is asked. Every word must be something; what is nothing known is told.

use super::{
    lexicon::{self, Found, Lexicon, NameKind, Named},
    period::{self, Clock, Period, When},
    puzzle::{Problem, Puzzle},
    query::Subject,
    vocabulary::{self, Compare, Meaning, Relation, Sign, Signs},
    words::{self, Word},
};
use crate::domain::{
    alert::{AlertKind, Severity},
    id::{FenceId, OrganizationId},
    live::Motion,
    time::Timestamp,
    units::Metres,
};

/// Most offered where a name is several's.
const MOST: usize = 8;

/// What a question holds.
#[derive(Debug, Default)]
pub(super) struct Slots {
    pub(super) signs: Signs,
    pub(super) subjects: Vec<(Relation, Subject)>,
    pub(super) places: Vec<(Relation, Sense, FenceId)>,
    pub(super) groups: Vec<(Sense, String)>,
    pub(super) companies: Vec<(Sense, String)>,
    pub(super) clients: Vec<OrganizationId>,
    pub(super) statuses: Vec<(Sense, &'static [Motion])>,
    pub(super) without_driver: bool,
    pub(super) silent: bool,
    pub(super) durations: Vec<(Compare, u64)>,
    /// km/h.
    pub(super) speeds: Vec<(Compare, u32)>,
    pub(super) distance: Option<Metres>,
    pub(super) number: Option<usize>,
    pub(super) period: Option<Period>,
    pub(super) moment: Option<Timestamp>,
    pub(super) kinds: Vec<&'static [AlertKind]>,
    pub(super) severity: Option<Severity>,
    /// What words with a slip in them were taken for.
    pub(super) taken: Vec<(String, String)>,
}

/// Whether a thing is said or denied.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Sense {
    #[default]
    Said,
    Denied,
}

/// What has been said just before, and awaits what it belongs to.
#[derive(Debug, Default)]
struct Pending {
    relation: Relation,
    compare: Option<Compare>,
    over: bool,
    sense: Sense,
    /// A word for some place, and whether a name stood beside it.
    some_place: Option<Word>,
    group: bool,
    named: bool,
    /// The sign of what was said last, and of what it may be instead.
    last: Option<Sign>,
    either: Option<Sign>,
    /// Two things of which either is meant are of two kinds.
    torn: bool,
}

struct Reader<'a> {
    text: &'a str,
    words: &'a [Word],
    lexicon: &'a Lexicon,
    clock: Clock,
    slots: Slots,
    pending: Pending,
    unknown: Vec<Word>,
}

/// Finds what a question holds.
pub(super) fn read(text: &str, lexicon: &Lexicon, clock: Clock) -> Result<Slots, Puzzle> {
    let words = words::words(text);
    let mut reader = Reader {
        text,
        words: &words,
        lexicon,
        clock,
        slots: Slots::default(),
        pending: Pending::default(),
        unknown: Vec::new(),
    };
    let mut at = 0;
    while at < words.len() {
        at += reader.step(at)?;
    }
    reader.finish()
}

impl Reader<'_> {
    /// Reads what begins at a word; how many words it took.
    fn step(&mut self, at: usize) -> Result<usize, Puzzle> {
        let rest = &self.words[at..];
        if let Some(used) = self.quantity(rest) {
            return Ok(used);
        }
        let phrase = phrase(rest);
        let longest = lexicon::LONGEST.min(rest.len());
        for length in (1..=longest).rev() {
            // A name that is a word of the language is that word.
            let is_word = length == 1
                && !self.pending.group
                && phrase.is_some_and(|(meaning, _)| meaning != Meaning::SomePlace);
            if let (false, Some(found)) = (is_word, self.lexicon.whole(&rest[..length])) {
                return self.name(found, &rest[..length]);
            }
        }
        if let Some((when, used)) = period::read(rest, self.clock) {
            self.time(when);
            return Ok(used);
        }
        let part = |length: usize| self.lexicon.part(&rest[..length]).map(|found| (found, length));
        let of_several = (2..=longest).rev().find_map(part);
        match (of_several, phrase) {
            (Some((found, length)), None) => return self.name(found, &rest[..length]),
            (Some((found, length)), Some((_, used))) if length > used => {
                return self.name(found, &rest[..length]);
            }
            (_, Some((meaning, used))) => {
                self.mean(meaning, rest);
                return Ok(used);
            }
            (None, None) => {}
        }
        let one = &rest[..1];
        let known = self.lexicon.part(one).or_else(|| self.lexicon.numbered(&one[0]));
        if let Some(found) = known {
            return self.name(found, one);
        }
        if let Some(count) = self.count(&one[0]) {
            // `faster than 60`: what is compared is a speed.
            if self.pending.compare.is_some() || self.pending.over {
                let compare = self.compare(Compare::More);
                self.slots.speeds.push((compare, u32::try_from(count).unwrap_or(u32::MAX)));
                self.slots.signs.insert(Sign::ASpeed);
                return Ok(1);
            }
            self.slots.number = Some(count);
            self.slots.signs.insert(Sign::ANumber);
            return Ok(1);
        }
        if let Some(meaning) = vocabulary::nearly(&one[0].folded) {
            self.mean(meaning, rest);
            return Ok(1);
        }
        for length in (1..=2.min(rest.len())).rev() {
            if let Some(found) = self.lexicon.slipped(&rest[..length]) {
                return self.name(found, &rest[..length]);
            }
        }
        self.unknown.push(one[0].clone());
        Ok(1)
    }

    fn count(&self, word: &Word) -> Option<usize> {
        let number = period::count(&word.folded).map(|count| count as usize);
        number.or_else(|| word.folded.parse().ok()).filter(|count| (1..=1_000).contains(count))
    }

    /// A speed, a distance or a duration.
    fn quantity(&mut self, rest: &[Word]) -> Option<usize> {
        let text = &rest[0].folded;
        let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
        let (digits, suffix) = text.split_at(end);
        let (unit, used) = match (suffix, rest.get(1)) {
            ("", Some(next)) => (next.folded.as_str(), 2),
            (suffix, _) => (suffix, 1),
        };
        let number = digits.parse::<f64>().ok().filter(|number| (0.0..=100_000.0).contains(number));
        if let Some(number) = number {
            let speed = match unit {
                "km/h" | "kmh" | "kph" | "kmph" => Some(number),
                "mph" => Some(number * 1.609_344),
                _ => None,
            };
            if let Some(speed) = speed {
                let compare = self.compare(Compare::AtLeast);
                self.slots.speeds.push((compare, speed.round() as u32));
                self.slots.signs.insert(Sign::ASpeed);
                return Some(used);
            }
            let metres = match unit {
                "km" | "kms" | "kilometre" | "kilometres" | "kilometer" | "kilometers" => {
                    Some(number * 1_000.0)
                }
                "metre" | "metres" | "meters" | "meter" => Some(number),
                "mile" | "miles" => Some(number * 1_609.344),
                _ => None,
            };
            if let Some(metres) = metres {
                self.slots.distance = Some(Metres(metres.round()));
                self.slots.signs.insert(Sign::ADistance);
                self.compare(Compare::AtMost);
                return Some(used);
            }
        }
        // `2 hours ago` and `the last 2 hours` are times; the latter never begins here.
        let (seconds, used) = period::span(rest)?;
        if rest.get(used).is_some_and(|word| word.folded == "ago") {
            return None;
        }
        let compare = self.compare(Compare::AtLeast);
        self.slots.durations.push((compare, seconds));
        self.slots.signs.insert(Sign::ADuration);
        Some(used)
    }

    /// The comparison that was said just before.
    fn compare(&mut self, default: Compare) -> Compare {
        let over = std::mem::take(&mut self.pending.over).then_some(Compare::More);
        self.pending.compare.take().or(over).unwrap_or(default)
    }

    fn time(&mut self, when: When) {
        match when {
            When::Period(period) => {
                self.slots.signs.insert(Sign::APeriod);
                self.slots.period = Some(period);
            }
            When::Moment(at) => {
                self.slots.signs.insert(Sign::AMoment);
                self.slots.moment = Some(at);
            }
        }
        self.pending.relation = Relation::None;
    }

    fn mean(&mut self, meaning: Meaning, rest: &[Word]) {
        let slots = &mut self.slots;
        if !matches!(meaning, Meaning::Nothing | Meaning::SomePlace | Meaning::Group) {
            self.pending.named = false;
        }
        match meaning {
            Meaning::Nothing => {}
            Meaning::Sign(Sign::Drivers) if self.pending.sense == Sense::Denied => {
                slots.without_driver = true;
                self.pending.sense = Sense::Said;
            }
            Meaning::Sign(Sign::Trips | Sign::UnderWay) if self.pending.sense == Sense::Denied => {
                slots.signs.insert(Sign::Free);
                self.pending.sense = Sense::Said;
            }
            Meaning::Sign(sign) => slots.signs.insert(sign),
            Meaning::Status(motions) => {
                slots.statuses.push((std::mem::take(&mut self.pending.sense), motions));
                self.hold(Sign::AStatus);
            }
            Meaning::Silent => {
                slots.silent = true;
                slots.signs.insert(Sign::AStatus);
            }
            Meaning::Kind(kinds) => {
                slots.kinds.push(kinds);
                self.hold(Sign::AKind);
            }
            Meaning::Severity(severity) => {
                slots.severity = Some(severity);
                slots.signs.insert(Sign::ASeverity);
            }
            Meaning::Relation(relation) => self.pending.relation = relation,
            Meaning::Compare(compare) => self.pending.compare = Some(compare),
            Meaning::Over => self.pending.over = true,
            // Said of what a filter can have either of.
            Meaning::Or => match self.pending.last {
                Some(last @ (Sign::AStatus | Sign::AKind | Sign::AGroup | Sign::ACompany)) => {
                    self.pending.either = Some(last);
                }
                _ => self.pending.torn = true,
            },
            Meaning::Not => self.pending.sense = Sense::Denied,
            Meaning::Group => {
                self.pending.group = !self.pending.named;
                self.pending.named = false;
            }
            Meaning::SomePlace => {
                if !std::mem::take(&mut self.pending.named) {
                    self.pending.some_place = rest.first().cloned();
                }
            }
        }
    }

    /// A name that `words` were found to be.
    fn name(&mut self, found: Found, words: &[Word]) -> Result<usize, Puzzle> {
        let relation = std::mem::take(&mut self.pending.relation);
        let wants_group = std::mem::take(&mut self.pending.group);
        let wanted = |kind: NameKind| match relation {
            _ if wants_group => kind == NameKind::Group,
            Relation::In | Relation::Near | Relation::Within | Relation::To | Relation::From => {
                kind == NameKind::Place
            }
            Relation::None => false,
        };
        let rank = |named: &Named| (!wanted(named.kind()), named.kind());
        let best = found.names.iter().min_by_key(|named| rank(named)).map(Named::kind);
        let of_kind: Vec<&Named> = found.names.iter().filter(|named| Some(named.kind()) == best).collect();
        let written = self.written(words).to_owned();
        let [only] = of_kind.as_slice() else { return Err(self.several(&of_kind, words)) };
        if found.slipped {
            self.slots.taken.push((written, self.lexicon.text(only).unwrap_or_default().to_owned()));
        }
        self.take((*only).clone(), relation);
        self.pending.some_place = None;
        self.pending.named = true;
        Ok(words.len())
    }

    fn take(&mut self, named: Named, relation: Relation) {
        let sense = std::mem::take(&mut self.pending.sense);
        let slots = &mut self.slots;
        let sign = match named {
            Named::Truck(key) => {
                slots.subjects.push((relation, Subject::Truck(key)));
                Sign::ATruck
            }
            Named::Driver(id) => {
                slots.subjects.push((relation, Subject::Driver(id)));
                Sign::ADriver
            }
            Named::Container(number) => {
                slots.subjects.push((relation, Subject::Container(number)));
                Sign::AContainer
            }
            Named::Trip(id) => {
                slots.subjects.push((relation, Subject::Trip(id)));
                Sign::ATrip
            }
            Named::Place(id) => {
                slots.places.push((relation, sense, id));
                Sign::APlace
            }
            Named::Group(group) => {
                slots.groups.push((sense, group));
                Sign::AGroup
            }
            Named::Company(company) => {
                slots.companies.push((sense, company));
                Sign::ACompany
            }
            Named::Client(id) => {
                slots.clients.push(id);
                Sign::AClient
            }
        };
        self.hold(sign);
        let slots = &mut self.slots;
        if matches!(sign, Sign::ATruck | Sign::ADriver | Sign::AContainer | Sign::ATrip) {
            slots.signs.insert(Sign::ASubject);
        }
    }

    fn hold(&mut self, sign: Sign) {
        self.slots.signs.insert(sign);
        self.pending.torn |= self.pending.either.take().is_some_and(|either| either != sign);
        self.pending.last = Some(sign);
    }

    fn written(&self, words: &[Word]) -> &str {
        match words {
            [] => "",
            [first, .., last] => &self.text[first.at.start..last.at.end],
            [only] => &self.text[only.at.clone()],
        }
    }

    fn several(&self, of: &[&Named], words: &[Word]) -> Puzzle {
        let names: Vec<String> =
            of.iter().take(MOST).filter_map(|named| self.lexicon.text(named)).map(str::to_owned).collect();
        let instead = names.iter().map(|name| self.instead(words, name)).collect();
        let kind = of.first().map_or("one", |named| named.kind().word());
        Puzzle { problem: Problem::Several { written: self.written(words).to_owned(), kind, names }, instead }
    }

    /// The question with other words in the place of some.
    fn instead(&self, words: &[Word], name: &str) -> String {
        let (from, to) = words.first().zip(words.last()).map_or((0, 0), |(a, b)| (a.at.start, b.at.end));
        format!("{}{name}{}", &self.text[..from], &self.text[to..])
    }

    fn finish(mut self) -> Result<Slots, Puzzle> {
        self.unknown.extend(self.pending.some_place.take());
        if self.pending.over {
            self.slots.signs.insert(Sign::Done);
        }
        if let [first, ..] = self.unknown.as_slice() {
            let near: Vec<String> = self.lexicon.like(&first.folded).into_iter().map(str::to_owned).collect();
            let only = std::slice::from_ref(first);
            let instead = match self.unknown.len() {
                1 => near.iter().map(|name| self.instead(only, name)).collect(),
                _ => Vec::new(),
            };
            let words = self.unknown.iter().map(|word| self.text[word.at.clone()].to_owned()).collect();
            return Err(Puzzle { problem: Problem::Unknown { words, near }, instead });
        }
        // A comparison, a denial or an alternative that belongs to nothing would be left out.
        let stray = self.pending.compare.is_some() || self.pending.sense == Sense::Denied;
        if stray || self.pending.torn || self.pending.either.is_some() {
            return Err(Puzzle { problem: Problem::Unclear, instead: Vec::new() });
        }
        Ok(self.slots)
    }
}

/// The longest phrase of the language that words begin with, and its length.
fn phrase(rest: &[Word]) -> Option<(Meaning, usize)> {
    (1..=vocabulary::LONGEST.min(rest.len())).rev().find_map(|length| {
        let words: Vec<&str> = rest[..length].iter().map(|word| word.folded.as_str()).collect();
        vocabulary::meaning(&words.join(" ")).map(|meaning| (meaning, length))
    })
}

impl Slots {
    /// The truck the question is about: the first named that stands in no relation.
    pub(super) fn subject(&self) -> Option<&Subject> {
        let is_free = |relation: &Relation| matches!(relation, Relation::None | Relation::In);
        let free = self.subjects.iter().find(|(relation, _)| is_free(relation));
        free.or(self.subjects.first()).map(|(_, subject)| subject)
    }
}
