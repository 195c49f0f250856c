//! GTFS-realtime: one feed message, of which vehicle positions are taken
//! (<https://gtfs.org/realtime/reference/>). The vehicle is the vehicle's id, its
//! label, the trip's id or the entity's id, the first that is there.

use std::{
    collections::HashSet,
    io::{self, Read},
    path::Path,
    sync::Arc,
};

use prost::{Message, bytes::Bytes as Buffer};
use serde::Serialize;
use watchtower_core::domain::{
    geo::LonLat,
    id::VehicleKey,
    time::Timestamp,
    units::{Heading, Kmh},
};

use super::{Bytes, Line, Recording, Row, RowError, Terms};

/// An hour and a day, seconds.
const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
/// A time further ahead of the feed's own is counted as in the future, seconds.
const AHEAD: i64 = 60;
/// Metres a second beyond which a speed is counted as doubtful.
const FAST: f32 = 40.0;

// Entities stay bytes until each is looked at: one that is broken spoils no other.
// Text is bytes too: what is no UTF-8 is the sender's business.
#[derive(Clone, PartialEq, Message)]
struct FeedMessage {
    #[prost(message, optional, tag = "1")]
    header: Option<FeedHeader>,
    #[prost(bytes = "bytes", repeated, tag = "2")]
    entity: Vec<Buffer>,
}

#[derive(Clone, PartialEq, Message)]
struct FeedHeader {
    #[prost(bytes = "bytes", optional, tag = "1")]
    version: Option<Buffer>,
    #[prost(uint64, optional, tag = "3")]
    timestamp: Option<u64>,
}

#[derive(Clone, PartialEq, Message)]
struct FeedEntity {
    #[prost(bytes = "bytes", optional, tag = "1")]
    id: Option<Buffer>,
    #[prost(message, optional, tag = "4")]
    vehicle: Option<VehiclePosition>,
}

#[derive(Clone, PartialEq, Message)]
struct VehiclePosition {
    #[prost(message, optional, tag = "1")]
    trip: Option<TripDescriptor>,
    #[prost(message, optional, tag = "2")]
    position: Option<Place>,
    #[prost(uint64, optional, tag = "5")]
    timestamp: Option<u64>,
    #[prost(message, optional, tag = "8")]
    vehicle: Option<VehicleDescriptor>,
}

#[derive(Clone, PartialEq, Message)]
struct TripDescriptor {
    #[prost(bytes = "bytes", optional, tag = "1")]
    trip_id: Option<Buffer>,
}

#[derive(Clone, PartialEq, Message)]
struct VehicleDescriptor {
    #[prost(bytes = "bytes", optional, tag = "1")]
    id: Option<Buffer>,
    #[prost(bytes = "bytes", optional, tag = "2")]
    label: Option<Buffer>,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct Place {
    #[prost(float, optional, tag = "1")]
    latitude: Option<f32>,
    #[prost(float, optional, tag = "2")]
    longitude: Option<f32>,
    #[prost(float, optional, tag = "3")]
    bearing: Option<f32>,
    /// Metres a second.
    #[prost(float, optional, tag = "5")]
    speed: Option<f32>,
}

/// What a feed holds, counted. Ages are against its header's time.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Feed {
    /// Length of the message.
    pub bytes: u64,
    /// When it was made, epoch seconds; 0 when it does not say.
    pub header_timestamp: u64,
    /// Entities of all kinds.
    pub entities: u64,
    /// Those about a vehicle.
    pub vehicles: u64,
    /// … with a position.
    pub with_position: u64,
    /// … whose position has a speed.
    pub with_speed: u64,
    /// Different ids of entities.
    pub distinct_entity_ids: u64,
    /// Different ids of vehicles, where there is one.
    pub distinct_vehicle_id: u64,
    /// Vehicles without a time.
    pub no_timestamp: u64,
    /// Times more than an hour before the feed's.
    pub ts_older_than_1h: u64,
    /// Times more than a day before the feed's.
    pub ts_older_than_24h: u64,
    /// Times more than a minute after the feed's.
    pub ts_future_gt_60s: u64,
    /// The oldest time, epoch seconds.
    pub ts_min: Option<u64>,
    /// The newest.
    pub ts_max: Option<u64>,
    /// Positions of exactly 0/0.
    pub null_island: u64,
    /// Positions nowhere on earth.
    pub lat_lon_out_of_range: u64,
    /// The highest speed as sent, metres a second; 0 without any.
    pub speed_max_raw: f64,
    /// Speeds over 40 as sent.
    pub speed_gt_40_raw: u64,
    /// West, south, east and north of all positions but 0/0, to five decimals.
    pub bbox_without_null_island: Option<[f64; 4]>,
}

/// Whether a file that begins so is a feed: its header comes first, and begins with
/// the version.
pub(super) fn is_feed(head: &[u8]) -> bool {
    match head {
        [0x0a, header, 0x0a, version, rest @ ..] => {
            let text = rest.get(..usize::from(*version)).unwrap_or_default();
            usize::from(*header) >= usize::from(*version) + 2
                && !text.is_empty()
                && text.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
        }
        _ => false,
    }
}

/// Reads a feed whole: it is a snapshot, and its header may stand anywhere.
pub(super) fn read(file: Arc<Path>, mut bytes: Bytes, terms: Terms) -> io::Result<Recording> {
    let mut message = Vec::new();
    bytes.read_to_end(&mut message)?;
    let length = message.len() as u64;
    let message = FeedMessage::decode(Buffer::from(message)).map_err(|error| {
        io::Error::new(io::ErrorKind::InvalidData, format!("broken GTFS-realtime: {error}"))
    })?;
    let now = message.header.as_ref().and_then(|header| header.timestamp).unwrap_or_default();
    let mut feed = Feed { bytes: length, header_timestamp: now, ..Feed::default() };
    let mut seen = Seen::default();
    let mut lines = Vec::with_capacity(message.entity.len());
    for (number, entity) in (1..).zip(&message.entity) {
        let error = |vehicle: Option<VehicleKey>, reason: String| {
            Err(RowError { file: file.clone(), line: number, vehicle, reason, last: false })
        };
        feed.entities += 1;
        match FeedEntity::decode(entity.clone()) {
            Err(broken) => lines.push(error(None, format!("broken entity: {broken}"))),
            Ok(entity) => {
                seen.entities.extend(entity.id.clone());
                let Some(vehicle) = &entity.vehicle else { continue };
                feed.count(vehicle, &mut seen);
                let key = key(&entity, vehicle);
                let row = key.clone().and_then(|key| feed.row(key, vehicle, terms));
                lines.push(row.or_else(|reason| error(key.ok(), reason)));
            }
        }
    }
    feed.distinct_entity_ids = seen.entities.len() as u64;
    feed.distinct_vehicle_id = seen.vehicles.len() as u64;
    Ok(Recording {
        rows: Box::new(lines.into_iter()) as Box<dyn Iterator<Item = Line> + Send>,
        feed: Some(feed),
    })
}

#[derive(Default)]
struct Seen {
    entities: HashSet<Buffer>,
    vehicles: HashSet<Buffer>,
}

/// The first of its names that is there.
fn key(entity: &FeedEntity, vehicle: &VehiclePosition) -> Result<VehicleKey, String> {
    let descriptor = vehicle.vehicle.as_ref();
    let names = [
        descriptor.and_then(|vehicle| vehicle.id.as_ref()),
        descriptor.and_then(|vehicle| vehicle.label.as_ref()),
        vehicle.trip.as_ref().and_then(|trip| trip.trip_id.as_ref()),
        entity.id.as_ref(),
    ];
    let name = names.into_iter().flatten().find(|name| !name.trim_ascii().is_empty());
    let name = name.ok_or("neither vehicle nor trip nor entity has an id")?;
    VehicleKey::as_written(&String::from_utf8_lossy(name)).map_err(|error| format!("vehicle: {error}"))
}

impl Feed {
    fn age(&self, time: u64) -> i64 {
        i64::try_from(self.header_timestamp)
            .unwrap_or(i64::MAX)
            .saturating_sub(i64::try_from(time).unwrap_or(i64::MAX))
    }

    fn count(&mut self, vehicle: &VehiclePosition, seen: &mut Seen) {
        self.vehicles += 1;
        seen.vehicles.extend(vehicle.vehicle.as_ref().and_then(|vehicle| vehicle.id.clone()));
        match vehicle.timestamp {
            None | Some(0) => self.no_timestamp += 1,
            Some(time) => {
                let age = self.age(time);
                self.ts_older_than_1h += u64::from(age > HOUR);
                self.ts_older_than_24h += u64::from(age > DAY);
                self.ts_future_gt_60s += u64::from(age < -AHEAD);
                self.ts_min = Some(self.ts_min.map_or(time, |oldest| oldest.min(time)));
                self.ts_max = Some(self.ts_max.map_or(time, |newest| newest.max(time)));
            }
        }
        let Some(place) = &vehicle.position else { return };
        self.with_position += 1;
        if let Some(speed) = place.speed {
            self.with_speed += 1;
            self.speed_max_raw = self.speed_max_raw.max(speed.into());
            self.speed_gt_40_raw += u64::from(speed > FAST);
        }
        let (lon, lat) = place.lon_lat();
        match LonLat::new(lon, lat) {
            Err(_) => self.lat_lon_out_of_range += 1,
            Ok(point) if point.is_null_island() => self.null_island += 1,
            Ok(_) => {
                let round = |degrees: f64| (degrees * 1e5).round() / 1e5;
                let (x, y) = (round(lon), round(lat));
                let [w, s, e, n] = self.bbox_without_null_island.unwrap_or([x, y, x, y]);
                self.bbox_without_null_island = Some([w.min(x), s.min(y), e.max(x), n.max(y)]);
            }
        }
    }

    fn row(&self, key: VehicleKey, vehicle: &VehiclePosition, terms: Terms) -> Result<Row, String> {
        let place = vehicle.position.as_ref().ok_or("no position")?;
        let (lon, lat) = place.lon_lat();
        let point = LonLat::new(lon, lat).map_err(|error| error.to_string())?;
        if point.is_null_island() {
            return Err("latitude and longitude are both exactly 0".into());
        }
        // A vehicle without a time of its own was there when the feed was made.
        let time = vehicle.timestamp.filter(|time| *time > 0).unwrap_or(self.header_timestamp);
        if time == 0 {
            return Err("timestamp: neither the vehicle nor the feed has one".into());
        }
        let age = self.age(time);
        if self.header_timestamp > 0 && terms.max_ahead_s > 0.0 && -age as f64 > terms.max_ahead_s {
            return Err(format!("timestamp: {} s ahead of the feed", -age));
        }
        if self.header_timestamp > 0 && age > DAY {
            return Err(format!("stale: timestamp: {} h before the feed", age / HOUR));
        }
        let device_time =
            Timestamp::from_epoch(time as f64).map_err(|error| format!("timestamp: {error}"))?;
        let speed = place.speed.filter(|speed| speed.is_finite() && *speed >= 0.0);
        Ok(Row {
            vehicle: key,
            device_time,
            received_at: None,
            point,
            speed_kmh: speed.map(|speed| Kmh::from_metres_per_second(speed.into())),
            heading: place.bearing.and_then(|bearing| Heading::new(bearing.into())),
            ignition: None,
        })
    }
}

impl Place {
    fn lon_lat(&self) -> (f64, f64) {
        let degrees = |value: Option<f32>| value.map_or(f64::NAN, f64::from);
        (degrees(self.longitude), degrees(self.latitude))
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Progress, *};

    fn entity(id: &'static str, vehicle: VehiclePosition) -> Buffer {
        let id = Some(Buffer::from_static(id.as_bytes()));
        FeedEntity { id, vehicle: Some(vehicle) }.encode_to_vec().into()
    }

    fn at(latitude: f32, longitude: f32, timestamp: Option<u64>) -> VehiclePosition {
        let place =
            Place { latitude: Some(latitude), longitude: Some(longitude), bearing: None, speed: Some(10.0) };
        VehiclePosition { position: Some(place), timestamp, ..VehiclePosition::default() }
    }

    #[test]
    fn a_feed_is_counted_and_what_cannot_be_used_is_named() {
        let text = |text: &'static str| Some(Buffer::from_static(text.as_bytes()));
        let labelled = VehicleDescriptor { id: None, label: text("Bus 7") };
        let of_trip = TripDescriptor { trip_id: text("trip-3") };
        let message = FeedMessage {
            header: Some(FeedHeader { version: text("2.0"), timestamp: Some(1_742_550_861) }),
            entity: vec![
                entity(
                    "e1",
                    VehiclePosition { vehicle: Some(labelled), ..at(6.5, 3.25, Some(1_742_550_800)) },
                ),
                entity("e2", VehiclePosition { trip: Some(of_trip), ..at(6.5, 3.5, None) }),
                entity("e3", VehiclePosition { position: None, ..at(0.0, 0.0, Some(1_742_540_000)) }),
                entity("e4", at(0.0, 0.0, Some(1_742_550_860))),
                entity("e5", at(6.5, 3.5, Some(1_742_000_000))),
                entity("e6", at(6.5, 3.5, Some(1_742_560_000))),
                entity("e7", at(96.5, 3.5, Some(1_742_550_860))),
                Buffer::from_static(b"\xff\xff\xff"),
            ],
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("feed.pb");
        std::fs::write(&path, message.encode_to_vec()).unwrap();
        let terms = Terms { zone: chrono_tz::UTC, max_ahead_s: 300.0 };
        let recording = Recording::open(&path, terms, &Progress::default()).unwrap();
        let told: Vec<_> = recording
            .rows
            .map(|line| match line {
                Ok(row) => format!("{} {}", row.vehicle, row.device_time),
                Err(error) => format!("{}: {}", error.line, error.reason),
            })
            .collect();
        assert_eq!(told[0], "Bus 7 2025-03-21T09:53:20.000Z");
        assert_eq!(told[1], "trip-3 2025-03-21T09:54:21.000Z", "the feed's own time where there is none");
        assert_eq!(
            told[2..7],
            [
                "3: no position",
                "4: latitude and longitude are both exactly 0",
                "5: stale: timestamp: 153 h before the feed",
                "6: timestamp: 9139 s ahead of the feed",
                "7: latitude 96.5 is out of range ±90",
            ]
        );
        assert!(told[7].starts_with("8: broken entity: "), "{told:?}");
        let feed = recording.feed.unwrap();
        let counts =
            [feed.entities, feed.vehicles, feed.with_position, feed.with_speed, feed.distinct_entity_ids];
        assert_eq!(counts, [8, 7, 6, 6, 7]);
        let times = [feed.no_timestamp, feed.ts_older_than_1h, feed.ts_older_than_24h, feed.ts_future_gt_60s];
        assert_eq!(times, [1, 2, 1, 1]);
        assert_eq!((feed.null_island, feed.lat_lon_out_of_range, feed.speed_max_raw), (1, 1, 10.0));
        assert_eq!(feed.bbox_without_null_island, Some([3.25, 6.5, 3.5, 6.5]));
    }
}
