//! How crowded Lagos is, by the hour and by the place.

use watchtower_core::domain::geo::LonLat;

/// Lagos is one hour ahead of UTC the year round.
pub(super) const LAGOS_OFFSET_S: i64 = 3_600;

/// Load of the city's roads on the hour, local time: both rush hours, and the
/// evening's is the worse.
const LOAD: [f64; 24] = [
    0.08, 0.05, 0.05, 0.08, 0.20, 0.45, 0.75, 0.92, 0.90, 0.72, 0.58, 0.52, 0.52, 0.55, 0.60, 0.70, 0.82,
    0.95, 1.00, 0.92, 0.70, 0.45, 0.25, 0.14,
];

/// Local hour of the day with its fraction.
pub(super) fn local_hour(second: i64) -> f64 {
    (second + LAGOS_OFFSET_S).rem_euclid(86_400) as f64 / 3_600.0
}

/// The load at a moment, 0 to 1.
pub(super) fn load(second: i64) -> f64 {
    let hour = local_hour(second);
    let (whole, part) = (hour as usize % 24, hour.fract());
    LOAD[whole] * (1.0 - part) + LOAD[(whole + 1) % 24] * part
}

/// How much of that load is felt at a place: 1 in the city, 0.1 far out.
pub(super) fn urban(point: LonLat) -> f64 {
    // Between Mile 2, Ikeja and the islands; in degrees.
    let from_centre = ((point.lon() - 3.37) / 0.11).hypot((point.lat() - 6.53) / 0.12);
    (1.7 - from_centre * 0.7).clamp(0.1, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_evening_rush_is_local() {
        let midnight_utc = 1_700_006_400 / 86_400 * 86_400;
        assert_eq!(local_hour(midnight_utc), 1.0);
        assert_eq!(load(midnight_utc + 17 * 3_600), 1.0);
        assert!(load(midnight_utc + 2 * 3_600) < 0.1);
    }
}
