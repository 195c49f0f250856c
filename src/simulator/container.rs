//! Container numbers with the check digit of ISO 6346.

use super::chance::Chance;

/// Owner codes nobody's containers in Lagos are known by.
const OWNERS: [&str; 4] = ["LAGU", "EKOU", "WTXU", "QQAU"];

/// A container number: owner and category, serial, check digit.
pub(super) fn number(chance: &mut Chance) -> String {
    let owner = OWNERS[chance.index(OWNERS.len())];
    let body = format!("{owner}{:06}", chance.seconds(100_000, 999_999));
    let digit = check_digit(&body);
    format!("{body}{digit}")
}

/// The check digit of four letters and six digits: each character's value times
/// 2 to its position, the sum modulo 11, and 10 written 0. Letters count from 10
/// on, leaving out the multiples of 11.
fn check_digit(body: &str) -> u32 {
    let value = |character: char| match character.to_digit(36).expect("letters and digits only") {
        digit @ 0..=10 => digit,
        letter @ 11..=20 => letter + 1,
        letter @ 21..=30 => letter + 2,
        letter => letter + 3,
    };
    let sum: u32 = body.chars().zip(0..).map(|(character, position)| value(character) << position).sum();
    sum % 11 % 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_numbers_check() {
        // The standard's own example, and one of the field.
        assert_eq!(check_digit("CSQU305438"), 3);
        assert_eq!(check_digit("TCNU387756"), 0);
    }
}
