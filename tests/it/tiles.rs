//! Archives of tiles, made here by the book, and what happens to those that are none.

use std::{io::Write, path::Path};

use assert_cmd::Command;
use flate2::{Compression, write::GzEncoder};
use sqlx::{Connection, PgConnection, SqliteConnection, sqlite::SqliteConnectOptions};
use watchtower::adapters::tiles;
use watchtower_core::ports::tiles::TileAt;

use crate::support::{daemon, postgres};

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

/// An archive of one tile, rows counted from the south.
async fn mbtiles(path: &Path, format: &str, (zoom, column, row): (u8, u32, u32), tile: &[u8]) {
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
    sqlx::query("insert into tiles values (?, ?, ?, ?)")
        .bind(zoom)
        .bind(column)
        .bind(row)
        .bind(gzip(tile))
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
    mbtiles(&path, "pbf", (1, 0, 1), b"north-west").await;
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
    mbtiles(&path("pictures.mbtiles"), "png", (0, 0, 0), b"a picture").await;
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

/// A tile of the mainland of Lagos in the schema of OpenMapTiles, as PostGIS encodes it: a
/// street along the parallel of 6.6 degrees, a block of houses to the north of it.
const MADE_BY_POSTGIS: &str = "
    with street as (
        select 'primary' as class, 'Adeola Crescent' as name,
            ST_AsMVTGeom(
                ST_Transform(ST_SetSRID(ST_MakeLine(ST_MakePoint(3.30, 6.6), ST_MakePoint(3.40, 6.6)), 4326), 3857),
                ST_TileEnvelope(14, 8343, 7890), 4096, 64
            ) as geom
    ), houses as (
        select ST_AsMVTGeom(
            ST_Transform(ST_MakeEnvelope(3.326, 6.6005, 3.330, 6.6015, 4326), 3857),
            ST_TileEnvelope(14, 8343, 7890), 4096, 64
        ) as geom
    )
    select (select ST_AsMVT(street, 'transportation', 4096, 'geom') from street)
        || (select ST_AsMVT(street, 'transportation_name', 4096, 'geom') from street)
        || (select ST_AsMVT(houses, 'building', 4096, 'geom') from houses)";

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_shows_the_streets_of_a_tile_that_postgis_made() {
    let url = postgres::shared().await.database().await;
    let mut database = PgConnection::connect(&url).await.unwrap();
    let tile: Vec<u8> = sqlx::query_scalar(MADE_BY_POSTGIS).fetch_one(&mut database).await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let archive = dir.path().join("street.mbtiles");
    mbtiles(&archive, "pbf", (14, 8_343, (1 << 14) - 1 - 7_890), &tile).await;
    let shown = |format: &str, more: &[&std::ffi::OsStr]| {
        let arguments = [
            "snapshot",
            "--size",
            "100x30",
            "--view",
            "map",
            "--centre",
            "6.6,3.328",
            "--zoom",
            "15.3",
            "--format",
        ];
        let output = daemon::command(&dir).args(arguments).arg(format).args(more).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let tiles: [&std::ffi::OsStr; 2] = ["--tiles".as_ref(), archive.as_ref()];
    let (bare, text) = (shown("txt", &[]), shown("txt", &tiles));
    assert!(!bare.contains("Adeola Crescent") && !bare.contains("© us"), "{bare}");
    assert!(text.contains("Adeola Crescent") && text.contains("© us"), "{text}");
    // The map lies in a frame under the status line; the middle of what is left is row 14.
    let street = text.lines().position(|line| line.contains("Adeola Crescent")).unwrap();
    assert!((13..=16).contains(&street), "row {street}:\n{text}");
    let dots = |line: &str| line.chars().filter(|cell| ('\u{2801}'..='\u{28ff}').contains(cell)).count();
    assert!(dots(text.lines().nth(street).unwrap()) > 60, "{text}");
    // The ground of the default theme's buildings, of those alone.
    let built = |frame: &str| frame.matches("48;2;33;39;47").count();
    assert_eq!(built(&shown("ansi", &[])), 0);
    assert!(built(&shown("ansi", &tiles)) > 5);
}
