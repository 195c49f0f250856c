//! How wide each column of the fleet list is: any choice of columns on any width.

use crate::tui::roster::Column;

/// What a column needs.
struct Need {
    column: Column,
    least: usize,
    most: usize,
    /// Names share what is left; the others take what they need.
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Figure,
    Name,
}

const fn figure(column: Column, least: usize, most: usize) -> Need {
    Need { column, least, most, kind: Kind::Figure }
}

const fn name(column: Column, least: usize, most: usize) -> Need {
    Need { column, least, most, kind: Kind::Name }
}

/// `park 24m`, `148 km/h`.
pub(super) const STATE_SHORT: usize = 8;
/// `offline 17h`.
pub(super) const STATE_LONG: usize = 11;

/// Every column, the dearest first: those at the end go first where there is no room.
const NEEDS: [Need; 15] = [
    figure(Column::Number, 7, 12),
    figure(Column::Age, 4, 4),
    figure(Column::State, STATE_SHORT, STATE_LONG),
    figure(Column::Alerts, 2, 2),
    figure(Column::Speed, 5, 6),
    name(Column::Driver, 8, 24),
    figure(Column::Since, 5, 6),
    name(Column::Trip, 8, 28),
    name(Column::Place, 11, 24),
    figure(Column::Container, 11, 11),
    figure(Column::Today, 7, 7),
    figure(Column::Heading, 4, 8),
    figure(Column::Engine, 3, 7),
    name(Column::Group, 5, 16),
    name(Column::Company, 8, 24),
];

/// Widths of the columns chosen, in cells; those there is no room for are missing.
#[derive(Clone, Debug)]
pub(super) struct Widths {
    number: usize,
    shown: Vec<(Column, usize)>,
}

impl Widths {
    /// Gives the columns chosen their places in `room` cells.
    pub(super) fn new(chosen: &[Column], room: usize, longest_number: usize) -> Self {
        // The sign and the space after it.
        let mut left = room.saturating_sub(2);
        let number = longest_number.clamp(NEEDS[0].least, NEEDS[0].most);
        let mut given: Vec<(&Need, usize)> = Vec::new();
        for need in NEEDS.iter().filter(|need| chosen.contains(&need.column)) {
            let least = if need.column == Column::Number { number } else { need.least };
            match given.is_empty() {
                // One column there is always, whatever is left of it.
                true => {
                    given.push((need, least.min(left)));
                    left -= least.min(left);
                }
                false if left > least => {
                    given.push((need, least));
                    left -= least + 1;
                }
                false => {}
            }
        }
        for (need, width) in given.iter_mut().filter(|(need, _)| need.kind == Kind::Figure) {
            let most = if need.column == Column::Number { number } else { need.most };
            let more = most.saturating_sub(*width);
            // A word that still does not fit gains nothing from a part of it.
            if more <= left {
                (*width, left) = (*width + more, left - more);
            }
        }
        // The narrowest name grows first, so that they end up alike.
        while left > 0 {
            let names =
                given.iter_mut().filter(|(need, width)| need.kind == Kind::Name && *width < need.most);
            let Some((_, width)) = names.min_by_key(|(_, width)| *width) else { break };
            (*width, left) = (*width + 1, left - 1);
        }
        let width = |column: &Column| given.iter().find(|(need, _)| need.column == *column);
        let shown = chosen.iter().filter_map(|column| Some((*column, width(column)?.1)));
        Self { number: number.min(room.saturating_sub(2)), shown: shown.collect() }
    }

    /// The columns there is room for, from left to right, and their widths.
    pub(super) fn shown(&self) -> &[(Column, usize)] {
        &self.shown
    }

    /// Whether there is room for who drives.
    pub(super) fn name_drivers(&self) -> bool {
        self.shown.iter().any(|(column, _)| *column == Column::Driver)
    }

    /// Cells of a number, whether it is a column or not.
    pub(super) fn number(&self) -> usize {
        self.number
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_column_has_a_place_in_the_table() {
        for column in Column::ALL {
            assert_eq!(NEEDS.iter().filter(|need| need.column == column).count(), 1, "{}", column.name());
        }
    }

    #[test]
    fn what_matters_most_has_the_last_cells() {
        let shown = |room| {
            let widths = Widths::new(&Column::USUAL, room, 8);
            widths
                .shown()
                .iter()
                .map(|(column, width)| format!("{} {width}", column.name()))
                .collect::<Vec<_>>()
        };
        assert_eq!(shown(10), ["number 8"]);
        assert_eq!(shown(15), ["number 8", "age 4"]);
        assert_eq!(shown(27), ["number 8", "state 8", "alerts 2", "age 4"]);
        assert_eq!(shown(30), ["number 8", "state 11", "alerts 2", "age 4"]);
        assert_eq!(shown(100), ["number 8", "state 11", "driver 24", "place 24", "alerts 2", "age 4"]);
    }

    proptest! {
        #[test]
        fn any_choice_fits_any_width(
            chosen in proptest::sample::subsequence(Column::ALL.to_vec(), 1..=15).prop_shuffle(),
            room in 0usize..300,
            longest in 0usize..40,
        ) {
            let widths = Widths::new(&chosen, room, longest);
            let taken: usize = widths.shown().iter().map(|(_, width)| width + 1).sum();
            prop_assert!(taken <= room.saturating_sub(2) + 1, "{taken} of {room}");
            // In the order chosen, and all of them where there is room for all.
            let order: Vec<usize> = widths
                .shown()
                .iter()
                .map(|(column, _)| chosen.iter().position(|other| other == column).unwrap())
                .collect();
            prop_assert!(order.is_sorted() && !order.is_empty());
            if room > 200 {
                prop_assert_eq!(order.len(), chosen.len());
            }
        }
    }
}
