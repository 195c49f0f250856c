//! A vehicle's past as a store has it: fix by fix, each with what people had said of
//! its trips by then.

use watchtower_core::{
    domain::{
        event::{Event, EventData},
        id::VehicleKey,
        position::Position,
        time::Timestamp,
    },
    ports::store::{Cursor, EventQuery, Span, Store, StoreError, Window},
};

/// Fixes asked for at once.
const PAGE: u32 = 5_000;

/// A vehicle's stored past, oldest first, read as it is asked for.
pub struct Stored<'a> {
    store: &'a dyn Store,
    vehicle: VehicleKey,
    span: Span,
    fixes: std::vec::IntoIter<Position>,
    /// Where the next page begins; `None` once there is none.
    next: Option<Option<Cursor>>,
    said: std::iter::Peekable<std::vec::IntoIter<Event>>,
}

impl<'a> Stored<'a> {
    /// What a vehicle did in a span.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn open(store: &'a dyn Store, vehicle: VehicleKey, span: Span) -> Result<Self, StoreError> {
        let said = heard(store, Some(&vehicle), span, &WORDS).await?.into_iter().peekable();
        Ok(Self { store, vehicle, span, fixes: Vec::new().into_iter(), next: Some(None), said })
    }

    /// The next fix, and what was said since the one before it.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn next(&mut self) -> Result<Option<(Position, Vec<Event>)>, StoreError> {
        loop {
            if let Some(fix) = self.fixes.next() {
                let said = std::iter::from_fn(|| self.said.next_if(|event| event.ts <= fix.device_time));
                let said = said.collect();
                return Ok(Some((fix, said)));
            }
            let Some(after) = self.next.take() else { return Ok(None) };
            let window = Window { limit: PAGE, after };
            let page = self.store.positions(&self.vehicle, self.span, window).await?;
            (self.fixes, self.next) = (page.items.into_iter(), page.next.map(Some));
        }
    }

    /// Passes over everything up to `time`.
    pub fn skip_past(&mut self, time: Timestamp) {
        let after = Timestamp::from_millis(time.millis() + 1);
        self.span.from = self.span.from.max(after);
        while self.said.next_if(|event| event.ts <= time).is_some() {}
        let rest: Vec<_> = self.fixes.by_ref().filter(|fix| fix.device_time > time).collect();
        if rest.is_empty() && self.next.is_some() {
            self.next = Some(None);
        }
        self.fixes = rest.into_iter();
    }

    /// What was said after the last fix.
    pub fn rest(self) -> impl Iterator<Item = Event> {
        self.said
    }
}

/// What people say of trips.
const WORDS: [&str; 2] = ["trip.created", "trip.status_changed"];
/// All that comes from outside the rules beside the fixes.
pub(super) const SAID: [&str; 3] = ["trip.created", "trip.status_changed", "alert.reported"];

/// What was said, of a vehicle or of all, oldest first; what the rules found is found
/// again.
pub(super) async fn heard(
    store: &dyn Store,
    vehicle: Option<&VehicleKey>,
    span: Span,
    types: &[&str],
) -> Result<Vec<Event>, StoreError> {
    let types = types.iter().map(|name| (*name).to_owned()).collect();
    let key = vehicle.map(ToString::to_string);
    let query = EventQuery { types, key, span: Some(span), ..EventQuery::default() };
    let (mut events, mut after) = (Vec::new(), None);
    loop {
        let page = store.events(&query, Window { limit: 500, after }).await?;
        events.extend(page.items.into_iter().filter(|event| {
            event.is_word_of_trip() || !matches!(event.data, EventData::TripStatusChanged(_))
        }));
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    events.reverse();
    Ok(events)
}
