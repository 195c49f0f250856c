//! The books of an invented fleet: trucks, drivers, clients.
//!
//! Names are invented; phone numbers lie in a prefix nobody has been given.

use watchtower_core::domain::{
    id::{Derivation, DriverId, OrganizationId, VehicleKey},
    master::{Driver, Organization, OrganizationKind, Truck, TruckStatus},
    time::Timestamp,
};

use super::{
    chance::Chance,
    scenery::{PlaceId, PlaceKind, Scenery},
};

const FIRST_NAMES: [&str; 21] = [
    "Moruf", "Chinedu", "Segun", "Musa", "Emeka", "Tunde", "Ibrahim", "Kehinde", "Sunday", "Abubakar",
    "Femi", "Obinna", "Yusuf", "Dare", "Godwin", "Lateef", "Uche", "Hassan", "Bola", "Friday", "Rasheed",
];
const LAST_NAMES: [&str; 20] = [
    "Adeyemi", "Okafor", "Bello", "Eze", "Balogun", "Nwosu", "Lawal", "Ogunleye", "Danladi", "Akpan", "Ojo",
    "Salami", "Umeh", "Garba", "Oladipo", "Etim", "Ajayi", "Folarin", "Idowu", "Onyema",
];
const MANAGERS: [&str; 4] = ["Ngozi Adewale", "Halima Sule", "Peter Osagie", "Yemisi Coker"];
/// Company, its depot's fence, its share of the fleet.
const COMPANIES: [(&str, &str, f64); 4] = [
    ("FM", "amuwo-yard", 0.4),
    ("VPC", "orile-yard", 0.25),
    ("LH", "isheri-yard", 0.2),
    ("PC", "sango-yard", 0.15),
];

/// A truck in the books, and where it belongs.
pub(super) struct Entry {
    pub(super) truck: Truck,
    pub(super) driver: Driver,
    pub(super) imei: String,
    pub(super) home: PlaceId,
}

/// Draws up a fleet of `count` trucks.
pub(super) fn enlist(seed: u64, count: usize, scenery: &Scenery) -> Vec<Entry> {
    let mut chance = Chance::new(seed, u64::MAX);
    let mut numbers = std::collections::BTreeSet::from([11_985_i64]);
    let highest = 39_990.max(count as i64 * 3);
    while numbers.len() < count {
        numbers.insert(chance.seconds(409, highest));
    }
    let mut numbers: Vec<i64> = numbers.into_iter().take(count).collect();
    chance.shuffle(&mut numbers);
    numbers
        .into_iter()
        .enumerate()
        .map(|(index, number)| entry(index, number, &mut chance, scenery))
        .collect()
}

fn entry(index: usize, number: i64, chance: &mut Chance, scenery: &Scenery) -> Entry {
    let number = format!("T{number:05}LA");
    let key = VehicleKey::new(&number).expect("a number of seven letters and digits is a key");
    let company = chance.weighted(&[0, 1, 2, 3].map(|company: usize| (company, COMPANIES[company].2)));
    let (name, depot, _) = COMPANIES[company];
    let home = scenery
        .of_kind(PlaceKind::Depot)
        .find(|id| scenery.places[*id].fence.as_str() == depot)
        .expect("every company's depot is in the scenery");
    let trailer = if chance.happens(0.7) { "40FT" } else { "20FT" };
    let driver = Driver {
        id: DriverId(identity("driver", &number)),
        name: format!("{} {}", FIRST_NAMES[index % 21], LAST_NAMES[(index * 7 + index / 20) % 20]),
        phone: Some(format!("+234 000 555 {index:04}")),
        licence: Some(format!("LAG{:05}AA{:02}", 10_000 + index * 37 % 90_000, index % 100)),
        has_smartphone: chance.happens(0.6),
        loconav_id: Some((7_000 + index).to_string()),
        truck: Some(key.clone()),
    };
    // IMEIs that begin with 00 belong to test equipment.
    let imei = format!("001000{:09}", 104_729 * (index + 1) % 1_000_000_000);
    let brand = chance.weighted(&[("MACK", 0.55), ("Volvo", 0.3), ("DAF", 0.15)]);
    let in_workshop = index % 29 == 28;
    let truck = Truck {
        key,
        number,
        loconav_id: Some((412_000 + index).to_string()),
        aliases: vec![imei.clone()],
        company: Some(name.to_owned()),
        fleet_manager: Some(MANAGERS[company].to_owned()),
        status: if in_workshop { TruckStatus::Maintenance } else { TruckStatus::Operational },
        brand: Some(brand.to_owned()),
        trailer_size: Some(trailer.to_owned()),
        operating_location: Some("Lagos".to_owned()),
        groups: vec![name.to_owned(), trailer.to_owned()],
        driver: Some(driver.id),
        provisional: false,
    };
    Entry { truck, driver, imei, home }
}

/// The clients behind the client yards of the scenery.
pub(super) fn clients(scenery: &Scenery) -> Vec<Organization> {
    let client = |(index, place): (usize, PlaceId)| {
        let place = &scenery.places[place];
        Organization {
            id: client_id(place.fence.as_str()),
            name: place.name.clone(),
            kind: OrganizationKind::Client,
            email: Some(format!("dispatch@{}.example", place.fence)),
            phone: Some(format!("+234 000 556 {index:04}")),
            sales_manager: Some(MANAGERS[index % 4].to_owned()),
        }
    };
    scenery.of_kind(PlaceKind::Client).enumerate().map(client).collect()
}

/// The client whose yard has this fence.
pub(super) fn client_id(fence: &str) -> OrganizationId {
    OrganizationId(identity("organization", fence))
}

fn identity(kind: &str, key: &str) -> uuid::Uuid {
    let start = Timestamp::default();
    Derivation { kind, key, subject: "simulator", start, phase: "", revision: 0 }.uuid()
}
