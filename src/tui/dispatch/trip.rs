//! The form a trip is planned with, and what becomes of it.

use chrono_tz::Tz;
use tui_input::Input as Line;
use watchtower_core::domain::{
    booking::{Booking, Known, Violation},
    geofence::{FenceKind, Geofence},
    id::{DriverId, FenceId, OrganizationId, VehicleKey},
    time::Timestamp,
};

use super::{
    form::{Field, Form, Need},
    offer::Kind,
    when,
};
use crate::tui::{model::Model, text};

/// What a container trip carries.
const CARGO: &[&str] = &["20FT", "40FT", "import", "export", "empty for export"];

/// The form, as much of it filled in as the selected truck tells.
pub fn form(model: &Model, selected: Option<&VehicleKey>) -> Form {
    let vehicle = selected.and_then(|key| model.vehicles.get(key));
    let held = |text: Option<String>| text.unwrap_or_default();
    let number = vehicle.map(|vehicle| vehicle.label.clone());
    let driver = vehicle.and_then(|vehicle| model.driver_of(vehicle)).map(|driver| text::clean(&driver.name));
    // Where it stands it is loaded, if that is a place for it.
    let here = vehicle.and_then(|vehicle| vehicle.fences.iter().find_map(|id| model.fences.get(id)));
    let here =
        here.filter(|fence| matches!(fence.kind, FenceKind::Terminal | FenceKind::Client | FenceKind::Depot));
    let fields = vec![
        Field::new("Truck", "truck", Kind::Truck, Need::Needed).holding(held(number)),
        Field::new("Pickup", "pickup", Kind::Place, Need::Needed)
            .holding(held(here.map(|fence| text::clean(&fence.name)))),
        Field::new("Delivery", "delivery", Kind::Place, Need::Needed),
        Field::new("Departs", "scheduled_departure", Kind::Moment, Need::Needed),
        Field::new("Promised", "promised_arrival", Kind::Moment, Need::Optional),
        Field::new("Driver", "driver", Kind::Driver, Need::Needed).holding(held(driver)),
        Field::new("Client", "client", Kind::Client, Need::Optional),
        Field::new("Container", "container", Kind::Text, Need::Optional),
        Field::new("Cargo", "cargo_type", Kind::Word(CARGO), Need::Optional),
        Field::new("Weight t", "weight_t", Kind::Text, Need::Optional),
    ];
    Form::new("Plan a trip", fields, model)
}

/// Fills in who drives the truck that was typed, once it is left and as long as nobody else
/// is named.
pub fn suggest_driver(form: &mut Form, model: &Model) {
    let in_focus = form.fields.get(form.focus()).map(|field| field.name);
    if matches!(in_focus, Some("truck" | "driver")) || form.text("driver").is_some() {
        return;
    }
    let vehicle = form.text("truck").and_then(|typed| truck(model, typed));
    let vehicle = vehicle.and_then(|key| model.vehicles.get(&key));
    if let Some(driver) = vehicle.and_then(|vehicle| model.driver_of(vehicle))
        && let Some(field) = form.fields.iter_mut().find(|field| field.name == "driver")
    {
        field.line = Line::new(text::clean(&driver.name));
    }
}

/// What the form asks for, checked as the service will check it.
///
/// # Errors
///
/// What is wrong, by the names of the fields.
pub fn booking(
    form: &Form,
    model: &Model,
    now: Timestamp,
    zone: Tz,
) -> Result<Booking, Vec<(String, String)>> {
    let mut wrong: Vec<(String, String)> = Vec::new();
    let missing = form.fields.iter().filter(|field| field.need == Need::Needed && field.text().is_none());
    wrong.extend(missing.map(|field| (field.name.to_owned(), "is needed".to_owned())));
    let mut find = |name: &str, known: &dyn Fn(&str) -> bool, what: &str| {
        if let Some(typed) = form.text(name)
            && !known(typed)
        {
            wrong.push((name.to_owned(), format!("no {what} {typed:?}")));
        }
    };
    find("truck", &|typed| truck(model, typed).is_some(), "truck");
    find("pickup", &|typed| place(model, typed).is_some(), "place");
    find("delivery", &|typed| place(model, typed).is_some(), "place");
    find("driver", &|typed| driver(model, typed).is_some(), "driver");
    find("client", &|typed| client(model, typed).is_some(), "client");
    let mut moment = |name: &str| match form.text(name).map(|typed| when::parse(typed, now, zone)) {
        Some(Err(reason)) => {
            wrong.push((name.to_owned(), reason));
            None
        }
        Some(Ok(moment)) => Some(moment),
        None => None,
    };
    let (departure, promised_arrival) = (moment("scheduled_departure"), moment("promised_arrival"));
    let weight = match form.text("weight_t").map(str::parse::<f64>) {
        Some(Err(_)) => {
            wrong.push(("weight_t".to_owned(), "is no number of tonnes".to_owned()));
            None
        }
        Some(Ok(weight)) => Some(weight),
        None => None,
    };
    let found = |name: &str| form.text(name);
    let (Some(truck), Some(pickup), Some(delivery), Some(departure)) = (
        found("truck").and_then(|typed| truck(model, typed)),
        found("pickup").and_then(|typed| place(model, typed)),
        found("delivery").and_then(|typed| place(model, typed)),
        departure,
    ) else {
        return Err(wrong);
    };
    let booking = Booking {
        truck: truck.as_str().to_owned(),
        pickup,
        delivery,
        scheduled_departure: departure,
        promised_arrival,
        driver: found("driver").and_then(|typed| driver(model, typed)),
        client: found("client").and_then(|typed| client(model, typed)),
        container: found("container").map(str::to_owned),
        cargo_type: found("cargo_type").map(str::to_owned),
        weight_t: weight,
    };
    let known = Known {
        truck: model.truck(&truck).cloned(),
        pickup: true,
        delivery: true,
        driver: true,
        client: true,
    };
    if let Err(violations) = booking.plan(&known, now, zone) {
        let told = |Violation { field, reason }: Violation| (field.to_owned(), reason);
        wrong.extend(violations.into_iter().map(told));
    }
    if wrong.is_empty() { Ok(booking) } else { Err(wrong) }
}

/// Whether a record's name, as it is drawn, was typed.
fn is_named(name: &str, typed: &str) -> bool {
    // Most are plain, and with every frame of a form all trucks are asked.
    if name.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return name.eq_ignore_ascii_case(typed);
    }
    text::clean(name).to_lowercase() == typed.to_lowercase()
}

/// The truck of that number.
pub fn truck(model: &Model, typed: &str) -> Option<VehicleKey> {
    let by_number = model.trucks().find(|truck| is_named(&truck.number, typed));
    by_number
        .map(|truck| truck.key.clone())
        .or_else(|| VehicleKey::new(typed).ok().filter(|key| model.truck(key).is_some()))
}

fn place(model: &Model, typed: &str) -> Option<FenceId> {
    let named = |fence: &&Geofence| is_named(&fence.name, typed) || fence.id.as_str() == typed;
    model.fences.values().find(named).map(|fence| fence.id.clone())
}

/// The driver of that name.
pub fn driver(model: &Model, typed: &str) -> Option<DriverId> {
    // Of two of one name, the same one every time.
    model
        .drivers()
        .filter(|driver| is_named(&driver.name, typed))
        .map(|driver| driver.id)
        .min_by_key(|id| id.0)
}

fn client(model: &Model, typed: &str) -> Option<OrganizationId> {
    model.organizations().find(|known| is_named(&known.name, typed)).map(|known| known.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_meant_by_its_name_as_it_is_drawn() {
        assert!(is_named("T00412LA", "t00412la") && !is_named("T00412LA", "T00412"));
        assert!(is_named("Ọlájídé Adéwálé", "ỌLÁJÍDÉ ADÉWÁLÉ"));
        assert!(is_named("Apapa\u{7} Port", "apapa port"));
    }
}
