//! Identities. A vehicle's key orders everything that happens to it; every
//! derived id is computed from what it identifies, so that hearing a thing
//! twice yields one id.

use std::{borrow::Borrow, fmt, sync::Arc};

use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};
use uuid::Uuid;

use super::time::Timestamp;

/// Namespace of all derived ids: UUIDv5 of the product's name in the DNS space.
const NAMESPACE: Uuid = Uuid::from_u128(0x6b1d_5c1e_8f0a_5d53_9a57_4c6f_7a3e_0d11);

/// The key of a vehicle: its number, upper-cased, without white space.
///
/// This is the ordering key of the event log and the identity a truck has
/// before any master data knows it. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VehicleKey(Arc<str>);

/// Why a text cannot be a [`VehicleKey`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VehicleKeyError {
    /// Nothing is left once white space is removed.
    #[error("vehicle number is empty")]
    Empty,
    /// Longer than [`VehicleKey::MAX_BYTES`].
    #[error("vehicle number is {bytes} bytes long, the limit is {limit}", limit = VehicleKey::MAX_BYTES)]
    TooLong {
        /// The length found.
        bytes: usize,
    },
    /// A control character, which no plate or IMEI has.
    #[error("vehicle number contains a control character")]
    Control,
}

impl VehicleKey {
    /// Longest key accepted, in bytes of UTF-8.
    pub const MAX_BYTES: usize = 128;

    /// Normalises a vehicle's number as people and devices write it.
    pub fn new(text: &str) -> Result<Self, VehicleKeyError> {
        Self::checked(text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect())
    }

    /// The key of a vehicle whose name is nobody's number: that of a recording, which
    /// may tell `a1` from `A1`, and is printed as it was written.
    pub fn as_written(text: &str) -> Result<Self, VehicleKeyError> {
        Self::checked(text.trim().to_owned())
    }

    fn checked(key: String) -> Result<Self, VehicleKeyError> {
        if key.is_empty() {
            return Err(VehicleKeyError::Empty);
        }
        if key.len() > Self::MAX_BYTES {
            return Err(VehicleKeyError::TooLong { bytes: key.len() });
        }
        if key.chars().any(char::is_control) {
            return Err(VehicleKeyError::Control);
        }
        Ok(Self(key.into()))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for VehicleKey {
    type Error = VehicleKeyError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(&text)
    }
}

impl From<VehicleKey> for String {
    fn from(key: VehicleKey) -> Self {
        key.0.as_ref().to_owned()
    }
}

impl Borrow<str> for VehicleKey {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for VehicleKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for VehicleKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VehicleKey({})", self.0)
    }
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

uuid_id!(
    /// Identity of one event.
    EventId
);
uuid_id!(
    /// Ties a request to everything it caused.
    CorrelationId
);
uuid_id!(
    /// Identity of one alert episode, the same from its trigger to its end.
    AlertId
);
uuid_id!(
    /// Identity of one planned trip.
    TripId
);
uuid_id!(
    /// Identity of a driver.
    DriverId
);
uuid_id!(
    /// Identity of an organization: a client or a transporter.
    OrganizationId
);

/// Identity of a geofence: the `id` of its GeoJSON feature.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FenceId(pub Arc<str>);

impl FenceId {
    /// Wraps an id as it stands.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The id's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What an id is derived from. Never the source, the time of detection or the
/// host, so that hearing a thing twice yields one id.
#[derive(Debug, Clone, Copy)]
pub struct Derivation<'a> {
    /// The event's type, or the kind of thing identified.
    pub kind: &'a str,
    /// The ordering key: the vehicle.
    pub key: &'a str,
    /// What it concerns beside the vehicle: the fence, the rule, the trip.
    pub subject: &'a str,
    /// Start of the episode.
    pub start: Timestamp,
    /// Which moment of the episode: `start`, `end`, `confirmed`.
    pub phase: &'a str,
    /// 0 live; n for the n-th revision of history.
    pub revision: u32,
}

/// What SHA-1 takes at once.
const BLOCK: usize = 64;
/// What a derived id is computed from fits in so many blocks, almost always.
const NAME_BLOCKS: usize = 3;
/// At least so much follows on a text in its last block: a mark and the text's length.
const PADDING: usize = 9;

/// The SHA-1 of the first bytes, which leave room for the padding; the rest is zero.
fn sha1_of(blocks: &mut [u8; NAME_BLOCKS * BLOCK], bytes: usize) -> [u8; 20] {
    let end = (bytes + PADDING).next_multiple_of(BLOCK);
    blocks[bytes] = 0x80;
    blocks[end - 8..end].copy_from_slice(&(8 * bytes as u64).to_be_bytes());
    let mut state = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    sha1::block_api::compress(&mut state, blocks[..end].as_chunks().0);
    let mut hash = [0; 20];
    for (bytes, word) in hash.as_chunks_mut::<4>().0.iter_mut().zip(state) {
        *bytes = word.to_be_bytes();
    }
    hash
}

impl Derivation<'_> {
    /// The UUIDv5 of the derivation. Fields are length-prefixed, so that no two
    /// derivations share a name by concatenation.
    pub fn uuid(&self) -> Uuid {
        // Not `Uuid::new_v5`, whose SHA-1 leaves the processor's own unused, and block by
        // block: two of three fixes derive an event.
        let texts = [self.kind, self.key, self.subject, self.phase];
        let mut blocks = [0_u8; NAME_BLOCKS * BLOCK];
        let hash = match self.write(texts, &mut blocks) {
            Some(bytes) => sha1_of(&mut blocks, bytes),
            None => {
                let mut hash = Sha1::new();
                hash.update(NAMESPACE.as_bytes());
                for text in texts {
                    hash.update((text.len() as u32).to_be_bytes());
                    hash.update(text);
                }
                hash.update(self.start.millis().to_be_bytes());
                hash.update(self.revision.to_be_bytes());
                hash.finalize().into()
            }
        };
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash[..16]);
        uuid::Builder::from_sha1_bytes(bytes).into_uuid()
    }

    /// The name behind the namespace; `None` when it does not fit.
    fn write(&self, texts: [&str; 4], into: &mut [u8]) -> Option<usize> {
        let into = into.split_last_chunk_mut::<PADDING>()?.0;
        let mut end = 0;
        let mut put = |bytes: &[u8]| {
            into.get_mut(end..end + bytes.len())?.copy_from_slice(bytes);
            end += bytes.len();
            Some(())
        };
        put(NAMESPACE.as_bytes())?;
        for text in texts {
            put(&(text.len() as u32).to_be_bytes())?;
            put(text.as_bytes())?;
        }
        put(&self.start.millis().to_be_bytes())?;
        put(&self.revision.to_be_bytes())?;
        Some(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vehicle_numbers_are_upper_cased_without_white_space() {
        assert_eq!(VehicleKey::new(" t 11985 la ").unwrap().as_str(), "T11985LA");
        assert_eq!(VehicleKey::new("  \t"), Err(VehicleKeyError::Empty));
        assert_eq!(VehicleKey::new("a\u{7}b"), Err(VehicleKeyError::Control));
        assert_eq!(VehicleKey::as_written(" t 1 ").unwrap().as_str(), "t 1");
        assert!(matches!(VehicleKey::new(&"x".repeat(129)), Err(VehicleKeyError::TooLong { bytes: 129 })));
    }

    #[test]
    fn a_derived_id_is_the_uuid_of_version_5_of_its_fields() {
        let derivation = Derivation {
            kind: "tick",
            key: "T1",
            subject: "",
            start: Timestamp::from_millis(258),
            phase: "end",
            revision: 1,
        };
        let name = b"\0\0\0\x04tick\0\0\0\x02T1\0\0\0\0\0\0\0\x03end\0\0\0\0\0\0\x01\x02\0\0\0\x01";
        assert_eq!(derivation.uuid(), Uuid::new_v5(&NAMESPACE, name));
        // Whatever the place of its end in a block.
        for length in 0..140 {
            let (long, start) = ("y".repeat(length), Timestamp::from_millis(0));
            let derivation = Derivation { subject: &long, start, phase: "", ..derivation };
            let bytes = (length as u32).to_be_bytes();
            let name = [b"\0\0\0\x04tick\0\0\0\x02T1".as_slice(), &bytes, long.as_bytes(), &[0; 15], b"\x01"]
                .concat();
            assert_eq!(derivation.uuid(), Uuid::new_v5(&NAMESPACE, &name), "{length}");
        }
        let long = "x".repeat(127);
        let derivation = Derivation { key: &long, subject: &long, ..derivation };
        let text = format!("\0\0\0\x04tick\0\0\0\x7f{long}\0\0\0\x7f{long}\0\0\0\x03end");
        let name = [text.as_bytes(), b"\0\0\0\0\0\0\x01\x02\0\0\0\x01"].concat();
        assert_eq!(derivation.uuid(), Uuid::new_v5(&NAMESPACE, &name));
    }

    #[test]
    fn derived_ids_differ_by_every_field_and_by_nothing_else() {
        let base = Derivation {
            kind: "geofence.entered",
            key: "T1",
            subject: "apapa",
            start: Timestamp::from_millis(1_000),
            phase: "start",
            revision: 0,
        };
        assert_eq!(base.uuid(), base.uuid());
        let others = [
            Derivation { kind: "geofence.exited", ..base },
            Derivation { key: "T2", ..base },
            Derivation { subject: "tin-can", ..base },
            Derivation { start: Timestamp::from_millis(1_001), ..base },
            Derivation { phase: "end", ..base },
            Derivation { revision: 1, ..base },
            Derivation { key: "T1a", subject: "papa", ..base },
        ];
        for other in others {
            assert_ne!(base.uuid(), other.uuid());
        }
    }
}
