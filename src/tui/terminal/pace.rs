//! How fast the terminal takes what it is sent, learned from its own answers: after
//! each unit it is asked where its cursor is, and it answers when it has done the
//! unit. Pure: time is an argument.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

use crate::tui::capability::Host;

/// Bytes of one unit at most, the question after it left out.
const UNIT: usize = 1_500;
/// The first unit, from which little but the way itself is learned.
const FIRST_UNIT: usize = 256;
const LEAST_UNIT: usize = 512;
/// How long a unit should take on a slow line: a key waits for one.
const UNIT_TAKES_S: f64 = 0.035;
/// Bytes under way at least: while one unit is answered another is taken.
const LEAST_UNDER_WAY: usize = 1_500;
/// Bytes under way at most: a fast terminal far away is never idle.
const MOST_UNDER_WAY: usize = 64 * 1024;
/// Units that wait on the way for less than this let more be sent, for more than that
/// less.
const SHORT_WAIT: Duration = Duration::from_millis(30);
const LONG_WAIT: Duration = Duration::from_millis(70);
/// Slower than this a frame of five kilobytes is seen to be late.
const SLOW_BYTES_A_SECOND: f64 = 60_000.0;
/// What this many units said of the rate is kept.
const RATES: usize = 5;
/// An answer is waited for so long at first, and at most once it proved too short.
const FIRST_CAP: Duration = Duration::from_millis(500);
const LONGEST_CAP: Duration = Duration::from_secs(4);
/// A terminal that has left as many questions unanswered, and answered none, never will.
const MISSES: u32 = 3;
/// A multiplexer answers for itself, whatever the terminal behind it does: it is given
/// so much in each tenth of a second.
const SHARE: usize = 8 * 1024;
const SHARE_EVERY: Duration = Duration::from_millis(100);

/// Who waits for what is drawn: the later of these goes before the earlier.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Urgency {
    /// Nobody.
    None,
    /// Somebody who goes about on the map: each step changes all of it.
    Going,
    /// Somebody who pressed another key, or clicked.
    Key,
}

/// What is known of the answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Answers {
    NotYet {
        missed: u32,
    },
    Come,
    NeverCome,
    /// From somebody else.
    Worthless,
}

#[derive(Clone, Copy, Debug)]
struct Unit {
    sent: Instant,
    bytes: usize,
    /// What was under way with it.
    load: usize,
}

/// The shortest way there and back, and with how many bytes it took so long.
#[derive(Clone, Copy, Debug)]
struct Way {
    took: Duration,
    load: usize,
}

/// The pace of one line.
#[derive(Debug)]
pub(super) struct Pace {
    answers: Answers,
    under_way: VecDeque<Unit>,
    /// Units whose answers were given up, and may come yet.
    given_up: usize,
    window: usize,
    cap: Duration,
    way: Option<Way>,
    /// When the last answer came.
    answered: Option<Instant>,
    /// What units said of it last; one that waited for a busy machine says little.
    rates: VecDeque<f64>,
    /// The median of those.
    bytes_a_second: Option<f64>,
    /// What is left of a multiplexer's share, and since when it is given.
    share: (usize, Option<Instant>),
}

impl Pace {
    pub(super) fn new(host: Host) -> Self {
        let answers = match host {
            Host::Terminal => Answers::NotYet { missed: 0 },
            Host::Multiplexer => Answers::Worthless,
        };
        Self {
            answers,
            under_way: VecDeque::new(),
            given_up: 0,
            window: LEAST_UNDER_WAY,
            cap: FIRST_CAP,
            way: None,
            answered: None,
            rates: VecDeque::with_capacity(RATES),
            bytes_a_second: None,
            share: (SHARE, None),
        }
    }

    /// Whether a question should follow a unit.
    pub(super) fn asks(&self) -> bool {
        match self.answers {
            Answers::NotYet { .. } | Answers::Come => true,
            Answers::NeverCome | Answers::Worthless => false,
        }
    }

    /// How many bytes may go now.
    pub(super) fn room(&self, urgency: Urgency, now: Instant) -> usize {
        match self.answers {
            Answers::NeverCome => usize::MAX,
            Answers::Worthless => match self.share.1 {
                Some(since) if now < since + SHARE_EVERY => self.share.0,
                Some(_) | None => SHARE,
            },
            Answers::NotYet { .. } | Answers::Come => {
                let unit = self.unit();
                let window = match urgency {
                    Urgency::Key | Urgency::Going => self.window + UNIT,
                    Urgency::None => self.window,
                };
                let fits = self.way.is_some() && self.load() + unit <= window;
                if fits || self.under_way.is_empty() { unit } else { 0 }
            }
        }
    }

    fn unit(&self) -> usize {
        match (self.way, self.bytes_a_second) {
            (None, _) => FIRST_UNIT,
            (Some(_), None) => UNIT,
            (Some(_), Some(rate)) => ((rate * UNIT_TAKES_S) as usize).clamp(LEAST_UNIT, UNIT),
        }
    }

    fn load(&self) -> usize {
        self.under_way.iter().map(|unit| unit.bytes).sum()
    }

    /// A unit was sent.
    pub(super) fn sent(&mut self, bytes: usize, now: Instant) {
        match self.answers {
            Answers::NeverCome => {}
            Answers::Worthless => {
                let begun = self.share.1.is_some_and(|since| now < since + SHARE_EVERY);
                let (left, since) = if begun { self.share } else { (SHARE, Some(now)) };
                self.share = (left.saturating_sub(bytes), since);
            }
            Answers::NotYet { .. } | Answers::Come => {
                let load = self.load() + bytes;
                self.under_way.push_back(Unit { sent: now, bytes, load });
            }
        }
    }

    /// An answer came.
    pub(super) fn answered(&mut self, now: Instant) {
        if self.answers == Answers::Worthless {
            return;
        }
        self.answers = Answers::Come;
        let Some(&Unit { sent, bytes, load }) = self.under_way.front() else { return };
        let took = now - sent;
        if self.given_up > 0 && self.way.is_some_and(|way| took < way.took) {
            // Too soon for this one: it is to one that was given up.
            self.given_up -= 1;
            return;
        }
        self.under_way.pop_front();
        self.given_up = 0;
        self.cap = (took * 4).clamp(FIRST_CAP, LONGEST_CAP);
        let way = match self.way {
            // It may have become longer; only what hardly waits can tell.
            Some(way) if load < LEAST_UNIT && took > way.took => {
                let longer = (took - way.took).saturating_sub(self.takes(load.saturating_sub(way.load)));
                Way { took: way.took + longer / 8, ..way }
            }
            Some(way) if took >= way.took => way,
            Some(_) | None => Way { took, load },
        };
        self.way = Some(way);
        let waited = took.saturating_sub(way.took);
        if waited < SHORT_WAIT && 2 * load >= self.window {
            self.window = (2 * self.window).min(MOST_UNDER_WAY);
        } else if waited > LONG_WAIT {
            self.window = (self.window / 2).max(LEAST_UNDER_WAY);
        }
        let before = self.answered.replace(now);
        if let Some(before) = before.filter(|_| bytes >= LEAST_UNIT) {
            // It was begun when the one before was done, and not before it was there.
            let there = sent + way.took.saturating_sub(self.takes(way.load));
            let took = now.saturating_duration_since(before.max(there));
            self.learn(bytes as f64 / took.as_secs_f64().max(0.001));
        }
        if let Some(rate) = self.bytes_a_second {
            // What fills the way and waits a moment: more would only wait.
            let fills = rate * (way.took + SHORT_WAIT).as_secs_f64();
            self.window = self.window.min((fills as usize).max(LEAST_UNDER_WAY));
        }
    }

    fn learn(&mut self, rate: f64) {
        if self.rates.len() == RATES {
            self.rates.pop_front();
        }
        self.rates.push_back(rate);
        let mut sorted: Vec<f64> = self.rates.iter().copied().collect();
        sorted.sort_by(f64::total_cmp);
        self.bytes_a_second = sorted.get(sorted.len() / 2).copied();
    }

    /// How long so many bytes take; nothing as long as that is not known.
    fn takes(&self, bytes: usize) -> Duration {
        self.bytes_a_second.map_or(Duration::ZERO, |rate| Duration::from_secs_f64(bytes as f64 / rate))
    }

    /// When to look again if nothing is heard.
    pub(super) fn wakes(&self) -> Option<Instant> {
        match self.answers {
            Answers::NeverCome => None,
            Answers::Worthless => self.share.1.map(|since| since + SHARE_EVERY),
            Answers::NotYet { .. } | Answers::Come => self.under_way.front().map(|unit| unit.sent + self.cap),
        }
    }

    /// Gives up what should have been answered by now.
    pub(super) fn wake(&mut self, now: Instant) {
        if self.wakes().is_none_or(|at| now < at) || self.answers == Answers::Worthless {
            return;
        }
        self.given_up = self.under_way.len();
        self.under_way.clear();
        self.window = LEAST_UNDER_WAY;
        self.cap = (2 * self.cap).min(LONGEST_CAP);
        self.answers = match self.answers {
            Answers::NotYet { missed } if missed + 1 >= MISSES => Answers::NeverCome,
            Answers::NotYet { missed } => Answers::NotYet { missed: missed + 1 },
            other => other,
        };
    }

    /// Nothing sent before counts any more: somebody else had the terminal.
    pub(super) fn start_anew(&mut self) {
        self.given_up = 0;
        self.under_way.clear();
    }

    /// Whether answers are yet to come.
    pub(super) fn awaits(&self) -> bool {
        !self.under_way.is_empty() || self.answers == Answers::Come && self.given_up > 0
    }

    /// Whether a frame of some size is seen to be late.
    pub(super) fn is_slow(&self) -> bool {
        self.bytes_a_second.is_some_and(|rate| rate < SLOW_BYTES_A_SECOND)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// A line of so many bytes a second and so long a way, for `seconds`; returns what
    /// got through.
    fn run(pace: &mut Pace, rate: f64, way: Duration, seconds: u64) -> usize {
        let begun = Instant::now();
        let (mut now, mut free, mut through) = (begun, begun, 0);
        let mut answers: VecDeque<Instant> = VecDeque::new();
        while now < begun + Duration::from_secs(seconds) {
            while answers.front().is_some_and(|at| *at <= now) {
                answers.pop_front();
                pace.answered(now);
            }
            pace.wake(now);
            let room = pace.room(Urgency::None, now);
            if room > 0 {
                pace.sent(room, now);
                through += room;
                free = free.max(now) + Duration::from_secs_f64(room as f64 / rate);
                answers.push_back(free + way);
            } else {
                now += MS;
            }
        }
        through
    }

    #[test]
    fn a_slow_line_is_known_as_such_and_a_key_waits_for_one_small_unit() {
        let mut pace = Pace::new(Host::Terminal);
        let through = run(&mut pace, 20_000.0, 10 * MS, 5);
        assert!(pace.is_slow());
        assert!((500..1_200).contains(&pace.unit()), "{}", pace.unit());
        assert!(pace.window <= 2 * LEAST_UNDER_WAY, "{}", pace.window);
        assert!(through > 60_000, "{through} B in 5 s of 20 kB/s");
    }

    #[test]
    fn a_slow_line_is_known_as_such_however_little_is_sent() {
        let mut pace = Pace::new(Host::Terminal);
        run(&mut pace, 20_000.0, 40 * MS, 2);
        let mut now = Instant::now();
        // A clock that ticks for minutes, and now and then something more.
        for second in 0..600 {
            let bytes = if second % 7 == 0 { 700 } else { 300 + second % 200 };
            pace.sent(bytes, now);
            pace.answered(now + 40 * MS + Duration::from_secs_f64(bytes as f64 / 20_000.0));
            now += Duration::from_secs(1);
            assert!(pace.is_slow(), "after {second} s: {pace:?}");
        }
    }

    #[test]
    fn a_fast_line_far_away_is_not_slow_and_is_kept_busy() {
        let mut pace = Pace::new(Host::Terminal);
        let through = run(&mut pace, 5e6, 200 * MS, 5);
        assert!(!pace.is_slow(), "{:?}", pace.bytes_a_second);
        assert!(through > 400_000, "{through} B in 5 s with 200 ms there and back");
    }

    #[test]
    fn a_terminal_that_never_answers_is_asked_three_times() {
        let mut pace = Pace::new(Host::Terminal);
        let mut now = Instant::now();
        for _ in 0..MISSES {
            assert!(pace.asks());
            pace.sent(UNIT, now);
            assert_eq!(pace.room(Urgency::None, now), 0);
            now = pace.wakes().unwrap();
            pace.wake(now);
        }
        assert!(!pace.asks());
        assert_eq!(pace.room(Urgency::None, now), usize::MAX);
        assert_eq!(pace.wakes(), None);
    }

    #[test]
    fn an_answer_that_comes_late_is_not_taken_for_the_next() {
        let mut pace = Pace::new(Host::Terminal);
        let begun = Instant::now();
        pace.sent(UNIT, begun);
        pace.answered(begun + 20 * MS);
        pace.sent(UNIT, begun + 20 * MS);
        let late = pace.wakes().unwrap();
        pace.wake(late);
        pace.sent(UNIT, late);
        pace.answered(late + MS);
        assert_eq!(pace.load(), UNIT, "the answer was to the one given up");
        pace.answered(late + 30 * MS);
        assert_eq!(pace.load(), 0);
    }

    #[test]
    fn a_multiplexer_has_its_share_and_is_asked_nothing() {
        let mut pace = Pace::new(Host::Multiplexer);
        let through = run(&mut pace, 1e9, MS, 5);
        assert!(!pace.asks());
        assert!((45 * SHARE..=52 * SHARE).contains(&through), "{through}");
    }
}
