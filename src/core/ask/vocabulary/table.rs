//! The one table of words and short phrases, and what they mean in a question.

use super::{Compare, Meaning, Meaning as M, Relation, Sign};
use crate::domain::{
    alert::{AlertKind, Severity},
    live::Motion,
};

const STANDING: &[Motion] = &[Motion::Idle, Motion::Parked];

/// What each means, and the phrases for it between commas.
pub(super) const VOCABULARY: &[(Meaning, &str)] = &[
    (
        M::Nothing,
        "is, are, was, were, am, be, been, being, the, a, an, of, our, my, your, their, its, it, any, \
         all, every, each, there, please, tell, me, us, show, list, give, display, can, could, you, i, \
         we, do, does, have, has, had, which, what, that, this, those, these, they, them, now, right \
         now, currently, at the moment, just, and, with, for, on, by, as, want, like, need, know, get, \
         got, see, would, should, will, would like, hey, hi, hello, ok, okay, much, still, out, also, \
         about, so, then, his, her, he, she, than, ones, one, whats, today so far",
    ),
    (
        M::Sign(Sign::Where),
        "where, location, locations, position, positions, whereabouts, locate, located, find, \
         coordinates, place of, in which place, wheres",
    ),
    (M::Sign(Sign::Who), "who, whom, whos"),
    (M::Sign(Sign::When), "when, what time, at what time, how soon, whens"),
    (M::Sign(Sign::Count), "how many, number of, count, count of, total"),
    (
        M::Sign(Sign::Far),
        "how far, far, distance, distances, mileage, kilometres, kilometers, km, kms, how many km, how \
         many kms, how many kilometres, how many kilometers, how many miles, distance covered, distance \
         between",
    ),
    (M::Sign(Sign::Long), "how long, how much time, time, hours, duration"),
    (M::Sign(Sign::Fast), "how fast, speed, what speed, at what speed"),
    (M::Sign(Sign::Doing), "doing, status, state, up to, going on, how, condition, details, info, whats up"),
    (
        M::Sign(Sign::Happened),
        "happened, happen, history, story, activity, activities, timeline, events, log",
    ),
    (M::Sign(Sign::Past), "did"),
    (M::Sign(Sign::Trucks), "truck, trucks, vehicle, vehicles, lorry, lorries, unit, units, trailers"),
    (M::Sign(Sign::Drivers), "driver, drivers"),
    (M::Sign(Sign::Trips), "trip, trips, job, jobs, delivery, deliveries, journey, journeys, order, orders"),
    (
        M::Sign(Sign::Alerts),
        "alert, alerts, alarm, alarms, warning, warnings, problem, problems, issue, issues, incident, \
         incidents, wrong",
    ),
    (M::Sign(Sign::Open), "open, active, current, unresolved, outstanding"),
    (M::Sign(Sign::Fleet), "fleet, whole fleet, everything, everyone, overview, summary, overall, in total"),
    (
        M::Sign(Sign::Arrive),
        "arrive, arrives, arriving, arrival, arrived, eta, reach, reaches, reached, due, expected, get \
         there, be there, how long until, time of arrival, estimated time of arrival, get to, be at",
    ),
    (M::Sign(Sign::Depart), "leave, leaves, left, depart, departs, departed, departure"),
    (M::Sign(Sign::Going), "going, go, goes, heading, headed, bound, destination, on its way, on the way"),
    (
        M::Sign(Sign::Late),
        "late, delayed, delay, delays, behind schedule, behind, overdue, running late, not on time",
    ),
    (
        M::Sign(Sign::UnderWay),
        "under way, underway, ongoing, in transit, in progress, running, on the road, on a trip, on \
         trips, on the job, with a trip",
    ),
    (M::Sign(Sign::Planned), "planned, scheduled, upcoming, to depart, departing, leaving, plan, schedule"),
    (M::Sign(Sign::Done), "completed, complete, finished, delivered, done, offloaded, ended"),
    (M::Sign(Sign::Cancelled), "cancelled, canceled, called off, failed"),
    (
        M::Sign(Sign::Drive),
        "drive, drives, drove, driven, driving, travel, travelled, traveled, cover, covered",
    ),
    (M::Sign(Sign::Nearest), "nearest, nearest to, closest, closest to, nearest truck to, closest truck to"),
    (M::Sign(Sign::Longest), "longest, the longest, longest time"),
    (M::Sign(Sign::Fastest), "fastest, the fastest, top speed, top speeds, highest speed"),
    (M::Sign(Sign::Most), "most, furthest, farthest, top, highest, best, busiest, biggest"),
    (M::Sign(Sign::Least), "least, fewest, lowest, bottom, shortest"),
    (
        M::Sign(Sign::Turnaround),
        "turnaround, turnarounds, turn around, turn-around, tat, turnaround time, turnaround times",
    ),
    (
        M::Sign(Sign::Visit),
        "visit, visits, visited, stay, stays, stayed, spend, spends, spent, wait, waits, waited, \
         waiting, dwell, dwelled, been to, been at, been in",
    ),
    (
        M::Sign(Sign::Carry),
        "container, containers, carry, carries, carrying, carried, cargo, load, loaded, box, boxes",
    ),
    (
        M::Sign(Sign::Free),
        "free, available, unassigned, without a trip, without trip, has no trip, have no trip, no trip, \
         not on a trip, with no trip",
    ),
    (
        M::Sign(Sign::Workshop),
        "maintenance, in maintenance, under maintenance, in the workshop, workshop, under repair",
    ),
    (
        M::Sign(Sign::Help),
        "help, what can i ask, what can you answer, what can you do, what do you know, questions",
    ),
    (M::Status(&[Motion::Moving]), "moving, rolling, on the move, in motion, driving around"),
    (M::Status(&[Motion::Idle]), "idle, idling, engine on"),
    (M::Status(&[Motion::Parked]), "parked, switched off"),
    (M::Status(&[Motion::Offline]), "offline, unreachable, lost"),
    (
        M::Status(STANDING),
        "standing, stationary, stopped, stop, stops, standing still, not moving, arent moving, isnt \
         moving",
    ),
    (
        M::Silent,
        "silent, not reporting, not reported, no signal, not heard of, not heard from, not been heard \
         of, not been heard from, without signal, quiet",
    ),
    (
        M::Kind(&[AlertKind::Overspeed]),
        "overspeed, overspeeding, overspeeds, speeding, sped, too fast, over the limit",
    ),
    (M::Kind(&[AlertKind::HarshBraking]), "harsh braking, hard braking, braked hard, braking, harsh brakes"),
    (M::Kind(&[AlertKind::HarshAcceleration]), "harsh acceleration, hard acceleration"),
    (M::Kind(&[AlertKind::UnexpectedStop]), "unexpected stop, unexpected stops, stopped unexpectedly"),
    (
        M::Kind(&[AlertKind::RouteDeviation]),
        "route deviation, route deviations, deviation, deviations, off route, off the route",
    ),
    (M::Kind(&[AlertKind::Crash]), "crash, crashes, crashed, accident, accidents"),
    (M::Kind(&[AlertKind::DeviceRemoval]), "device removal, tracker removed, unplugged"),
    (M::Kind(&[AlertKind::LowBattery]), "low battery, battery"),
    (M::Kind(&[AlertKind::SharpTurn]), "sharp turn, sharp turns"),
    (M::Kind(&[AlertKind::FuelTheft]), "fuel theft, fuel thefts, stolen fuel"),
    (M::Kind(&[AlertKind::Fatigue]), "fatigue"),
    (M::Kind(&[AlertKind::TripDelay]), "trip delay, trip delays"),
    (
        M::Kind(&[AlertKind::GeofenceEntered, AlertKind::GeofenceExited, AlertKind::GeofenceCrossed]),
        "geofence alert, geofence alerts",
    ),
    (M::Severity(Severity::Critical), "critical, worst"),
    (M::Severity(Severity::High), "grave, serious, severe, urgent, high, important"),
    (
        M::Relation(Relation::Near),
        "near, near to, around, close to, nearby, next to, in the vicinity of, by the",
    ),
    (M::Relation(Relation::Within), "within"),
    (M::Relation(Relation::In), "in, at, inside, currently in, inside of"),
    (M::Relation(Relation::To), "to, towards, into"),
    (M::Relation(Relation::From), "from"),
    (
        M::Compare(Compare::More),
        ">, more than, longer than, above, faster than, exceeding, greater than, in excess of",
    ),
    (M::Over, "over"),
    (M::Compare(Compare::AtLeast), ">=, at least"),
    (M::Compare(Compare::Less), "<, less than, under, below, shorter than, slower than, fewer than"),
    (M::Compare(Compare::AtMost), "<=, at most"),
    (M::Not, "not, no, without, outside, outside of, arent, isnt, dont, doesnt, not in, not at, except"),
    (M::Or, "or"),
    (M::Group, "group, groups"),
    (
        M::SomePlace,
        "place, places, geofence, geofences, fence, fences, area, zone, site, yard, port, terminal, \
         depot, client, clients, customer, company, warehouse",
    ),
];
