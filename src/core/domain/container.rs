//! Container numbers as ISO 6346 has them: owner, category, serial, check digit.

use std::fmt;

use serde::Serialize;

/// A number whose check digit is right: `TCNU3877560`.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(transparent)]
pub struct ContainerNumber(String);

/// Why a text is no container number.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ContainerError {
    /// Not three letters, U, J or Z, and seven digits.
    #[error("{0:?} is not three letters, U, J or Z, and seven digits")]
    Shape(String),
    /// A digit is wrong somewhere.
    #[error("{number} should end with {expected}: a character is wrong or two have changed places")]
    CheckDigit {
        /// The number.
        number: String,
        /// The check digit of its first ten characters.
        expected: u32,
    },
}

impl ContainerNumber {
    /// Reads a number as people write it, with spaces or hyphens, in either case.
    ///
    /// # Errors
    ///
    /// When it has another shape, or its check digit is wrong.
    pub fn new(text: &str) -> Result<Self, ContainerError> {
        let number: String =
            text.chars().filter(|c| !c.is_whitespace() && *c != '-').flat_map(char::to_uppercase).collect();
        let shape = || ContainerError::Shape(text.chars().take(32).collect());
        let (body, last) = number.split_at_checked(10).ok_or_else(shape)?;
        let is_body = body.bytes().enumerate().all(|(place, byte)| match place {
            0..3 => byte.is_ascii_uppercase(),
            3 => matches!(byte, b'U' | b'J' | b'Z'),
            _ => byte.is_ascii_digit(),
        });
        let (true, [last @ b'0'..=b'9']) = (is_body, last.as_bytes()) else { return Err(shape()) };
        match check_digit(body) {
            Some(expected) if expected == u32::from(last - b'0') => Ok(Self(number)),
            Some(expected) => Err(ContainerError::CheckDigit { number, expected }),
            None => Err(shape()),
        }
    }

    /// The number, eleven characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ContainerNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The check digit of letters and digits: each character's value times 2 to its
/// position, the sum modulo 11, and 10 written 0. Letters count from 10 on, leaving out
/// the multiples of 11. `None` for other characters.
pub fn check_digit(body: &str) -> Option<u32> {
    let value = |character: char| match character.to_digit(36)? {
        digit @ 0..=10 => Some(digit),
        letter @ 11..=20 => Some(letter + 1),
        letter @ 21..=30 => Some(letter + 2),
        letter => Some(letter + 3),
    };
    let sum = body
        .chars()
        .zip(0..20)
        .try_fold(0, |sum, (character, position)| Some(sum + (value(character)? << position)));
    sum.map(|sum: u32| sum % 11 % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_numbers_are_read_as_people_write_them() {
        // The standard's own example, and one of the field.
        for text in ["CSQU3054383", "tcnu 387756-0"] {
            assert_eq!(ContainerNumber::new(text).unwrap().as_str().len(), 11);
        }
        let error = ContainerNumber::new("CSQU3054838").unwrap_err().to_string();
        assert!(error.starts_with("CSQU3054838 should end with "), "{error}");
        for text in ["", "CSQX3054383", "CSQU305438", "CSQU30543833", "ÉSQU3054383", "CSQU305438A"] {
            assert!(matches!(ContainerNumber::new(text), Err(ContainerError::Shape(_))), "{text}");
        }
    }
}
