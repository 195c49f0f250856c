//! A store of one vehicle in memory, as little of one as the historian needs.

use std::collections::BTreeMap;

use chrono_tz::Africa::Lagos;
use proptest::prelude::*;

use super::*;
use crate::domain::{
    geo::LonLat,
    geofence::{FenceKind, Geofence, Shape, Watches},
    history::RecordKind,
    id::FenceId,
    position::Source,
    units::Metres,
};

/// 2025-04-01T00:00:00+01:00, midnight in Lagos.
const MIDNIGHT: i64 = 1_743_462_000_000;

fn key() -> VehicleKey {
    VehicleKey::new("T1").unwrap()
}

fn fences() -> Arc<FenceSet> {
    let circle = |id: &str, lon: f64| Geofence {
        id: FenceId::new(id),
        name: id.into(),
        kind: FenceKind::Depot,
        watches: Watches::default(),
        shape: Shape::Circle { centre: LonLat::new(lon, 6.5).unwrap(), radius: Metres(300.0) },
    };
    Arc::new(FenceSet::new(vec![circle("yard", 3.3), circle("port", 3.4)]))
}

/// The place of a truck that goes to and fro between yard and port: a quarter of an
/// hour each in the yard, on the way, in the port and on the way back.
fn fix(second: i64) -> Position {
    let phase = second.rem_euclid(3600) as f64 / 900.0;
    let share = match phase {
        0.0..1.0 => 0.0,
        1.0..2.0 => phase - 1.0,
        2.0..3.0 => 1.0,
        _ => 4.0 - phase,
    };
    let point = LonLat::new(3.3 + 0.1 * share, 6.5).unwrap();
    Position::bare(point, Timestamp::from_millis(MIDNIGHT + second * 1000), Source::wall("test"))
}

#[derive(Default)]
struct Book {
    fixes: BTreeMap<Timestamp, Position>,
    days: BTreeMap<NaiveDate, DayKept>,
    kept: BTreeMap<Uuid, Kept>,
    /// Fixes taken by the last telling.
    taken: usize,
}

impl Book {
    fn judgement() -> Judgement {
        Judgement::new(&Rules::default(), Arc::default())
    }

    /// Stores fixes and tells what follows; returns which days read differently.
    fn hear(&mut self, fixes: impl IntoIterator<Item = Position>) -> Vec<Revision> {
        let mut new =
            fixes.into_iter().filter(|fix| !self.fixes.contains_key(&fix.device_time)).collect::<Vec<_>>();
        let Some(from) = new.iter().map(|fix| fix.device_time).min() else { return Vec::new() };
        let newest = self.fixes.last_key_value().map(|(time, _)| *time);
        let late_to = new
            .iter()
            .map(|fix| fix.device_time)
            .filter(|time| newest.is_some_and(|newest| *time <= newest))
            .max();
        self.fixes.extend(new.drain(..).map(|fix| (fix.device_time, fix)));
        let until = *self.fixes.last_key_value().unwrap().0;
        let claim = Claim { vehicle: key(), from, late_to, until, token: Uuid::nil() };
        let checkpoints = self.days.values().filter_map(|day| day.checkpoint.clone());
        let base = checkpoints.filter(|checkpoint| checkpoint.until < from).max_by_key(|it| it.until);
        let after = base.as_ref().map(|base| base.until);
        let kept = self.kept.values().filter(|kept| kept.settled.is_none_or(|at| Some(at) > after));
        let memory =
            Memory { kept: kept.cloned().collect(), days: self.days.values().cloned().collect(), base };
        let mut telling = Telling::begin(&Self::judgement(), fences(), &claim, memory).unwrap();
        let fences = telling.fences.clone();
        self.taken = 0;
        for (time, fix) in &self.fixes {
            if telling.reached().is_none_or(|reached| reached < *time) {
                telling.take(&key(), fix.clone(), &fences, &[]);
                self.taken += 1;
            }
        }
        let (settlement, revised) = telling.finish();
        for (_, id) in settlement.gone {
            assert!(self.kept.remove(&id).is_some(), "what is gone was there");
        }
        self.kept.extend(settlement.put.into_iter().map(|kept| (kept.id(), kept)));
        for day in settlement.days {
            let known = self.days.entry(day.day).or_insert_with(|| day.clone());
            known.revision = day.revision;
            known.checkpoint = day.checkpoint.or(known.checkpoint.take());
        }
        revised
    }

    /// What is told, without how often.
    fn story(&self) -> Vec<(Record, Option<Timestamp>)> {
        self.kept.values().map(|kept| (kept.record.clone(), kept.settled)).collect()
    }

    fn count(&self, kind: RecordKind) -> usize {
        self.kept.values().filter(|kept| kept.record.kind() == kind).count()
    }
}

fn told(fixes: impl IntoIterator<Item = Position>) -> Book {
    let mut book = Book::default();
    book.hear(fixes);
    book
}

#[test]
fn the_story_is_the_same_however_often_it_was_continued() {
    let day = || (0..86_400 * 2).step_by(60).map(fix);
    let whole = told(day());
    let mut parts = Book::default();
    for fix in day() {
        assert_eq!(parts.hear([fix]), []);
        assert!(parts.taken == 1, "a newer fix only continues");
    }
    assert_eq!(parts.story(), whole.story());
    assert_eq!(whole.count(RecordKind::Visit), 4 * 24, "two visits an hour, two days");
    assert_eq!(whole.count(RecordKind::Day), 2);
    assert!(whole.kept.values().all(|kept| kept.revision == 0));
}

#[test]
fn a_late_fix_revises_its_day_and_what_follows_is_not_told_again() {
    let whole = || (0..86_400 * 4).step_by(60).map(fix);
    // On the second day it was not heard of on its way to the port.
    let missing = |fix: &Position| {
        (86_400 + 4500..86_400 + 5400).contains(&((fix.device_time.millis() - MIDNIGHT) / 1000))
    };
    let mut book = told(whole().filter(|fix| !missing(fix)));
    let revised = book.hear(whole().filter(missing));
    let second = NaiveDate::from_ymd_opt(2025, 4, 2).unwrap();
    assert_eq!(revised, [Revision { day: second, supersedes: 0 }]);
    assert_eq!(book.story(), told(whole()).story());
    assert!(book.taken <= 2 * 1440 + 1, "the states met at a midnight: {} fixes", book.taken);
    for kept in book.kept.values() {
        assert_eq!(kept.revision, u32::from(kept.day == second), "{kept:?}");
    }
    // Told once more, it is the second revision; told what is known, it is none.
    assert_eq!(book.hear(whole()), []);
    let odd = LonLat::new(3.334, 6.5008).unwrap();
    let odd =
        Position::bare(odd, Timestamp::from_millis(MIDNIGHT + 86_400_000 + 4_810_000), Source::wall("test"));
    assert_eq!(book.hear([odd]), [Revision { day: second, supersedes: 1 }]);
}

#[test]
fn a_fix_older_than_all_others_begins_the_story() {
    let mut book = told((3600..7200).step_by(60).map(fix));
    book.hear([fix(1800)]);
    assert_eq!(
        book.story(),
        told((1800..7200).step_by(60).filter(|second| *second == 1800 || *second >= 3600).map(fix)).story()
    );
}

#[test]
fn a_past_whose_states_are_gone_is_not_told_shorter_than_it_was() {
    let mut book = told((0..86_400 * 2).step_by(60).map(fix));
    let before = book.story();
    // The first day's fixes and states went with their retention.
    let first = NaiveDate::from_ymd_opt(2025, 4, 1).unwrap();
    book.days.get_mut(&first).unwrap().checkpoint = None;
    book.fixes = book.fixes.split_off(&Timestamp::from_millis(MIDNIGHT + 86_400_000));
    let late = Position::bare(
        LonLat::new(3.3, 6.5001).unwrap(),
        Timestamp::from_millis(MIDNIGHT + 86_401_000),
        Source::wall("test"),
    );
    assert_eq!(book.hear([late]), []);
    let story = book.story();
    for (record, _) in before
        .iter()
        .filter(|(record, _)| record.start().is_some_and(|start| start.local_date(Lagos) == first))
    {
        assert!(story.iter().any(|(other, _)| other == record), "{record:?} is no longer told");
    }
}

#[test]
fn the_news_of_a_revision_is_one_event_whoever_brings_it() {
    let revision = Revision { day: NaiveDate::from_ymd_opt(2025, 4, 2).unwrap(), supersedes: 0 };
    let (midnight, now) = (Timestamp::from_millis(MIDNIGHT), Timestamp::from_millis(MIDNIGHT * 2));
    let event = news(&key(), revision.clone(), midnight, midnight);
    assert_eq!(event.id, news(&key(), revision.clone(), midnight, now).id);
    assert_ne!(event.id, news(&key(), Revision { supersedes: 1, ..revision }, midnight, now).id);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn shuffled_and_repeated_fixes_tell_what_ordered_ones_tell(
        order in Just((0..3 * 24 * 12_i64).collect::<Vec<_>>()).prop_shuffle(),
        gaps in prop::collection::vec(0..3 * 24 * 12_i64, 0..200),
        sizes in prop::collection::vec(1..120_usize, 1..40),
        again in prop::collection::vec(0..3 * 24 * 12_i64, 0..40),
    ) {
        let heard: Vec<i64> = order.into_iter().filter(|number| !gaps.contains(number)).collect();
        // Not on the minute, and never where it should be to the metre.
        let fix = |number: &i64| {
            let second = number * 300 + number * number % 97;
            let Position { point, .. } = fix(second);
            let point = LonLat::new(point.lon() + (number % 7) as f64 * 1e-5, point.lat()).unwrap();
            Position { point, ..fix(second) }
        };
        let mut sorted = heard.clone();
        sorted.sort_unstable();
        let ordered = told(sorted.iter().map(fix));
        let mut shuffled = Book::default();
        let mut rest = heard.as_slice();
        for size in sizes.iter().cycle() {
            let (batch, more) = rest.split_at((*size).min(rest.len()));
            shuffled.hear(batch.iter().map(fix));
            rest = more;
            if rest.is_empty() {
                break;
            }
        }
        shuffled.hear(again.iter().filter(|number| heard.contains(number)).map(fix));
        let (shuffled_story, ordered_story) = (shuffled.story(), ordered.story());
        let only = |these: &[(Record, Option<Timestamp>)], those: &[(Record, Option<Timestamp>)]| {
            these.iter().filter(|one| !those.contains(one)).cloned().collect::<Vec<_>>()
        };
        prop_assert_eq!(only(&shuffled_story, &ordered_story), only(&ordered_story, &shuffled_story));
        prop_assert_eq!(shuffled_story.len(), ordered_story.len());
        for (id, kept) in &shuffled.kept {
            prop_assert_eq!(*id, kept.id());
            prop_assert!(kept.revision <= shuffled.days[&kept.day].revision);
        }
    }
}
