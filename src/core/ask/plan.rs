//! From what a question holds to what it asks: one function an intent. A selection
//! becomes a filter, in the language everything else is filtered in.

use super::{
    intent::{Asking, Made},
    lexicon::NameKind,
    period::Period,
    puzzle::Problem,
    query::{About, Asked, Figure, Near, Order, Query, Spot, Subject},
    slots::Sense,
    terms::Terms,
    vocabulary::{Relation, Sign},
};
use crate::domain::{
    alert::{AlertKind, Severity},
    live::Motion,
    units::Metres,
};

/// What is near, where no distance is told.
const NEAR_M: Metres = Metres(5_000.0);
/// Days asked about where none are named and one tells little.
const DAYS: u64 = 7;
/// Trucks in a ranking, where no number is told.
const RANKED: usize = 5;

impl Asking<'_> {
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

    fn trucks(&self, terms: Terms, order: Order, limit: Option<usize>) -> Query {
        Query::Trucks { meant: terms.meant(), near: self.near(), order, limit, asked: self.asked() }
    }
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
    terms
        .0
        .retain(|(term, _)| !["place=", "delivery=", "pickup="].iter().any(|field| term.starts_with(field)));
    let limit = Some(asking.slots.number.unwrap_or(RANKED));
    Ok(Some(Query::Trucks { meant: terms.meant(), near, order: Order::Nearest, limit, asked: Asked::Which }))
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
    Ok(Some(asking.trucks(asking.picked(), order, None)))
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
    Ok(Some(asking.trucks(asking.picked(), Order::Longest, Some(slots.number.unwrap_or(RANKED)))))
}

pub(super) fn fastest(asking: Asking<'_>) -> Made {
    if let Some(period) = asking.past()? {
        return Ok(Some(ranked(asking, Figure::Speed, period)));
    }
    let mut terms = Terms::default();
    terms.push(Sense::Said, "status:moving".to_owned(), "moving".to_owned());
    terms.0.extend(asking.picked().0.into_iter().filter(|(term, _)| !term.starts_with("status")));
    Ok(Some(asking.trucks(terms, Order::Fastest, Some(asking.slots.number.unwrap_or(RANKED)))))
}

fn ranked(asking: Asking<'_>, figure: Figure, period: Period) -> Query {
    Query::Rank {
        figure,
        lowest: asking.has(Sign::Least),
        period,
        meant: asking.owners().meant(),
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
    let mut statuses: Vec<(&[&str], &str)> = Vec::new();
    for (sign, names, words) in [
        (Sign::Late, &["delayed"][..], "late"),
        (Sign::UnderWay, &["ongoing", "delayed"], "under way"),
        (Sign::Open, &["ongoing", "delayed"], "under way"),
        (Sign::Planned, &["scheduled"], "planned"),
        (Sign::Done, &["completed"], "completed"),
        (Sign::Cancelled, &["cancelled", "failed"], "called off or failed"),
    ] {
        if asking.has(sign) {
            statuses.push((names, words));
        }
    }
    // Late ones under way are late.
    if asking.has(Sign::Late) {
        statuses.retain(|(_, words)| *words != "under way");
    }
    let mut terms = Terms::default();
    if !statuses.is_empty() {
        let names: Vec<&str> = statuses.iter().flat_map(|(names, _)| names.iter().copied()).collect();
        let words: Vec<&str> = statuses.iter().map(|(_, words)| *words).collect();
        terms.push(Sense::Said, format!("tripstatus:{}", names.join(",")), words.join(" or "));
    }
    for (relation, sense, id) in &asking.slots.places {
        let (place, name) = asking.place(id);
        let (term, words) = match relation {
            Relation::From => (format!("pickup={place}"), format!("from {name}")),
            Relation::To => (format!("delivery={place}"), format!("to {name}")),
            Relation::None | Relation::In | Relation::Near | Relation::Within => {
                (format!("(pickup={place} or delivery={place})"), format!("from or to {name}"))
            }
        };
        terms.push(*sense, term, words);
    }
    terms.extend(asking.owners());
    terms.extend(asking.named());
    let period = asking.slots.period.clone();
    Ok(Some(Query::Trips { meant: terms.meant(), period, asked: asking.asked() }))
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
    let mut terms = Terms::default();
    if !kinds.is_empty() {
        let names: Vec<_> = kinds.iter().map(|kind| kind.name()).collect();
        let words = format!("of {}", names.join(" or ").replace('_', " "));
        terms.push(Sense::Said, format!("alert:{}", names.join(",")), words);
    }
    if let Some(severity) = asking.slots.severity {
        let words = match severity {
            Severity::Critical => "critical".to_owned(),
            Severity::Low | Severity::Medium | Severity::High => format!("{} or graver", severity.name()),
        };
        terms.push(Sense::Said, format!("severity>={}", severity.name()), words);
    }
    for (_, sense, id) in &asking.slots.places {
        let (place, name) = asking.place(id);
        terms.push(*sense, format!("place={place}"), format!("in {name}"));
    }
    terms.extend(asking.owners());
    terms.extend(asking.named());
    let period = match asking.past()? {
        // Of what happened nobody means only what has not ended.
        None if asking.has(Sign::Past) => Some(asking.clock.this_day()),
        period => period,
    };
    Ok(Some(Query::Alerts { meant: terms.meant(), period, asked: asking.asked() }))
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
