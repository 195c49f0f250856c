//! The order of the list: a large fleet is sorted by figures and not by asking two trucks
//! of each other, and by number, the usual way, it is kept in order as trucks come.

use std::cmp::Ordering;

use super::{Column, Direction};
use crate::tui::{model::Model, text};

/// So many new trucks are put in their places one by one; more are sorted in.
const FEW: usize = 64;

/// All trucks by their numbers as people write them, and by key where those are equal.
#[derive(Debug, Default)]
pub(super) struct Order {
    by_label: Vec<u32>,
    /// Whose numbers these are, and how many labels had changed.
    of: (u64, u64),
    /// Cells the longest label takes.
    pub(super) label_width: usize,
}

impl Order {
    /// Learns of trucks that are new and of labels that changed.
    pub(super) fn learn(&mut self, model: &Model) {
        let (vehicles, names) = (&model.vehicles, model.vehicles.names());
        let of = (names.of, vehicles.renamed());
        if self.of != of || self.by_label.len() > names.each.len() {
            (self.of, self.label_width) = (of, 0);
            self.by_label.clear();
        }
        let known = self.by_label.len();
        let new = &names.each[known..];
        let widths = new.iter().map(|name| text::width(&name.label));
        self.label_width = widths.max().unwrap_or(0).max(self.label_width);
        let compare = |a: u32, b: u32| {
            let (a, b) = (&names.each[a as usize], &names.each[b as usize]);
            a.label.cmp(&b.label).then_with(|| a.key.cmp(&b.key))
        };
        let numbers = known as u32..names.each.len() as u32;
        if new.len() <= FEW {
            for number in numbers {
                let at = self.by_label.partition_point(|other| compare(*other, number) == Ordering::Less);
                self.by_label.insert(at, number);
            }
        } else {
            self.by_label.extend(numbers);
            self.by_label.sort_by(|a, b| compare(*a, *b));
        }
    }

    /// The trucks that are `shown`, by a column; those equal in it by their labels.
    pub(super) fn sorted(
        &self,
        model: &Model,
        (column, direction): (Column, Direction),
        now: watchtower_core::domain::time::Timestamp,
        shown: impl Fn(u32) -> bool,
    ) -> Vec<u32> {
        let shown = |number: &u32| shown(*number);
        if column == Column::Number {
            let by_label = self.by_label.iter().copied();
            return match direction {
                Direction::Natural => by_label.filter(shown).collect(),
                Direction::Reversed => by_label.rev().filter(shown).collect(),
            };
        }
        let figures = column.figures(model, now);
        let turned = match direction {
            Direction::Natural => 0,
            Direction::Reversed => u128::MAX,
        };
        let places = self.by_label.iter().enumerate().filter(|(_, number)| shown(number));
        let mut keys: Vec<u128> = places
            .map(|(place, number)| ((figures[*number as usize] ^ turned) << u32::BITS) | place as u128)
            .collect();
        keys.sort_unstable();
        keys.into_iter().map(|key| self.by_label[key as u32 as usize]).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use watchtower_core::domain::{alert::AlertKind, id::VehicleKey, live::Motion, time::Timestamp};

    use super::*;
    use crate::tui::{model::vehicle::Vehicle, roster::column, tests::fleet};

    /// Which of two trucks comes first, as a person would put it.
    fn compare(column: Column, model: &Model, a: &Vehicle, b: &Vehicle, now: Timestamp) -> Ordering {
        let known = |a: String, b: String| a.is_empty().cmp(&b.is_empty()).then_with(|| a.cmp(&b));
        let standing = |of: &Vehicle| model.now_of(&of.key, now).seconds_since(of.since).max(0.0);
        let most = |a: Option<f64>, b: Option<f64>| b.partial_cmp(&a).unwrap();
        match column {
            Column::Number => Ordering::Equal,
            Column::State => a
                .motion
                .cmp(&b.motion)
                .then_with(|| most(Some(a.speed().unwrap_or(0.0)), Some(b.speed().unwrap_or(0.0))))
                .then_with(|| a.since.cmp(&b.since)),
            Column::Speed => most(a.speed(), b.speed()),
            Column::Since => most(Some(standing(a)), Some(standing(b))),
            Column::Heading => {
                let degrees = |of: &Vehicle| of.heading().map_or(f64::INFINITY, |it| it.degrees());
                degrees(a).total_cmp(&degrees(b))
            }
            Column::Engine => b.position.ignition.cmp(&a.position.ignition),
            Column::Driver => known(a.driver.clone(), b.driver.clone()),
            Column::Trip => known(column::readable_id(model, a), column::readable_id(model, b)),
            Column::Container => known(column::container(model, a), column::container(model, b)),
            Column::Group => known(column::groups(model, a), column::groups(model, b)),
            Column::Company => known(column::company(model, a), column::company(model, b)),
            Column::Place => known(column::place(model, a), column::place(model, b)),
            Column::Today => most(Some(a.today.get()), Some(b.today.get())),
            Column::Alerts => column::open_alerts(model, b).cmp(&column::open_alerts(model, a)),
            Column::Age => model.age(a, now).total_cmp(&model.age(b, now)),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn the_list_is_in_the_order_two_trucks_would_be_put_in(
            first in 1..80_usize,
            events in proptest::collection::vec(
                (0..90_usize, -4_000..60_i64, 0.0..120.0_f64, 0..4_usize, 0..AlertKind::ALL.len()), 0..60),
            later in 0..20_000_i64,
        ) {
            let mut model = Model::default();
            model.take_meta(fleet::meta(60));
            model.take_picture(fleet::live(first));
            let mut order = Order::default();
            for (step, (truck, second, speed, what, kind)) in events.into_iter().enumerate() {
                let number = fleet::number(truck);
                match what {
                    0 => model.take_event(fleet::motion_changed(&number, second, Motion::ALL[truck % 4])),
                    1 => model.take_event(fleet::triggered(&number, second, AlertKind::ALL[kind])),
                    _ => model.take_fix(
                        &VehicleKey::new(&number).unwrap(),
                        fleet::position(second, (3.3 + 0.001 * step as f64, 6.5), speed.round()),
                    ),
                }
                if step % 7 == 0 {
                    order.learn(&model);
                }
            }
            model.alerts.settle();
            order.learn(&model);
            let now = fleet::at(later);
            for column in Column::ALL {
                for direction in [Direction::Natural, Direction::Reversed] {
                    let mut told: Vec<&Vehicle> = model.vehicles.values().collect();
                    let by_label =
                        |a: &Vehicle, b: &Vehicle| a.label.cmp(&b.label).then_with(|| a.key.cmp(&b.key));
                    told.sort_by(|a, b| match (column, direction) {
                        (Column::Number, Direction::Natural) => by_label(a, b),
                        (Column::Number, Direction::Reversed) => by_label(b, a),
                        (_, Direction::Natural) => compare(column, &model, a, b, now).then_with(|| by_label(a, b)),
                        (_, Direction::Reversed) => compare(column, &model, b, a, now).then_with(|| by_label(a, b)),
                    });
                    let told: Vec<u32> = told.iter().map(|of| model.vehicles.number(&of.key).unwrap()).collect();
                    prop_assert_eq!(order.sorted(&model, (column, direction), now, |_| true), told, "{:?}", column);
                }
            }
            let longest = model.vehicles.values().map(|vehicle| text::width(&vehicle.label)).max();
            prop_assert_eq!(Some(order.label_width), longest);
        }
    }
}
