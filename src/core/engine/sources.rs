//! The sources fixes come from, by number, so that a vehicle's state carries two
//! bytes instead of a name.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::position::{Clock, Source};

/// More names than any fleet has; what comes after shares one name per clock.
const MAX_SOURCES: usize = 1_000;

/// Every source heard of, in order of appearance. Pairs, because a [`Source`]
/// leaves fields out, which a snapshot cannot read back.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Sources(Vec<(Arc<str>, Clock)>);

impl Sources {
    pub(super) fn number(&mut self, source: &Source) -> u16 {
        if let Some(number) = self.find(&source.name, source.clock) {
            return number;
        }
        let name = if self.0.len() < MAX_SOURCES { source.name.clone() } else { "other".into() };
        self.find(&name, source.clock).unwrap_or_else(|| {
            self.0.push((name, source.clock));
            (self.0.len() - 1) as u16
        })
    }

    fn find(&self, name: &str, clock: Clock) -> Option<u16> {
        let place = self.0.iter().position(|known| *known.0 == *name && known.1 == clock)?;
        u16::try_from(place).ok()
    }

    pub(super) fn clock(&self, number: u16) -> Clock {
        self.0[usize::from(number)].1
    }

    pub(super) fn get(&self, number: u16) -> Source {
        let (name, clock) = self.0[usize::from(number)].clone();
        Source { name, clock }
    }
}
