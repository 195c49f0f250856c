//! Whose turn it is: how urgent each cell is until the terminal shows it.

use crate::tui::terminal::pace::Urgency;

/// The turns of all cells of a screen.
#[derive(Clone, Debug)]
pub(super) struct Turns {
    cells: Vec<Urgency>,
    /// The most urgent of them: those cells go before all others, and are shown first.
    first: Urgency,
    /// How urgent what is wanted from now on is.
    now: Urgency,
}

impl Turns {
    /// Of no cells yet.
    pub(super) fn new() -> Self {
        Self { cells: Vec::new(), first: Urgency::None, now: Urgency::None }
    }

    /// Nobody waits for any of so many cells.
    pub(super) fn start_anew(&mut self, cells: usize) {
        self.cells.clear();
        self.cells.resize(cells, Urgency::None);
        self.first = Urgency::None;
    }

    /// What is wanted from now on is so urgent.
    pub(super) fn take(&mut self, urgency: Urgency) {
        self.now = urgency;
    }

    /// A cell is wanted otherwise.
    pub(super) fn want(&mut self, cell: usize) {
        self.cells[cell] = self.cells[cell].max(self.now);
        self.first = self.first.max(self.now);
    }

    /// The most urgent of all that is left.
    pub(super) fn first(&self) -> Urgency {
        self.first
    }

    /// Whether it is the turn of a cell.
    pub(super) fn has(&self, cell: usize) -> bool {
        self.cells[cell] == self.first
    }

    /// These cells are no more urgent than that.
    pub(super) fn step_back(&mut self, cells: impl Iterator<Item = usize>, urgency: Urgency) {
        cells.for_each(|cell| self.cells[cell] = self.cells[cell].min(urgency));
        self.find_first();
    }

    /// It is the turn of these cells, too.
    pub(super) fn join(&mut self, cells: impl Iterator<Item = usize>) {
        cells.for_each(|cell| self.cells[cell] = self.cells[cell].max(self.first));
    }

    /// All that was most urgent is shown.
    pub(super) fn end(&mut self) {
        let ended = self.first;
        self.cells.iter_mut().filter(|turn| **turn == ended).for_each(|turn| *turn = Urgency::None);
        self.find_first();
    }

    fn find_first(&mut self) {
        self.first = self.cells.iter().copied().max().unwrap_or(Urgency::None);
    }
}
