//! Several recordings as one, by time: each keeps its own order, and of equal times
//! the file named first goes first.

use std::{cmp::Reverse, collections::BinaryHeap};

use watchtower_core::domain::time::Timestamp;

use super::{Line, Row};

/// Recordings merged by the time of their next rows. What is no row comes at once.
pub struct Merged {
    sources: Vec<Box<dyn Iterator<Item = Line> + Send>>,
    heads: Vec<Option<Row>>,
    order: BinaryHeap<Reverse<(Timestamp, usize)>>,
    /// Sources whose next row is not known.
    unread: Vec<usize>,
}

impl Merged {
    /// Merges `sources`, named in order.
    pub fn new(sources: Vec<Box<dyn Iterator<Item = Line> + Send>>) -> Self {
        let count = sources.len();
        let (heads, order) = (vec![None; count], BinaryHeap::with_capacity(count));
        Self { sources, heads, order, unread: (0..count).rev().collect() }
    }
}

impl Iterator for Merged {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        while let Some(source) = self.unread.pop() {
            match self.sources[source].next() {
                None => {}
                Some(Ok(row)) => {
                    self.order.push(Reverse((row.device_time, source)));
                    self.heads[source] = Some(row);
                }
                Some(Err(error)) => {
                    self.unread.push(source);
                    return Some(Err(error));
                }
            }
        }
        let Reverse((_, source)) = self.order.pop()?;
        self.unread.push(source);
        self.heads[source].take().map(Ok)
    }
}
