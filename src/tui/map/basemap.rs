//! The world map inside the binary: `assets/basemap.bin`, built by
//! `scripts/basemap.py`.
//!
//! # Format, little-endian
//!
//! ```text
//! "WTBASE01"  u32 sections
//! section:    u8 kind  u8 level  u8 bits  u8 0  u32 offset  u32 packed  u32 unpacked
//! ```
//!
//! Sections are zlib streams, unpacked when first looked at. Coordinates are parts
//! of the Web Mercator square, 2^`bits` across, x east and y south, written as
//! zigzag varint steps from the point before, across features too. A varint has
//! seven bits a byte, lowest first.
//!
//! * Lines and rings (land, lakes, borders, rivers): count, then for each the number
//!   of points and the points. Rings are not closed by a repeated point; land and
//!   lakes are filled even-odd, holes being rings like any other. The coast is the
//!   outline of land, less its edges along the edge of the world.
//! * Points (places, countries, ports, airports): count, then for each `u8` weight,
//!   varint (bytes of the name × 2 + flag), the point, the name in UTF-8. The weight
//!   of a place is 8·log2 of its people, or what stands for them, and the flag means a
//!   capital; of a country 250
//!   less 20 for each zoom it waits; of ports and airports 2 for those that trade or fly
//!   abroad.
//!
//! Levels of detail are drawn from zoom 0, 2.5, 4.5 and 6.5; the finest keeps a
//! quarter of a kilometre, for its source is no better.

use std::{fmt, io::Read, sync::OnceLock};

use super::{
    geometry::Lines,
    mercator::{Unit, WORLD},
};

static BYTES: &[u8] = include_bytes!("../../../assets/basemap.bin");
const MAGIC: &[u8] = b"WTBASE01";
/// Levels of detail.
const LEVELS: usize = 4;
const WELL_FORMED: &str = "the embedded basemap is well formed: a test reads all of it";

/// What lines are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum LineKind {
    Land = 0,
    Lakes = 1,
    CountryBorders = 2,
    StateBorders = 3,
    Rivers = 4,
}

/// What points are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum PointKind {
    Places = 5,
    Countries = 6,
    Ports = 7,
    Airports = 8,
}

/// A named point.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Named {
    pub(super) at: Unit,
    pub(super) weight: u8,
    pub(super) flag: bool,
    pub(super) name: Box<str>,
}

/// The sections unpacked so far.
#[derive(Default)]
pub(super) struct Basemap {
    lines: [[OnceLock<Lines>; LEVELS]; 5],
    points: [OnceLock<Vec<Named>>; 4],
}

impl fmt::Debug for Basemap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Basemap").field("bytes", &BYTES.len()).finish_non_exhaustive()
    }
}

impl Basemap {
    /// The basemap of this process.
    pub(super) fn shared() -> &'static Self {
        static SHARED: OnceLock<Basemap> = OnceLock::new();
        SHARED.get_or_init(Self::default)
    }

    /// Lines in the detail fit for `zoom`; none where the basemap has none.
    pub(super) fn lines(&self, kind: LineKind, zoom: f64) -> &Lines {
        let level = [2.5, 4.5, 6.5].iter().filter(|&&from| zoom >= from).count();
        self.lines[kind as usize][level].get_or_init(|| match section(kind as u8, level as u8) {
            Some((bits, bytes)) => {
                let closed = matches!(kind, LineKind::Land | LineKind::Lakes);
                read_lines(&bytes, bits, closed).expect(WELL_FORMED)
            }
            None => Lines::default(),
        })
    }

    /// Named points, heaviest first.
    pub(super) fn points(&self, kind: PointKind) -> &[Named] {
        self.points[kind as usize - PointKind::Places as usize].get_or_init(|| {
            let (bits, bytes) = section(kind as u8, 0).expect(WELL_FORMED);
            let mut points = read_points(&bytes, bits).expect(WELL_FORMED);
            points.sort_by_key(|p| std::cmp::Reverse(p.weight));
            points
        })
    }
}

/// The quantisation and the unpacked bytes of a section; `None` when there is no such one.
fn section(kind: u8, level: u8) -> Option<(u32, Vec<u8>)> {
    let body = BYTES.strip_prefix(MAGIC).expect(WELL_FORMED);
    let number = |at: usize| -> usize {
        let bytes = body.get(at..at + 4).and_then(|b| b.try_into().ok()).expect(WELL_FORMED);
        u32::from_le_bytes(bytes) as usize
    };
    let entry = (0..number(0)).map(|i| 4 + 16 * i).find(|&at| body[at] == kind && body[at + 1] == level)?;
    let (offset, packed, unpacked) = (number(entry + 4), number(entry + 8), number(entry + 12));
    let mut bytes = Vec::with_capacity(unpacked);
    flate2::read::ZlibDecoder::new(&BYTES[offset..offset + packed])
        .read_to_end(&mut bytes)
        .expect(WELL_FORMED);
    Some((u32::from(body[entry + 2]), bytes))
}

/// Reads varints and steps.
struct Reader<'a> {
    bytes: &'a [u8],
    last: Unit,
    shift: u32,
}

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8], bits: u32) -> Self {
        Self { bytes, last: [0, 0], shift: WORLD.ilog2().saturating_sub(bits) }
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.bytes.split_at_checked(count)?;
        self.bytes = tail;
        Some(head)
    }

    #[inline]
    fn varint(&mut self) -> Option<u32> {
        // Nearly all steps fit one byte.
        if let [byte @ ..0x80, tail @ ..] = self.bytes {
            self.bytes = tail;
            return Some(u32::from(*byte));
        }
        let mut value = 0_u32;
        for shift in (0..32).step_by(7) {
            let (&byte, tail) = self.bytes.split_first()?;
            self.bytes = tail;
            value |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn point(&mut self) -> Option<Unit> {
        for axis in 0..2 {
            let zigzag = self.varint()?;
            let step = (zigzag >> 1) as i32 ^ -((zigzag & 1) as i32);
            self.last[axis] = self.last[axis].checked_add(step)?;
        }
        Some(self.last.map(|v| v << self.shift))
    }
}

fn read_lines(bytes: &[u8], bits: u32, closed: bool) -> Option<Lines> {
    let mut reader = Reader::new(bytes, bits);
    // A point takes two bytes or little more.
    let mut lines = Lines::with_capacity(bytes.len() / 2);
    let mut line = Vec::new();
    for _ in 0..reader.varint()? {
        line.clear();
        for _ in 0..reader.varint()? {
            line.push(reader.point()?);
        }
        if closed {
            lines.push_ring(line.iter().copied());
        } else {
            lines.push(line.iter().copied());
        }
    }
    reader.bytes.is_empty().then_some(lines)
}

fn read_points(bytes: &[u8], bits: u32) -> Option<Vec<Named>> {
    let mut reader = Reader::new(bytes, bits);
    let count = reader.varint()?;
    let mut points = Vec::with_capacity(count as usize);
    for _ in 0..count {
        let weight = reader.take(1)?[0];
        let head = reader.varint()?;
        let at = reader.point()?;
        let name = str::from_utf8(reader.take(head as usize >> 1)?).ok()?;
        points.push(Named { at, weight, flag: head & 1 == 1, name: name.into() });
    }
    reader.bytes.is_empty().then_some(points)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::map::mercator::unproject;

    #[test]
    fn every_section_reads_to_its_last_byte() {
        let map = Basemap::default();
        for zoom in [0.0, 3.0, 5.0, 7.0] {
            for kind in [LineKind::Land, LineKind::Lakes, LineKind::CountryBorders] {
                assert!(map.lines(kind, zoom).len() > 1_000, "{kind:?} at {zoom}");
            }
        }
        for kind in [LineKind::StateBorders, LineKind::Rivers] {
            assert!(map.lines(kind, 0.0).is_empty());
            assert!(map.lines(kind, 12.0).len() > map.lines(kind, 3.0).len());
        }
        assert!(map.points(PointKind::Ports).len() > 100);
        assert!(map.points(PointKind::Airports).iter().any(|p| &*p.name == "LOS" && p.weight == 2));
        assert!(map.points(PointKind::Countries).iter().any(|p| &*p.name == "Nigeria"));
    }

    #[test]
    fn places_are_where_they_are_and_the_largest_come_first() {
        let places = Basemap::shared().points(PointKind::Places);
        assert!(places.is_sorted_by(|a, b| a.weight >= b.weight));
        let lagos = places.iter().find(|p| &*p.name == "Lagos").unwrap();
        let at = unproject(lagos.at);
        assert!((at.lon() - 3.39).abs() < 0.1 && (at.lat() - 6.45).abs() < 0.1, "{at:?}");
        assert!(places.iter().any(|p| &*p.name == "Abuja" && p.flag));
    }

    #[test]
    fn cities_have_the_towns_around_them() {
        let near = |lon: f64, lat: f64, name: &str| {
            let places = Basemap::shared().points(PointKind::Places);
            places.iter().map(|p| (unproject(p.at), &*p.name)).any(|(at, called)| {
                called == name && (at.lon() - lon).abs() < 0.05 && (at.lat() - lat).abs() < 0.05
            })
        };
        for (lon, lat, name) in [
            (-122.27, 37.8, "Oakland"),
            (-122.47, 37.69, "Daly City"),
            (3.34, 6.6, "Ikeja"),
            (7.1, 13.49, "Maradi"),
        ] {
            assert!(near(lon, lat, name), "{name}");
        }
        // Ours stand in for Natural Earth's: once, and under the name in use.
        assert!(!near(7.1, 13.49, "Niamey") && !near(4.56, 7.48, "Ife"));
    }

    #[test]
    fn a_cut_section_is_refused() {
        let (bits, bytes) = section(LineKind::Rivers as u8, 1).unwrap();
        assert!(read_lines(&bytes, bits, false).is_some());
        assert!(read_lines(&bytes[..bytes.len() - 1], bits, false).is_none());
    }
}
