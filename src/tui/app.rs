//! The dashboard between input and frame: pure, its clock an argument. Keys,
//! clicks and news go in; frames and a few effects come out.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use chrono_tz::Tz;
use crossterm::event::{Event as Input, KeyEventKind};
use ratatui::layout::Rect;
use watchtower_core::domain::{
    geo::LonLat,
    id::{AlertId, EventId, FenceId, TripId, VehicleKey},
    time::Timestamp,
};

use super::{
    analytics::{Analytics, Wish},
    hyperlinks::Hyperlink,
    keymap::Keymap,
    layout::{Divider, Layout, Pane, View},
    listing::Window,
    mailbox::{Arrival, Link, News},
    map::{Map, Mark, Stays, Viewport},
    memory::Memory,
    model::Model,
    palette::CommandPalette,
    preferences::Preferences,
    replay::Standing,
    roster::{Roster, Row},
    theme::{Theme, ThemeName},
};

mod acts;
mod attending;
mod bookmarks;
mod choices;
mod commanding;
mod copying;
mod dialog;
mod draw;
mod drawing;
mod exchange;
mod exporting;
mod filtering;
mod keys;
mod linking;
mod mouse;
mod moving;
mod preferring;
mod touring;
mod transport;

pub use bookmarks::Naming;
pub use choices::{Access, Detail, Fences, Following, Trails};
pub use copying::{CHOICES, Copying};
pub use dialog::{Dialog, Purpose};
pub use drawing::Drawing;
pub use exchange::{Effect, Gravity, Message, Prompt, Target};
pub use filtering::FilterLine;
use moving::Moving;

/// How long a message stays.
const MESSAGE_STAYS: Duration = Duration::from_secs(6);

/// Ways seen are let onto the map this often, in seconds.
const SETTLE_S: u8 = 10;

/// What the composition root knows and the screen shows.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The fleet's zone.
    pub zone: Tz,
    /// What the dashboard is connected to.
    pub connection: String,
    /// A word beside the product's name: `demo`.
    pub note: Option<String>,
    /// Who sits here.
    pub operator: String,
    /// What they may do.
    pub access: Access,
}

/// Something the map should show as soon as it has a size.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Fit {
    Nothing,
    FirstFleet,
    Fleet,
    Selection,
    Corners([LonLat; 2]),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Press {
    column: u16,
    row: u16,
    at: Timestamp,
    moved: Moved,
    held: Held,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Moved {
    No,
    Yes,
}

/// What a pressed button drags.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Held {
    /// What lies under the pointer.
    Content,
    /// The border between panes.
    Divider(Divider),
    /// The moment a replay shows.
    Timeline,
}

/// The dashboard.
#[derive(Debug)]
pub struct App {
    /// The fleet.
    pub model: Model,
    /// The connection.
    pub link: Link,
    /// The map.
    pub map: Map,
    /// The fleet list.
    pub roster: Roster,
    /// The truck shown in detail.
    pub selected: Option<VehicleKey>,
    pub(super) setting: Setting,
    pub(super) theme: Theme,
    pub(super) keymap: Keymap,
    preferences: Preferences,
    /// The theme that fits the terminal's ground, and that chosen on the screen.
    fitting: ThemeName,
    chosen: Option<ThemeName>,
    pub(super) view: View,
    pub(super) layout: Layout,
    pub(super) targets: Vec<(Rect, Target)>,
    /// What leads somewhere, of the last frame, and whether the terminal understands that.
    pub(super) hyperlinks: Vec<Hyperlink>,
    links: bool,
    pub(super) following: Following,
    pub(super) trails: Trails,
    pub(super) fences: Fences,
    pub(super) prompt: Option<Prompt>,
    pub(super) help: Option<Window>,
    pub(super) dialog: Option<Dialog>,
    pub(super) palette: Option<CommandPalette>,
    pub(super) drawing: Option<Drawing>,
    /// Views kept under a letter or a digit.
    pub(super) bookmarks: BTreeMap<char, Viewport>,
    /// What the next key names a bookmark for.
    pub(super) naming: Option<Naming>,
    /// Where vehicles have stood, while that is shown.
    pub(super) stays: Option<Stays>,
    pub(super) copying: Copying,
    exports: PathBuf,
    tour: Option<touring::Tour>,
    watch: attending::Watch,
    missed: Option<linking::Missed>,
    pub(super) message: Option<Message>,
    pub(super) arrival: Option<Arrival>,
    pub(super) alert_cursor: Option<AlertId>,
    pub(super) alert_window: Window,
    pub(super) event_cursor: Option<EventId>,
    pub(super) event_window: Window,
    pub(super) trip_cursor: Option<TripId>,
    pub(super) trip_window: Window,
    pub(super) truck_window: Window,
    pub(super) analytics: Analytics,
    pub(super) replay: Option<Standing>,
    pub(super) timeline: Option<Rect>,
    pub(super) pointer: Option<(u16, u16)>,
    pub(super) pinned_fence: Option<FenceId>,
    pub(super) moving: Moving,
    /// Memory for the marks of the next frame.
    pub(super) marks: Vec<Mark<'static>>,
    /// Turns with every second: the two phases of what pulses.
    pub(super) beat: bool,
    press: Option<Press>,
    last_click: Option<Press>,
    fit: Fit,
    asked: Vec<dialog::Asked>,
    /// Seconds since the ways seen were last let onto the map.
    unsettled_s: u8,
    detail: Detail,
    dirty: bool,
}

/// Where the map looks before it knows the fleet.
const NOWHERE: f64 = 2.0;

impl App {
    /// A dashboard that has heard nothing yet. `start`: two corners of what the
    /// map shows first, the fleet when they are not given.
    pub fn new(setting: Setting, theme: Theme, scenery: &str, start: Option<[LonLat; 2]>) -> Self {
        let nowhere = Viewport { centre: LonLat::new(5.0, 8.0).expect("it is in range"), zoom: NOWHERE };
        Self {
            model: Model::default(),
            link: Link::default(),
            map: Map::new(nowhere, scenery),
            roster: Roster::default(),
            selected: None,
            setting,
            theme,
            keymap: Keymap::default(),
            preferences: Preferences::default(),
            fitting: ThemeName::default(),
            chosen: None,
            view: View::default(),
            layout: Layout::default(),
            targets: Vec::new(),
            hyperlinks: Vec::new(),
            links: false,
            following: Following::Off,
            trails: Trails::default(),
            fences: Fences::default(),
            prompt: None,
            help: None,
            dialog: None,
            palette: None,
            drawing: None,
            copying: Copying::No,
            exports: PathBuf::new(),
            tour: None,
            watch: attending::Watch::default(),
            missed: None,
            asked: Vec::new(),
            bookmarks: BTreeMap::new(),
            naming: None,
            stays: None,
            message: None,
            arrival: None,
            alert_cursor: None,
            alert_window: Window::default(),
            event_cursor: None,
            event_window: Window::default(),
            trip_cursor: None,
            trip_window: Window::default(),
            truck_window: Window::default(),
            analytics: Analytics::default(),
            replay: None,
            timeline: None,
            pointer: None,
            pinned_fence: None,
            moving: Moving::default(),
            marks: Vec::new(),
            beat: false,
            press: None,
            last_click: None,
            fit: start.map_or(Fit::FirstFleet, Fit::Corners),
            unsettled_s: 0,
            detail: Detail::Full,
            dirty: true,
        }
    }

    /// Arranges itself as it was.
    pub fn recall(&mut self, memory: Memory) {
        let Memory { view, columns, column, direction, trails, fences, graticule, bookmarks } = memory;
        self.bookmarks = bookmarks;
        (self.view, self.trails, self.fences, self.map.graticule) = (view, trails, fences, graticule);
        (self.roster.column, self.roster.direction) = (column, direction);
        self.roster.show_columns(columns);
        self.dirty = true;
    }

    /// What to recall the next time.
    pub fn memory(&self) -> Memory {
        Memory {
            view: self.view.clone(),
            columns: self.roster.columns.clone(),
            column: self.roster.column,
            direction: self.roster.direction,
            trails: self.trails,
            fences: self.fences,
            graticule: self.map.graticule,
            bookmarks: self.bookmarks.clone(),
        }
    }

    /// Takes news of the fleet; they may be worth calling somebody for.
    pub fn take_news(&mut self, news: News, now: Timestamp) -> Option<Effect> {
        self.moving.go_on(now);
        // What was missed follows the link that is back.
        if let Some(link) = news.link {
            self.take_link(link, now);
        }
        if let Some(meta) = news.meta {
            self.model.take_meta(meta);
        }
        if let Some(scene) = news.scene {
            self.take_scene(*scene);
        }
        if let Some(live) = news.picture {
            self.model.take_picture(live);
        }
        if let Some(ground) = news.ground {
            self.map.take_ground(ground);
        }
        if let Some((wish, answer)) = news.figures {
            self.analytics.take(wish, answer);
        }
        self.map.tread(&news.passed);
        news.tiles.into_iter().for_each(|(at, tile)| self.map.take_tile(at, tile));
        for (key, fixes) in news.fixes {
            for position in fixes {
                self.model.take_fix(&key, position);
            }
        }
        news.past.into_iter().for_each(|event| self.model.take_past(event));
        for event in news.events {
            self.hear_answer(&event, now);
            self.count_missed(&event);
            self.hear_alert(&event);
            self.model.take_event(event);
        }
        if let Some(standing) = news.standing {
            self.take_standing(standing);
        }
        self.model.alerts.settle();
        self.arrival = news.arrival.or(self.arrival);
        if let Some(told) = news.told {
            self.tell(Gravity::Note, told, now);
        }
        if let Some(preferences) = news.preferences {
            self.take_preferences(preferences, now);
        }
        if let Some(failure) = news.failure {
            self.model.alerts.forget_asked();
            self.asked.clear();
            self.tell(Gravity::Failure, failure, now);
        }
        self.dirty = true;
        self.call_attention(now)
    }

    /// A second has passed.
    pub fn tick(&mut self, now: Timestamp) -> Option<Effect> {
        self.moving.go_on(now);
        self.message.take_if(|message| message.until <= now);
        self.await_answers(now);
        self.beat = !self.beat;
        self.unsettled_s += 1;
        if self.unsettled_s >= SETTLE_S {
            self.unsettled_s = 0;
            self.map.settle();
            if self.stays.is_some() {
                self.gather_stays(now);
            }
        }
        self.tell_missed(now);
        self.go_on_tour(now);
        self.dirty = true;
        self.call_attention(now)
    }

    /// Takes one input of the terminal.
    pub fn handle(&mut self, input: &Input, now: Timestamp) -> Option<Effect> {
        self.see_whether_attended(input, now);
        match input {
            Input::Key(key) if key.kind != KeyEventKind::Release => {
                self.dirty = true;
                self.key(key, now)
            }
            Input::Mouse(mouse) => self.mouse(mouse, now),
            Input::Paste(pasted) => {
                self.paste(pasted, now);
                None
            }
            Input::Resize(..) | Input::FocusGained => {
                self.dirty = true;
                None
            }
            Input::Key(_) | Input::FocusLost => None,
        }
    }

    /// There is a store to ask for past days.
    pub fn use_archive(&mut self) {
        self.analytics.use_archive();
    }

    /// The figures the screen wants to be told.
    pub fn wish(&self) -> Option<Wish> {
        self.analytics.wish()
    }

    /// Whether the screen is out of date; it is up to date after this.
    pub fn take_dirty(&mut self) -> bool {
        std::mem::take(&mut self.dirty)
    }

    /// How richly the map is drawn.
    pub fn detail(&self) -> Detail {
        self.detail
    }

    /// Draws the map so from now on.
    pub fn set_detail(&mut self, detail: Detail) {
        self.dirty |= self.detail != detail;
        self.detail = detail;
    }

    fn tell(&mut self, gravity: Gravity, text: String, now: Timestamp) {
        self.message = Some(Message { text, gravity, until: now.plus(MESSAGE_STAYS) });
        self.dirty = true;
    }

    pub(super) fn select(&mut self, vehicle: VehicleKey) {
        if self.selected.as_ref() != Some(&vehicle) {
            self.truck_window = Window::default();
        }
        // Where one pane stands for several, whoever picks a truck wants to see it.
        if self.selected.is_none() && matches!(self.view.focus(), Pane::Map | Pane::Fleet) {
            self.view.bring_up(Pane::Truck);
        }
        self.selected = Some(vehicle);
    }

    /// Selects a truck picked from another list than the fleet's.
    fn pick(&mut self, vehicle: VehicleKey) {
        self.roster.place_on(&vehicle);
        self.select(vehicle);
    }

    fn cursor_changed(&mut self) {
        if let Some(Row::Truck(vehicle)) = self.roster.cursor.clone() {
            self.select(vehicle);
        }
    }
}
