//! The way of a fix into the rules: heard, held back for older ones, let through.

use super::{
    Engine,
    fixes::Fix,
    output::Output,
    queue::{Admission, Arrival},
    step::{after, millis},
    vehicle::flag,
};
use crate::domain::{
    event::{Event, Flag},
    position::Position,
    time::Timestamp,
};

impl Engine {
    pub(super) fn arrive(&mut self, input: &Event, position: &Position, out: &mut Output) {
        // Beyond the years of the calendar there is no arithmetic to trust.
        if !Timestamp::is_on_calendar(position.device_time)
            || !Timestamp::is_on_calendar(position.received_at)
        {
            return;
        }
        let Some(number) = self.find_or_add(&input.key) else { return };
        let fix = Fix::new(position, &mut self.sources);
        let arrival = Arrival { fix, correlation_id: input.correlation_id };
        match self.fleet.get(number).queue.admit(fix.time, &self.pool) {
            Admission::InTime => self.queue(number, arrival, out),
            Admission::Duplicate => self.tally.duplicates += 1,
            Admission::Late => {
                self.tally.late += 1;
                self.flag_late(number, &arrival, out);
            }
        }
        if self.fleet.get(number).queue.is_empty() {
            self.set_alarm(number);
        } else {
            // Soon enough: what else time may change is looked for then.
            let clock = position.source.clock;
            self.fleet.wake_by(
                number,
                after(fix.heard(clock), self.book.everybodys().fixes.reorder_s),
                clock,
            );
        }
    }

    /// Lets through what a new fix releases, and the fix itself when nothing
    /// older can still come in time.
    fn queue(&mut self, number: u32, arrival: Arrival, out: &mut Output) {
        let (newest, reorder_ms) = (arrival.fix.time, millis(self.book.everybodys().fixes.reorder_s));
        self.release(number, newest, reorder_ms, out);
        let queue = &mut self.fleet.get_mut(number).queue;
        if reorder_ms == 0 && queue.is_empty() {
            queue.passed(&arrival.fix);
            return self.let_through(number, &arrival, out);
        }
        queue.wait(arrival, &mut self.pool);
        self.release(number, newest, reorder_ms, out);
    }

    fn release(&mut self, number: u32, newest: Timestamp, reorder_ms: i64, out: &mut Output) {
        while let Some(first) = self.fleet.get_mut(number).queue.release(newest, reorder_ms, &mut self.pool) {
            self.let_through(number, &first, out);
        }
    }

    /// When the first of a vehicle's fixes has waited long enough by time alone.
    pub(super) fn deadline(&self, number: u32) -> Option<Timestamp> {
        let wait = self.book.everybodys().fixes.reorder_s;
        let waiting = self.fleet.get(number).queue.waiting(&self.pool);
        waiting.map(|waiting| after(waiting.fix.heard(waiting.fix.clock(&self.sources)), wait)).min()
    }

    fn flag_late(&mut self, number: u32, arrival: &Arrival, out: &mut Output) {
        let time = arrival.fix.time;
        let cause = (arrival.recorded_at(), arrival.correlation_id);
        self.on(number, cause, out, |state, _, step| {
            let behind = state.head.map_or(0.0, |head| head.time.seconds_since(time));
            flag(Flag::Late, time, format!("{behind:.0} s behind the newest fix taken"), step);
        });
    }

    pub(super) fn let_through(&mut self, number: u32, arrival: &Arrival, out: &mut Output) {
        let cause = (arrival.recorded_at(), arrival.correlation_id);
        let good = self.on(number, cause, out, |state, world, step| {
            state.take(arrival, world.sources, world.days, step)
        });
        if good {
            self.tally.used += 1;
            out.taken.push(arrival.fix.time);
            out.touch(&self.fleet.get(number).key);
        } else {
            self.tally.outliers += 1;
        }
    }

    pub(super) fn let_all_through(&mut self, number: u32, out: &mut Output) {
        while let Some(arrival) = self.fleet.get_mut(number).queue.pop(&mut self.pool) {
            self.let_through(number, &arrival, out);
        }
        self.set_alarm(number);
    }
}
