//! A fleet's past as a store has it: fix by fix in order of time, and between them what
//! came from outside the rules. In memory that grows neither with the period nor with
//! the fleet.

use std::{iter::Peekable, time::Duration, vec::IntoIter};

use uuid::Uuid;
use watchtower_core::{
    domain::{
        event::Event,
        id::{CorrelationId, VehicleKey},
    },
    ports::store::{Cursor, Span, Store, StoreError, Window},
};

use super::stored::{SAID, heard};

/// Fixes asked for at once.
const PAGE: u32 = 5_000;
/// A page costs the slice of time it is taken from: as much as holds about a page, found
/// as it goes.
const SHORTEST_SLICE: Duration = Duration::from_secs(1);
const LONGEST_SLICE: Duration = Duration::from_secs(24 * 3600);

/// A stored period, read as it is asked for: fixes as `position.updated`, what people
/// said of trips, and what devices reported as alerts.
pub struct Period<'a> {
    store: &'a dyn Store,
    /// Empty: all.
    vehicles: Vec<VehicleKey>,
    /// What has not been begun.
    rest: Span,
    /// What is being read.
    slice: Span,
    /// Where the next page of the slice begins; `None` once there is none.
    next: Option<Option<Cursor>>,
    pages: u32,
    fixes: IntoIter<Event>,
    said: Peekable<IntoIter<Event>>,
    /// How long the next slice is to be.
    length: Duration,
}

impl<'a> Period<'a> {
    /// What these vehicles, or all when none are named, did in a span.
    pub fn new(store: &'a dyn Store, vehicles: Vec<VehicleKey>, span: Span) -> Self {
        Self {
            store,
            vehicles,
            rest: span,
            slice: Span { from: span.from, to: span.from },
            next: None,
            pages: 0,
            fixes: Vec::new().into_iter(),
            said: Vec::new().into_iter().peekable(),
            length: SHORTEST_SLICE,
        }
    }

    /// The next that happened.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn next(&mut self) -> Result<Option<Event>, StoreError> {
        loop {
            if let Some(fix) = self.fixes.as_slice().first() {
                let (until, said) = (fix.ts, &mut self.said);
                return Ok(said.next_if(|event| event.ts <= until).or_else(|| self.fixes.next()));
            }
            match self.next.take() {
                Some(after) => self.turn(after).await?,
                None => match self.said.next() {
                    Some(event) => return Ok(Some(event)),
                    None if self.rest.from >= self.rest.to => return Ok(None),
                    None => self.begin_slice().await?,
                },
            }
        }
    }

    async fn begin_slice(&mut self) -> Result<(), StoreError> {
        let end = self.rest.from.plus(self.length).min(self.rest.to);
        self.slice = Span { from: self.rest.from, to: end };
        self.rest.from = end;
        let said = heard(self.store, None, self.slice, &SAID).await?;
        let said: Vec<_> = said.into_iter().filter(|event| self.is_wanted(event)).collect();
        self.said = said.into_iter().peekable();
        (self.next, self.pages) = (Some(None), 0);
        Ok(())
    }

    async fn turn(&mut self, after: Option<Cursor>) -> Result<(), StoreError> {
        let page = self.store.fixes(&self.vehicles, self.slice, Window { limit: PAGE, after }).await?;
        self.pages += 1;
        let read = page.items.len();
        let fix = |(vehicle, position)| Event::position(&vehicle, position, CorrelationId(Uuid::nil()));
        self.fixes = page.items.into_iter().map(fix).collect::<Vec<_>>().into_iter();
        self.next = page.next.map(Some);
        if self.next.is_none() {
            self.length = match (self.pages, read) {
                (1, few) if few < PAGE as usize / 2 => (self.length * 2).min(LONGEST_SLICE),
                (1, _) => self.length,
                (_, _) => (self.length / 2).max(SHORTEST_SLICE),
            };
        }
        Ok(())
    }

    fn is_wanted(&self, event: &Event) -> bool {
        self.vehicles.is_empty() || self.vehicles.iter().any(|vehicle| vehicle.as_str() == event.key)
    }
}
