//! From what a question holds to what it asks: one function an intent. A selection
//! becomes a filter, in the language everything else is filtered in.

use super::{
    intent::{Asking, Made},
    lexicon::{NameKind, Named},
    period::Period,
    puzzle::Problem,
    query::{About, Asked, Figure, Near, Order, Query, Spot, Subject},
    slots::Sense,
    vocabulary::{Relation, Sign},
};
use crate::{
    domain::{alert::AlertKind, live::Motion, units::Metres},
    filter::{Filter, quoted},
};

/// What is near, where no distance is told.
const NEAR_M: Metres = Metres(5_000.0);
/// Days asked about where none are named and one tells little.
const DAYS: u64 = 7;
/// Trucks in a ranking, where no number is told.
const RANKED: usize = 5;

impl Asking<'_> {
    fn has(&self, sign: Sign) -> bool {
        self.slots.signs.has(sign)
    }

    fn subject(&self) -> Option<Subject> {
        self.slots.subject().cloned()
    }

    fn one(&self, about: About) -> Made {
        Ok(self.subject().map(|of| Query::One { of, about }))
    }

    const fn asked(&self) -> Asked {
        if self.slots.signs.has(Sign::Count) { Asked::Count } else { Asked::Which }
    }

    /// The period named, if it is not still to come.
    fn past(&self) -> Result<Option<Period>, Problem> {
        match &self.slots.period {
            Some(period) if period.span.from > self.clock.now => Err(Problem::Ahead(period.words.clone())),
            period => Ok(period.clone()),
        }
    }

    fn past_or_today(&self) -> Result<Period, Problem> {
        Ok(self.past()?.unwrap_or_else(|| self.clock.this_day()))
    }

    fn past_or_days(&self) -> Result<Period, Problem> {
        Ok(self.past()?.unwrap_or_else(|| self.clock.last_days(DAYS)))
    }

    /// A name as a filter compares it: by what it is called, unless others are, too.
    fn name_of(&self, named: &Named, id: &str) -> String {
        let text = self.lexicon.text(named).filter(|_| self.lexicon.is_unique(named));
        quoted(text.unwrap_or(id)).into_owned()
    }

    /// The terms of whose trucks are meant, and of the trucks named.
    fn owners(&self) -> Vec<String> {
        let slots = self.slots;
        let mut terms: Vec<String> = Vec::new();
        for (field, names) in [("group", &slots.groups), ("company", &slots.companies)] {
            for wanted in [Sense::Said, Sense::Denied] {
                let of = names.iter().filter(|(sense, _)| *sense == wanted);
                let codes: Vec<_> = of.map(|(_, code)| quoted(code)).collect();
                if !codes.is_empty() {
                    terms.push(term(wanted, format!("{field}:{}", codes.join(","))));
                }
            }
        }
        for client in &slots.clients {
            let named = Named::Client(*client);
            terms.push(format!("client={}", quoted(self.lexicon.text(&named).unwrap_or_default())));
        }
        terms
    }

    /// The terms of the trucks named.
    fn named(&self) -> Vec<String> {
        let name = |subject: &Subject| {
            let text = self.lexicon.text(&subject.clone().into()).unwrap_or_default();
            match subject {
                Subject::Truck(key) => format!("number:{}", quoted(key.as_str())),
                Subject::Driver(_) => format!("driver={}", quoted(text)),
                Subject::Container(number) => format!("container:{}", quoted(number)),
                Subject::Trip(_) => format!("trip:{}", quoted(text)),
            }
        };
        self.slots.subjects.iter().map(|(_, subject)| name(subject)).collect()
    }

    fn status(&self) -> Option<String> {
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
        match (is.is_empty(), not.is_empty()) {
            (false, true) => Some(format!("status:{}", is.join(","))),
            (true, false) => Some(format!("status!={}", not.join(","))),
            (false, false) => Some(format!("status:{} and status!={}", is.join(","), not.join(","))),
            (true, true) => None,
        }
    }

    fn durations(&self) -> Vec<String> {
        let field = match self.slots.statuses.as_slice() {
            _ if self.slots.silent => "age",
            [(Sense::Said, [only])] => only.name(),
            [] if self.has(Sign::Drive) => Motion::Moving.name(),
            _ => "since",
        };
        let told = |seconds: u64| match seconds {
            s if s % 86_400 == 0 && s > 0 => format!("{}d", s / 86_400),
            s if s % 3_600 == 0 && s > 0 => format!("{}h", s / 3_600),
            s if s % 60 == 0 && s > 0 => format!("{}m", s / 60),
            s => format!("{s}s"),
        };
        let durations = self.slots.durations.iter();
        durations.map(|(compare, seconds)| format!("{field}{}{}", compare.sign(), told(*seconds))).collect()
    }

    /// The terms of what trucks do, and where they are.
    fn picked(&self) -> Vec<String> {
        let slots = self.slots;
        let mut terms: Vec<String> = self.status().into_iter().collect();
        terms.extend(self.durations());
        terms.extend(slots.speeds.iter().map(|(compare, kmh)| format!("speed{}{kmh}", compare.sign())));
        for (relation, sense, id) in &slots.places {
            let place = self.name_of(&Named::Place(id.clone()), id.as_str());
            let field = match relation {
                Relation::None | Relation::In if self.has(Sign::Going) => "delivery",
                Relation::None | Relation::In => "place",
                Relation::Within if slots.distance.is_none() => "place",
                Relation::To => "delivery",
                Relation::From => "pickup",
                Relation::Near | Relation::Within => continue,
            };
            terms.push(term(*sense, format!("{field}={place}")));
        }
        if self.has(Sign::Free) {
            terms.push("not trip:*".to_owned());
        }
        if self.has(Sign::Workshop) {
            terms.push("availability:maintenance".to_owned());
        }
        if slots.without_driver {
            terms.push("not driver:*".to_owned());
        }
        terms.extend(self.owners());
        terms
    }

    fn spots(&self) -> Vec<(Relation, Spot)> {
        let places = self.slots.places.iter();
        let places = places.map(|(relation, _, id)| (*relation, Spot::Place(id.clone())));
        let trucks = self.slots.subjects.iter();
        places.chain(trucks.map(|(relation, of)| (*relation, Spot::Truck(of.clone())))).collect()
    }

    /// What the trucks are near to, where that is said.
    fn near(&self) -> Option<Near> {
        let is_near = |relation: &Relation| match relation {
            Relation::Near => true,
            Relation::Within => self.slots.distance.is_some(),
            Relation::None | Relation::In | Relation::To | Relation::From => false,
        };
        let (_, spot) = self.spots().into_iter().find(|(relation, _)| is_near(relation))?;
        Some(Near { spot, within: Some(self.slots.distance.unwrap_or(NEAR_M)) })
    }

    fn trucks(&self, terms: &[String], order: Order, limit: Option<usize>) -> Query {
        let (filter, near) = (filter(terms), self.near());
        Query::Trucks { filter, near, order, limit, asked: self.asked() }
    }
}

fn term(sense: Sense, term: String) -> String {
    match sense {
        Sense::Said => term,
        Sense::Denied => format!("not {term}"),
    }
}

/// The filter of terms that all hold.
fn filter(terms: &[String]) -> Filter {
    Filter::parse(&terms.join(" and ")).unwrap_or_default()
}

pub(super) fn help(_: Asking<'_>) -> Made {
    Ok(Some(Query::Help))
}

pub(super) fn fleet(_: Asking<'_>) -> Made {
    Ok(Some(Query::Fleet))
}

pub(super) fn whereabouts(asking: Asking<'_>) -> Made {
    asking.one(About::Where)
}

pub(super) fn where_at(asking: Asking<'_>) -> Made {
    let (Some(of), Some(at)) = (asking.subject(), asking.slots.moment) else { return Ok(None) };
    if at > asking.clock.now {
        return Err(Problem::Ahead("that moment".to_owned()));
    }
    Ok(Some(Query::WhereAt { of, at }))
}

pub(super) fn doing(asking: Asking<'_>) -> Made {
    let motions = match asking.slots.statuses.as_slice() {
        [(Sense::Said, motions)] => motions,
        [] if asking.has(Sign::Drive) => &[Motion::Moving][..],
        [] if asking.slots.silent => &[Motion::Offline][..],
        [] => &[],
        // Several states at once are a choice, and a denial is another question.
        _ => return Ok(None),
    };
    asking.one(About::Doing(motions))
}

pub(super) fn driver(asking: Asking<'_>) -> Made {
    asking.one(About::Driver)
}

pub(super) fn arrival(asking: Asking<'_>) -> Made {
    asking.one(About::Arrival)
}

pub(super) fn trip(asking: Asking<'_>) -> Made {
    asking.one(About::Trip)
}

pub(super) fn story(asking: Asking<'_>) -> Made {
    let Some(of) = asking.subject() else { return Ok(None) };
    Ok(Some(Query::Story { of, period: asking.past_or_today()? }))
}

pub(super) fn driven(asking: Asking<'_>) -> Made {
    if asking.slots.subjects.len() > 1 {
        return Ok(None);
    }
    Ok(Some(Query::Driven { of: asking.subject(), period: asking.past_or_today()? }))
}

pub(super) fn between(asking: Asking<'_>) -> Made {
    let Some(of) = asking.subject() else { return Ok(None) };
    let mut spots = asking.spots().into_iter().map(|(_, spot)| spot);
    let other = spots.find(|spot| *spot != Spot::Truck(of.clone()));
    Ok(other.map(|spot| Query::Between { of, spot }))
}

pub(super) fn nearest(asking: Asking<'_>) -> Made {
    let Some((_, spot)) = asking.spots().into_iter().next() else { return Ok(None) };
    let near = Some(Near { spot, within: asking.slots.distance });
    // The place is where from, not where they are.
    let mut terms = asking.picked();
    terms.retain(|term| !["place=", "delivery=", "pickup="].iter().any(|field| term.starts_with(field)));
    let limit = Some(asking.slots.number.unwrap_or(RANKED));
    Ok(Some(Query::Trucks {
        filter: filter(&terms),
        near,
        order: Order::Nearest,
        limit,
        asked: Asked::Which,
    }))
}

pub(super) fn selection(asking: Asking<'_>) -> Made {
    let near = asking.near();
    let is_near_truck = matches!(near, Some(Near { spot: Spot::Truck(_), .. }));
    // A truck that is not what others are near to, or a distance to nothing, belongs elsewhere.
    let stray =
        asking.has(Sign::ASubject) && !is_near_truck || asking.slots.distance.is_some() && near.is_none();
    if stray || asking.slots.subjects.len() > 1 {
        return Ok(None);
    }
    let order = if near.is_some() { Order::Nearest } else { Order::Number };
    Ok(Some(asking.trucks(&asking.picked(), order, None)))
}

pub(super) fn longest(asking: Asking<'_>) -> Made {
    let slots = asking.slots;
    if let Some(period) = asking.past()? {
        let figure = match slots.statuses.as_slice() {
            [(Sense::Said, [Motion::Idle])] => Figure::Idle,
            [(Sense::Said, [Motion::Moving])] => Figure::Moving,
            [] => Figure::Moving,
            _ => return Ok(None),
        };
        return Ok(Some(ranked(asking, figure, period)));
    }
    Ok(Some(asking.trucks(&asking.picked(), Order::Longest, Some(slots.number.unwrap_or(RANKED)))))
}

pub(super) fn fastest(asking: Asking<'_>) -> Made {
    if let Some(period) = asking.past()? {
        return Ok(Some(ranked(asking, Figure::Speed, period)));
    }
    let mut terms = vec!["status:moving".to_owned()];
    terms.extend(asking.picked().into_iter().filter(|term| !term.starts_with("status")));
    Ok(Some(asking.trucks(&terms, Order::Fastest, Some(asking.slots.number.unwrap_or(RANKED)))))
}

fn ranked(asking: Asking<'_>, figure: Figure, period: Period) -> Query {
    Query::Rank {
        figure,
        lowest: asking.has(Sign::Least),
        period,
        filter: filter(&asking.owners()),
        limit: asking.slots.number.unwrap_or(RANKED),
    }
}

pub(super) fn rank(asking: Asking<'_>) -> Made {
    let idle = matches!(asking.slots.statuses.as_slice(), [(Sense::Said, [Motion::Idle])]);
    let figure = match () {
        () if asking.has(Sign::Alerts) => Figure::Alerts,
        () if asking.has(Sign::Trips) || asking.has(Sign::Done) => Figure::Trips,
        () if idle => Figure::Idle,
        () if asking.has(Sign::AStatus) => Figure::Moving,
        () if asking.has(Sign::Long) => Figure::Moving,
        () => Figure::Distance,
    };
    let period = match figure {
        Figure::Distance => asking.past_or_today()?,
        Figure::Moving | Figure::Idle | Figure::Speed | Figure::Trips | Figure::Alerts => {
            asking.past_or_days()?
        }
    };
    Ok(Some(ranked(asking, figure, period)))
}

pub(super) fn trips(asking: Asking<'_>) -> Made {
    let mut statuses: Vec<&str> = Vec::new();
    for (sign, names) in [
        (Sign::Late, &["delayed"][..]),
        (Sign::UnderWay, &["ongoing", "delayed"]),
        (Sign::Open, &["ongoing", "delayed"]),
        (Sign::Planned, &["scheduled"]),
        (Sign::Done, &["completed"]),
        (Sign::Cancelled, &["cancelled", "failed"]),
    ] {
        if asking.has(sign) {
            statuses.extend(names);
        }
    }
    // Late ones under way are late.
    if asking.has(Sign::Late) && asking.has(Sign::UnderWay) {
        statuses = vec!["delayed"];
    }
    let mut terms: Vec<String> = Vec::new();
    if !statuses.is_empty() {
        terms.push(format!("tripstatus:{}", statuses.join(",")));
    }
    for (relation, sense, id) in &asking.slots.places {
        let place = asking.name_of(&Named::Place(id.clone()), id.as_str());
        terms.push(term(
            *sense,
            match relation {
                Relation::From => format!("pickup={place}"),
                Relation::To => format!("delivery={place}"),
                Relation::None | Relation::In | Relation::Near | Relation::Within => {
                    format!("(pickup={place} or delivery={place})")
                }
            },
        ));
    }
    terms.extend(asking.owners());
    terms.extend(asking.named());
    let period = asking.slots.period.clone();
    Ok(Some(Query::Trips { filter: filter(&terms), period, asked: asking.asked() }))
}

pub(super) fn alerts(asking: Asking<'_>) -> Made {
    let mut kinds: Vec<AlertKind> =
        asking.slots.kinds.iter().flat_map(|kinds| kinds.iter().copied()).collect();
    for (sense, motions) in &asking.slots.statuses {
        match (sense, motions) {
            (Sense::Said, [Motion::Idle]) => kinds.push(AlertKind::Idle),
            (Sense::Said, [Motion::Offline]) => kinds.push(AlertKind::DeviceOffline),
            _ => return Ok(None),
        }
    }
    let mut terms: Vec<String> = Vec::new();
    if !kinds.is_empty() {
        let names: Vec<_> = kinds.iter().map(|kind| kind.name()).collect();
        terms.push(format!("alert:{}", names.join(",")));
    }
    if let Some(severity) = asking.slots.severity {
        terms.push(format!("severity>={}", severity.name()));
    }
    for (_, sense, id) in &asking.slots.places {
        let place = asking.name_of(&Named::Place(id.clone()), id.as_str());
        terms.push(term(*sense, format!("place={place}")));
    }
    terms.extend(asking.owners());
    terms.extend(asking.named());
    let period = match asking.past()? {
        // Of what happened nobody means only what has not ended.
        None if asking.has(Sign::Past) => Some(asking.clock.this_day()),
        period => period,
    };
    Ok(Some(Query::Alerts { filter: filter(&terms), period, asked: asking.asked() }))
}

pub(super) fn stays(asking: Asking<'_>) -> Made {
    let [
        (
            Relation::None | Relation::In | Relation::To | Relation::From | Relation::Within,
            Sense::Said,
            place,
        ),
    ] = asking.slots.places.as_slice()
    else {
        return Ok(None);
    };
    let of = asking.subject();
    let period = match of {
        Some(_) => asking.past_or_today()?,
        None => asking.past_or_days()?,
    };
    Ok(Some(Query::Stays { place: place.clone(), of, period }))
}

pub(super) fn turnaround(asking: Asking<'_>) -> Made {
    Ok(Some(Query::Turnaround { of: asking.subject(), period: asking.past_or_days()? }))
}

impl Subject {
    /// What it is named by.
    pub const fn kind(&self) -> NameKind {
        match self {
            Self::Truck(_) => NameKind::Truck,
            Self::Driver(_) => NameKind::Driver,
            Self::Container(_) => NameKind::Container,
            Self::Trip(_) => NameKind::Trip,
        }
    }
}
