//! Asks the store for the figures the pane wants, beside the screen: when it is opened,
//! and every few minutes while it is seen.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{self, Instant},
};
use tokio_util::sync::CancellationToken;
use watchtower_core::{
    domain::id::VehicleKey,
    ports::{
        history::TruckMetric,
        store::{Cursor, Day, StoreError, Window},
    },
};

use super::{Course, CourseDay, Figure, Figures, Wish, archive::Archive};
use crate::tui::mailbox::Mailbox;

/// Days are counted at night: what is older than this is asked for again.
const EVERY: Duration = Duration::from_secs(180);
/// While days are being counted they are asked for so often, and for so long after the last.
const SOON: Duration = Duration::from_secs(10);
const COUNTING: Duration = Duration::from_secs(60);
/// The pause is so many times what asking took: a twentieth of the time at most is spent on it.
const PAUSE_FOLD: u32 = 20;
/// Who waits longer is told so.
const LIMIT: Duration = Duration::from_secs(30);
/// Days of trucks read at once.
const PAGE: u32 = 5_000;

/// Who asks.
#[derive(Debug)]
pub struct Analyst {
    /// The store.
    pub archive: Arc<Archive>,
    /// What is wanted; nothing while nobody looks.
    pub wishes: watch::Receiver<Option<Wish>>,
    /// Where answers go.
    pub mailbox: Arc<Mailbox>,
}

impl Analyst {
    /// Answers until cancelled, or until nobody can want anything any more.
    pub async fn run(self, cancel: CancellationToken) {
        cancel.run_until_cancelled(self.keep_answering()).await;
    }

    async fn keep_answering(mut self) {
        let (mut counted, mut grown) = (0, Instant::now());
        loop {
            let wish = *self.wishes.borrow_and_update();
            let Some(wish) = wish else {
                match self.wishes.changed().await {
                    Ok(()) => continue,
                    Err(_) => return,
                }
            };
            let asked = Instant::now();
            let answer = tokio::select! {
                // Another is wanted by now: this one is nobody's.
                changed = self.wishes.changed() => match changed {
                    Ok(()) => continue,
                    Err(_) => return,
                },
                answer = answer(&self.archive, wish) => answer,
            };
            let days = answer.as_ref().map_or(0, |figures| figures.days.iter().flatten().count());
            if days > std::mem::replace(&mut counted, days) {
                grown = Instant::now();
            }
            self.mailbox.put_figures(wish, answer);
            let pause =
                if grown.elapsed() < COUNTING { SOON.max(asked.elapsed() * PAUSE_FOLD) } else { EVERY };
            if let Ok(Err(_)) = time::timeout(pause.min(EVERY), self.wishes.changed()).await {
                return;
            }
        }
    }
}

/// Reads what is wished for.
pub(in crate::tui) async fn answer(archive: &Archive, wish: Wish) -> Result<Arc<Figures>, String> {
    match time::timeout(LIMIT, read(archive, wish)).await {
        Ok(Ok(figures)) => Ok(Arc::new(figures)),
        Ok(Err(error)) => {
            tracing::warn!(%error, "figures of days cannot be read");
            Err(error.to_string())
        }
        Err(_) => Err(format!("the store has not answered in {} s", LIMIT.as_secs())),
    }
}

async fn read(archive: &Archive, wish: Wish) -> Result<Figures, StoreError> {
    let store = archive.store().await?;
    let length = usize::try_from((wish.to - wish.from).num_days()).unwrap_or(0);
    let place = |day: Day| usize::try_from((day - wish.from).num_days()).ok().filter(|place| *place < length);
    let mut days = vec![None; length];
    for day in store.daily_metrics(wish.from, wish.to).await? {
        if let Some(place) = place(day.sum.date) {
            days[place] = Some(day);
        }
    }
    let mut trucks = Vec::new();
    for sum in store.vehicle_metrics(wish.from, wish.to).await? {
        if let Ok(vehicle) = VehicleKey::new(&sum.vehicle) {
            trucks.push(Course { vehicle, sum, days: vec![None; length] });
        }
    }
    let rows: HashMap<String, usize> =
        trucks.iter().enumerate().map(|(row, course)| (course.sum.vehicle.clone(), row)).collect();
    let mut after: Option<Cursor> = None;
    loop {
        let window = Window { limit: PAGE, after };
        let page = store.truck_metrics(None, wish.from, wish.to, window).await?;
        for metric in &page.items {
            if let (Some(row), Some(place)) = (rows.get(&metric.vehicle), place(metric.date)) {
                trucks[*row].days[place] = Some(course_day(metric));
            }
        }
        after = page.next;
        if after.is_none() {
            return Ok(Figures { from: wish.from, days, trucks });
        }
    }
}

fn course_day(metric: &TruckMetric) -> CourseDay {
    CourseDay {
        km: (metric.distance_m.get() / 1_000.0) as f32,
        utilisation: Figure::Utilisation.of(metric).map(|percent| (percent / 100.0) as f32),
    }
}
