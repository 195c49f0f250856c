//! The sources fixes come from, by number, so that a vehicle's state carries two
//! bytes instead of a name.

use serde::{Deserialize, Serialize};

use crate::domain::position::{Clock, Source};

/// More names than any fleet has; what comes after shares one name per clock.
const MAX_SOURCES: usize = 1_000;

/// Every source heard of, in order of appearance.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Sources(Vec<Source>);

impl Sources {
    pub(super) fn number(&mut self, source: &Source) -> u16 {
        if let Some(number) = self.0.iter().position(|known| known == source) {
            return number as u16;
        }
        if self.0.len() < MAX_SOURCES {
            self.0.push(source.clone());
            return (self.0.len() - 1) as u16;
        }
        let other = match source.clock {
            Clock::Wall => Source::wall("other"),
            Clock::Event => Source::event("other"),
        };
        match self.0.iter().position(|known| *known == other) {
            Some(number) => number as u16,
            None => {
                self.0.push(other);
                (self.0.len() - 1) as u16
            }
        }
    }

    pub(super) fn get(&self, number: u16) -> &Source {
        &self.0[usize::from(number)]
    }
}
