//! The map: a widget of its own, from the world to a yard.

use ratatui::{buffer::Buffer, layout::Rect};
use watchtower_core::domain::{
    geo::LonLat,
    geofence::Geofence,
    id::{FenceId, VehicleKey},
    live::Motion,
    units::Heading,
};

use super::theme::MapTheme;

/// What part of the world is shown.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Viewport {
    /// The centre of the widget.
    pub centre: LonLat,
    /// Web Mercator zoom, continuous: 0 shows the world on 256 dots.
    pub zoom: f64,
}

/// A vehicle to draw.
#[derive(Clone, Debug)]
pub struct Mark<'a> {
    /// Which.
    pub vehicle: &'a VehicleKey,
    /// Its label.
    pub label: &'a str,
    /// Where.
    pub point: LonLat,
    /// Where it heads; an arrow when moving.
    pub heading: Option<Heading>,
    /// How it moves.
    pub motion: Motion,
    /// Whether an alert is open on it.
    pub alert: bool,
    /// Drawn on top, with its label always.
    pub selected: bool,
    /// Fades with age: the fix is older than it should be.
    pub stale: bool,
}

/// A fence to draw.
#[derive(Clone, Debug)]
pub struct FenceMark<'a> {
    /// The fence.
    pub fence: &'a Geofence,
    /// How many vehicles are in it.
    pub occupants: usize,
}

/// Everything on the map beside the basemap.
#[derive(Clone, Debug, Default)]
pub struct Scene<'a> {
    /// Vehicles.
    pub marks: Vec<Mark<'a>>,
    /// Trails, each oldest point first.
    pub trails: Vec<&'a [LonLat]>,
    /// Fences.
    pub fences: Vec<FenceMark<'a>>,
}

/// What lies under a cell.
#[derive(Clone, PartialEq, Debug)]
pub enum Hit {
    /// A vehicle.
    Vehicle(VehicleKey),
    /// Several vehicles drawn as one.
    Cluster(Vec<VehicleKey>),
    /// A fence.
    Fence(FenceId),
}

/// The map between frames: viewport, cached basemap layer, what was hit where.
#[derive(Debug)]
pub struct Map {
    /// What is shown. Change it freely between frames.
    pub viewport: Viewport,
}

impl Map {
    /// A map of `viewport`; `scenery` is GeoJSON drawn as a layer above the
    /// basemap (the demo's city), empty for none.
    pub fn new(viewport: Viewport, _scenery: &str) -> Self {
        Self { viewport }
    }

    /// Draws the map into `area`.
    pub fn render(&mut self, _scene: &Scene<'_>, _theme: &MapTheme, _area: Rect, _buffer: &mut Buffer) {}

    /// What was drawn at a cell of the last frame.
    pub fn hit(&self, _column: u16, _row: u16) -> Option<Hit> {
        None
    }

    /// The point under a cell of the last frame.
    pub fn point_at(&self, _column: u16, _row: u16) -> Option<LonLat> {
        None
    }

    /// Moves the centre by cells of the last frame.
    pub fn pan(&mut self, _columns: f64, _rows: f64) {}

    /// Zooms by `steps` about a cell, which keeps its place; `None`: the centre.
    pub fn zoom_at(&mut self, _steps: f64, _cell: Option<(u16, u16)>) {}

    /// Shows all `points` with a margin.
    pub fn fit(&mut self, _points: &[LonLat]) {}
}
