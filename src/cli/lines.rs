//! Lines on standard output, for people and pipes.

use std::io::{self, ErrorKind, Write};

use watchtower_core::domain::event::{Event, EventData};

/// Standard output, line by line. A reader that went away is a normal end.
pub(super) struct Lines {
    out: io::Stdout,
}

impl Lines {
    pub(super) fn stdout() -> Self {
        Self { out: io::stdout() }
    }

    /// Prints a line; `false` when nobody reads any more.
    pub(super) fn print(&mut self, line: &str) -> io::Result<bool> {
        match writeln!(self.out, "{line}").and_then(|()| self.out.flush()) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// An event as one line for people, in the zone's time.
pub(super) fn describe(event: &Event, zone: chrono_tz::Tz) -> String {
    let at = event.ts.to_utc().with_timezone(&zone).format("%Y-%m-%d %H:%M:%S");
    let what = match &event.data {
        EventData::PositionUpdated(position) => {
            let speed =
                position.speed_kmh.map_or_else(String::new, |speed| format!(" {:.0} km/h", speed.get()));
            format!("{:.5} {:.5}{speed}", position.point.lat(), position.point.lon())
        }
        EventData::GeofenceEntered(moment) | EventData::VisitConfirmed(moment) => moment.name.clone(),
        EventData::GeofenceExited(visit) | EventData::GeofenceCrossed(visit) => visit.name.clone(),
        EventData::TruckStatusChanged(change) => change.to.name().to_owned(),
        EventData::AlertTriggered(alert)
        | EventData::AlertResolved(alert)
        | EventData::AlertReported(alert) => {
            format!("{} ({})", alert.kind, alert.severity.name())
        }
        EventData::AlertEscalated(escalation) => {
            format!("{} ({})", escalation.kind, escalation.to.name())
        }
        EventData::PositionFlagged(flagged) => flagged.reason.clone(),
        EventData::TripStatusChanged(change) => change.word().to_owned(),
        EventData::TripCreated(trip) => trip.readable_id.clone(),
        EventData::StopStarted(stop) | EventData::StopEnded(stop) => {
            format!("{:.5} {:.5}", stop.point.lat(), stop.point.lon())
        }
        EventData::DriveEnded(drive) => {
            format!("{:.1} km since {}", drive.distance_m.get() / 1000.0, drive.start)
        }
        EventData::ErrorOccurred(failure) => format!("{}: {}", failure.component, failure.message),
        EventData::SyncCompleted(report) => {
            format!("{} {} read, {} changed", report.source, report.read, report.changed)
        }
        EventData::HistoryRevised(revision) => revision.day.to_string(),
        EventData::WebhookReceived(request) => format!("{} {}", request.source, request.path),
        EventData::GeofenceUpdated(fence) => fence.name.clone(),
        EventData::AlertAcknowledged(_)
        | EventData::Tick(_)
        | EventData::TruckUpdated(_)
        | EventData::DriverUpdated(_)
        | EventData::OrganizationUpdated(_)
        | EventData::GeofenceRemoved(_) => String::new(),
        EventData::CommandIssued(command) => format!("{} by {}", command.name(), command.by()),
    };
    format!("{at}  {:<12} {:<26} {what}", event.key, event.data.type_name()).trim_end().to_owned()
}
