//! Container numbers of owners that do not exist.

use watchtower_core::domain::container::check_digit;

use super::chance::Chance;

/// Owner codes nobody's containers in Lagos are known by.
const OWNERS: [&str; 4] = ["LAGU", "EKOU", "WTXU", "QQAU"];

/// A container number: owner and category, serial, check digit.
pub(super) fn number(chance: &mut Chance) -> String {
    let owner = OWNERS[chance.index(OWNERS.len())];
    let body = format!("{owner}{:06}", chance.seconds(100_000, 999_999));
    let digit = check_digit(&body).expect("letters and digits only");
    format!("{body}{digit}")
}
