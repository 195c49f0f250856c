//! Numbers as people write them, with their units.

use std::fmt;

use super::table::Figure;

/// What a number counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    /// Whatever the field counts.
    Own,
    /// Miles an hour.
    Mph,
    /// Knots.
    Knots,
    /// Metres a second.
    MetresPerSecond,
    /// Seconds.
    Seconds,
    /// Minutes.
    Minutes,
    /// Hours.
    Hours,
    /// Days of 24 hours.
    Days,
}

const SPEEDS: &[(&str, Unit)] = &[
    ("km/h", Unit::Own),
    ("kmh", Unit::Own),
    ("kph", Unit::Own),
    ("mph", Unit::Mph),
    ("kn", Unit::Knots),
    ("m/s", Unit::MetresPerSecond),
];
const DURATIONS: &[(&str, Unit)] = &[
    ("s", Unit::Seconds),
    ("sec", Unit::Seconds),
    ("m", Unit::Minutes),
    ("min", Unit::Minutes),
    ("h", Unit::Hours),
    ("d", Unit::Days),
];
const DEGREES: &[(&str, Unit)] = &[("°", Unit::Own), ("deg", Unit::Own)];

/// More digits than this a 64-bit float cannot tell apart.
const MOST_DIGITS: usize = 15;
/// Digits behind the point; of a degree, a tenth of a metre.
const MOST_DECIMALS: usize = 6;

/// A number with its unit, exactly as written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Quantity {
    pub(super) digits: i64,
    pub(super) decimals: u8,
    pub(super) unit: Unit,
}

/// Why a text is no quantity of a field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Unusable {
    /// No number.
    NoNumber,
    /// A number, and a unit the field does not have.
    Unit,
    /// A number without the unit it needs.
    NoUnit,
}

impl Unit {
    /// How many of the field's own unit one is.
    const fn factor(self) -> f64 {
        match self {
            Self::Own | Self::Seconds => 1.0,
            Self::Mph => 1.609_344,
            Self::Knots => 1.852,
            Self::MetresPerSecond => 3.6,
            Self::Minutes => 60.0,
            Self::Hours => 3_600.0,
            Self::Days => 86_400.0,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Own => "",
            Self::Mph => "mph",
            Self::Knots => "kn",
            Self::MetresPerSecond => "m/s",
            Self::Seconds => "s",
            Self::Minutes => "m",
            Self::Hours => "h",
            Self::Days => "d",
        }
    }

    /// The unit of that name for a field.
    pub(super) fn named(name: &str, field: Figure) -> Option<Self> {
        let units = field.units();
        units.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, unit)| *unit)
    }
}

impl Figure {
    fn units(self) -> &'static [(&'static str, Unit)] {
        match self {
            Self::Speed => SPEEDS,
            Self::Age | Self::Since | Self::For(_) => DURATIONS,
            Self::Heading | Self::Lat | Self::Lon => DEGREES,
            Self::Alerts => &[],
        }
    }

    /// Whether a number alone says nothing.
    pub(super) const fn needs_unit(self) -> bool {
        matches!(self, Self::Age | Self::Since | Self::For(_))
    }

    /// What is expected of a value, in words.
    pub(super) const fn wanted(self) -> &'static str {
        match self {
            Self::Speed => "a speed such as 60, 60km/h, 40mph",
            Self::Age | Self::Since | Self::For(_) => "a duration such as 30s, 10m, 2h, 1d",
            Self::Heading | Self::Lat | Self::Lon => "degrees such as 90 or 6.45",
            Self::Alerts => "a count such as 1",
        }
    }
}

impl Quantity {
    /// Reads one; the unit may be missing and follow as `unit`.
    pub(super) fn read(text: &str, unit: Option<Unit>, field: Figure) -> Result<Self, Unusable> {
        let (sign, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text),
        };
        let end = unsigned.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(unsigned.len());
        let (number, suffix) = unsigned.split_at(end);
        let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
        let digits = whole.len() + decimals.len();
        if digits == 0 || digits > MOST_DIGITS || decimals.len() > MOST_DECIMALS || decimals.contains('.') {
            return Err(Unusable::NoNumber);
        }
        let digits: i64 = format!("{whole}{decimals}").parse().map_err(|_| Unusable::NoNumber)?;
        let unit = match (suffix, unit) {
            ("", Some(unit)) => unit,
            ("", None) if field.needs_unit() => return Err(Unusable::NoUnit),
            ("", None) => Unit::Own,
            (suffix, _) => Unit::named(suffix, field).ok_or(Unusable::Unit)?,
        };
        Ok(Self { digits: sign * digits, decimals: decimals.len() as u8, unit })
    }

    /// It in the field's own unit.
    pub fn value(&self) -> f64 {
        self.digits as f64 * self.last_digit()
    }

    /// Whether a figure, written with as many digits, is this.
    pub fn equals(&self, figure: f64) -> bool {
        (figure - self.value()).abs() <= self.last_digit() / 2.0
    }

    /// What one of its last digit is worth.
    fn last_digit(&self) -> f64 {
        self.unit.factor() / 10_f64.powi(i32::from(self.decimals))
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.digits < 0 { "-" } else { "" };
        let scale = 10_u64.pow(u32::from(self.decimals));
        let digits = self.digits.unsigned_abs();
        write!(f, "{sign}{}", digits / scale)?;
        if self.decimals > 0 {
            write!(f, ".{:0width$}", digits % scale, width = usize::from(self.decimals))?;
        }
        f.write_str(self.unit.name())
    }
}
