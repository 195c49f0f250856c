use super::*;
use crate::tui::{
    mailbox::News,
    model::Model,
    tests::{
        fleet::{self, key, number},
        memory::MemoryLog,
    },
};
use watchtower_core::ports::log::LivePicture as _;

struct Session {
    log: Arc<MemoryLog>,
    mailbox: Arc<Mailbox>,
    model: Model,
    links: Vec<Link>,
    arrival: Option<Arrival>,
    ground: Option<Arc<Ground>>,
    passed: usize,
    _ends: tokio_util::sync::DropGuard,
}

impl Session {
    /// A feed on a log of eight trucks and their past.
    async fn start() -> Self {
        let log = Arc::new(MemoryLog::default());
        log.set_live(fleet::live(8));
        log.put_meta(&fleet::meta(8)).await.unwrap();
        for event in fleet::trails(8) {
            log.put(Family::Position, event);
        }
        for event in fleet::past() {
            log.put(Family::Event, event);
        }
        let (mailbox, cancel) = (Arc::new(Mailbox::default()), CancellationToken::new());
        let feed = Feed::new(log.clone(), mailbox.clone(), Arc::new(|| fleet::at(1)));
        tokio::spawn(feed.run(cancel.clone()));
        Self {
            log,
            mailbox,
            model: Model::default(),
            links: Vec::new(),
            arrival: None,
            ground: None,
            passed: 0,
            _ends: cancel.drop_guard(),
        }
    }

    /// Takes news until `done`.
    async fn until(&mut self, done: impl Fn(&Self) -> bool) {
        let patience = time::timeout(Duration::from_secs(120), async {
            while !done(self) {
                self.mailbox.wait().await;
                self.take(self.mailbox.take());
            }
        });
        patience.await.expect("the feed brings it within two minutes of test time");
    }

    fn take(&mut self, news: News) {
        news.meta.into_iter().for_each(|meta| self.model.take_meta(meta));
        news.picture.into_iter().for_each(|live| self.model.take_picture(live));
        for (key, fixes) in news.fixes {
            fixes.into_iter().for_each(|fix| self.model.take_fix(&key, fix));
        }
        news.past.into_iter().for_each(|event| self.model.take_past(event));
        news.events.into_iter().for_each(|event| self.model.take_event(event));
        self.model.alerts.settle();
        self.ground = news.ground.or(self.ground.take());
        self.passed += news.passed.len();
        self.links.extend(news.link);
        self.arrival = news.arrival.or(self.arrival);
    }
}

#[tokio::test(start_paused = true)]
async fn the_picture_comes_first_and_the_past_after_it() {
    let mut session = Session::start().await;
    session.until(|session| session.links.contains(&Link::Live)).await;
    assert_eq!(session.model.vehicles.len(), 8);
    assert_eq!(session.model.fences.len(), 5);
    session.until(|session| session.model.events.len() == fleet::past().len()).await;
    session.until(|session| session.model.vehicles[&key(&number(0))].trail.points().len() > 20).await;
    assert_eq!(session.model.alerts.open_count(), 3);
    assert_eq!(session.arrival, None, "the past is no news");
}

#[tokio::test(start_paused = true)]
async fn what_is_appended_arrives_with_its_lag() {
    let mut session = Session::start().await;
    session.until(|session| session.links.contains(&Link::Live)).await;
    session.log.put(Family::Position, fleet::fix(&number(0), 0, (3.9, 6.9), 30.0));
    session.until(|session| session.arrival.is_some()).await;
    assert_eq!(session.arrival, Some(Arrival { recorded_at: fleet::at(0), arrived_at: fleet::at(1) }));
    assert_eq!(session.model.vehicles[&key(&number(0))].position.point.lon(), 3.9);
}

#[tokio::test(start_paused = true)]
async fn a_lost_log_is_told_and_nothing_is_missed_when_it_is_back() {
    let mut session = Session::start().await;
    session.until(|session| session.links.contains(&Link::Live)).await;
    session.log.take_down();
    session.until(|session| matches!(session.links.last(), Some(Link::Reconnecting { .. }))).await;
    let Some(Link::Reconnecting { since, reason }) = session.links.last().cloned() else { unreachable!() };
    assert_eq!((since, reason.as_str()), (fleet::at(1), "refused"));

    let missed = fleet::triggered(&number(2), 2, watchtower_core::domain::alert::AlertKind::Crash);
    session.log.put(Family::Event, missed);
    time::sleep(Duration::from_secs(60)).await;
    session.log.bring_up();
    session.until(|session| session.links.last() == Some(&Link::Live)).await;
    session.until(|session| session.model.alerts.open_count() == 4).await;
}

#[tokio::test(start_paused = true)]
async fn changed_master_data_are_read_again() {
    let mut session = Session::start().await;
    session.until(|session| session.links.contains(&Link::Live)).await;
    let fence = watchtower_core::domain::geofence::Geofence::area(
        "lekki",
        "Lekki Deep Sea Port",
        watchtower_core::domain::geofence::FenceKind::Terminal,
        vec![(4.0, 6.4), (4.1, 6.4), (4.1, 6.5), (4.0, 6.4)],
    );
    session.log.put_meta(&[watchtower_core::ports::log::Meta::Geofence(fence)]).await.unwrap();
    session.until(|session| session.model.fences.len() == 6).await;
}

#[tokio::test(start_paused = true)]
async fn commands_are_appended_and_a_failure_is_told() {
    let log = Arc::new(MemoryLog::default());
    let (mailbox, cancel) = (Arc::new(Mailbox::default()), CancellationToken::new());
    let (sender, receiver) = mpsc::channel(4);
    tokio::spawn(send(log.clone(), mailbox.clone(), receiver, cancel.clone()));
    let command = fleet::motion_changed("T1", 0, watchtower_core::domain::live::Motion::Idle);
    sender.send(command.clone()).await.unwrap();
    log.put(Family::Raw, command.clone());
    while log.commands().is_empty() {
        tokio::task::yield_now().await;
    }
    log.take_down();
    sender.send(command).await.unwrap();
    mailbox.wait().await;
    assert_eq!(mailbox.take().failure.as_deref(), Some("not sent: event log unavailable: refused"));
    cancel.cancel();
}

#[tokio::test(start_paused = true)]
async fn the_footprint_is_brought_and_brought_again_when_it_has_grown() {
    let mut session = Session::start().await;
    let mut footprint = watchtower_core::domain::footprint::Footprint::default();
    for grown in 1..=2_u32 {
        footprint.add(Cell { x: 1_000, y: 70_000 * grown }, 3);
        let tiles: Vec<_> = footprint.tiles().map(|(id, tile)| (id, tile.clone())).collect();
        assert!(session.log.put_footprint(u64::from(grown) - 1, &tiles).await.unwrap());
        let has_it = |session: &Session| {
            session.ground.as_ref().is_some_and(|ground| ground.footprint().len() == grown as usize)
        };
        session.until(has_it).await;
    }
}

#[tokio::test(start_paused = true)]
async fn ways_seen_are_told_as_they_are_driven() {
    let mut session = Session::start().await;
    session.until(|session| session.links.contains(&Link::Live)).await;
    let past = session.passed;
    for second in 0..20_u8 {
        let place = (3.9 + f64::from(second) * 0.000_2, 6.9);
        session.log.put(Family::Position, fleet::fix("NEW", i64::from(second), place, 60.0));
    }
    // 19 legs of 22 m, over cells of 19.
    session.until(|session| session.passed >= past + 20).await;
}
