//! A selection as terms of the filter language, each with the words for it.

use super::{
    intent::Asking,
    lexicon::Named,
    query::{Meant, Subject},
    slots::Sense,
    vocabulary::{Relation, Sign},
};
use crate::{
    domain::{id::FenceId, live::Motion},
    filter::{Filter, quoted},
};

/// Terms of a filter that all hold, and the words for them.
#[derive(Default)]
pub(super) struct Terms(pub(super) Vec<(String, String)>);

impl Terms {
    pub(super) fn push(&mut self, sense: Sense, term: String, words: String) {
        self.0.push(match sense {
            Sense::Said => (term, words),
            Sense::Denied => (format!("not {term}"), format!("not {words}")),
        });
    }

    pub(super) fn extend(&mut self, more: Self) {
        self.0.extend(more.0);
    }

    pub(super) fn meant(self) -> Meant {
        let (terms, words): (Vec<_>, Vec<_>) = self.0.into_iter().unzip();
        let filter = Filter::parse(&terms.join(" and "));
        Meant { filter: filter.expect("terms are of the language, and names quoted"), words: words.join(" ") }
    }
}

impl Asking<'_> {
    pub(super) fn has(&self, sign: Sign) -> bool {
        self.slots.signs.has(sign)
    }

    /// A name as a filter compares it: by what it is called, unless others are, too.
    fn name_of(&self, named: &Named, id: &str) -> String {
        let text = self.lexicon.text(named).filter(|_| self.lexicon.is_unique(named));
        quoted(text.unwrap_or(id)).into_owned()
    }

    /// The terms of whose trucks are meant.
    pub(super) fn owners(&self) -> Terms {
        let slots = self.slots;
        let mut terms = Terms::default();
        for (field, names) in [("group", &slots.groups), ("company", &slots.companies)] {
            for wanted in [Sense::Said, Sense::Denied] {
                let of = names.iter().filter(|(sense, _)| *sense == wanted);
                let codes: Vec<&str> = of.map(|(_, code)| code.as_str()).collect();
                if !codes.is_empty() {
                    let listed: Vec<_> = codes.iter().map(|code| quoted(code)).collect();
                    let words = format!("of {field} {}", codes.join(" or "));
                    terms.push(wanted, format!("{field}:{}", listed.join(",")), words);
                }
            }
        }
        for client in &slots.clients {
            let name = self.lexicon.text(&Named::Client(*client)).unwrap_or_default();
            terms.push(Sense::Said, format!("client={}", quoted(name)), format!("for {name}"));
        }
        terms
    }

    /// The terms of the trucks named.
    pub(super) fn named(&self) -> Terms {
        let mut terms = Terms::default();
        for (_, subject) in &self.slots.subjects {
            let text = self.lexicon.text(&subject.clone().into()).unwrap_or_default();
            let term = match subject {
                Subject::Truck(key) => format!("number:{}", quoted(key.as_str())),
                Subject::Driver(_) => format!("driver={}", quoted(text)),
                Subject::Container(number) => format!("container:{}", quoted(number)),
                Subject::Trip(_) => format!("trip:{}", quoted(text)),
            };
            terms.push(Sense::Said, term, format!("of {text}"));
        }
        terms
    }

    fn status(&self) -> Terms {
        let said = |wanted: Sense| -> Vec<&'static str> {
            let of = self.slots.statuses.iter().filter(|(sense, _)| *sense == wanted);
            of.flat_map(|(_, motions)| motions.iter().map(|motion| motion.name())).collect()
        };
        let (mut is, not) = (said(Sense::Said), said(Sense::Denied));
        if self.has(Sign::Drive) && is.is_empty() {
            is.push(Motion::Moving.name());
        }
        if self.slots.silent && self.slots.durations.is_empty() {
            is.push(Motion::Offline.name());
        }
        let mut terms = Terms::default();
        if !is.is_empty() {
            terms.push(Sense::Said, format!("status:{}", is.join(",")), is.join(" or "));
        }
        if !not.is_empty() {
            let words = format!("not {}", not.join(" or "));
            terms.push(Sense::Said, format!("status!={}", not.join(",")), words);
        }
        terms
    }

    fn durations(&self) -> Terms {
        let (field, before) = match self.slots.statuses.as_slice() {
            _ if self.slots.silent => ("age", "not heard of "),
            [(Sense::Said, [only])] => (only.name(), ""),
            [] if self.has(Sign::Drive) => (Motion::Moving.name(), ""),
            [] => ("since", "in their state "),
            _ => ("since", ""),
        };
        let told = |seconds: u64| match seconds {
            s if s % 86_400 == 0 && s > 0 => (s / 86_400, "d", "days"),
            s if s % 3_600 == 0 && s > 0 => (s / 3_600, "h", "h"),
            s if s % 60 == 0 && s > 0 => (s / 60, "m", "min"),
            s => (s, "s", "s"),
        };
        let mut terms = Terms::default();
        for (compare, seconds) in &self.slots.durations {
            let (count, unit, name) = told(*seconds);
            let term = format!("{field}{}{count}{unit}", compare.sign());
            terms.push(Sense::Said, term, format!("{before}for {} {count} {name}", compare.words()));
        }
        terms
    }

    /// The terms of what trucks do, and where they are.
    pub(super) fn picked(&self) -> Terms {
        let slots = self.slots;
        let mut terms = self.status();
        terms.extend(self.durations());
        for (compare, kmh) in &slots.speeds {
            let words = format!("at {} {kmh} km/h", compare.words());
            terms.push(Sense::Said, format!("speed{}{kmh}", compare.sign()), words);
        }
        for (relation, sense, id) in &slots.places {
            let (place, name) = self.place(id);
            let (field, words) = match relation {
                Relation::None | Relation::In if self.has(Sign::Going) => ("delivery", "on the way to"),
                Relation::None | Relation::In => ("place", "in"),
                Relation::Within if slots.distance.is_none() => ("place", "in"),
                Relation::To => ("delivery", "on the way to"),
                Relation::From => ("pickup", "on the way from"),
                Relation::Near | Relation::Within => continue,
            };
            terms.push(*sense, format!("{field}={place}"), format!("{words} {name}"));
        }
        if self.has(Sign::Free) {
            terms.push(Sense::Said, "not trip:*".to_owned(), "without a trip".to_owned());
        }
        if self.has(Sign::Workshop) {
            terms.push(Sense::Said, "availability:maintenance".to_owned(), "in maintenance".to_owned());
        }
        if slots.without_driver {
            terms.push(Sense::Said, "not driver:*".to_owned(), "without a driver".to_owned());
        }
        terms.extend(self.owners());
        terms
    }

    /// A place as a filter compares it, and as it is called.
    pub(super) fn place(&self, id: &FenceId) -> (String, String) {
        let named = Named::Place(id.clone());
        let name = self.lexicon.text(&named).unwrap_or(id.as_str()).to_owned();
        (self.name_of(&named, id.as_str()), name)
    }
}
