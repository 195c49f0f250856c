//! What a field could be completed with: records of the books, best match first.

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};
use watchtower_core::domain::{
    geofence::{FenceKind, Geofence},
    master::{OrganizationKind, TruckStatus},
};

use super::when;
use crate::tui::{model::Model, text};

/// Offers shown.
const MOST: usize = 6;

/// What a field holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A truck.
    Truck,
    /// A geofence.
    Place,
    /// A moment.
    Moment,
    /// A driver.
    Driver,
    /// A client.
    Client,
    /// One of a few words.
    Word(&'static [&'static str]),
    /// Anything.
    Text,
}

/// One completion.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Offer {
    /// What the field then says.
    pub value: String,
    /// What else is known of it.
    pub detail: String,
}

/// What `typed` could be completed with; what fits best first.
pub fn offers(kind: Kind, typed: &str, model: &Model) -> Vec<Offer> {
    let all: Vec<Offer> = match kind {
        Kind::Truck => trucks(model),
        Kind::Place => model.fences.values().map(place).collect(),
        Kind::Driver => drivers(model),
        Kind::Client => clients(model),
        Kind::Moment => words(&when::EXAMPLES),
        Kind::Word(known) => words(known),
        Kind::Text => Vec::new(),
    };
    best(all, typed, kind != Kind::Moment)
}

fn words(known: &[&str]) -> Vec<Offer> {
    known.iter().map(|word| Offer { value: (*word).to_owned(), detail: String::new() }).collect()
}

fn trucks(model: &Model) -> Vec<Offer> {
    let known = model.trucks().map(|truck| {
        let vehicle = model.vehicles.get(&truck.key);
        let mut told: Vec<String> = Vec::new();
        if truck.status == TruckStatus::Maintenance {
            told.push("in the workshop".to_owned());
        }
        if let Some(vehicle) = vehicle {
            told.push(vehicle.motion.name().to_owned());
            told.extend(vehicle.fences.first().map(|fence| model.fence_name(fence)));
            told.extend((!vehicle.driver.is_empty()).then(|| vehicle.driver.clone()));
        }
        Offer { value: text::clean(&truck.number), detail: told.join(", ") }
    });
    let mut known: Vec<Offer> = known.collect();
    known.sort_by(|a, b| a.value.cmp(&b.value));
    known
}

fn place(fence: &Geofence) -> Offer {
    let kind = match fence.kind {
        FenceKind::Terminal => "terminal",
        FenceKind::Client => "client",
        FenceKind::Depot => "depot",
        FenceKind::ServiceArea => "service area",
        FenceKind::Checkpoint => "checkpoint",
    };
    Offer { value: text::clean(&fence.name), detail: kind.to_owned() }
}

fn drivers(model: &Model) -> Vec<Offer> {
    let known = model.drivers().map(|driver| {
        let truck = driver.truck.as_ref().map_or(String::new(), |truck| format!("drives {truck}"));
        Offer { value: text::clean(&driver.name), detail: truck }
    });
    let mut known: Vec<Offer> = known.collect();
    known.sort_by(|a, b| a.value.cmp(&b.value));
    known
}

fn clients(model: &Model) -> Vec<Offer> {
    let known = model.organizations().filter(|organization| organization.kind == OrganizationKind::Client);
    let told =
        known.map(|organization| Offer { value: text::clean(&organization.name), detail: String::new() });
    let mut known: Vec<Offer> = told.collect();
    known.sort_by(|a, b| a.value.cmp(&b.value));
    known
}

/// The best of them; all that there is room for when nothing is typed.
fn best(all: Vec<Offer>, typed: &str, narrowed: bool) -> Vec<Offer> {
    if typed.trim().is_empty() || !narrowed {
        return all.into_iter().take(if narrowed || typed.trim().is_empty() { MOST } else { 0 }).collect();
    }
    let pattern = Pattern::parse(&text::folded(typed), CaseMatching::Ignore, Normalization::Smart);
    let (mut matcher, mut buffer) = (Matcher::new(Config::DEFAULT), Vec::new());
    let mut scored: Vec<(u32, Offer)> = all
        .into_iter()
        .filter_map(|offer| {
            let score =
                pattern.score(Utf32Str::new(&text::folded(&offer.value), &mut buffer), &mut matcher)?;
            Some((score, offer))
        })
        .collect();
    // Of equals the shorter is nearer to what was typed.
    scored.sort_by(|(a, one), (b, other)| {
        b.cmp(a)
            .then_with(|| one.value.len().cmp(&other.value.len()))
            .then_with(|| one.value.cmp(&other.value))
    });
    scored.into_iter().take(MOST).map(|(_, offer)| offer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::tests::fleet;

    fn model() -> Model {
        let mut model = Model::default();
        model.take_meta(fleet::meta(84));
        model.take_picture(fleet::live(84));
        model
    }

    fn first(kind: Kind, typed: &str) -> String {
        offers(kind, typed, &model()).first().map(|offer| offer.value.clone()).unwrap_or_default()
    }

    #[test]
    fn a_few_letters_find_the_record() {
        assert_eq!(first(Kind::Place, "ape"), "", "no such letters in that order");
        assert_eq!(first(Kind::Place, "apap"), "Apapa Port");
        assert_eq!(first(Kind::Place, "dki"), "Deekay Ikeja");
        assert_eq!(first(Kind::Driver, "olaj"), "Ọlájídé Adéwálé");
        assert_eq!(first(Kind::Truck, "0412"), "T00412LA");
        assert_eq!(first(Kind::Word(&["20FT", "40FT"]), "4"), "40FT");
        assert_eq!(offers(Kind::Text, "x", &model()), []);
    }

    #[test]
    fn a_truck_is_offered_with_what_it_does() {
        let offers = offers(Kind::Truck, "06107", &model());
        assert_eq!(offers[0].detail, "idle, Apapa Port, Emeka Nwosu");
    }
}
