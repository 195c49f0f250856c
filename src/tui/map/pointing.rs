//! Cells of the last frame and what they stand for: what was drawn at one, and the point
//! below it.

use watchtower_core::domain::{
    geo::LonLat,
    id::{FenceId, VehicleKey},
};

use super::{Map, Owner, Place, Viewport, mercator};

/// What lies under a cell.
#[derive(Clone, PartialEq, Debug)]
pub enum Hit {
    /// A vehicle.
    Vehicle(VehicleKey),
    /// Several vehicles drawn as one, in no order.
    Cluster(Vec<VehicleKey>),
    /// A fence.
    Fence(FenceId),
}

impl Map {
    pub(super) fn cell(&self, column: u16, row: u16) -> Option<(u16, u16)> {
        let inside = self.area.contains((column, row).into());
        inside.then(|| (column - self.area.x, row - self.area.y))
    }

    /// What was drawn at a cell of the last frame: the sign or number of a vehicle, a
    /// count, a fence (its name, its line, or inside it; of several the smallest).
    pub fn hit(&self, column: u16, row: u16) -> Option<Hit> {
        match self.owner(column, row)? {
            Owner::Nobody => None,
            Owner::Vehicle(mark) => Some(Hit::Vehicle(self.fleet.key(mark)?.clone())),
            Owner::Cluster(cluster) => Some(Hit::Cluster(self.fleet.cluster(cluster))),
            Owner::Fence(fence) => Some(Hit::Fence(self.fence(fence)?.clone())),
        }
    }

    /// The fence that was drawn there, if it was one.
    pub fn fence_at(&self, column: u16, row: u16) -> Option<&FenceId> {
        match self.owner(column, row)? {
            Owner::Nobody | Owner::Vehicle(_) | Owner::Cluster(_) => None,
            Owner::Fence(fence) => self.fence(fence),
        }
    }

    fn owner(&self, column: u16, row: u16) -> Option<Owner> {
        let (column, row) = self.cell(column, row)?;
        self.owners.get(usize::from(row) * usize::from(self.area.width) + usize::from(column)).copied()
    }

    fn fence(&self, number: u32) -> Option<&FenceId> {
        self.overlay.as_ref()?.fences.get(number as usize)
    }

    /// The point under the middle of a cell of the last frame.
    pub fn point_at(&self, column: u16, row: u16) -> Option<LonLat> {
        let (column, row) = self.cell(column, row)?;
        Some(self.layer.as_ref()?.view.point(column, row))
    }

    /// The cell of the last frame a point is in, if it is in sight.
    pub fn cell_of(&self, point: LonLat) -> Option<(u16, u16)> {
        self.cell_at(Place::of(point))
    }

    /// The cell of the last frame a place is in, if it is in sight.
    pub fn cell_at(&self, place: Place) -> Option<(u16, u16)> {
        let (column, row) = self.layer.as_ref()?.view.cell(place)?;
        Some((self.area.x + column, self.area.y + row))
    }

    /// The point so many cells beside another.
    pub fn beside(&self, point: LonLat, columns: i32, rows: i32) -> LonLat {
        let at = Viewport { centre: point, zoom: self.viewport.zoom };
        mercator::moved(
            at,
            f64::from(columns) * mercator::CELL.0 as f64,
            f64::from(rows) * mercator::CELL.1 as f64,
        )
        .centre
    }
}
