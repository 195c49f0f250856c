//! The way between two fixes, linear in lon/lat, the short way round the earth.

use super::packed::OnTheWay;
use crate::domain::geo::LonLat;

/// A way from one point to another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    pub(crate) from: LonLat,
    pub(crate) to: LonLat,
}

/// A part of a segment on one side of the antimeridian, in plain degrees.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub(super) x1: f64,
    pub(super) y1: f64,
    pub(super) x2: f64,
    pub(super) y2: f64,
    /// Which fractions of the whole way its ends are.
    start: f64,
    end: f64,
}

impl Piece {
    /// A fraction of this piece as a fraction of the whole way.
    pub(super) fn whole(&self, along: f64) -> f64 {
        self.start + (self.end - self.start) * along
    }
}

impl Segment {
    /// The point a fraction of the way along.
    pub(crate) fn at(&self, along: f64) -> LonLat {
        self.from.lerp(self.to, along)
    }

    /// One piece, or two where the way crosses the antimeridian.
    pub(super) fn pieces(&self) -> (Piece, Option<Piece>) {
        let (x1, y1, x2, y2) = (self.from.lon(), self.from.lat(), self.to.lon(), self.to.lat());
        if (x2 - x1).abs() <= 180.0 {
            return (Piece { x1, y1, x2, y2, start: 0.0, end: 1.0 }, None);
        }
        let edge = 180.0_f64.copysign(x1);
        let far = x2 + 360.0_f64.copysign(x1);
        let along = if far == x1 { 0.0 } else { (edge - x1) / (far - x1) };
        let y = y1 + (y2 - y1) * along;
        let near_piece = Piece { x1, y1, x2: edge, y2: y, start: 0.0, end: along };
        let far_piece = Piece { x1: -edge, y1: y, x2, y2, start: along, end: 1.0 };
        (near_piece, Some(far_piece))
    }

    /// The way made ready to be held against many fences.
    pub(crate) fn line(self) -> Line {
        let (first, second) = self.pieces();
        let asked = |piece: Piece| (piece, OnTheWay::new((piece.x1, piece.y1), (piece.x2, piece.y2)));
        Line { way: self, first: asked(first), second: second.map(|piece| Box::new(asked(piece))) }
    }
}

/// A way and what it asks of boxes, worked out once.
pub(crate) struct Line {
    pub(super) way: Segment,
    first: (Piece, OnTheWay),
    /// Few ways cross the antimeridian.
    second: Option<Box<(Piece, OnTheWay)>>,
}

impl Line {
    /// Its pieces, and what each asks.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &(Piece, OnTheWay)> {
        std::iter::once(&self.first).chain(self.second.as_deref())
    }

    /// Whether crossings of it can be told by their numbers alone: all on one side of the
    /// antimeridian, and the last bit of a coordinate next to nothing beside it, which is
    /// a metre or more.
    pub(super) fn is_plain(&self) -> bool {
        let Piece { x1, y1, x2, y2, .. } = self.first.0;
        self.second.is_none() && (x2 - x1).abs() + (y2 - y1).abs() > 1e-5
    }
}

/// The length of a vector of everyday size; `hypot` guards sizes nobody drives.
pub(super) fn length(x: f64, y: f64) -> f64 {
    (x * x + y * y).sqrt()
}
