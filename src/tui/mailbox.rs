//! Between the feed and the screen: what has come since the screen last
//! looked. The feed never waits for the screen and the screen never for the
//! feed; what is kept is bounded, and the newest state wins.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::Notify;
use watchtower_core::{
    domain::{
        event::{Event, EventData},
        footprint::Cell,
        id::VehicleKey,
        live::LiveState,
        position::Position,
        time::Timestamp,
    },
    ports::{log::Meta, tiles::TileAt},
};

use super::{
    analytics::{Figures, Wish},
    map::{Ground, StreetTile},
    preferences::Preferences,
    replay::{Scene, Standing},
};
use crate::answers::Answer;

/// Fixes kept of one vehicle: enough for a trail while the screen is busy.
const MOST_FIXES: usize = 64;
/// Events kept; past this the oldest go, and the picture is read again.
const MOST_EVENTS: usize = 8_192;

/// Passed cells kept: what is missing of so many is not missed.
const MOST_PASSED: usize = 65_536;

/// How the connection to the log stands.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Link {
    /// The first picture is on its way.
    #[default]
    Connecting,
    /// Entries arrive.
    Live,
    /// It broke, and is being tried again.
    Reconnecting {
        /// When it broke.
        since: Timestamp,
        /// What the log said.
        reason: String,
    },
}

/// When the newest entry was recorded and when it came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Arrival {
    /// When it was appended.
    pub recorded_at: Timestamp,
    /// When it was here.
    pub arrived_at: Timestamp,
}

/// Everything since the last look.
#[derive(Debug, Default)]
pub struct News {
    /// The connection, if it changed.
    pub link: Option<Link>,
    /// The live picture, if it was read.
    pub picture: Option<Vec<LiveState>>,
    /// The master data, if they changed.
    pub meta: Option<Vec<Meta>>,
    /// The ways the fleet has driven, if they were read.
    pub ground: Option<Arc<Ground>>,
    /// Tiles that were read, and those there are none of.
    pub tiles: Vec<(TileAt, Option<Arc<StreetTile>>)>,
    /// Figures of past days, or why there are none, as they were wished for.
    pub figures: Option<(Wish, Result<Arc<Figures>, String>)>,
    /// The answer to a question by its number, or why there is none.
    pub answer: Option<(u32, Result<Arc<Answer>, String>)>,
    /// All there is at another moment of a replay; it comes before the rest.
    pub scene: Option<Box<Scene>>,
    /// Where a replay is.
    pub standing: Option<Standing>,
    /// Cells vehicles passed.
    pub passed: Vec<Cell>,
    /// Fixes by vehicle, in the order they came.
    pub fixes: HashMap<VehicleKey, VecDeque<Position>>,
    /// Derived events in the order they came.
    pub events: VecDeque<Event>,
    /// Events of the past, for the lists alone.
    pub past: VecDeque<Event>,
    /// The newest entry.
    pub arrival: Option<Arrival>,
    /// What the user prefers, if that changed, or what is wrong with it.
    pub preferences: Option<Result<Preferences, String>>,
    /// Something that was asked for is done.
    pub told: Option<String>,
    /// Something for the user to know.
    pub failure: Option<String>,
}

#[derive(Debug, Default)]
struct Inside {
    news: News,
    overrun: bool,
}

/// The mailbox.
#[derive(Debug, Default)]
pub struct Mailbox {
    inside: Mutex<Inside>,
    flag: Notify,
}

impl Mailbox {
    /// Takes what there is.
    pub fn take(&self) -> News {
        std::mem::take(&mut self.lock().news)
    }

    /// Waits until there is something.
    pub async fn wait(&self) {
        self.flag.notified().await;
    }

    /// Whether events were dropped since the last call, so that the picture must
    /// be read again.
    pub fn take_overrun(&self) -> bool {
        std::mem::take(&mut self.lock().overrun)
    }

    /// The connection changed.
    pub fn put_link(&self, link: Link) {
        self.change(|inside| inside.news.link = Some(link));
    }

    /// The live picture was read: fixes waiting stay, they may be newer.
    pub fn put_picture(&self, live: Vec<LiveState>) {
        self.change(|inside| match &mut inside.news.picture {
            // A picture of some is no reason to forget that of the others.
            Some(picture) => picture.extend(live),
            none => *none = Some(live),
        });
    }

    /// The master data were read.
    pub fn put_meta(&self, meta: Vec<Meta>) {
        self.change(|inside| inside.news.meta = Some(meta));
    }

    /// The footprint was read.
    pub fn put_ground(&self, ground: Arc<Ground>) {
        self.change(|inside| inside.news.ground = Some(ground));
    }

    /// A tile was read; as many come as were wanted.
    pub fn put_tile(&self, at: TileAt, tile: Option<Arc<StreetTile>>) {
        self.change(|inside| inside.news.tiles.push((at, tile)));
    }

    /// The store answered a wish.
    pub fn put_figures(&self, wish: Wish, answer: Result<Arc<Figures>, String>) {
        self.change(|inside| inside.news.figures = Some((wish, answer)));
    }

    /// The store answered a question.
    pub fn put_answer(&self, number: u32, answer: Result<Arc<Answer>, String>) {
        self.change(|inside| inside.news.answer = Some((number, answer)));
    }

    /// A replay has gone to another moment: what waits is of the one before.
    pub fn put_scene(&self, scene: Scene, standing: Standing) {
        self.change(|inside| {
            let news = &mut inside.news;
            (news.picture, news.fixes, news.events) = (None, HashMap::new(), VecDeque::new());
            (news.scene, news.standing) = (Some(Box::new(scene)), Some(standing));
        });
    }

    /// Time has passed in a replay, or its pace has changed.
    pub fn put_standing(&self, standing: Standing) {
        self.change(|inside| inside.news.standing = Some(standing));
    }

    /// Vehicles passed these cells; told with the entries that say so.
    pub fn put_passed(&self, mut passed: Vec<Cell>) {
        let mut inside = self.lock();
        passed.truncate(MOST_PASSED - inside.news.passed.len());
        inside.news.passed.append(&mut passed);
    }

    /// Preferences changed, or cannot be read any more.
    pub fn put_preferences(&self, preferences: Result<Preferences, String>) {
        self.change(|inside| inside.news.preferences = Some(preferences));
    }

    /// Something is done that the user asked for.
    pub fn put_told(&self, told: String) {
        self.change(|inside| inside.news.told = Some(told));
    }

    /// Something failed that the user asked for.
    pub fn put_failure(&self, failure: String) {
        self.change(|inside| inside.news.failure = Some(failure));
    }

    /// Entries arrived.
    pub fn put_events(&self, events: Vec<Event>, arrival: Arrival) {
        self.change(|inside| {
            for event in events {
                let Some(event) = inside.put_fix(event) else { continue };
                inside.news.events.push_back(event);
                if inside.news.events.len() > MOST_EVENTS {
                    inside.news.events.pop_front();
                    inside.overrun = true;
                }
            }
            inside.news.arrival = Some(arrival);
        });
    }

    /// Entries of the past were read.
    pub fn put_past(&self, events: Vec<Event>) {
        self.change(|inside| {
            for event in events {
                let Some(event) = inside.put_fix(event) else { continue };
                inside.news.past.push_back(event);
                if inside.news.past.len() > MOST_EVENTS {
                    inside.news.past.pop_front();
                }
            }
        });
    }

    fn change(&self, change: impl FnOnce(&mut Inside)) {
        change(&mut self.lock());
        self.flag.notify_one();
    }

    // A panic while the lock is held leaves whole values behind.
    fn lock(&self) -> std::sync::MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    /// Keeps a fix under its vehicle; hands anything else back.
    fn put_fix(&mut self, event: Event) -> Option<Event> {
        let EventData::PositionUpdated(position) = event.data else { return Some(event) };
        let key = VehicleKey::new(&event.key).ok()?;
        let fixes = self.news.fixes.entry(key).or_default();
        fixes.push_back(position);
        if fixes.len() > MOST_FIXES {
            fixes.pop_front();
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::tests::fleet;

    #[test]
    fn a_busy_screen_finds_the_newest_fixes_of_every_vehicle() {
        let mailbox = Mailbox::default();
        let arrival = Arrival { recorded_at: fleet::NOW, arrived_at: fleet::NOW };
        for second in 0..1_000 {
            let events = ["T1", "T2"].map(|key| fleet::fix(key, second, (3.3, 6.5), 40.0));
            mailbox.put_events(events.into(), arrival);
        }
        let news = mailbox.take();
        for key in ["T1", "T2"] {
            let fixes = &news.fixes[&VehicleKey::new(key).unwrap()];
            assert_eq!(fixes.len(), MOST_FIXES);
            assert_eq!(fixes.back().unwrap().device_time, fleet::at(999));
        }
        assert!(mailbox.take().fixes.is_empty());
    }

    #[test]
    fn dropped_events_ask_for_the_picture_again() {
        let mailbox = Mailbox::default();
        let arrival = Arrival { recorded_at: fleet::NOW, arrived_at: fleet::NOW };
        let event = fleet::motion_changed("T1", 0, watchtower_core::domain::live::Motion::Idle);
        mailbox.put_events(vec![event.clone(); MOST_EVENTS], arrival);
        assert!(!mailbox.take_overrun());
        mailbox.put_events(vec![event], arrival);
        assert_eq!(mailbox.take().events.len(), MOST_EVENTS);
        assert!(mailbox.take_overrun() && !mailbox.take_overrun());
    }
}
