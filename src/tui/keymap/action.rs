//! Everything a key or a click can ask for.

/// What a key or a click asks for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Action {
    /// West on the map; the previous column to sort by in the fleet list.
    Left,
    /// East on the map; the next column.
    Right,
    /// North on the map; the row above.
    Up,
    /// South on the map; the row below.
    Down,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// The first row.
    Top,
    /// The last row.
    Bottom,
    /// Closer.
    ZoomIn,
    /// Further away.
    ZoomOut,
    /// Show what is under the cursor on the map.
    Select,
    /// Keep the selected truck in the middle.
    Follow,
    /// Show the whole fleet.
    Fit,
    /// Search.
    Find,
    /// Narrow list and map to the trucks a filter means.
    Filter,
    /// Ask in plain English.
    Ask,
    /// Sort the fleet by the next column.
    Sort,
    /// Turn the order round.
    Reverse,
    /// Go to the next open alert.
    NextAlert,
    /// Take note of an alert.
    Acknowledge,
    /// Take note of an alert with some words.
    AcknowledgeWithNote,
    /// Write what is seen to a file.
    Export,
    /// Copy what is known of the selected truck.
    Copy,
    /// Plan a trip.
    PlanTrip,
    /// Say where a trip stands.
    MoveTrip,
    /// Say who drives the selected truck.
    AssignDriver,
    /// Draw a geofence.
    Draw,
    /// Draw the geofence that was clicked anew.
    DrawAnew,
    /// Delete it.
    RemoveFence,
    /// Trails on or off.
    Trails,
    /// Fences on or off.
    Fences,
    /// Meridians and parallels on or off.
    Graticule,
    /// The ways of the fleet on or off.
    Footprint,
    /// Where vehicles stand, and how long, on or off.
    Dwell,
    /// Keep the view under a letter.
    Bookmark,
    /// Go back to a view that was kept.
    ReturnTo,
    /// Show the selected truck with its trip's ends.
    FitSelection,
    /// The next pane.
    Next,
    /// The pane before.
    Previous,
    /// The n-th pane.
    Pane(u8),
    /// The pane in focus takes fewer columns.
    Narrower,
    /// It takes more.
    Wider,
    /// It takes fewer rows.
    Lower,
    /// It takes more.
    Higher,
    /// Every pane has the size it had at first.
    Rearrange,
    /// The pane in focus alone, and back.
    Zoom,
    /// Everything that can be done, by name.
    Palette,
    /// The help screen.
    Help,
    /// One step back: closes what is open, clears the filter, the selection.
    Escape,
    /// Draw everything anew.
    Redraw,
    /// Play a replay, or pause it.
    PlayPause,
    /// Play slower.
    Slower,
    /// Play faster.
    Faster,
    /// A minute earlier.
    MinuteBack,
    /// A minute later.
    MinuteForward,
    /// An hour earlier.
    HourBack,
    /// An hour later.
    HourForward,
    /// The beginning of a replay.
    Beginning,
    /// Stop the program for a while.
    Suspend,
    /// Leave.
    Quit,
}

impl Action {
    /// The name used in configuration and in the palette: `next-alert`, `pane-4`.
    pub fn name(self) -> String {
        let mut name = String::new();
        for c in format!("{self:?}").chars() {
            match c {
                'A'..='Z' => {
                    if !name.is_empty() {
                        name.push('-');
                    }
                    name.push(c.to_ascii_lowercase());
                }
                '(' => name.push('-'),
                ')' => {}
                c => name.push(c),
            }
        }
        name
    }
}
