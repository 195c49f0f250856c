//! The webhook signature: HMAC-SHA256 of the raw body, or of
//! `timestamp + "." + body` where a timestamp header is configured.
//!
//! Hex or base64, with or without `sha256=`. Compared in constant time, against
//! every secret: two at once let a sender rotate.

use std::time::Duration;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq as _};
use watchtower_core::domain::time::Timestamp;

/// How far a signed timestamp may be from now, either way.
pub const TOLERANCE: Duration = Duration::from_secs(300);
/// Bytes of a SHA-256.
const DIGEST: usize = 32;

/// What the signature covers.
#[derive(Clone, Copy, Debug)]
pub enum Covers<'a> {
    /// The body alone.
    Body,
    /// The timestamp header (when it came) and the body.
    Timestamped {
        /// The header's value.
        timestamp: Option<&'a str>,
        /// The wall clock.
        now: Timestamp,
    },
}

/// Why a request is not believed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SignatureError {
    /// No signature came.
    #[error("signature is missing")]
    Missing,
    /// The header holds no SHA-256 in hex or base64.
    #[error("signature is neither hex nor base64 of a SHA-256")]
    Unreadable,
    /// No timestamp came, or none that is a time.
    #[error("signature timestamp is missing or unreadable")]
    Timestamp,
    /// The timestamp is too far from now.
    #[error("signature timestamp is more than 5 minutes off")]
    Expired,
    /// Signed with another secret, or another body.
    #[error("signature does not match")]
    Mismatch,
}

/// Checks what came against every secret.
pub fn verify(
    secrets: &[SecretString],
    signature: Option<&str>,
    covers: Covers<'_>,
    body: &[u8],
) -> Result<(), SignatureError> {
    let claimed = read(signature.ok_or(SignatureError::Missing)?).ok_or(SignatureError::Unreadable)?;
    let prefix = match covers {
        Covers::Body => None,
        Covers::Timestamped { timestamp, now } => Some(fresh(timestamp, now)?),
    };
    let matches = secrets
        .iter()
        .fold(Choice::from(0), |any, secret| any | digest(secret, prefix, body).ct_eq(&claimed));
    if matches.into() { Ok(()) } else { Err(SignatureError::Mismatch) }
}

/// The signature of a body in hex, as a sender computes it.
pub fn sign(secret: &SecretString, timestamp: Option<&str>, body: &[u8]) -> String {
    hex::encode(digest(secret, timestamp, body))
}

fn digest(secret: &SecretString, timestamp: Option<&str>, body: &[u8]) -> [u8; DIGEST] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
        .expect("HMAC takes keys of any length");
    if let Some(timestamp) = timestamp {
        mac.update(timestamp.as_bytes());
        mac.update(b".");
    }
    mac.update(body);
    mac.finalize().into_bytes().into()
}

fn fresh(timestamp: Option<&str>, now: Timestamp) -> Result<&str, SignatureError> {
    let text = timestamp.ok_or(SignatureError::Timestamp)?;
    let at = Timestamp::parse(text, chrono_tz::UTC).map_err(|_| SignatureError::Timestamp)?;
    if now.seconds_since(at).abs() > TOLERANCE.as_secs_f64() {
        return Err(SignatureError::Expired);
    }
    Ok(text)
}

/// Base64 in either alphabet, padded or not.
fn read(signature: &str) -> Option<[u8; DIGEST]> {
    let text = signature.trim();
    let text = text.strip_prefix("sha256=").unwrap_or(text);
    let mut bytes = [0; DIGEST];
    // 64 characters of hex would be base64 too, of 48 bytes.
    if hex::decode_to_slice(text, &mut bytes).is_ok() {
        return Some(bytes);
    }
    let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    [alphabet::STANDARD, alphabet::URL_SAFE]
        .iter()
        .find_map(|alphabet| GeneralPurpose::new(alphabet, lenient).decode(text).ok())
        .and_then(|decoded| decoded.try_into().ok())
}

#[cfg(test)]
mod tests;
