//! What is searched for, and what trucks are found by.

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};

use crate::tui::{
    model::{Model, vehicle::Vehicle},
    text,
};

/// A search, as far as it is typed.
#[derive(Debug)]
pub(super) struct Search {
    query: String,
    pattern: Option<Pattern>,
    matcher: Matcher,
    /// What trucks are found by, by their numbers, of those looked up.
    texts: Vec<Option<Box<str>>>,
    characters: Vec<char>,
}

impl Default for Search {
    fn default() -> Self {
        Self {
            query: String::new(),
            pattern: None,
            matcher: Matcher::new(Config::DEFAULT),
            texts: Vec::new(),
            characters: Vec::new(),
        }
    }
}

impl Search {
    /// As it was typed.
    pub(super) fn query(&self) -> &str {
        &self.query
    }

    /// Whether anything is searched for.
    pub(super) const fn is_on(&self) -> bool {
        self.pattern.is_some()
    }

    /// Searches for this; `false` when it does already.
    pub(super) fn turn_to(&mut self, query: &str) -> bool {
        if self.query == query {
            return false;
        }
        query.clone_into(&mut self.query);
        let parse = || Pattern::parse(&text::folded(query), CaseMatching::Ignore, Normalization::Smart);
        self.pattern = (!query.trim().is_empty()).then(parse);
        if self.pattern.is_none() {
            self.texts = Vec::new();
        }
        true
    }

    /// Trucks may be found by something else since.
    pub(super) fn forget(&mut self) {
        self.texts.clear();
    }

    /// How well a text fits; not at all for `None`.
    pub(super) fn score(&mut self, text: &str) -> Option<u32> {
        let Some(pattern) = &self.pattern else { return Some(0) };
        pattern.score(Utf32Str::new(&text::folded(text), &mut self.characters), &mut self.matcher)
    }

    /// How well a truck fits.
    pub(super) fn score_truck(&mut self, number: u32, model: &Model, vehicle: &Vehicle) -> Option<u32> {
        let Some(pattern) = &self.pattern else { return Some(0) };
        let place = number as usize;
        if self.texts.len() <= place {
            self.texts.resize(place + 1, None);
        }
        let text = self.texts[place].get_or_insert_with(|| found_by(model, vehicle));
        pattern.score(Utf32Str::new(text, &mut self.characters), &mut self.matcher)
    }

    /// Which characters of a text match.
    pub(super) fn hits(&mut self, text: &str) -> Vec<u32> {
        let Some(pattern) = &self.pattern else { return Vec::new() };
        let mut indices = Vec::new();
        // Words of a query may match different cells of the row.
        let folded = text::folded(text);
        for atom in &pattern.atoms {
            let (mut found, characters) = (Vec::new(), &mut self.characters);
            if atom.indices(Utf32Str::new(&folded, characters), &mut self.matcher, &mut found).is_some() {
                indices.extend(found);
            }
        }
        indices.sort_unstable();
        indices
    }
}

/// Everything a truck can be found by beside its number.
pub(super) fn names(model: &Model, vehicle: &Vehicle) -> Vec<String> {
    let mut names = vec![vehicle.driver.clone()];
    names.extend(vehicle.fences.iter().map(|fence| model.fence_name(fence)));
    if let Some(trip) = model.trip_of(vehicle) {
        names.extend(
            [Some(&trip.readable_id), trip.container.as_ref()]
                .into_iter()
                .flatten()
                .map(|id| text::clean(id)),
        );
        names.push(model.fence_name(&trip.delivery));
    }
    names
}

fn found_by(model: &Model, vehicle: &Vehicle) -> Box<str> {
    text::folded(&format!("{} {}", vehicle.label, names(model, vehicle).join(" "))).into()
}
