//! GPX 1.0 and 1.1: the points of tracks that have a time. The vehicle is the
//! track's name, or the file's stem; `speed` is metres a second, `course` degrees.

use std::{
    io::{self, BufRead, Read},
    path::Path,
    sync::Arc,
};

use chrono_tz::Tz;
use quick_xml::{
    Reader,
    escape::resolve_predefined_entity,
    events::{BytesStart, Event},
};
use watchtower_core::domain::{
    geo::LonLat,
    id::VehicleKey,
    time::Timestamp,
    units::{Heading, Kmh},
};

use super::{Bytes, Line, RecordingError, Row, RowError};

/// Longer text of an element is cut: no time and no name is.
const LONGEST_TEXT: usize = 4_096;
/// A tag or text longer than this is none of a track's, bytes.
const LONGEST: usize = 1 << 22;
/// Elements nested deeper than this are no track.
const DEEPEST: usize = 256;

/// Bytes whose lines are counted as they are passed, and of which one element must not
/// take too many.
struct Lines {
    bytes: Bytes,
    passed: u64,
    /// An LF after it ends no second line.
    after_cr: bool,
    /// What the element under way may still take.
    room: usize,
}

impl Lines {
    fn pass(&mut self, count: usize) {
        // They were there when they were read, and are until they are passed.
        let chunk = self.bytes.fill_buf().unwrap_or_default();
        for byte in &chunk[..count.min(chunk.len())] {
            self.passed += u64::from(*byte == b'\r' || *byte == b'\n' && !self.after_cr);
            self.after_cr = *byte == b'\r';
        }
        self.bytes.consume(count);
        self.room = self.room.saturating_sub(count);
    }
}

impl Read for Lines {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let chunk = self.fill_buf()?;
        let count = chunk.len().min(buffer.len());
        buffer[..count].copy_from_slice(&chunk[..count]);
        self.pass(count);
        Ok(count)
    }
}

impl BufRead for Lines {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.room == 0 {
            let reason = format!("an element is longer than {LONGEST} bytes");
            return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
        }
        self.bytes.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.pass(amount);
    }
}

/// What is wrong, in the words of whoever found it.
fn reason(error: quick_xml::Error) -> String {
    match error {
        quick_xml::Error::Io(error) => error.to_string(),
        other => other.to_string(),
    }
}

/// The name of the outermost element, and whether there is anything in it.
fn root(reader: &mut Reader<Lines>) -> Result<(Box<str>, bool), String> {
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer) {
            Ok(Event::Start(element)) => return Ok((element.local_name().as_ref().into(), true)),
            Ok(Event::Empty(element)) => return Ok((element.local_name().as_ref().into(), false)),
            Ok(Event::Eof) => return Err("is XML without an element".into()),
            Ok(_) => {}
            Err(error) => return Err(format!("is broken XML: {}", reason(error))),
        }
    }
}

/// The file's name without what tells its kind.
fn stem(file: &Path) -> Option<VehicleKey> {
    let name = file.file_name()?.to_string_lossy();
    let mut stem: &str = &name;
    for ending in [".gz", ".gpx", ".xml"] {
        let cut = stem.len().checked_sub(ending.len()).filter(|cut| stem.is_char_boundary(*cut));
        stem = match cut.map(|cut| stem.split_at(cut)) {
            Some((before, end)) if end.eq_ignore_ascii_case(ending) => before,
            _ => stem,
        };
    }
    VehicleKey::as_written(stem).ok()
}

/// A track point while it is read.
#[derive(Default)]
struct Point {
    line: u64,
    lat: Option<String>,
    lon: Option<String>,
    time: Option<String>,
    speed: Option<String>,
    course: Option<String>,
}

/// The rows of a GPX file, in file order.
pub(super) struct GpxRows {
    file: Arc<Path>,
    reader: Reader<Lines>,
    zone: Tz,
    stem: Option<VehicleKey>,
    /// Names of the elements that are open.
    path: Vec<Box<str>>,
    text: String,
    track: Option<VehicleKey>,
    point: Option<Point>,
    over: bool,
}

impl GpxRows {
    /// Reads up to the root, which is `gpx` or it is another language.
    pub(super) fn new(file: Arc<Path>, bytes: Bytes, zone: Tz) -> Result<Self, RecordingError> {
        let lines = Lines { bytes, passed: 0, after_cr: false, room: LONGEST };
        let mut reader = Reader::from_reader(lines);
        reader.config_mut().check_end_names = true;
        let unknown = |reason| RecordingError::Unknown { file: file.to_path_buf(), reason };
        let (root, is_open) = root(&mut reader).map_err(unknown)?;
        if &*root != "gpx" {
            return Err(unknown(format!("is XML, but its root is <{root}>, not <gpx>")));
        }
        let (path, text) = (Vec::from_iter(is_open.then_some(root)), String::new());
        let stem = stem(&file);
        Ok(Self { file, reader, zone, stem, path, text, track: None, point: None, over: false })
    }

    fn line(&self) -> u64 {
        self.reader.get_ref().passed + 1
    }

    fn error(&self, line: u64, reason: String) -> RowError {
        RowError { file: self.file.clone(), line, vehicle: self.vehicle().ok(), reason, last: false }
    }

    /// What follows cannot be trusted, or is not there.
    fn end(&mut self, reason: String) -> Line {
        self.over = true;
        Err(RowError { vehicle: None, last: true, ..self.error(self.line(), reason) })
    }

    fn vehicle(&self) -> Result<VehicleKey, String> {
        let name = self.track.as_ref().or(self.stem.as_ref());
        name.cloned().ok_or_else(|| "the track has no name, and neither has the file".into())
    }

    fn opens(&mut self, element: &BytesStart<'_>) {
        self.text.clear();
        match element.local_name().as_ref() {
            "trk" => self.track = None,
            "trkpt" => {
                let attribute = |name: &str| {
                    let found = element.try_get_attribute(name).ok().flatten()?;
                    Some(found.value.into_owned())
                };
                let (lat, lon) = (attribute("lat"), attribute("lon"));
                self.point = Some(Point { line: self.line(), lat, lon, ..Point::default() });
            }
            _ => {}
        }
    }

    /// An element ends; a row when it was a track point.
    fn closes(&mut self, name: &str) -> Option<Line> {
        let parent = self.path.last().map(|name| &**name);
        let text = std::mem::take(&mut self.text);
        let text = Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        match (name, &mut self.point) {
            ("trkpt", point) => {
                let point = point.take()?;
                Some(self.row(&point).map_err(|reason| self.error(point.line, reason)))
            }
            ("time", Some(point)) if parent == Some("trkpt") => {
                point.time = text;
                None
            }
            ("speed", Some(point)) => {
                point.speed = text;
                None
            }
            ("course", Some(point)) => {
                point.course = text;
                None
            }
            ("name", None) if parent == Some("trk") => {
                self.track = text.and_then(|name| VehicleKey::as_written(&name).ok());
                None
            }
            _ => None,
        }
    }

    fn row(&self, point: &Point) -> Result<Row, String> {
        let number = |text: &Option<String>, name: &str| match text {
            None => Err(format!("{name} is missing")),
            Some(text) => text.trim().parse::<f64>().map_err(|_| format!("{name} {text:?} is no number")),
        };
        let vehicle = self.vehicle()?;
        let place = LonLat::new(number(&point.lon, "lon")?, number(&point.lat, "lat")?)
            .map_err(|error| error.to_string())?;
        if place.is_null_island() {
            return Err("lon and lat are both exactly 0".into());
        }
        let time = point.time.as_deref().ok_or("time is missing")?;
        let device_time = Timestamp::parse(time, self.zone).map_err(|error| format!("time: {error}"))?;
        let optional = |text: &Option<String>, name| match text {
            None => Ok(None),
            some => number(some, name).map(Some),
        };
        let speed_kmh = match optional(&point.speed, "speed")? {
            Some(speed) if !speed.is_finite() || speed < 0.0 => {
                return Err(format!("speed {speed} is no speed"));
            }
            speed => speed.map(Kmh::from_metres_per_second),
        };
        let heading = match optional(&point.course, "course")? {
            None => None,
            Some(degrees) => Some(Heading::new(degrees).ok_or(format!("course {degrees} is no angle"))?),
        };
        Ok(Row { vehicle, device_time, received_at: None, point: place, speed_kmh, heading, ignition: None })
    }
}

impl Iterator for GpxRows {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        let mut buffer = Vec::new();
        while !self.over {
            buffer.clear();
            self.reader.get_mut().room = LONGEST;
            match self.reader.read_event_into(&mut buffer) {
                Ok(Event::Start(_)) if self.path.len() == DEEPEST => {
                    return Some(self.end(format!("elements are nested deeper than {DEEPEST}")));
                }
                Ok(Event::Start(element)) => {
                    self.opens(&element);
                    self.path.push(element.local_name().as_ref().into());
                }
                Ok(Event::Empty(element)) => {
                    self.opens(&element);
                    if let Some(line) = self.closes(element.local_name().as_ref()) {
                        return Some(line);
                    }
                }
                Ok(Event::End(element)) => {
                    self.path.pop();
                    if let Some(line) = self.closes(element.local_name().as_ref()) {
                        return Some(line);
                    }
                }
                Ok(Event::Text(text)) if self.text.len() < LONGEST_TEXT => {
                    self.text.push_str(&text);
                }
                Ok(Event::CData(text)) if self.text.len() < LONGEST_TEXT => {
                    self.text.push_str(&text);
                }
                Ok(Event::GeneralRef(entity)) => {
                    let known = resolve_predefined_entity(&entity);
                    self.text.push_str(known.unwrap_or_default());
                }
                Ok(Event::Eof) => {
                    self.over = true;
                    let reason = format!("the file ends inside <{}>", self.path.last()?);
                    return Some(self.end(reason));
                }
                Ok(_) => {}
                Err(error) => return Some(self.end(reason(error))),
            }
        }
        None
    }
}
