//! Random draws, one generator per truck, so that the fate of one does not
//! depend on how often another is asked.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A seeded source of draws.
#[derive(Debug)]
pub(super) struct Chance(ChaCha8Rng);

impl Chance {
    /// The stream `stream` of a seed.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Self(rng)
    }

    /// Uniform in `low..high`.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.0.random::<f64>()
    }

    /// Uniform whole seconds in `low..=high`.
    pub(super) fn seconds(&mut self, low: i64, high: i64) -> i64 {
        self.0.random_range(low..=high)
    }

    /// True in `share` of the cases.
    pub(super) fn happens(&mut self, share: f64) -> bool {
        self.0.random::<f64>() < share
    }

    /// About normal, mean 0, deviation 1, never beyond ±3.5: four uniform draws.
    pub(super) fn normal(&mut self) -> f64 {
        let sum: f64 = (0..4).map(|_| self.0.random::<f64>()).sum();
        (sum - 2.0) * 3.0_f64.sqrt()
    }

    /// An index below `count`.
    pub(super) fn index(&mut self, count: usize) -> usize {
        self.0.random_range(0..count)
    }

    /// One of `items`, with the weight each carries.
    pub(super) fn weighted<T: Copy>(&mut self, items: &[(T, f64)]) -> T {
        let mut rest = self.between(0.0, items.iter().map(|(_, weight)| weight).sum());
        for (item, weight) in items {
            rest -= weight;
            if rest < 0.0 {
                return *item;
            }
        }
        items[items.len() - 1].0
    }

    /// Shuffles in place.
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.0.random_range(0..=last));
        }
    }
}
