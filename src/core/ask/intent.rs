//! The one table of what can be asked: by which signs a question is known, what else may
//! stand in it, and examples. A question with anything else in it is another.

use super::{
    lexicon::{Lexicon, NameKind},
    period::Clock,
    plan,
    puzzle::Problem,
    query::Query,
    slots::Slots,
    vocabulary::{Sign, Signs},
};

use Sign::{
    AClient, ACompany, AContainer, ADistance, ADriver, ADuration, AGroup, AKind, AMoment, ANumber, APeriod,
    APlace, ASeverity, ASpeed, AStatus, ASubject, ATrip, ATruck, Alerts, Arrive, Cancelled, Carry, Count,
    Depart, Doing, Done, Drive, Drivers, Far, Fast, Fastest, Fleet, Free, Going, Happened, Help, Late, Least,
    Long, Longest, Most, Nearest, Open, Past, Planned, Trips, Trucks, Turnaround, UnderWay, Visit, When,
    Where, Who, Workshop,
};

/// A question as it was read, on its way to a query.
#[derive(Clone, Copy)]
pub(super) struct Asking<'a> {
    pub(super) slots: &'a Slots,
    pub(super) lexicon: &'a Lexicon,
    pub(super) clock: Clock,
}

/// What an intent makes of a question: nothing where it is not one of its own after all.
pub(super) type Made = Result<Option<Query>, Problem>;

/// Something that can be asked.
pub struct Intent {
    /// What it asks, in a few words.
    pub doc: &'static str,
    /// Questions that ask it; `{truck}` and its like stand for names.
    pub examples: &'static [&'static str],
    /// All of the first and, unless there are none, any of the second are its signs.
    shapes: &'static [(&'static [Sign], &'static [Sign])],
    /// What else may stand in the question.
    may: &'static [&'static [Sign]],
    pub(super) make: fn(Asking<'_>) -> Made,
}

const SUBJECT: &[Sign] = &[ASubject, ATruck, ADriver, AContainer, ATrip];
const WORDS: &[Sign] = &[Trucks, Drivers];
const WHICH: &[Sign] = &[Trucks, Drivers, Who, Count, Fleet];
const OWNERS: &[Sign] = &[AGroup, ACompany, AClient];
const PICKED: &[Sign] =
    &[AStatus, ADuration, ASpeed, APlace, ADistance, Free, Workshop, Drive, Going, Where, Fast, Doing];

/// Everything that can be asked. Of those that fit a question as well, the first is meant.
pub const INTENTS: &[Intent] = &[
    Intent {
        doc: "where a truck is, also by its driver, container or trip",
        examples: &[
            "where is {truck}?",
            "where is driver {driver}?",
            "where is container {container}?",
            "location of {truck}",
        ],
        shapes: &[(&[ASubject, Where], &[])],
        may: &[SUBJECT, WORDS, &[Doing, Carry, Trips]],
        make: plan::whereabouts,
    },
    Intent {
        doc: "where it was at a moment",
        examples: &["where was {truck} at 9:30?", "where was {truck} 2 hours ago?"],
        shapes: &[(&[ASubject, AMoment], &[Where, Doing])],
        may: &[SUBJECT, WORDS, &[Past]],
        make: plan::where_at,
    },
    Intent {
        doc: "how it moves, how fast, since when",
        examples: &["what is {truck} doing?", "is {truck} idle?", "how fast is {truck} going?", "{truck}"],
        shapes: &[(&[ASubject], &[])],
        may: &[SUBJECT, WORDS, &[Doing, Fast, AStatus, Long, Drive, Going, Open]],
        make: plan::doing,
    },
    Intent {
        doc: "who drives it, and which truck somebody drives",
        examples: &["who drives {truck}?", "driver of {truck}", "which truck does {driver} drive?"],
        shapes: &[(&[ASubject], &[Who, Drivers]), (&[ADriver, Drive], &[])],
        may: &[SUBJECT, WORDS, &[Drive, Carry, Trips, Doing]],
        make: plan::driver,
    },
    Intent {
        doc: "when it arrives, and whether it is late",
        examples: &[
            "when does {truck} arrive?",
            "ETA of {truck}",
            "is {truck} late?",
            "where is {truck} going?",
        ],
        shapes: &[(&[ASubject], &[Arrive, When, Late]), (&[ASubject, Going, Where], &[])],
        may: &[SUBJECT, WORDS, &[Trips, APlace, Long, Where, Carry, Going]],
        make: plan::arrival,
    },
    Intent {
        doc: "which trip it is on, and what it carries",
        examples: &["which trip is {truck} on?", "what does {truck} carry?"],
        shapes: &[(&[ASubject], &[Trips, Carry, UnderWay])],
        may: &[SUBJECT, WORDS, &[Doing, Open, Carry, Trips]],
        make: plan::trip,
    },
    Intent {
        doc: "what it did: visits, stops, drives and alerts",
        examples: &["what happened to {truck} today?", "what did {truck} do yesterday?", "{truck} last week"],
        shapes: &[(&[ASubject], &[Happened, APeriod, Past])],
        may: &[SUBJECT, WORDS, &[Happened, APeriod, Past, Doing, Where, AStatus, Visit]],
        make: plan::story,
    },
    Intent {
        doc: "how far and how long it drove, or all of them",
        examples: &[
            "how far did {truck} drive today?",
            "how long did {truck} drive yesterday?",
            "how many km did the fleet drive last week?",
        ],
        shapes: &[
            (&[ASubject, Far], &[]),
            (&[ASubject, Drive], &[Past, APeriod, Long]),
            (&[ASubject, Long, AStatus, APeriod], &[]),
            (&[Far], &[Fleet, Trucks, APeriod]),
        ],
        may: &[SUBJECT, WORDS, &[Far, Drive, Long, APeriod, Past, AStatus, Doing, Fleet, Going]],
        make: plan::driven,
    },
    Intent {
        doc: "how far a truck is from a place or another truck",
        examples: &["how far is {truck} from {place}?"],
        shapes: &[(&[ASubject, Far, APlace], &[]), (&[ASubject, Far], &[])],
        may: &[SUBJECT, WORDS, &[Doing]],
        make: plan::between,
    },
    Intent {
        doc: "which truck is nearest to a place or another truck",
        examples: &[
            "which truck is nearest to {place}?",
            "nearest free truck to {truck}",
            "3 nearest idle trucks to {place}",
        ],
        shapes: &[(&[Nearest], &[APlace, ASubject])],
        may: &[SUBJECT, WHICH, OWNERS, PICKED, &[ANumber]],
        make: plan::nearest,
    },
    Intent {
        doc: "which trucks, or how many, are moving, idle, parked or offline, for how long, how fast, where, whose",
        examples: &[
            "which trucks are idle?",
            "how many trucks are moving?",
            "which trucks are idle more than 20 minutes near {place}?",
            "trucks at {place}",
            "which trucks of group {group} are over 60 km/h?",
            "which trucks have no trip?",
            "trucks near {truck}",
        ],
        shapes: &[
            (&[Trucks], &[]),
            (&[Drivers], &[]),
            (&[AStatus], &[]),
            (&[Free], &[]),
            (&[Workshop], &[]),
            (&[APlace], &[]),
            (&[AGroup], &[]),
            (&[ACompany], &[]),
            (&[ASpeed], &[]),
            (&[Drive], &[Who, Count]),
            (&[Trucks, ASubject], &[]),
            (&[AStatus, ASubject], &[]),
        ],
        may: &[SUBJECT, WHICH, OWNERS, PICKED],
        make: plan::selection,
    },
    Intent {
        doc: "which have been in their state the longest",
        examples: &["which truck has been idle the longest?", "longest parked trucks at {place}"],
        shapes: &[(&[Longest], &[AStatus, Drive])],
        may: &[WHICH, OWNERS, PICKED, &[ANumber, APeriod, Long]],
        make: plan::longest,
    },
    Intent {
        doc: "which are the fastest",
        examples: &["which truck is the fastest?", "top speeds yesterday"],
        shapes: &[(&[Fastest], &[])],
        may: &[WHICH, OWNERS, &[ANumber, APeriod, Past, Drive, APlace, AStatus, Most]],
        make: plan::fastest,
    },
    Intent {
        doc: "which did the most or the least: distance, driving and idle time, trips, alerts",
        examples: &[
            "top 5 trucks by distance today",
            "which truck drove the most yesterday?",
            "which trucks had the most alerts last week?",
        ],
        shapes: &[
            (&[Most], &[Far, Drive, Alerts, Trips, Long, AStatus, Done]),
            (&[Least], &[Far, Drive, Alerts, Trips, Long, AStatus, Done]),
        ],
        may: &[WHICH, OWNERS, &[ANumber, APeriod, Past, Far, Drive, Long, Alerts, Trips, AStatus, Done]],
        make: plan::rank,
    },
    Intent {
        doc: "which trips are late, under way, planned or done; of a client, to or from a place, on a day",
        examples: &[
            "which trips are late?",
            "trips under way",
            "trips planned today",
            "how many trips were completed yesterday?",
            "trips for client {client}",
            "late trips to {place}",
        ],
        shapes: &[
            (&[Trips], &[]),
            (&[Late], &[]),
            (&[UnderWay], &[]),
            (&[Planned], &[]),
            (&[Cancelled], &[]),
            (&[Done], &[Trips, APeriod, Count, Trucks]),
        ],
        may: &[
            SUBJECT,
            WHICH,
            OWNERS,
            &[
                APeriod, APlace, Trips, Late, UnderWay, Planned, Cancelled, Done, Past, Open, Carry, Going,
                Depart,
            ],
        ],
        make: plan::trips,
    },
    Intent {
        doc: "which alerts are open, or were raised in a time; of a kind, of a truck, how grave",
        examples: &[
            "which alerts are open?",
            "alerts today",
            "alerts of {truck} yesterday",
            "who was speeding today?",
            "critical alerts of group {group}",
        ],
        shapes: &[(&[Alerts], &[]), (&[AKind], &[])],
        may: &[
            SUBJECT,
            WHICH,
            OWNERS,
            &[APeriod, APlace, Alerts, AKind, ASeverity, AStatus, Open, Past, Happened, Where],
        ],
        make: plan::alerts,
    },
    Intent {
        doc: "how long trucks stayed at a place, and when they came and left",
        examples: &[
            "how long do trucks stay at {place}?",
            "turnaround time at {place} this week",
            "which trucks visited {place} yesterday?",
            "when did {truck} leave {place}?",
        ],
        shapes: &[
            (&[APlace], &[Visit, Long, Depart, APeriod, Past]),
            (&[APlace, Turnaround], &[]),
            (&[APlace, Past], &[Arrive]),
        ],
        may: &[SUBJECT, WHICH, &[APeriod, Past, When, Visit, Long, Depart, Where, AStatus, Arrive]],
        make: plan::stays,
    },
    Intent {
        doc: "how long trips take from their departure to their return",
        examples: &["turnaround time this week", "turnaround of {truck} last month"],
        shapes: &[(&[Turnaround], &[])],
        may: &[SUBJECT, WHICH, &[APeriod, Long, Trips, Doing]],
        make: plan::turnaround,
    },
    Intent {
        doc: "how the fleet is",
        examples: &["how is the fleet doing?", "overview"],
        shapes: &[(&[Fleet], &[]), (&[Doing], &[])],
        may: &[&[Doing, Fleet, Trucks]],
        make: plan::fleet,
    },
    Intent {
        doc: "what can be asked",
        examples: &["what can I ask?"],
        shapes: &[(&[Help], &[])],
        may: &[&[Fleet]],
        make: plan::help,
    },
];

impl Intent {
    /// An example with names of the fleet in it; none when it has no such names.
    pub fn example(&self, lexicon: &Lexicon) -> Option<String> {
        self.questions(lexicon).next()
    }

    /// All its examples of whose names the fleet has one.
    pub fn questions(&self, lexicon: &Lexicon) -> impl Iterator<Item = String> {
        self.examples.iter().filter_map(|example| filled(example, lexicon))
    }

    /// How well signs fit: the more of them it is known by the better; none when they do not.
    fn fits(&self, signs: Signs) -> Option<u32> {
        let may = self.may.iter().fold(Signs::default(), |all, more| all.or(Signs::of(more)));
        self.shapes
            .iter()
            .filter_map(|(all, any)| {
                let (all, any) = (Signs::of(all), Signs::of(any));
                let wanted = any.count() == 0 || signs.and(any).count() > 0;
                let fits = all.is_within(signs) && wanted && signs.is_within(may.or(all).or(any));
                fits.then(|| all.count() + signs.and(any).count().min(1))
            })
            .max()
    }

    /// How much of a question it could be meant by.
    fn resembles(&self, signs: Signs) -> u32 {
        self.shapes
            .iter()
            .map(|(all, any)| Signs::of(all).or(Signs::of(any)).and(signs).count())
            .max()
            .unwrap_or(0)
    }
}

/// The intents that fit, the best first.
pub(super) fn fitting(signs: Signs) -> Vec<&'static Intent> {
    let mut fitting: Vec<_> =
        INTENTS.iter().filter_map(|intent| Some((intent.fits(signs)?, intent))).collect();
    fitting.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    fitting.into_iter().map(|(_, intent)| intent).collect()
}

/// Questions to ask instead of one that is not understood: of what it resembles most.
pub(super) fn resembling(signs: Signs, lexicon: &Lexicon) -> Vec<String> {
    /// So many.
    const MOST: usize = 4;
    let mut near: Vec<_> = INTENTS.iter().map(|intent| (intent.resembles(signs), intent)).collect();
    near.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    let examples = near.iter().filter_map(|(_, intent)| intent.example(lexicon));
    examples.take(MOST).collect()
}

/// An example with names of the fleet in it; none when it has no such name.
pub(super) fn filled(example: &str, lexicon: &Lexicon) -> Option<String> {
    let mut text = example.to_owned();
    for (slot, kind) in [
        ("{truck}", NameKind::Truck),
        ("{driver}", NameKind::Driver),
        ("{place}", NameKind::Place),
        ("{group}", NameKind::Group),
        ("{client}", NameKind::Client),
        ("{container}", NameKind::Container),
    ] {
        if text.contains(slot) {
            text = text.replace(slot, lexicon.example(kind)?);
        }
    }
    Some(text)
}
