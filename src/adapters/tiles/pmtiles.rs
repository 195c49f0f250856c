//! PMTiles, version 3: one file, found into by directories of varints
//! (<https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md>).

use std::{
    collections::HashMap,
    fs::File,
    io,
    ops::RangeInclusive,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use watchtower_core::ports::tiles::{TileAt, Tiles, TilesError};

use super::{LARGEST, plain, unpacked, unreadable, unusable};

const HEADER: usize = 127;
/// Directories below the root lie at most so deep, by the specification.
const DEEPEST: usize = 4;
/// Leaf directories kept: some 4 000 tiles each.
const MOST_LEAVES: usize = 64;

/// How things inside are packed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Packing {
    None,
    Gzip,
}

/// A stretch of the file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Stretch {
    offset: u64,
    length: u64,
}

/// Where tiles of successive numbers lie, or the directory that knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Entry {
    first: u64,
    /// 0: a directory.
    run: u64,
    at: Stretch,
}

/// An open archive.
#[derive(Debug)]
pub(super) struct Pmtiles {
    path: PathBuf,
    inside: Arc<Inside>,
    attribution: String,
    zooms: RangeInclusive<u8>,
}

#[derive(Debug)]
struct Inside {
    file: File,
    directories: Packing,
    tiles: Packing,
    root: Vec<Entry>,
    leaves: u64,
    data: u64,
    known: Mutex<HashMap<Stretch, Arc<Vec<Entry>>>>,
}

impl Pmtiles {
    pub(super) fn open(path: &Path) -> Result<Self, TilesError> {
        let refuse = |reason: &str| unusable(path, reason);
        let file = File::open(path).map_err(|error| unreadable(path, error))?;
        let mut header = [0; HEADER];
        file.read_exact_at(&mut header, 0).map_err(|_| refuse("ends within its header"))?;
        let number = |at: usize| {
            let bytes: [u8; 8] = header[at..at + 8].try_into().expect("eight bytes are eight bytes");
            u64::from_le_bytes(bytes)
        };
        if header[7] != 3 {
            return Err(refuse(&format!("is PMTiles version {}; this program reads 3", header[7])));
        }
        let packing = |code: u8| match code {
            1 => Ok(Packing::None),
            2 => Ok(Packing::Gzip),
            3 => Err(refuse("is packed with brotli; this program reads gzip")),
            4 => Err(refuse("is packed with zstandard; this program reads gzip")),
            _ => Err(refuse("does not say how it is packed")),
        };
        if header[99] != 1 {
            return Err(refuse("holds pictures, not vector tiles"));
        }
        let (directories, tiles) = (packing(header[97])?, packing(header[98])?);
        let stretch = |at: usize| Stretch { offset: number(at), length: number(at + 8) };
        let damaged = |error: io::Error| unusable(path, format_args!("is damaged: {error}"));
        let root = directory(&read(&file, stretch(8), directories).map_err(damaged)?).map_err(damaged)?;
        let metadata = read(&file, stretch(24), directories).map_err(damaged)?;
        let metadata: serde_json::Value = serde_json::from_slice(&metadata).unwrap_or_default();
        let attribution = metadata.get("attribution").and_then(|a| a.as_str()).unwrap_or_default();
        let inside = Inside {
            file,
            directories,
            tiles,
            root,
            leaves: number(40),
            data: number(56),
            known: Mutex::default(),
        };
        let zooms = header[100]..=header[101].min(TileAt::MAX_ZOOM);
        Ok(Self { path: path.to_owned(), inside: Arc::new(inside), attribution: plain(attribution), zooms })
    }
}

#[async_trait]
impl Tiles for Pmtiles {
    fn attribution(&self) -> &str {
        &self.attribution
    }

    fn zooms(&self) -> RangeInclusive<u8> {
        self.zooms.clone()
    }

    async fn tile(&self, at: TileAt) -> Result<Option<Vec<u8>>, TilesError> {
        let inside = self.inside.clone();
        let read = tokio::task::spawn_blocking(move || inside.tile(number(at))).await;
        let read = read.unwrap_or_else(|error| Err(io::Error::other(error)));
        read.map_err(|error| unusable(&self.path, format_args!("tile {at:?}: {error}")))
    }
}

impl Inside {
    fn tile(&self, number: u64) -> io::Result<Option<Vec<u8>>> {
        let mut found = find(&self.root, number);
        for _ in 0..DEEPEST {
            match found {
                None => return Ok(None),
                Some(Entry { run: 0, at, .. }) => {
                    let at = Stretch { offset: self.leaves.saturating_add(at.offset), ..at };
                    found = find(&self.leaf(at)?, number);
                }
                Some(entry) => {
                    let at = Stretch { offset: self.data.saturating_add(entry.at.offset), ..entry.at };
                    return read(&self.file, at, self.tiles).map(Some);
                }
            }
        }
        Err(io::Error::new(io::ErrorKind::InvalidData, "directories within directories without end"))
    }

    fn leaf(&self, at: Stretch) -> io::Result<Arc<Vec<Entry>>> {
        // A panic while it is held leaves whole entries behind.
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(leaf) = known().get(&at) {
            return Ok(leaf.clone());
        }
        let leaf = Arc::new(directory(&read(&self.file, at, self.directories)?)?);
        let mut known = known();
        if known.len() >= MOST_LEAVES {
            known.clear();
        }
        known.insert(at, leaf.clone());
        Ok(leaf)
    }
}

/// The entry that has, or knows who has, a tile.
fn find(directory: &[Entry], number: u64) -> Option<Entry> {
    let entry = directory[..directory.partition_point(|entry| entry.first <= number)].last()?;
    (entry.run == 0 || number - entry.first < entry.run).then_some(*entry)
}

fn read(file: &File, at: Stretch, packing: Packing) -> io::Result<Vec<u8>> {
    if at.length > LARGEST {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a part is impossibly large"));
    }
    let mut bytes = vec![0; at.length as usize];
    file.read_exact_at(&mut bytes, at.offset)?;
    match packing {
        Packing::None => Ok(bytes),
        Packing::Gzip => unpacked(&bytes),
    }
}

/// Reads a directory: the number of entries, then the steps of their first tiles, their
/// runs, lengths and offsets, each as a column of varints.
fn directory(bytes: &[u8]) -> io::Result<Vec<Entry>> {
    let damaged = || io::Error::new(io::ErrorKind::InvalidData, "a directory is damaged");
    let mut rest = bytes;
    let mut next = || varint(&mut rest).ok_or_else(damaged);
    let count = next()?;
    // An entry takes four bytes or more.
    if count > bytes.len() as u64 {
        return Err(damaged());
    }
    let mut entries = Vec::with_capacity(count as usize);
    let mut first = 0_u64;
    for _ in 0..count {
        first = first.checked_add(next()?).ok_or_else(damaged)?;
        entries.push(Entry { first, run: 0, at: Stretch { offset: 0, length: 0 } });
    }
    for entry in &mut entries {
        entry.run = next()?;
    }
    for entry in &mut entries {
        entry.at.length = next()?;
    }
    let mut end = None;
    for entry in &mut entries {
        entry.at.offset = match (next()?, end) {
            (0, Some(end)) => end,
            (0, None) => return Err(damaged()),
            (offset, _) => offset - 1,
        };
        end = Some(entry.at.offset.saturating_add(entry.at.length));
    }
    Ok(entries)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

/// A tile's number: all tiles of lesser zooms, then its place on the Hilbert curve.
fn number(at: TileAt) -> u64 {
    let zoom = u32::from(at.zoom.min(TileAt::MAX_ZOOM));
    let lesser = ((1_u64 << (2 * zoom)) - 1) / 3;
    let (mut x, mut y) = (u64::from(at.x), u64::from(at.y));
    let mut place = 0;
    for level in (0..zoom).rev() {
        let side = 1_u64 << level;
        let (right, down) = (u64::from(x & side > 0), u64::from(y & side > 0));
        place += side * side * ((3 * right) ^ down);
        if down == 0 {
            if right == 1 {
                (x, y) = (side.wrapping_sub(1).wrapping_sub(x), side.wrapping_sub(1).wrapping_sub(y));
            }
            (x, y) = (y, x);
        }
    }
    lesser + place
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_are_numbered_along_the_hilbert_curve() {
        // From the specification.
        for (zoom, x, y, expected) in [
            (0, 0, 0, 0),
            (1, 0, 0, 1),
            (1, 0, 1, 2),
            (1, 1, 1, 3),
            (1, 1, 0, 4),
            (2, 0, 0, 5),
            (12, 3423, 1763, 19_078_479),
        ] {
            assert_eq!(number(TileAt { zoom, x, y }), expected, "{zoom}/{x}/{y}");
        }
    }

    #[test]
    fn successive_numbers_are_neighbours() {
        let mut all: Vec<_> =
            (0..64).flat_map(|x| (0..64).map(move |y| (number(TileAt { zoom: 6, x, y }), x, y))).collect();
        all.sort_unstable();
        assert!(all.windows(2).all(|pair| {
            pair[1].0 == pair[0].0 + 1 && pair[0].1.abs_diff(pair[1].1) + pair[0].2.abs_diff(pair[1].2) == 1
        }));
    }

    #[test]
    fn a_cut_directory_is_refused() {
        // Two entries: tile 5 of 10 bytes at 0, and the one after it right behind.
        let whole = [2, 5, 1, 1, 1, 10, 20, 1, 0];
        let entries = directory(&whole).unwrap();
        assert_eq!(find(&entries, 6).unwrap().at, Stretch { offset: 10, length: 20 });
        assert_eq!((find(&entries, 4), find(&entries, 7)), (None, None));
        for length in 0..whole.len() {
            assert!(directory(&whole[..length]).is_err(), "{length} bytes");
        }
        assert!(directory(&[255, 255, 255, 255, 15]).is_err(), "more entries than bytes");
    }
}
