//! Every format as people have it: good files, bad lines, and files that are none.

use std::{io::Write, path::Path};

use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;
use watchtower_core::domain::{
    event::Event,
    id::{CorrelationId, VehicleKey},
    position::Source,
};

use super::*;

const TERMS: Terms = Terms { zone: chrono_tz::Africa::Lagos, max_ahead_s: 300.0 };

fn file(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn read(name: &str, bytes: &[u8]) -> Result<Vec<Line>, RecordingError> {
    let (_folder, path) = file(name, bytes);
    Ok(Recording::open(&path, TERMS, &Progress::default())?.rows.collect())
}

/// Rows as `vehicle time lon lat speed`, errors as `line: reason`.
fn told(name: &str, bytes: &[u8]) -> Vec<String> {
    let line = |line: Line| match line {
        Ok(row) => format!(
            "{} {} {} {} {}",
            row.vehicle,
            row.device_time,
            row.point.lon(),
            row.point.lat(),
            row.speed_kmh.map_or("-".into(), |speed| format!("{:.1}", speed.get()))
        ),
        Err(error) => format!("{}: {}", error.line, error.reason),
    };
    read(name, bytes).unwrap().into_iter().map(line).collect()
}

fn problem(name: &str, bytes: &[u8]) -> String {
    let (_folder, path) = file(name, bytes);
    let error = Recording::open(&path, TERMS, &Progress::default()).err().expect("it is no recording");
    error.to_string().replace(&path.display().to_string(), "FILE")
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

#[test]
fn bad_lines_of_a_csv_are_named_and_the_rest_is_read() {
    let told = told(
        "a.csv",
        b"vehicle,ts,lng,lat,speed_kmh,ignition,other\n\
          t 1,2026-01-01T00:00:00Z,3.4,6.5,40,1,x\n\
          t1,yesterday,3.4,6.5,,,\n\
          t1,2026-01-01T00:00:10Z,3.4,96.5,,,\n\
          t1,2026-01-01T00:00:20Z,0,0\n\
          t1,2026-01-01T00:00:30Z,3.4,NaN,,,\n\
          t1,1767225640,3.4,6.5,-3\n\
          ,1767225640,3.4,6.5\n\
          t1,01-01-2026 01:00:50,3.4,6.5\n",
    );
    assert_eq!(told[0], "t 1 2026-01-01T00:00:00.000Z 3.4 6.5 40.0");
    assert!(told[1].starts_with("3: ts: unreadable time \"yesterday\""), "{told:?}");
    assert_eq!(told[2], "4: latitude 96.5 is out of range ±90");
    assert_eq!(told[3], "5: lon and lat are both exactly 0");
    assert_eq!(told[4], "6: latitude is not a finite number");
    assert_eq!(told[5], "7: speed_kmh -3 is no speed");
    assert_eq!(told[6], "8: vehicle_id is missing");
    assert_eq!(told[7], "t1 2026-01-01T00:00:50.000Z 3.4 6.5 -", "without a zone it is the fleet's");
}

#[test]
fn a_csv_from_a_spreadsheet_is_read_too() {
    let told = told(
        "a.csv",
        b"\xef\xbb\xbfVehicle_ID,TS,Lon,Lat,note\r\n\
          \"Caf\xe9 1\",2026-01-01T00:00:00Z,3.4,6.5,latin-1\r\n\
          \"T,1\",2026-01-01T00:00:01Z,3.4,6.5,\"two\r\nlines\"\r\n\
          T\x002,2026-01-01T00:00:02Z,3.4,6.5,NUL\r\n",
    );
    assert_eq!(told[0], "2: vehicle_id is not UTF-8");
    assert_eq!(told[1], "T,1 2026-01-01T00:00:01.000Z 3.4 6.5 -");
    assert!(told[2].starts_with("5: vehicle_id: "), "{told:?}");
}

#[test]
fn what_a_column_holds_that_nobody_reads_costs_no_fix() {
    let told =
        told("a.csv", b"vehicle,ts,lon,lat,caf\xe9\nT1,2026-01-01T00:00:00Z,3.4,6.5,na\xefve \"so\"\n");
    assert_eq!(told, ["T1 2026-01-01T00:00:00.000Z 3.4 6.5 -"]);
}

#[test]
fn a_quote_that_is_never_closed_costs_its_line_and_no_other() {
    let good = |second: i64| format!("T1,{},3.4,6.5\n", 1_767_225_600 + second);
    let many: String = (2..40_000).map(good).collect();
    let text = format!("vehicle,ts,lon,lat\n{}T1,\"176722560,3.4,6.5\n{many}", good(0));
    let lines = read("a.csv", text.as_bytes()).unwrap();
    assert_eq!(lines.len(), 40_000);
    let errors: Vec<_> = lines.iter().filter_map(|line| line.as_ref().err()).collect();
    assert_eq!(errors.len(), 1);
    assert_eq!((errors[0].line, &*errors[0].reason), (3, "a quote is opened and not closed"));
    let times: Vec<_> =
        lines.iter().flatten().map(|row| row.device_time.millis() / 1000 - 1_767_225_600).collect();
    let expected: Vec<i64> = (0..40_000).filter(|second| *second != 1).collect();
    assert_eq!(times, expected, "every other line, once and in order");
    // Where the next quote stands in the way it is seen at once.
    let told = told(
        "a.csv",
        format!("vehicle,ts,lon,lat\n\"T1,1,1,1\n\"T\"\"2\" ,1767225600,\"3.4\",6.5\n{}", good(1)).as_bytes(),
    );
    assert_eq!(told[0], "2: text follows a closing quote");
    assert_eq!(told[1], "T\"2 2026-01-01T00:00:00.000Z 3.4 6.5 -");
    assert_eq!(told[2], "T1 2026-01-01T00:00:01.000Z 3.4 6.5 -");
}

/// UTF-16 with its mark.
fn utf_16(text: &str, unit: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
    std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(unit).collect()
}

#[test]
fn text_in_utf_16_or_with_a_mark_is_read_in_every_format() {
    let csv = "vehicle,ts,lon,lat\r\nÀ1,1767225600,3.4,6.5\r\nÀ1,x,3.4,6.5\r\n";
    let ndjson = "{\"vehicle\":\"À1\",\"ts\":1767225600,\"lon\":3.4,\"lat\":6.5}\n{\"vehicle\":1}\n";
    let gpx = "<?xml version='1.0' encoding='UTF-16'?>\n<gpx><trk><name>À1</name><trkseg>\
               <trkpt lon='3.4' lat='6.5'><time>2026-01-01T00:00:00Z</time></trkpt></trkseg></trk></gpx>";
    let many: String = csv
        .lines()
        .take(1)
        .chain((0..9_000).map(|_| "À1,1767225600,3.4,6.5"))
        .fold(String::new(), |text, line| text + line + "\n");
    for text in [csv, ndjson, gpx, &many] {
        let plain = told("a.txt", text.as_bytes());
        assert_eq!(plain[0], "À1 2026-01-01T00:00:00.000Z 3.4 6.5 -");
        assert_eq!(told("a.txt", &utf_16(text, u16::to_le_bytes)), plain);
        assert_eq!(told("a.txt", &utf_16(text, u16::to_be_bytes)[2..]), plain, "without its mark");
        assert_eq!(told("a.gz", &packed(&utf_16(text, u16::to_be_bytes))), plain);
        assert_eq!(told("a.txt", &[b"\xef\xbb\xbf", text.as_bytes()].concat()), plain);
    }
}

#[test]
fn a_gpx_is_read_in_the_encoding_it_declares_and_an_unknown_one_is_named() {
    let gpx = |encoding: &str, name: &[u8]| {
        let head = format!("<?xml version=\"1.0\" encoding=\"{encoding}\"?>\n<gpx><trk><name>");
        let rest = b"</name><trkseg><trkpt lat='6.5' lon='3.4'><time>2026-01-01T00:00:00Z</time></trkpt>\n\
                     <trkpt lat='6.5' lon='3.4'/></trkseg></trk></gpx>";
        [head.as_bytes(), name, rest].concat()
    };
    let row = "2026-01-01T00:00:00.000Z 3.4 6.5 -";
    for (encoding, name, expected) in [
        ("ISO-8859-1", &b"Caf\xe9 7"[..], "Café 7"),
        ("windows-1252", b"\x80 7", "€ 7"),
        ("Windows-1251", b"\xc1\xf3\xf1", "Бус"),
        ("Shift_JIS", b"\x83\x67\x83\x89", "トラ"),
        ("utf-16", "Café".as_bytes(), "Café"),
    ] {
        assert_eq!(
            told("a.gpx", &gpx(encoding, name)),
            [format!("{expected} {row}"), "3: time is missing".into()]
        );
    }
    let unknown = problem("a.gpx", &gpx("x-klingon", b"Q"));
    assert_eq!(unknown, "FILE: is written in x-klingon, which is not known; save it as UTF-8");
    assert!(problem("a.csv", b"\xff\xfe\0\0v\0\0\0").starts_with("FILE: is written in UTF-32, which"));
}

#[test]
fn lines_end_in_any_way_and_are_counted_alike() {
    let text = "vehicle,ts,lon,lat\nT1,1767225600,3.4,6.5\nT1,x,3.4,6.5\n\n\"T\n1\",x,3.4,6.5\nT1,1767225601,3.4,6.5\n";
    let with = |end: &str| told("a.csv", text.replace('\n', end).as_bytes());
    let expected = with("\n");
    assert!(expected[1].starts_with("3: ts") && expected[2].starts_with("5: "), "{expected:?}");
    assert_eq!(with("\r"), expected);
    assert_eq!(with("\r\n"), expected);
    let mut ends = ["\r", "\n", "\r\n"].into_iter().cycle();
    let mixed: String =
        text.split_inclusive('\n').map(|line| line.trim_end().to_owned() + ends.next().unwrap()).collect();
    assert_eq!(
        told("a.csv", mixed.as_bytes()),
        expected,
        "no CR of one line is followed by an LF of the next"
    );
    let gpx = "<gpx>\n<trk><name>a</name>\n<trkseg>\n<trkpt/></trkseg></trk></gpx>";
    for end in ["\n", "\r", "\r\n"] {
        assert_eq!(told("a.gpx", gpx.replace('\n', end).as_bytes()), ["4: lon is missing"]);
    }
    let ndjson = "{}\r{}\r\n{}\n";
    let lines: Vec<_> =
        read("a.ndjson", ndjson.as_bytes()).unwrap().into_iter().map(|line| line.unwrap_err().line).collect();
    assert_eq!(lines, [1, 2, 3]);
}

#[test]
fn what_divides_the_fields_is_told_by_the_header() {
    let expected = ["T1 2026-01-01T00:00:00.000Z 3.4 6.5 12.5", "3: ts is missing"];
    let csv = "vehicle,ts,lon,lat,speed_kmh\nT1,1767225600,3.4,6.5,12.5\nT1\n";
    for separator in [",", ";", "\t"] {
        assert_eq!(told("a.csv", csv.replace(',', separator).as_bytes()), expected);
        let quoted = "\"vehicle\",\"ts\",\"lon\",\"lat\",\"speed_kmh\"\n\"T1\",\"1767225600\",\"3.4\",\"6.5\",\"12.5\"\nT1\n";
        assert_eq!(told("a.csv", quoted.replace(',', separator).as_bytes()), expected);
    }
    assert_eq!(told("a.csv", b"vehicle;ts;lon;lat;speed_kmh\nT1;1767225600;3,4;6,5;12,5\nT1\n"), expected);
    // Where commas show all columns, what else is in a field stays there.
    assert_eq!(
        told("a.csv", b"vehicle,ts,lon,lat,a;b\nT;1,1767225600,3.4,6.5\n")[0].split(' ').next(),
        Some("T;1")
    );
    assert!(problem("a.csv", b"vehicle;ts;lon\n").ends_with("no column vehicle_id; found: vehicle;ts;lon"));
}

#[test]
fn files_put_together_are_read_each_by_its_own_header() {
    let told = told(
        "a.csv",
        b"vehicle,ts,lon,lat\nT1,1767225600,3.4,6.5\nvehicle,ts,lon,lat\nT1,1767225601,3.4,6.5\n\
          TS,Lat,Lon,Vehicle_Id\n1767225602,6.5,3.4,T1\nts,lat\n",
    );
    let row = |second: u32| format!("T1 2026-01-01T00:00:0{second}.000Z 3.4 6.5 -");
    assert_eq!(told, [row(0), row(1), row(2), "7: vehicle_id is missing".into()]);
}

#[test]
fn a_column_that_is_there_twice_is_an_error_and_of_two_names_the_first_counts() {
    let twice = problem("a.csv", b"vehicle,ts,lon,lat,LAT\n");
    assert_eq!(twice, "FILE: the column lat is there twice; found: vehicle, ts, lon, lat, LAT");
    let told = told("a.csv", b"vehicle,ts,lng,lon,lat,vehicle_id,x,x\nname,1767225600,9,3.4,6.5,T1,,\n");
    assert_eq!(told, ["T1 2026-01-01T00:00:00.000Z 3.4 6.5 -"]);
}

#[test]
fn a_gpx_of_elements_without_end_is_refused_in_bounded_memory() {
    let last = |text: String| {
        let error = read("a.gpx", text.as_bytes()).unwrap().pop().unwrap().unwrap_err();
        assert!(error.last);
        error.reason
    };
    let long = "x".repeat(5 << 20);
    for text in [
        format!("<gpx><trk><name>{long}</name></trk></gpx>"),
        format!("<gpx><trk><trkseg><trkpt lat='{long}'/></trkseg></trk></gpx>"),
        format!("<gpx><!-- {long} --></gpx>"),
    ] {
        assert_eq!(last(text), "an element is longer than 4194304 bytes");
    }
    assert_eq!(last(format!("<gpx>{}", "<a>".repeat(300))), "elements are nested deeper than 256");
}

#[test]
fn a_fix_ahead_of_its_receipt_is_none() {
    let told = told(
        "a.csv",
        b"vehicle,ts,lon,lat,received_at\n\
          t1,2026-01-01T00:10:00Z,3.4,6.5,2026-01-01T00:00:00Z\n\
          t1,2026-01-01T00:10:00Z,3.4,6.5,2026-01-01T00:05:00Z\n",
    );
    assert_eq!(told[0], "2: ts: 2026-01-01T00:10:00.000Z is 600 s ahead of its receipt");
    assert_eq!(told[1], "t1 2026-01-01T00:10:00.000Z 3.4 6.5 -");
}

#[test]
fn files_that_are_no_recordings_are_named_for_what_they_are() {
    assert!(problem("a.csv", b"vehicle,lon,lat\n").ends_with("no column ts; found: vehicle, lon, lat"));
    assert!(problem("a.csv", b"").starts_with("FILE: is empty; known are CSV, GPX, NDJSON"));
    assert!(problem("a.csv", b" \n\n").starts_with("FILE: holds nothing but white space"));
    assert!(problem("a.bin", b"\x7fELF\x02\x01\x01\x00\x00").starts_with("FILE: is binary"));
    assert!(problem("a.bin", b"\x02\xff\xfe1,2\n").starts_with("FILE: is binary"));
    assert!(
        problem("a.xml", b"<?xml version='1.0'?><kml/>").starts_with("FILE: is XML, but its root is <kml>")
    );
    assert!(problem("a.html", b"<!DOCTYPE html><html><body>").contains("its root is <html>, not <gpx>"));
    assert!(
        problem("a.csv", b"\"vehicle,ts\n").starts_with("FILE: header: a quote is opened and not closed")
    );
    assert!(problem("a.pb", b"\x12\xff").contains("broken GTFS-realtime"));
    assert!(problem("a.json", b"[{}]").starts_with("FILE: is a JSON list; write one object a line"));
    let missing = Recording::open(Path::new("/no/such.csv"), TERMS, &Progress::default()).err().unwrap();
    assert!(missing.to_string().starts_with("cannot read /no/such.csv: "), "{missing}");
    let folder = Recording::open(Path::new("/"), TERMS, &Progress::default()).err().unwrap();
    assert!(matches!(folder, RecordingError::Unreadable { .. }), "{folder}");
}

#[test]
fn gzip_is_told_by_its_bytes_and_a_cut_off_file_is_an_error_not_an_end() {
    let mut text = b"vehicle_id,ts,lon,lat\n".to_vec();
    for second in 0..5_000 {
        writeln!(text, "t{second},{},3.{second},6.5", 1_767_225_600 + second * 7).unwrap();
    }
    let packed = packed(&text);
    assert_eq!(read("a.csv", &packed).unwrap().len(), 5_000);
    let cut = read("a.csv", &packed[..packed.len() / 2]).unwrap();
    let end = cut.last().unwrap().as_ref().unwrap_err();
    assert!(end.last && cut.len() < 5_000, "{end}");
    assert_eq!(end.line as usize, cut.len() + 1, "the line after the last one read");
    // Two packed files one after the other are one.
    let twice = [packed.clone(), self::packed(b"t1,1767225600,3.4,6.5\n")].concat();
    assert_eq!(read("a.csv", &twice).unwrap().len(), 5_001);
}

#[test]
fn gpx_names_the_vehicle_by_its_track_or_its_file() {
    let gpx = br#"<?xml version="1.0"?>
<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1" xmlns:x="urn:x">
 <metadata><name>A day</name><time>2026-01-01T00:00:00Z</time></metadata>
 <wpt lat="1" lon="2"><name>no track point</name></wpt>
 <trk><name>T1 &amp; co</name><trkseg>
  <trkpt lat="6.5" lon="3.4"><ele>12</ele><time>2026-01-01T00:00:00Z</time></trkpt>
  <trkpt lat="6.6" lon="3.4"><time>2026-01-01T00:01:00+01:00</time>
   <extensions><x:TrackPointExtension><x:speed>10</x:speed><x:course>90</x:course></x:TrackPointExtension></extensions></trkpt>
  <trkpt lat="6.7" lon="3.4"/>
  <trkpt lat="x" lon="3.4"><time>2026-01-01T00:01:00Z</time></trkpt>
 </trkseg></trk>
 <trk><trkseg><trkpt lat="6.5" lon="3.4"><time>2026-01-01T00:00:00Z</time></trkpt></trkseg></trk>
</gpx>"#;
    let expected = [
        "T1 & co 2026-01-01T00:00:00.000Z 3.4 6.5 -",
        "T1 & co 2025-12-31T23:01:00.000Z 3.4 6.6 36.0",
        "9: time is missing",
        "10: lat \"x\" is no number",
        "van 7 2026-01-01T00:00:00.000Z 3.4 6.5 -",
    ];
    assert_eq!(told("van 7.gpx", gpx), expected);
    assert_eq!(told("van 7.gpx.gz", &packed(gpx)), expected);
    assert_eq!(told("van 7.GPX", gpx), expected);
    assert_eq!(told("a.gpx", b"<gpx/>"), Vec::<String>::new());
    let last = |bytes: &[u8]| read("a.gpx", bytes).unwrap().pop().unwrap().unwrap_err();
    let cut = last(&gpx[..gpx.len() - 6]);
    assert_eq!((cut.line, &*cut.reason, cut.last), (13, "the file ends inside <gpx>", true));
    let broken = last(b"<gpx><trk><trkseg><trkpt lat='1' lon='2'></trk></gpx>");
    assert!(broken.last && broken.line == 1, "{broken}");
}

#[test]
fn ndjson_takes_positions_and_the_events_of_the_log() {
    let vehicle = VehicleKey::new("T9").unwrap();
    let row = Row {
        vehicle: vehicle.clone(),
        device_time: Timestamp::from_millis(1_767_225_600_000),
        received_at: None,
        point: LonLat::new(3.4, 6.5).unwrap(),
        speed_kmh: None,
        heading: None,
        ignition: None,
    };
    let position = row.position(Source::event("x"), row.device_time);
    let event = Event::position(&vehicle, position, CorrelationId(uuid::Uuid::nil()));
    let text = format!(
        "{{\"vehicle_id\":\"t 1\",\"ts\":1767225600,\"lat\":6.5,\"lng\":3.4,\"speed_kmh\":12}}\n\n\
         {{\"vehicle\":\"T1\",\"ts\":\"2026-01-01T00:00:00Z\",\"lat\":6.5}}\n\
         {{\"vehicle\":\"T1\",\n{}\n\
         {{\"vehicle\":\"T1\",\"ts\":1767225600,\"lat\":6.5,\"lon\":3.4,\"received_at\":\"2025-12-31T23:50:00Z\"}}\n\
         {{\"vehicle\":\"T1\",\"ts\":1767225600,\"lat\":6.5,\"lon\":3.4,\"received_at\":1767225601000}}\n",
        event.to_json()
    );
    let told = told("a.ndjson", text.as_bytes());
    assert_eq!(told[0], "t 1 2026-01-01T00:00:00.000Z 3.4 6.5 12.0", "named as it is written");
    assert_eq!(told[1], "3: lon: missing");
    assert!(told[2].starts_with("4: line is not JSON"), "{told:?}");
    assert_eq!(told[3], "T9 2026-01-01T00:00:00.000Z 3.4 6.5 -");
    assert_eq!(told[4], "6: ts: 2026-01-01T00:00:00.000Z is 600 s ahead of its receipt");
    assert_eq!(told[5], "T1 2026-01-01T00:00:00.000Z 3.4 6.5 -");
}

fn row(vehicle: &str, second: i64, lon: f64) -> Row {
    Row {
        vehicle: VehicleKey::as_written(vehicle).unwrap(),
        device_time: Timestamp::from_millis(1_767_225_600_000 + second * 1000),
        received_at: Some(Timestamp::from_millis(1_767_225_700_000)),
        point: LonLat::new(lon, 6.5).unwrap(),
        speed_kmh: Some(Kmh(lon)),
        heading: Heading::new(lon),
        ignition: None,
    }
}

#[test]
fn files_are_merged_by_time_and_each_keeps_its_order() {
    let source =
        |rows: Vec<Row>| -> Box<dyn Iterator<Item = Line> + Send> { Box::new(rows.into_iter().map(Ok)) };
    let first = source(vec![row("a", 1, 0.1), row("a", 5, 0.2), row("a", 3, 0.3)]);
    let second = source(vec![row("b", 2, 1.1), row("b", 5, 1.2), row("b", 6, 1.3)]);
    let merged: Vec<_> = Merged::new(vec![first, second]).map(|line| line.unwrap().point.lon()).collect();
    assert_eq!(merged, [0.1, 1.1, 0.2, 0.3, 1.2, 1.3]);
}

proptest! {
    #[test]
    fn sorting_on_the_disk_is_sorting_in_memory(
        seconds in prop::collection::vec(0_i64..50, 0..400), budget in 0_usize..20_000,
    ) {
        let rows: Vec<_> = seconds.iter().enumerate().map(|(place, second)| row(["a", "B"][place % 2], *second, place as f64 / 10.0)).collect();
        let lines = rows.clone().into_iter().map(Ok);
        let sorted = Sorted::new::<SortError>(lines, budget, |_| Ok(())).unwrap();
        let sorted: Vec<_> = sorted.map(Result::unwrap).collect();
        let mut expected = rows;
        expected.sort_by_key(|row| row.device_time);
        prop_assert_eq!(sorted, expected);
    }

    #[test]
    fn no_file_whatever_makes_a_reader_panic(
        start in prop_oneof![
            Just(&b""[..]), Just(&b"vehicle,ts,lon,lat\n"[..]), Just(&b"<gpx><trk><trkseg><trkpt lat='1' lon='2'>"[..]),
            Just(&b"{\"vehicle\":"[..]), Just(&b"\x0a\x0b\x0a\x031.0\x18\x05\x12\x05"[..]), Just(&b"\x1f\x8b\x08\x00"[..]),
        ],
        rest in prop::collection::vec(prop_oneof![any::<u8>(), Just(b'\n'), Just(b','), Just(b'<'), Just(b'"')], 0..300),
    ) {
        let bytes = [start, &rest].concat();
        if let Ok(lines) = read("a", &bytes) {
            prop_assert!(lines.len() <= bytes.len() + 1);
        }
    }
}
