//! What time alone does to a vehicle: it falls silent, a visit has lasted long enough, a
//! trip becomes late. Found by ticks and, before a fix is taken, by the fix.

use super::State;
use crate::{
    domain::time::Timestamp,
    engine::{
        fences::FenceSet,
        fixes::Fix,
        rare::Rare,
        rules::Rules,
        sources::Sources,
        step::{Step, after},
    },
};

impl State {
    /// What time alone would have changed before this fix was heard, had somebody
    /// asked: so the answer does not depend on how often the clock ticks.
    pub(super) fn catch_up(&mut self, fix: &Fix, sources: &Sources, rare: &mut Rare, step: &mut Step<'_>) {
        let clock = self.head.as_ref().unwrap_or(fix).clock(sources);
        let now = fix.heard(clock);
        let silence = self.head.as_ref().map_or(0.0, |head| now.seconds_since(head.heard(clock)));
        if silence < step.rules.shortest_silence_s() && !rare.trips.is_any() && !rare.alerts.is_watching() {
            return;
        }
        self.let_pass(now, sources, rare, step);
    }

    /// Time has passed for sources of this vehicle's clock; says whether the live
    /// state changed.
    pub(in crate::engine) fn pass_time(
        &mut self,
        now: Timestamp,
        sources: &Sources,
        step: &mut Step<'_>,
    ) -> bool {
        let mut drawer = std::mem::take(&mut self.rare);
        let changed = drawer.lend(|rare| self.let_pass(now, sources, rare, step));
        self.rare = drawer;
        changed
    }

    fn let_pass(&mut self, now: Timestamp, sources: &Sources, rare: &mut Rare, step: &mut Step<'_>) -> bool {
        let before = step.events.len();
        let mut last = None;
        // One moment after the other: what an earlier one changes a later one finds, however
        // many go by at once.
        while let Some(at) = self
            .next_change(Some(rare), sources, step.rules, step.fences)
            .filter(|at| *at <= now && last.is_none_or(|last| *at > last))
        {
            self.come_to(at, sources, rare, step);
            last = Some(at);
        }
        step.events.len() > before
    }

    /// Time has come to a moment at which something changes by it.
    fn come_to(&mut self, now: Timestamp, sources: &Sources, rare: &mut Rare, step: &mut Step<'_>) {
        rare.alerts.pass_time(now, step);
        rare.trips.pass_time(&self.outlook(), now, &mut rare.alerts, step);
        let Some(head) = self.head else { return };
        let heard = head.heard(head.clock(sources));
        let visited = step.events.len();
        self.visits.pass_time((head.point, head.time), now, step);
        if rare.trips.is_any() {
            rare.trips.follow(visited, &self.outlook(), &mut rare.alerts, step);
        }
        if self.drive_ends(heard, step.rules).is_some_and(|at| at <= now) {
            self.driving.end(head.time, step);
        }
        self.movement.listen((&head, heard), now, &mut rare.alerts, step);
    }

    /// When time alone next changes something.
    pub(in crate::engine) fn next_change(
        &self,
        rare: Option<&Rare>,
        sources: &Sources,
        rules: &Rules,
        fences: &FenceSet,
    ) -> Option<Timestamp> {
        let overdue = rare.and_then(|rare| rare.trips.next_change(&self.outlook(), fences, &rules.trips));
        let escalated = rare.and_then(|rare| rare.alerts.next_change(rules));
        let overdue = overdue.into_iter().chain(escalated).min();
        let Some(head) = self.head.as_ref() else { return overdue };
        let heard = head.heard(head.clock(sources));
        let silent =
            self.movement.silent_from(heard, rules).map(|from| Timestamp::from_millis(from.millis() + 1));
        let confirmation = self.visits.next_confirmation(head.time, rules, fences);
        confirmation.into_iter().chain(silent).chain(self.drive_ends(heard, rules)).chain(overdue).min()
    }

    /// When a drive ends by silence.
    fn drive_ends(&self, heard: Timestamp, rules: &Rules) -> Option<Timestamp> {
        let silent = after(heard, rules.motion.gap_s);
        self.driving.is_under_way().then(|| Timestamp::from_millis(silent.millis() + 1))
    }
}
