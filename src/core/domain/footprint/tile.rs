//! One tile of the footprint, and the bytes it is kept in.
//!
//! The bytes are a format number and then, for each cell that has a count in the
//! order of their numbers, the step from the number before and the count, both as
//! varints of seven bits a byte, lowest first. Equal tiles have equal bytes.

/// The number of the format.
const FORMAT: u8 = 1;

/// Counts by cell of one tile, sparse.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Tile {
    /// Cells by number, with their counts, none of them 0.
    counts: Vec<(u16, u16)>,
}

/// Why bytes are no tile.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TileError {
    /// Written by another version.
    #[error("footprint tile of an unknown format")]
    Format,
    /// They end early, or say what cannot be.
    #[error("footprint tile is damaged")]
    Damaged,
}

impl Tile {
    /// Counts a cell `times` more, at least once; returns its count, which does not
    /// run over.
    pub(super) fn add(&mut self, number: u16, times: u16) -> u16 {
        match self.counts.binary_search_by_key(&number, |cell| cell.0) {
            Ok(index) => {
                let count = &mut self.counts[index].1;
                *count = count.saturating_add(times);
                *count
            }
            Err(index) => {
                self.counts.insert(index, (number, times));
                times
            }
        }
    }

    /// A tile of counts in any order, a cell's added up.
    pub(super) fn summed(mut counts: Vec<(u16, u16)>) -> Self {
        counts.sort_unstable_by_key(|cell| cell.0);
        counts.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 = kept.1.saturating_add(next.1);
            }
            same
        });
        counts.shrink_to_fit();
        Self { counts }
    }

    /// Halves every count; those of one go.
    pub(super) fn fade(&mut self) {
        self.counts.retain_mut(|cell| {
            cell.1 /= 2;
            cell.1 > 0
        });
    }

    /// How many cells have a count.
    pub const fn len(&self) -> usize {
        self.counts.len()
    }

    /// Whether no cell has one.
    pub const fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// Cells by number, with their counts.
    pub fn cells(&self) -> impl Iterator<Item = (u16, u16)> + '_ {
        self.counts.iter().copied()
    }

    /// The bytes it is kept in.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(1 + 3 * self.counts.len());
        bytes.push(FORMAT);
        let mut next = 0;
        for (number, count) in &self.counts {
            varint(u32::from(*number) - next, &mut bytes);
            varint(u32::from(*count), &mut bytes);
            next = u32::from(*number) + 1;
        }
        bytes
    }

    /// Reads the bytes of [`Tile::encode`].
    ///
    /// # Errors
    ///
    /// When they are not such bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, TileError> {
        let Some((&FORMAT, mut rest)) = bytes.split_first() else { return Err(TileError::Format) };
        let mut counts = Vec::new();
        let mut next = 0_u32;
        while !rest.is_empty() {
            let step = read_varint(&mut rest).ok_or(TileError::Damaged)?;
            let count = read_varint(&mut rest).ok_or(TileError::Damaged)?;
            let number = next.checked_add(step).and_then(|number| u16::try_from(number).ok());
            match (number, u16::try_from(count)) {
                (Some(number), Ok(count @ 1..)) => counts.push((number, count)),
                _ => return Err(TileError::Damaged),
            }
            next += step + 1;
        }
        Ok(Self { counts })
    }
}

fn varint(mut value: u32, bytes: &mut Vec<u8>) {
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

fn read_varint(bytes: &mut &[u8]) -> Option<u32> {
    let mut value = 0_u32;
    for shift in (0..28).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u32::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_tile_comes_back_from_its_bytes(counts in prop::collection::vec((any::<u16>(), 1..=u16::MAX), 0..300)) {
            let tile = Tile::summed(counts.clone());
            let bytes = tile.encode();
            prop_assert_eq!(Tile::decode(&bytes), Ok(tile.clone()));
            let mut added = Tile::default();
            for (number, count) in counts.into_iter().rev() {
                added.add(number, count);
            }
            prop_assert_eq!(added.encode(), bytes, "whatever the order");
        }

        #[test]
        fn any_bytes_are_a_tile_or_refused(mut bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            if let Some(first) = bytes.first_mut() {
                *first = FORMAT;
            }
            if let Ok(tile) = Tile::decode(&bytes) {
                prop_assert_eq!(Tile::decode(&tile.encode()), Ok(tile));
            }
        }
    }

    #[test]
    fn what_is_no_tile_is_refused() {
        assert_eq!(Tile::decode(&[]), Err(TileError::Format));
        assert_eq!(Tile::decode(&[9, 1, 1]), Err(TileError::Format));
        assert_eq!(Tile::decode(&[FORMAT, 5]), Err(TileError::Damaged), "a cell without a count");
        assert_eq!(Tile::decode(&[FORMAT, 5, 0]), Err(TileError::Damaged), "a count of none");
        assert_eq!(Tile::decode(&[FORMAT]), Ok(Tile::default()));
    }
}
