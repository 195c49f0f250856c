//! Archives of tiles, made here by the book, and what happens to those that are none.

use std::{io::Write, path::Path};

use assert_cmd::Command;
use flate2::{Compression, write::GzEncoder};
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use watchtower::adapters::tiles;
use watchtower_core::ports::tiles::TileAt;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn varint(mut value: u64, bytes: &mut Vec<u8>) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// A directory of entries: first tile, run, offset, length.
fn directory(entries: &[(u64, u64, u64, u64)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    varint(entries.len() as u64, &mut bytes);
    let mut last = 0;
    for entry in entries {
        varint(entry.0 - last, &mut bytes);
        last = entry.0;
    }
    entries.iter().for_each(|entry| varint(entry.1, &mut bytes));
    entries.iter().for_each(|entry| varint(entry.3, &mut bytes));
    entries.iter().for_each(|entry| varint(entry.2 + 1, &mut bytes));
    gzip(&bytes)
}

/// The whole world at zoom 0 and 1, the latter known to a directory below the root.
fn pmtiles(path: &Path) {
    let (world, sea) = (gzip(b"the world"), gzip(b"the sea"));
    let data = [world.clone(), sea.clone()].concat();
    // Tiles 1, 2 and 3 are one; there is no 4.
    let leaf = directory(&[(1, 3, world.len() as u64, sea.len() as u64)]);
    let root = directory(&[(0, 1, 0, world.len() as u64), (1, 0, 0, leaf.len() as u64)]);
    let metadata = gzip(br#"{"attribution":"<a href='https://osm.org'>&copy; OpenStreetMap</a>"}"#);
    let mut header = b"PMTiles\x03".to_vec();
    let mut offset = 127;
    for length in [root.len(), metadata.len(), leaf.len(), data.len()] {
        header.extend((offset as u64).to_le_bytes());
        header.extend((length as u64).to_le_bytes());
        offset += length;
    }
    header.extend([0; 24]);
    header.extend([1, 2, 2, 1, 0, 1]);
    header.resize(127, 0);
    std::fs::write(path, [header, root, metadata, leaf, data].concat()).unwrap();
}

async fn mbtiles(path: &Path, format: &str) {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql(
        "create table metadata (name text, value text);
         create table tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob);
         insert into metadata values ('attribution', '© us');",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    sqlx::query("insert into metadata values ('format', ?)")
        .bind(format)
        .execute(&mut connection)
        .await
        .unwrap();
    // Rows count from the south: this is the north-west.
    sqlx::query("insert into tiles values (1, 0, 1, ?)")
        .bind(gzip(b"north-west"))
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_pmtiles_archive_is_read_through_its_directories() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("world.pmtiles");
    pmtiles(&path);
    let archive = tiles::open(&path).await.unwrap();
    assert_eq!((archive.attribution(), archive.zooms()), ("© OpenStreetMap", 0..=1));
    let read = async |zoom, x, y| archive.tile(TileAt { zoom, x, y }).await.unwrap();
    assert_eq!(read(0, 0, 0).await.as_deref(), Some(&b"the world"[..]));
    for (x, y) in [(0, 0), (0, 1), (1, 1)] {
        assert_eq!(read(1, x, y).await.as_deref(), Some(&b"the sea"[..]));
    }
    assert_eq!(read(1, 1, 0).await, None);
    // Cut in the middle of its tiles, it still opens, and says so when asked.
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() - 9]).unwrap();
    let archive = tiles::open(&path).await.unwrap();
    let error = archive.tile(TileAt { zoom: 1, x: 0, y: 0 }).await.unwrap_err().to_string();
    assert!(error.contains("world.pmtiles"), "{error}");
}

#[tokio::test]
async fn an_mbtiles_archive_is_read_from_the_north() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("north.mbtiles");
    mbtiles(&path, "pbf").await;
    let archive = tiles::open(&path).await.unwrap();
    assert_eq!((archive.attribution(), archive.zooms()), ("© us", 1..=1));
    let tile = archive.tile(TileAt { zoom: 1, x: 0, y: 0 }).await.unwrap();
    assert_eq!(tile.as_deref(), Some(&b"north-west"[..]));
    assert_eq!(archive.tile(TileAt { zoom: 1, x: 0, y: 1 }).await.unwrap(), None);
    let beside: Vec<_> = std::fs::read_dir(dir.path()).unwrap().collect();
    assert_eq!(beside.len(), 1, "nothing is written beside it");
}

#[tokio::test]
async fn a_street_map_that_cannot_be_used_ends_the_dashboard_before_it_begins() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    mbtiles(&path("pictures.mbtiles"), "png").await;
    pmtiles(&path("old.pmtiles"));
    let mut old = std::fs::read(path("old.pmtiles")).unwrap();
    old[7] = 2;
    std::fs::write(path("old.pmtiles"), old).unwrap();
    std::fs::write(path("short.pmtiles"), b"PMTiles\x03").unwrap();
    std::fs::write(path("text.mbtiles"), "no archive").unwrap();
    for (name, code, reason) in [
        ("missing.pmtiles", 66, "No such file"),
        ("text.mbtiles", 65, "neither a PMTiles nor an MBTiles"),
        ("pictures.mbtiles", 65, "pictures"),
        ("old.pmtiles", 65, "version 2"),
        ("short.pmtiles", 65, "ends within its header"),
    ] {
        let output = Command::cargo_bin("watchtower")
            .unwrap()
            .args(["demo", "--tiles"])
            .arg(path(name))
            .env("WATCHTOWER_DATA_DIR", dir.path().join("data"))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{name}: {said}");
        assert!(said.contains(name) && said.contains(reason), "{name}: {said}");
    }
}
