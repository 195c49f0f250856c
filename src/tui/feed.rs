//! From the event log to the screen: the live picture, then everything that
//! follows it. Reconnects by itself and says so; holds no group.

use std::{collections::HashMap, convert::Infallible, sync::Arc, time::Duration};

use futures::future::try_join_all;
use rand::Rng;
use tokio::{sync::mpsc, time};
use tokio_util::sync::CancellationToken;
use watchtower_core::{
    domain::{
        event::{Event, EventData},
        footprint::{Cell, Tread},
        time::Timestamp,
    },
    ports::log::{EntryId, Family, Log, LogError, StreamId},
};

use super::{
    mailbox::{Arrival, Link, Mailbox},
    map::Ground,
};

/// How often the master data's version is asked for.
const META_EVERY: Duration = Duration::from_secs(2);
/// How long a read waits for the first entry before it is asked again.
const TAIL_WAIT: Duration = Duration::from_secs(5);
/// How long any other call may take before the connection counts as broken.
const CALL_LIMIT: Duration = Duration::from_secs(10);
/// A read that outlives its own wait by this has lost its connection.
const TAIL_LIMIT: Duration = Duration::from_secs(15);
/// Entries of one read.
const TAIL_LIMIT_ENTRIES: usize = 2_000;
/// Trails reach back to the last of these, read in steps: if there is too much
/// of it, the oldest is left out.
const TRAIL_BACK: [Duration; 3] = [minutes(5), minutes(15), minutes(30)];
/// Alerts and events reach back to the last of these.
const EVENTS_BACK: [Duration; 4] = [minutes(30), minutes(2 * 60), minutes(8 * 60), minutes(24 * 60)];
/// Entries of one page of the past, and pages read of one stream.
const PAGE: usize = 1_000;
const MOST_PAGES: usize = 32;
/// Waits between attempts to reconnect.
const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// How often it is asked whether the footprint has grown: it does once a day.
const GROUND_EVERY: Duration = Duration::from_secs(60);
/// How long it may take to come: some megabytes, over any line.
const GROUND_LIMIT: Duration = Duration::from_secs(120);

const fn minutes(count: u64) -> Duration {
    Duration::from_secs(60 * count)
}

/// The clock, so that a test can hold it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// One source of news for one mailbox.
pub struct Feed {
    log: Arc<dyn Log>,
    mailbox: Arc<Mailbox>,
    clock: Clock,
    cursors: Vec<(StreamId, EntryId)>,
    seeded: bool,
    treads: Treads,
    ground: (u64, Arc<Ground>),
}

/// Where the vehicles were last, by key: what they pass follows from it.
type Treads = HashMap<String, Tread>;

/// The cells passed by the fixes among `events`, which are in order.
fn passed<'a>(events: impl Iterator<Item = &'a Event>, treads: &mut Treads) -> Vec<Cell> {
    let mut cells = Vec::new();
    for event in events {
        if let EventData::PositionUpdated(position) = &event.data {
            let tread = match treads.get_mut(&event.key) {
                Some(tread) => tread,
                None => treads.entry(event.key.clone()).or_default(),
            };
            tread.step(position, |cell| cells.push(cell));
        }
    }
    cells
}

impl std::fmt::Debug for Feed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Feed").field("cursors", &self.cursors.len()).finish_non_exhaustive()
    }
}

impl Feed {
    /// A feed that has read nothing.
    pub fn new(log: Arc<dyn Log>, mailbox: Arc<Mailbox>, clock: Clock) -> Self {
        Self {
            log,
            mailbox,
            clock,
            cursors: Vec::new(),
            seeded: false,
            treads: Treads::default(),
            ground: Default::default(),
        }
    }

    /// Reads until cancelled. A broken connection is tried again with growing
    /// waits; what was appended meanwhile is read then.
    pub async fn run(mut self, cancel: CancellationToken) {
        cancel.run_until_cancelled(self.keep_reading()).await;
    }

    async fn keep_reading(&mut self) {
        let (mut wait, mut since) = (FIRST_WAIT, None);
        loop {
            let mut connected = false;
            let error = match self.session(&mut connected).await {
                Ok(never) => match never {},
                Err(error) => error,
            };
            if connected {
                (wait, since) = (FIRST_WAIT, None);
            }
            let since = *since.get_or_insert_with(|| (self.clock)());
            tracing::warn!(error = %error, wait.ms = wait.as_millis() as u64, "event log lost, trying again");
            // The line has little room: that the log is away it says already.
            let reason = match error {
                LogError::Unavailable { reason } => reason,
                other => other.to_string(),
            };
            self.mailbox.put_link(Link::Reconnecting { since, reason });
            // A room full of dashboards must not come back in step.
            let jitter = rand::rng().random_range(0.75..1.25);
            time::sleep(wait.mul_f64(jitter)).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    async fn session(&mut self, connected: &mut bool) -> Result<Infallible, LogError> {
        limited(self.find_place()).await?;
        // The newest ids first, the picture after: what falls between is read twice,
        // which changes nothing, and never missed.
        let (live, meta, version) = limited(picture(&self.log)).await?;
        self.mailbox.put_meta(meta);
        self.mailbox.put_picture(live);
        self.mailbox.put_link(Link::Live);
        *connected = true;
        let past = if self.seeded { None } else { Some((self.clock)()) };
        let (log, mailbox, clock) = (&self.log, &self.mailbox, &self.clock);
        let (cursors, seeded) = (&mut self.cursors, &mut self.seeded);
        let follow = follow(log, mailbox, clock, cursors, &mut self.treads);
        let ground = watch_ground(log, mailbox, &mut self.ground);
        let watch = watch_meta(log, mailbox, version);
        let seed = async {
            if let Some(now) = past {
                read_past(log, mailbox, now).await?;
                *seeded = true;
            }
            std::future::pending::<Result<Infallible, LogError>>().await
        };
        let (never, _, _, _) = tokio::try_join!(follow, watch, seed, ground)?;
        match never {}
    }

    /// The first time the end of every stream; later the place reached, unless
    /// the log has begun anew.
    async fn find_place(&mut self) -> Result<(), LogError> {
        let streams = streams(&self.log);
        let newest = try_join_all(streams.iter().map(|stream| self.log.newest(*stream))).await?;
        if self.cursors.len() != streams.len() {
            self.cursors = streams.into_iter().zip(newest).collect();
            return Ok(());
        }
        for ((_, cursor), newest) in self.cursors.iter_mut().zip(newest) {
            *cursor = (*cursor).min(newest);
        }
        Ok(())
    }
}

fn streams(log: &Arc<dyn Log>) -> Vec<StreamId> {
    let families = [Family::Position, Family::Event];
    let partitions = log.partitions().all();
    partitions.flat_map(|partition| families.map(|family| StreamId { partition, family })).collect()
}

type Picture = (Vec<watchtower_core::domain::live::LiveState>, Vec<watchtower_core::ports::log::Meta>, u64);

async fn picture(log: &Arc<dyn Log>) -> Result<Picture, LogError> {
    let version = log.meta_version().await?;
    let meta = log.meta().await?;
    let live = try_join_all(log.partitions().all().map(|partition| log.live(partition))).await?;
    Ok((live.into_iter().flatten().collect(), meta, version))
}

async fn follow(
    log: &Arc<dyn Log>,
    mailbox: &Mailbox,
    clock: &Clock,
    cursors: &mut [(StreamId, EntryId)],
    treads: &mut Treads,
) -> Result<Infallible, LogError> {
    loop {
        let tail = log.tail(cursors, TAIL_LIMIT_ENTRIES, TAIL_WAIT);
        let entries = time::timeout(TAIL_LIMIT, tail).await.map_err(|_| silent())??;
        let newest = entries.iter().map(|entry| entry.event.recorded_at).max();
        if let Some(recorded_at) = newest {
            let arrival = Arrival { recorded_at, arrived_at: clock() };
            mailbox.put_passed(passed(entries.iter().map(|entry| &entry.event), treads));
            mailbox.put_events(entries.into_iter().map(|entry| entry.event).collect(), arrival);
        }
    }
}

async fn watch_meta(log: &Arc<dyn Log>, mailbox: &Mailbox, mut known: u64) -> Result<Infallible, LogError> {
    loop {
        time::sleep(META_EVERY).await;
        let version = limited(log.meta_version()).await?;
        if mailbox.take_overrun() {
            let (live, meta, _) = limited(picture(log)).await?;
            mailbox.put_meta(meta);
            mailbox.put_picture(live);
            known = version;
        } else if version != known {
            mailbox.put_meta(limited(log.meta()).await?);
            known = version;
        }
    }
}

/// The footprint, what changed of it now and then. Made ready for drawing beside the
/// screen's own thread. The map does without one that cannot be read.
async fn watch_ground(
    log: &Arc<dyn Log>,
    mailbox: &Mailbox,
    (version, ground): &mut (u64, Arc<Ground>),
) -> Result<Infallible, LogError> {
    let read = async |since| time::timeout(GROUND_LIMIT, log.footprint(since)).await.map_err(|_| silent())?;
    loop {
        let mut news = read(*version).await;
        let begun_anew = news.as_ref().is_ok_and(|news| news.version < *version);
        if begun_anew {
            news = read(0).await;
        }
        match news {
            Ok(news) if !news.tiles.is_empty() || begun_anew => {
                let mut footprint = if begun_anew { Default::default() } else { ground.footprint().clone() };
                let build = move || {
                    news.tiles.into_iter().for_each(|(id, tile)| footprint.put(id, tile));
                    Arc::new(Ground::of(footprint))
                };
                match tokio::task::spawn_blocking(build).await {
                    Ok(built) => (*version, *ground) = (news.version, built),
                    Err(error) => tracing::warn!(%error, "the footprint cannot be made ready"),
                }
                mailbox.put_ground(ground.clone());
            }
            Ok(_) => {}
            Err(error) if error.is_retryable() => return Err(error),
            Err(error) => tracing::warn!(%error, "the footprint cannot be read"),
        }
        time::sleep(GROUND_EVERY).await;
    }
}

/// Trails and lists as they were: behind the first frame, beside what is new,
/// the recent past first.
async fn read_past(log: &Arc<dyn Log>, mailbox: &Mailbox, now: Timestamp) -> Result<(), LogError> {
    for stream in streams(log) {
        let windows: &[Duration] = match stream.family {
            Family::Position => &TRAIL_BACK,
            Family::Event | Family::Raw | Family::Command | Family::DeadLetter => &EVENTS_BACK,
        };
        let mut end = limited(log.newest(stream)).await?;
        let mut pages = MOST_PAGES;
        for back in windows {
            let begin = limited(log.before(stream, now.minus(*back))).await?;
            let (mut after, mut treads) = (begin, Treads::default());
            while after < end && pages > 0 {
                pages -= 1;
                let page = limited(log.read(stream, after, PAGE)).await?;
                let Some(last) = page.last() else { break };
                after = last.id;
                let inside = page.into_iter().take_while(|entry| entry.id <= end);
                let inside: Vec<Event> = inside.map(|entry| entry.event).collect();
                mailbox.put_passed(passed(inside.iter(), &mut treads));
                mailbox.put_past(inside);
            }
            end = end.min(begin);
        }
    }
    Ok(())
}

async fn limited<T>(call: impl Future<Output = Result<T, LogError>>) -> Result<T, LogError> {
    time::timeout(CALL_LIMIT, call).await.map_err(|_| silent())?
}

fn silent() -> LogError {
    LogError::Unavailable { reason: "no answer".to_owned() }
}

/// Reads the picture and the recent past, once: what a dashboard that is opened at
/// `now` knows.
pub async fn read_once(log: &Arc<dyn Log>, mailbox: &Mailbox, now: Timestamp) -> Result<(), LogError> {
    let (live, meta, _) = limited(picture(log)).await?;
    mailbox.put_meta(meta);
    mailbox.put_picture(live);
    mailbox.put_link(Link::Live);
    read_past(log, mailbox, now).await
}

/// Appends what the user asks for, one after the other, and reports what failed.
pub async fn send(
    log: Arc<dyn Log>,
    mailbox: Arc<Mailbox>,
    mut commands: mpsc::Receiver<Event>,
    cancel: CancellationToken,
) {
    while let Some(Some(event)) = cancel.run_until_cancelled(commands.recv()).await {
        if let Err(error) = limited(log.append(&[(Family::Command, event)])).await {
            tracing::warn!(error = %error, "command not appended");
            mailbox.put_failure(format!("not sent: {error}"));
        }
    }
}

#[cfg(test)]
mod tests;
