//! A recording to try things on: hours of the demo's simulated fleet as CSV, and its
//! geofences beside it.
//!
//! ```sh
//! cargo run --release --example recording -- day.csv yards.geojson
//! watchtower watch --replay day.csv --geofences yards.geojson
//! ```

use std::{
    fs::File,
    io::{BufWriter, Write},
    time::Duration,
};

use chrono_tz::Africa::Lagos;
use geojson::{Feature, FeatureCollection};
use uuid::Uuid;
use watchtower::{
    ingest::{self, Aliases, Context, Format, Judgement, Limits, Names, Request},
    simulator::{Simulator, SimulatorOptions},
};
use watchtower_core::domain::{event::EventData, id::CorrelationId, position::Source, time::Timestamp};

/// The demo's fleet.
const SEED: u64 = 84;
/// When the recording ends; any day would do, but it must be the same tomorrow.
const END: &str = "2026-03-04T17:00:00Z";
const LENGTH: Duration = Duration::from_secs(12 * 3_600);

fn main() -> anyhow::Result<()> {
    let mut names = std::env::args().skip(1);
    let (Some(fixes), Some(fences)) = (names.next(), names.next()) else {
        anyhow::bail!("name two files: one for the fixes, CSV, and one for the geofences, GeoJSON");
    };
    let end = Timestamp::parse(END, Lagos)?;
    let options = SimulatorOptions { history: LENGTH, ..SimulatorOptions::new(SEED, end) };
    let mut simulator = Simulator::new(&options);
    record(&mut simulator, end, BufWriter::new(File::create(fixes)?))?;
    let features: FeatureCollection = simulator.geofences().iter().cloned().map(Feature::from).collect();
    serde_json::to_writer(File::create(fences)?, &features)?;
    Ok(())
}

/// Writes what the simulated trackers push until `end`, as the receiver reads it.
fn record(simulator: &mut Simulator, end: Timestamp, mut out: impl Write) -> anyhow::Result<()> {
    writeln!(out, "vehicle_id,ts,lon,lat,speed_kmh,heading_deg,ignition")?;
    while let Some(push) = simulator.next().filter(|push| push.at <= end) {
        let context = Context {
            source: Source::event("simulator"),
            now: push.at,
            zone: Lagos,
            limits: Limits::default(),
            aliases: Aliases::default(),
            names: Names::Numbers,
        };
        let request = Request { body: push.body.as_bytes(), ..Request::default() };
        // Some simulated trackers send nonsense, which a receiver refuses.
        for element in ingest::decode(Format::LocoNav, &request, &context).unwrap_or_default() {
            let Judgement::Inputs(inputs) = element.judgement else { continue };
            for input in inputs {
                let event = input.into_event(CorrelationId(Uuid::nil()), push.at);
                let EventData::PositionUpdated(fix) = &event.data else { continue };
                let optional = |value: Option<String>| value.unwrap_or_default();
                writeln!(
                    out,
                    "{},{},{},{},{},{},{}",
                    event.key,
                    fix.device_time,
                    fix.point.lon(),
                    fix.point.lat(),
                    optional(fix.speed_kmh.map(|speed| speed.0.to_string())),
                    optional(fix.heading.map(|heading| heading.degrees().to_string())),
                    optional(fix.ignition.map(|on| on.to_string())),
                )?;
            }
        }
    }
    Ok(out.flush()?)
}
