//! What is seen, written to a file: the trucks that pass the filter, or the frame itself.
//! What it holds is taken at once; it is put into words and written beside the screen.

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use ratatui::buffer::Buffer;
use serde::Serialize;
use serde_json::{Value, json};
use watchtower_core::domain::time::Timestamp;

use super::{
    mailbox::Mailbox,
    model::{Model, vehicle::Vehicle},
    roster,
    snapshot::{self, Format, Ground},
    text,
};

/// What can be written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    /// The trucks of the list as CSV.
    Csv,
    /// The same as GeoJSON.
    GeoJson,
    /// The screen as plain text.
    Text,
    /// The screen with its colours, for `cat`.
    Ansi,
    /// The screen as a scalable drawing.
    Svg,
    /// The screen as a picture.
    Png,
}

impl What {
    /// Everything, as it is offered.
    pub const ALL: [Self; 6] = [Self::Csv, Self::GeoJson, Self::Text, Self::Ansi, Self::Svg, Self::Png];
    /// Their names.
    pub const NAMES: [&'static str; 6] = [
        "trucks as CSV",
        "trucks as GeoJSON",
        "frame as text",
        "frame as ANSI",
        "frame as SVG",
        "frame as PNG",
    ];

    /// The one of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().position(|known| *known == name).map(|place| Self::ALL[place])
    }

    /// What its files' names end with.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::GeoJson => "geojson",
            Self::Text => "txt",
            Self::Ansi => "ansi",
            Self::Svg => "svg",
            Self::Png => "png",
        }
    }
}

/// A truck as it is seen; times are instants in UTC, unknown fields empty.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Seen {
    number: String,
    status: &'static str,
    since: Timestamp,
    speed_kmh: Option<f64>,
    heading: Option<f64>,
    ignition: Option<bool>,
    driver: String,
    place: String,
    trip: String,
    container: String,
    groups: String,
    company: String,
    alerts: usize,
    today_km: f64,
    last_fix: Timestamp,
    lat: f64,
    lon: f64,
}

impl Seen {
    /// A truck at this moment.
    pub fn of(model: &Model, vehicle: &Vehicle) -> Self {
        let tenths = |value: f64| (value * 10.0).round() / 10.0;
        Self {
            number: vehicle.label.clone(),
            status: vehicle.motion.name(),
            since: vehicle.since,
            speed_kmh: vehicle.speed().map(tenths),
            heading: vehicle.heading().map(|heading| tenths(heading.degrees())),
            ignition: vehicle.position.ignition,
            driver: vehicle.driver.clone(),
            place: text::clean(&roster::place(model, vehicle)),
            trip: text::clean(&roster::readable_id(model, vehicle)),
            container: text::clean(&roster::container(model, vehicle)),
            groups: text::clean(&roster::groups(model, vehicle)),
            company: text::clean(&roster::company(model, vehicle)),
            alerts: roster::open_alerts(model, vehicle),
            today_km: tenths(vehicle.today.get() / 1_000.0),
            last_fix: vehicle.position.device_time,
            lat: vehicle.position.point.lat(),
            lon: vehicle.position.point.lon(),
        }
    }
}

/// What a file will hold.
#[derive(Clone, PartialEq, Debug)]
pub enum Content {
    /// Trucks.
    Trucks(Vec<Seen>),
    /// A frame of the screen, and the colours of a terminal that fits it.
    Frame(Buffer, Ground),
}

/// Something to be written.
#[derive(Clone, PartialEq, Debug)]
pub struct Export {
    /// As what.
    pub what: What,
    /// What.
    pub content: Content,
    /// Where; `~/` is the home directory, and a name without an extension gets its own.
    pub path: PathBuf,
}

impl Export {
    /// Writes it beside the screen, and tells the screen what became of it.
    pub fn write_behind(self, mailbox: Arc<Mailbox>) {
        tokio::task::spawn_blocking(move || match self.write() {
            Ok(told) => mailbox.put_told(told),
            Err(failure) => mailbox.put_failure(failure),
        });
    }

    /// Writes it, whole or not at all; returns what to tell of it.
    ///
    /// # Errors
    ///
    /// Why not, in words, with the path: it is there already, or what the file system says.
    pub fn write(self) -> Result<String, String> {
        let mut path = at_home(&self.path);
        if path.extension().is_none() {
            path.set_extension(self.what.extension());
        }
        let count = match &self.content {
            Content::Trucks(trucks) if trucks.len() == 1 => "1 truck to ".to_owned(),
            Content::Trucks(trucks) => format!("{} trucks to ", trucks.len()),
            Content::Frame(..) => String::new(),
        };
        let written = self.bytes().and_then(|bytes| put(&path, &bytes));
        let shown = text::clean(&path.display().to_string());
        match written {
            Ok(()) => Ok(format!("written: {count}{shown}")),
            Err(error) => Err(format!("not written: {shown}: {error}")),
        }
    }

    fn bytes(&self) -> io::Result<Vec<u8>> {
        match (self.what, &self.content) {
            (What::Csv, Content::Trucks(trucks)) => csv(trucks),
            (What::GeoJson, Content::Trucks(trucks)) => geojson(trucks),
            (What::Text, Content::Frame(frame, ground)) => Ok(snapshot::write(frame, Format::Txt, *ground)),
            (What::Ansi, Content::Frame(frame, ground)) => Ok(snapshot::write(frame, Format::Ansi, *ground)),
            (What::Svg, Content::Frame(frame, ground)) => Ok(snapshot::write(frame, Format::Svg, *ground)),
            (What::Png, Content::Frame(frame, ground)) => Ok(snapshot::write(frame, Format::Png, *ground)),
            (What::Csv | What::GeoJson, Content::Frame(..))
            | (What::Text | What::Ansi | What::Svg | What::Png, Content::Trucks(_)) => {
                Err(io::Error::other("there is no such form of it"))
            }
        }
    }
}

/// The file appears whole, and never in place of another.
fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let directory = directory.unwrap_or(Path::new("."));
    fs::create_dir_all(directory)?;
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(bytes)?;
    file.persist_noclobber(path).map_err(|failed| failed.error)?;
    Ok(())
}

fn at_home(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), directories::BaseDirs::new()) {
        (Ok(rest), Some(dirs)) => dirs.home_dir().join(rest),
        (_, _) => path.to_owned(),
    }
}

fn csv(trucks: &[Seen]) -> io::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for truck in trucks {
        writer.serialize(truck).map_err(io::Error::other)?;
    }
    writer.into_inner().map_err(|failed| io::Error::other(failed.to_string()))
}

fn geojson(trucks: &[Seen]) -> io::Result<Vec<u8>> {
    let feature = |truck: &Seen| {
        let mut properties = serde_json::to_value(truck)?;
        if let Some(fields) = properties.as_object_mut() {
            fields.retain(|name, value| !matches!(name.as_str(), "lat" | "lon") && !value.is_null());
        }
        let geometry = json!({"type": "Point", "coordinates": [truck.lon, truck.lat]});
        Ok(json!({"type": "Feature", "id": truck.number, "geometry": geometry, "properties": properties}))
    };
    let features: serde_json::Result<Vec<Value>> = trucks.iter().map(feature).collect();
    let mut bytes = serde_json::to_vec(&json!({"type": "FeatureCollection", "features": features?}))?;
    bytes.push(b'\n');
    Ok(bytes)
}
