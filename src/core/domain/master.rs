//! Master data: the records people keep of trucks, drivers and organizations.

use serde::{Deserialize, Serialize};

use super::id::{DriverId, OrganizationId, VehicleKey};

/// The operator's word on a truck, apart from its motion.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TruckStatus {
    /// Fit for work.
    #[default]
    Operational,
    /// In the workshop.
    Maintenance,
}

impl TruckStatus {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Operational, Self::Maintenance];

    /// The name used on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Operational => "operational",
            Self::Maintenance => "maintenance",
        }
    }
}

/// A truck as the fleet's books have it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Truck {
    /// Its key: the number.
    pub key: VehicleKey,
    /// The number as people write it.
    pub number: String,
    /// The vendor's id of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loconav_id: Option<String>,
    /// Other names it reports under: IMEIs, device serials.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Owning company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// Who looks after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fleet_manager: Option<String>,
    /// The operator's word on it.
    #[serde(default)]
    pub status: TruckStatus,
    /// Maker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// `20FT`, `40FT`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trailer_size: Option<String>,
    /// Where it is based.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operating_location: Option<String>,
    /// Groups it belongs to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// Who drives it now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driver: Option<DriverId>,
    /// Known only from its fixes, not from anybody's books.
    #[serde(default)]
    pub provisional: bool,
}

impl Truck {
    /// A truck known only from what it sent.
    pub fn provisional(key: VehicleKey) -> Self {
        Self {
            number: key.as_str().to_owned(),
            key,
            loconav_id: None,
            aliases: Vec::new(),
            company: None,
            fleet_manager: None,
            status: TruckStatus::Operational,
            brand: None,
            trailer_size: None,
            operating_location: None,
            groups: Vec::new(),
            driver: None,
            provisional: true,
        }
    }
}

/// A driver.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Driver {
    /// Identity.
    pub id: DriverId,
    /// Full name.
    pub name: String,
    /// Phone number as given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Licence number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    /// Whether messages can reach them.
    #[serde(default)]
    pub has_smartphone: bool,
    /// The vendor's id of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loconav_id: Option<String>,
    /// The truck assigned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truck: Option<VehicleKey>,
}

/// What an organization is to the fleet.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrganizationKind {
    /// Gives us work.
    #[default]
    Client,
    /// Does work for us.
    Transporter,
}

impl OrganizationKind {
    /// The name used on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Transporter => "transporter",
        }
    }
}

/// A client or transporter.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Organization {
    /// Identity.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// What it is to us.
    #[serde(default)]
    pub kind: OrganizationKind,
    /// E-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Phone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Who on our side looks after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sales_manager: Option<String>,
}
