//! Archives of vector tiles: PMTiles and MBTiles, told apart by how they begin.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
    sync::Arc,
};

use flate2::read::GzDecoder;
use watchtower_core::ports::tiles::{Tiles, TilesError};

mod mbtiles;
mod pmtiles;

/// No tile is larger than this unpacked, bytes: what claims to be is damaged.
const LARGEST: u64 = 64 << 20;

/// Opens an archive.
///
/// # Errors
///
/// When it cannot be read, is of another kind, or holds no vector tiles.
pub async fn open(path: &Path) -> Result<Arc<dyn Tiles>, TilesError> {
    let mut begin = Vec::new();
    let read = File::open(path).and_then(|file| file.take(16).read_to_end(&mut begin));
    read.map_err(|source| unreadable(path, source))?;
    if begin.starts_with(b"PMTiles") {
        Ok(Arc::new(pmtiles::Pmtiles::open(path)?))
    } else if begin.starts_with(b"SQLite format 3\0") {
        Ok(Arc::new(mbtiles::Mbtiles::open(path).await?))
    } else {
        Err(unusable(path, "is neither a PMTiles nor an MBTiles archive"))
    }
}

fn unreadable(path: &Path, source: io::Error) -> TilesError {
    TilesError::Unreadable { path: path.display().to_string(), source }
}

fn unusable(path: &Path, reason: impl std::fmt::Display) -> TilesError {
    TilesError::Unusable { path: path.display().to_string(), reason: reason.to_string() }
}

/// What gzip packed.
fn unpacked(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    GzDecoder::new(bytes).take(LARGEST).read_to_end(&mut out)?;
    Ok(out)
}

/// An attribution as archives write it, HTML, without its tags.
fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut in_tag = false;
    for c in html.chars() {
        match c {
            '<' => in_tag = true,
            '>' => in_tag = false,
            _ if in_tag || c.is_control() => {}
            _ => text.push(c),
        }
    }
    let text = text.replace("&copy;", "©").replace("&amp;", "&").replace("&nbsp;", " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributions_lose_their_markup() {
        let html = "<a href=\"https://osm.org\">&copy; OpenStreetMap</a>  contributors\n";
        assert_eq!(plain(html), "© OpenStreetMap contributors");
    }
}
