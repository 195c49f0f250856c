//! The figures of past days behind their pane: which are wanted, what came, how the
//! trucks are sorted. Pure; `analyst` asks the store for them.

use std::{cmp::Ordering, sync::Arc};

use chrono::Days;
use ratatui::layout::Rect;
use watchtower_core::{
    domain::id::VehicleKey,
    ports::{
        history::{DailyMetric, TruckMetric},
        store::Day,
    },
};

use super::{
    listing::Window,
    roster::{Direction, Roster},
};

pub mod analyst;
pub mod archive;
mod figure;
mod today;

pub use self::{figure::Figure, today::Today};

/// How far back the figures go; today is not among the days counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Period {
    /// The last 14 days.
    #[default]
    Fortnight,
    /// The last 30.
    Month,
}

impl Period {
    /// So many days.
    pub const fn days(self) -> u64 {
        match self {
            Self::Fortnight => 14,
            Self::Month => 30,
        }
    }

    const fn other(self) -> Self {
        match self {
            Self::Fortnight => Self::Month,
            Self::Month => Self::Fortnight,
        }
    }
}

/// What the pane wants to be told: figures of `from` ≤ day < `to`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wish {
    /// The first day.
    pub from: Day,
    /// The day after the last.
    pub to: Day,
    /// Differs from the wish before when the same is to be asked anew.
    pub asked: u32,
}

/// A truck's day, as far as its sparkline shows it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct CourseDay {
    /// Distance, km.
    pub km: f32,
    /// Share of the time spent moving; none of a day without any.
    pub utilisation: Option<f32>,
}

/// A truck's figures of the period.
#[derive(Clone, PartialEq, Debug)]
pub struct Course {
    /// Whose.
    pub vehicle: VehicleKey,
    /// All days together.
    pub sum: TruckMetric,
    /// Each day of the period; none where nothing was counted.
    pub days: Vec<Option<CourseDay>>,
}

/// What the store has of a period.
#[derive(Clone, PartialEq, Debug)]
pub struct Figures {
    /// The first day.
    pub from: Day,
    /// The fleet by day; none where nothing was counted.
    pub days: Vec<Option<DailyMetric>>,
    /// Its trucks, by number.
    pub trucks: Vec<Course>,
}

impl Figures {
    /// The fleet's figures of all days together.
    pub fn sum(&self) -> TruckMetric {
        self.days.iter().flatten().fold(TruckMetric::default(), |mut sum, day| {
            let of = &day.sum;
            sum.distance_m.0 += of.distance_m.0;
            sum.moving_s += of.moving_s;
            sum.idle_s += of.idle_s;
            sum.stopped_s += of.stopped_s;
            sum.offline_s += of.offline_s;
            sum.completed += of.completed;
            sum.returned += of.returned;
            sum.tat_s += of.tat_s;
            sum.alerts += of.alerts;
            sum
        })
    }
}

/// What is known of the figures.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Supply {
    /// There is nobody to ask.
    #[default]
    None,
    /// They have been asked for.
    Awaited,
    /// They are here.
    Here,
}

/// The pane's state.
#[derive(Debug, Default)]
pub struct Analytics {
    /// How far back.
    pub period: Period,
    /// Trucks are sorted by this; by number when by nothing.
    pub column: Option<Figure>,
    /// And this way.
    pub direction: Direction,
    /// The window on the trucks.
    pub window: Window,
    /// Where their rows were in the last frame.
    pub seen: Rect,
    /// The figures, the last that came.
    pub figures: Option<Arc<Figures>>,
    /// Why the last answer held none.
    pub failure: Option<String>,
    /// Whether there are figures.
    pub supply: Supply,
    /// What the screen wants; nothing while the pane is not seen.
    wish: Option<Wish>,
    asked: u32,
    /// Trucks in order, as places in the figures.
    order: Vec<usize>,
    /// Those the fleet list's filter lets through.
    rows: Vec<usize>,
}

impl Analytics {
    /// There is a store to ask.
    pub fn use_archive(&mut self) {
        self.supply = Supply::Awaited;
    }

    /// What is to be asked; nothing without a store, or while nobody looks.
    pub fn wish(&self) -> Option<Wish> {
        self.wish.filter(|_| self.supply != Supply::None)
    }

    /// The pane is seen: of the days before `today` it wants those of its period, anew
    /// when it was not seen before.
    pub fn see(&mut self, today: Day, roster: &Roster) {
        let from = today.checked_sub_days(Days::new(self.period.days())).unwrap_or(today);
        match self.wish {
            Some(wish) if (wish.from, wish.to) == (from, today) => {}
            Some(_) | None => {
                self.asked = self.asked.wrapping_add(1);
                self.wish = Some(Wish { from, to: today, asked: self.asked });
            }
        }
        self.rows.clear();
        if let Some(figures) = &self.figures {
            let shown = self.order.iter().filter(|row| roster.shows(&figures.trucks[**row].vehicle));
            self.rows.extend(shown);
        }
    }

    /// The pane is not seen.
    pub fn unsee(&mut self) {
        self.wish = None;
    }

    /// What the store answered to a wish. An answer to another wish than the present
    /// one is let go of.
    pub fn take(&mut self, wish: Wish, answer: Result<Arc<Figures>, String>) {
        if self.wish.is_some_and(|wanted| wanted != wish) {
            return;
        }
        match answer {
            Ok(figures) => {
                (self.figures, self.failure, self.supply) = (Some(figures), None, Supply::Here);
                self.sort();
            }
            Err(failure) => self.failure = Some(failure),
        }
    }

    /// Looks further back, or less far.
    pub fn turn_period(&mut self) {
        self.period = self.period.other();
        (self.figures, self.failure, self.wish) = (None, None, None);
        self.order.clear();
        if self.supply == Supply::Here {
            self.supply = Supply::Awaited;
        }
    }

    /// Sorts by a figure, or by number; the other way when it is by that already.
    pub fn sort_by(&mut self, column: Option<Figure>) {
        self.direction = match (column == self.column, self.direction) {
            (true, Direction::Natural) => Direction::Reversed,
            (true, Direction::Reversed) | (false, _) => Direction::Natural,
        };
        self.column = column;
        self.sort();
    }

    /// Sorts by the column beside, round the ends; the number is the first.
    pub fn sort_beside(&mut self, by: isize) {
        let count = Figure::ALL.len() as isize + 1;
        let here = self.column.map_or(0, |figure| figure as isize + 1);
        let there = (here + by).rem_euclid(count);
        self.sort_by(usize::try_from(there - 1).ok().map(|index| Figure::ALL[index]));
    }

    /// The trucks in order, as far as the fleet list's filter lets them through.
    pub fn rows(&self) -> &[usize] {
        &self.rows
    }

    /// The truck of a row.
    pub fn vehicle(&self, row: usize) -> Option<&VehicleKey> {
        Some(&self.figures.as_ref()?.trucks.get(*self.rows.get(row)?)?.vehicle)
    }

    /// The row of a truck.
    pub fn row_of(&self, vehicle: Option<&VehicleKey>) -> Option<usize> {
        let (vehicle, figures) = (vehicle?, self.figures.as_ref()?);
        self.rows.iter().position(|row| &figures.trucks[*row].vehicle == vehicle)
    }

    fn sort(&mut self) {
        let Some(figures) = &self.figures else { return };
        let value = |row: usize| self.column.and_then(|figure| figure.of(&figures.trucks[row].sum));
        // The most first; what is not known last, whichever way.
        let most = |a: f64, b: f64| match self.direction {
            Direction::Natural => b.total_cmp(&a),
            Direction::Reversed => a.total_cmp(&b),
        };
        let mut order: Vec<usize> = (0..figures.trucks.len()).collect();
        order.sort_by(|a, b| match (value(*a), value(*b)) {
            (Some(a), Some(b)) => most(a, b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        });
        if self.column.is_none() && self.direction == Direction::Reversed {
            order.reverse();
        }
        self.order = order;
    }
}

#[cfg(test)]
mod tests;
