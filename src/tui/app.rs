//! The dashboard between input and frame: pure, its clock an argument. Keys,
//! clicks and news go in; frames and a few effects come out.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use chrono_tz::Tz;
use crossterm::event::{Event as Input, KeyEventKind};
use watchtower_core::domain::{
    geo::LonLat,
    id::{FenceId, VehicleKey},
    time::Timestamp,
};

use super::{
    analytics::{Analytics, Supply, Wish},
    layout::View,
    mailbox::News,
    map::{Map, Mark, Viewport},
    memory::Memory,
    model::Model,
    preferences::Preferences,
    questions::Questions,
    replay::Standing,
    roster::{Roster, Row},
    theme::{Theme, ThemeName},
};

mod acts;
mod aiming;
mod alerting;
mod arranging;
mod asking;
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
mod layers;
mod linking;
mod lists;
mod mouse;
mod moving;
mod overlay;
mod preferring;
mod prompting;
mod touring;
mod transport;

pub use bookmarks::Naming;
pub use choices::{Access, Detail, Fences, Following, Trails};
pub use copying::CHOICES;
pub use dialog::{Dialog, Purpose};
pub use drawing::Drawing;
pub use exchange::{Effect, Gravity, Message, Target};
pub use filtering::FilterLine;
pub use overlay::{Overlay, Overlays};
pub use prompting::Prompt;

use aiming::{Aim, Fit};
use draw::Shown;
use layers::Layers;
use linking::Connection;
use lists::Lists;
use mouse::Pointer;
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

/// The dashboard.
#[derive(Debug)]
pub struct App {
    /// The fleet.
    pub model: Model,
    /// The map.
    pub map: Map,
    /// The fleet list.
    pub roster: Roster,
    /// The truck shown in detail.
    pub selected: Option<VehicleKey>,
    /// The geofence that was clicked.
    pub(super) pinned_fence: Option<FenceId>,
    pub(super) lists: Lists,
    pub(super) analytics: Analytics,
    pub(super) questions: Questions,
    pub(super) replay: Option<Standing>,
    pub(super) connection: Connection,
    pub(super) setting: Setting,
    pub(super) theme: Theme,
    pub(super) preferences: Preferences,
    /// The theme that fits the terminal's ground, and that chosen on the screen.
    fitting: ThemeName,
    chosen: Option<ThemeName>,
    pub(super) view: View,
    /// Whether the terminal understands text that leads somewhere.
    links: bool,
    pub(super) aim: Aim,
    pub(super) layers: Layers,
    /// Views kept under a letter or a digit.
    pub(super) bookmarks: BTreeMap<char, Viewport>,
    pub(super) overlays: Overlays,
    pub(super) message: Option<Message>,
    asked: Vec<dialog::Asked>,
    exports: PathBuf,
    tour: Option<touring::Tour>,
    watch: attending::Watch,
    pub(super) pointer: Pointer,
    pub(super) shown: Shown,
    pub(super) moving: Moving,
    /// Memory for the marks of the next frame.
    pub(super) marks: Vec<Mark>,
    /// Turns with every second: the two phases of what pulses.
    pub(super) beat: bool,
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
            map: Map::new(nowhere, scenery),
            roster: Roster::default(),
            selected: None,
            pinned_fence: None,
            lists: Lists::default(),
            analytics: Analytics::default(),
            questions: Questions::default(),
            replay: None,
            connection: Connection::default(),
            setting,
            theme,
            preferences: Preferences::default(),
            fitting: ThemeName::default(),
            chosen: None,
            view: View::default(),
            links: false,
            aim: Aim::at(start.map_or(Fit::FirstFleet, Fit::Corners)),
            layers: Layers::default(),
            bookmarks: BTreeMap::new(),
            overlays: Overlays::default(),
            message: None,
            asked: Vec::new(),
            exports: PathBuf::new(),
            tour: None,
            watch: attending::Watch::default(),
            pointer: Pointer::default(),
            shown: Shown::default(),
            moving: Moving::default(),
            marks: Vec::new(),
            beat: false,
            unsettled_s: 0,
            detail: Detail::Full,
            dirty: true,
        }
    }

    /// Arranges itself as it was.
    pub fn recall(&mut self, memory: Memory) {
        let Memory { view, columns, column, direction, trails, fences, graticule, bookmarks } = memory;
        self.bookmarks = bookmarks;
        (self.view, self.map.graticule) = (view, graticule);
        (self.layers.trails, self.layers.fences) = (trails, fences);
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
            trails: self.layers.trails,
            fences: self.layers.fences,
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
        if let Some((number, answer)) = news.answer {
            self.questions.take(number, answer);
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
        self.connection.arrival = news.arrival.or(self.connection.arrival);
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
            if self.layers.stays.is_some() {
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

    fn has_archive(&self) -> bool {
        self.analytics.supply != Supply::None
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
}
