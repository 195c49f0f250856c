//! Two trucks to be filtered, one of which is known.

use std::collections::HashMap;

use uuid::Uuid;

use super::super::*;
use crate::domain::{
    alert::AlertKind,
    geo::LonLat,
    geofence::{FenceKind, Geofence},
    id::{DriverId, FenceId, OrganizationId, TripId, VehicleKey},
    live::{LiveState, Motion},
    master::{Driver, Organization, OrganizationKind, Truck},
    position::{Position, Source},
    time::Timestamp,
    trip::{Trip, TripStatus},
    units::{Heading, Kmh, Metres},
};

#[derive(Default)]
pub(super) struct Ledger {
    fences: HashMap<FenceId, Geofence>,
    client: Option<Organization>,
}

impl Names for Ledger {
    fn fence(&self, id: &FenceId) -> Option<&Geofence> {
        self.fences.get(id)
    }
    fn organization(&self, id: OrganizationId) -> Option<&Organization> {
        self.client.as_ref().filter(|client| client.id == id)
    }
}

pub(super) const fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_743_514_327_000 + seconds * 1_000)
}

/// A truck of FM, idle for half an hour in Apapa Port at 6.44 N, and a second of which
/// nothing is known.
pub(super) struct Yard {
    names: Ledger,
    truck: Truck,
    driver: Driver,
    trip: Trip,
    pub(super) live: LiveState,
    unknown: VehicleKey,
}

impl Yard {
    pub(super) fn new() -> Self {
        let key = VehicleKey::new("T 11985 LA").unwrap();
        let fence = Geofence::area("apapa-port", "Apapa Port", FenceKind::Terminal, Vec::new());
        let client = Organization {
            id: OrganizationId(Uuid::from_u128(1)),
            name: "Deekay \"Foods\" Ltd".to_owned(),
            kind: OrganizationKind::Client,
            email: None,
            phone: None,
            sales_manager: None,
        };
        let driver = Driver {
            id: DriverId(Uuid::from_u128(2)),
            name: "Ọlájídé Fashola".to_owned(),
            phone: None,
            licence: None,
            has_smartphone: true,
            loconav_id: None,
            truck: Some(key.clone()),
        };
        let truck = Truck {
            number: "T 11985 LA".to_owned(),
            company: Some("PC".to_owned()),
            brand: Some("MACK".to_owned()),
            groups: vec!["FM".to_owned(), "Night shift".to_owned()],
            ..Truck::provisional(key.clone())
        };
        let places = (FenceId::new("apapa-port"), FenceId::new("ikeja"));
        let trip = Trip {
            readable_id: "01/Apr/2025-CA60".to_owned(),
            container: Some("MSKU7750847".to_owned()),
            client: Some(client.id),
            status: TripStatus::Delayed,
            ..Trip::planned(TripId(Uuid::nil()), key.clone(), places, at(0))
        };
        let fix = Position::bare(LonLat::new(3.365, 6.442).unwrap(), at(-45), Source::wall("test"));
        let live = LiveState {
            vehicle: key,
            position: Position {
                speed_kmh: Some(Kmh(47.6)),
                heading: Heading::new(270.0),
                ignition: Some(true),
                ..fix
            },
            motion: Motion::Idle,
            since: at(-1_800),
            fences: vec![FenceId::new("apapa-port")],
            alerts: vec![AlertKind::Idle, AlertKind::HarshBraking],
            trip: Some(trip.id),
            eta: None,
            today_m: Metres(0.0),
        };
        let names = Ledger { fences: [(fence.id.clone(), fence)].into(), client: Some(client) };
        Self { names, truck, driver, trip, live, unknown: VehicleKey::new("X1").unwrap() }
    }

    pub(super) fn known(&self) -> Sighting<'_, Ledger> {
        let bare = Sighting::unseen(&self.names, &self.live.vehicle, at(0));
        let truck = Some(&self.truck);
        Sighting { truck, driver: Some(&self.driver.name), trip: Some(&self.trip), ..bare }.seen(&self.live)
    }

    pub(super) fn unknown(&self) -> Sighting<'_, Ledger> {
        Sighting::unseen(&self.names, &self.unknown, at(0))
    }
}
