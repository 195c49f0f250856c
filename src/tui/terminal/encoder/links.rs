//! Where cells lead, beside the cells: OSC 8, as egmontkob's specification has it
//! (<https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda>). A link is open
//! only while its own cells are written.

use std::io::Write;

use crate::tui::hyperlinks::Hyperlink;

/// Where nowhere leads.
const NOWHERE: u32 = 0;
/// Where a link leads that may be open after bytes that never left.
const ANYWHERE: u32 = u32::MAX;
/// VTE takes no longer addresses.
const LONGEST: usize = 2_083;

/// The links of one screen. Each address that is wanted has a number, by which the terminal
/// knows the parts of a link that is written piece by piece for one.
#[derive(Clone, Debug, Default)]
pub(super) struct Links {
    addresses: Vec<(u32, String)>,
    last: u32,
    wanted: Vec<u32>,
    shown: Vec<u32>,
    open: u32,
}

impl Links {
    /// Nothing leads anywhere on a screen of so many cells; of what was sent before the end may
    /// be missing.
    pub(super) fn start_anew(&mut self, cells: usize) {
        if self.last != NOWHERE {
            self.open = ANYWHERE;
        }
        for numbers in [&mut self.wanted, &mut self.shown] {
            numbers.clear();
            numbers.resize(cells, NOWHERE);
        }
    }

    /// All cells were cleared.
    pub(super) fn clear(&mut self) {
        self.shown.fill(NOWHERE);
    }

    /// Wants these links, whose cells are told by `index`, and no others; returns the cells
    /// that lead elsewhere than before.
    pub(super) fn want(
        &mut self,
        links: &[Hyperlink],
        index: impl Fn(&Hyperlink) -> Option<std::ops::Range<usize>>,
    ) -> Vec<usize> {
        if links.is_empty() && self.addresses.is_empty() {
            return Vec::new();
        }
        let before = std::mem::replace(&mut self.wanted, vec![NOWHERE; self.shown.len()]);
        self.addresses.retain(|(_, address)| links.iter().any(|link| link.address == *address));
        for link in links.iter().filter(|link| is_sound(&link.address)) {
            if let Some(cells) = index(link) {
                let number = self.number(&link.address);
                self.wanted[cells].fill(number);
            }
        }
        (0..before.len()).filter(|at| before[*at] != self.wanted[*at]).collect()
    }

    fn number(&mut self, address: &str) -> u32 {
        if let Some((number, _)) = self.addresses.iter().find(|(_, known)| known == address) {
            return *number;
        }
        self.last = self.last.wrapping_add(1).max(1);
        self.addresses.push((self.last, address.to_owned()));
        self.last
    }

    /// Whether a cell leads where it should.
    pub(super) fn is_shown(&self, index: usize) -> bool {
        self.shown[index] == self.wanted[index]
    }

    /// Whether a cell is to lead somewhere.
    pub(super) fn leads(&self, index: usize) -> bool {
        self.wanted[index] != NOWHERE
    }

    /// Whether the terminal's cell leads somewhere.
    pub(super) fn is_led(&self, index: usize) -> bool {
        self.shown[index] != NOWHERE
    }

    /// Whether a cell can be written as things are.
    pub(super) fn fits(&self, index: usize) -> bool {
        self.wanted[index] == self.open
    }

    /// Opens the link of a cell that is written next; none is open, or its own.
    pub(super) fn take(&mut self, index: usize, out: &mut Vec<u8>) {
        let number = self.wanted[index];
        if number != self.open {
            let address = self.addresses.iter().find(|(known, _)| *known == number);
            let address = address.map_or("", |(_, address)| address);
            write!(out, "\x1b]8;id={number};{address}\x1b\\").expect("memory takes what is written");
            self.open = number;
        }
        self.shown[index] = number;
    }

    /// A run of cells was erased.
    pub(super) fn erased(&mut self, cells: std::ops::Range<usize>) {
        self.shown[cells].fill(NOWHERE);
    }

    /// Ends the link that is open.
    pub(super) fn close(&mut self, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.open, NOWHERE) != NOWHERE {
            out.extend_from_slice(b"\x1b]8;;\x1b\\");
        }
    }
}

/// Whether an address ends where it should, whatever it is made of.
fn is_sound(address: &str) -> bool {
    address.len() <= LONGEST && address.bytes().all(|byte| byte.is_ascii_graphic())
}
