//! The one writer: a task that commits whatever waits for it in one transaction.
//!
//! While one transaction is on its way to the disk, the calls that arrive queue
//! up; the next one takes them all. Nobody is answered before the commit.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use futures::future::BoxFuture;
use sqlx::{ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};
use watchtower_core::ports::log::EntryId;

use super::{batch::Batch, changes::Changes, entries, fault::Fault, project, temporary::TemporaryDir};

/// Calls waiting for the writer; the next one waits for room.
const QUEUE: usize = 1_024;
/// Calls in one transaction: bounds how long the first is kept waiting.
const GROUP: usize = 256;

/// Whether a transaction may bring entries somebody waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wakes {
    Readers,
    Nobody,
}

type Reply<T> = oneshot::Sender<Result<T, Fault>>;

enum Job {
    Append(Batch, Reply<Vec<EntryId>>),
    Work(Wakes, Box<dyn Unit>),
    Stop,
}

/// A piece of work in a savepoint of its own: its failure is its own.
trait Unit: Send {
    /// Nobody waits for the answer any more.
    fn is_abandoned(&self) -> bool;
    fn run<'c>(&'c mut self, connection: &'c mut SqliteConnection) -> BoxFuture<'c, Result<(), Fault>>;
    fn answer(self: Box<Self>, outcome: Result<(), Fault>);
}

struct Task<T, F> {
    work: Option<F>,
    result: Option<T>,
    reply: Reply<T>,
}

impl<T, F> Unit for Task<T, F>
where
    T: Send,
    F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, Fault>> + Send,
{
    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn run<'c>(&'c mut self, connection: &'c mut SqliteConnection) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(async move {
            let work = self.work.take().expect("a unit runs once");
            self.result = Some(work(connection).await?);
            Ok(())
        })
    }

    fn answer(self: Box<Self>, outcome: Result<(), Fault>) {
        let Self { result, reply, .. } = *self;
        // The caller may have gone since.
        let _ = reply.send(outcome.map(|()| result.expect("a unit that succeeded has a result")));
    }
}

/// Hands work to the writer.
#[derive(Clone)]
pub(super) struct Writer {
    jobs: mpsc::Sender<Job>,
}

impl Writer {
    pub(super) async fn append(&self, batch: Batch) -> Result<Vec<EntryId>, Fault> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Append(batch, reply), answer).await
    }

    pub(super) async fn transact<T, F>(&self, wakes: Wakes, work: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, Fault>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let task = Task { work: Some(work), result: None, reply };
        self.send(Job::Work(wakes, Box::new(task)), answer).await
    }

    /// Ends the task once it has done what was handed in before.
    pub(super) async fn stop(&self) {
        // Fails when it has ended already.
        let _ = self.jobs.send(Job::Stop).await;
    }

    async fn send<T>(&self, job: Job, answer: oneshot::Receiver<Result<T, Fault>>) -> Result<T, Fault> {
        let ended = || Fault::unavailable("closed");
        self.jobs.send(job).await.map_err(|_| ended())?;
        answer.await.map_err(|_| ended())?
    }
}

/// Starts the writer. It ends when told to, or when the last [`Writer`] is gone.
pub(super) fn start(
    connect: SqliteConnectOptions,
    changes: Arc<Changes>,
    transactions: Arc<AtomicU64>,
    temporary: Option<Arc<TemporaryDir>>,
) -> (Writer, JoinHandle<()>) {
    let (jobs, queue) = mpsc::channel(QUEUE);
    let desk = Desk { connect, connection: None, changes, transactions, _temporary: temporary };
    (Writer { jobs }, tokio::spawn(desk.serve(queue)))
}

struct Desk {
    connect: SqliteConnectOptions,
    connection: Option<SqliteConnection>,
    changes: Arc<Changes>,
    transactions: Arc<AtomicU64>,
    // Last, so that the directory outlives the connection.
    _temporary: Option<Arc<TemporaryDir>>,
}

/// What one transaction is to do.
#[derive(Default)]
struct Group {
    appends: Vec<(Batch, Reply<Vec<EntryId>>)>,
    works: Vec<(Wakes, Box<dyn Unit>)>,
}

/// What became of it, call by call.
struct Outcome {
    appended: Vec<EntryId>,
    works: Vec<Result<(), Fault>>,
}

impl Desk {
    async fn serve(mut self, mut queue: mpsc::Receiver<Job>) {
        let mut jobs = Vec::with_capacity(GROUP);
        let mut open = true;
        while open && queue.recv_many(&mut jobs, GROUP).await > 0 {
            let mut group = Group::default();
            for job in jobs.drain(..) {
                match job {
                    Job::Append(batch, reply) => group.appends.push((batch, reply)),
                    Job::Work(_, unit) if unit.is_abandoned() => {}
                    Job::Work(wakes, unit) => group.works.push((wakes, unit)),
                    Job::Stop => open = false,
                }
            }
            if !group.appends.is_empty() || !group.works.is_empty() {
                self.commit(group).await;
            }
        }
        if let Some(connection) = self.connection
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "closing the embedded file failed");
        }
    }

    async fn commit(&mut self, mut group: Group) {
        let outcome = self.attempt(&mut group).await;
        let Group { appends, works } = group;
        match outcome {
            Ok(Outcome { appended, works: outcomes }) => {
                self.transactions.fetch_add(1, Ordering::Relaxed);
                if !appends.is_empty() || works.iter().any(|(wakes, _)| *wakes == Wakes::Readers) {
                    self.changes.announce();
                }
                let mut ids = appended.into_iter();
                for (batch, reply) in appends {
                    let _ = reply.send(Ok(ids.by_ref().take(batch.entries.len()).collect()));
                }
                for ((_, unit), outcome) in works.into_iter().zip(outcomes) {
                    unit.answer(outcome);
                }
            }
            Err(fault) => {
                // Closing rolls back, whatever state it is in.
                self.connection = None;
                for (_, reply) in appends {
                    let _ = reply.send(Err(fault.clone()));
                }
                for (_, unit) in works {
                    unit.answer(Err(fault.clone()));
                }
            }
        }
    }

    async fn attempt(&mut self, group: &mut Group) -> Result<Outcome, Fault> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            None => self.connection.insert(self.connect.connect().await?),
        };
        // A read that turns into a write fails at once when another process
        // wrote in between, whatever the time-out says: take the lock first.
        run(connection, "begin immediate").await?;
        let batches = || group.appends.iter().map(|(batch, _)| batch);
        let appended = entries::insert(connection, batches().flat_map(|batch| &batch.entries)).await?;
        project::apply(connection, batches().map(|batch| &batch.effects)).await?;
        let mut works = Vec::with_capacity(group.works.len());
        for (_, unit) in &mut group.works {
            run(connection, "savepoint unit").await?;
            let outcome = unit.run(connection).await;
            if outcome.is_err() {
                run(connection, "rollback to unit").await?;
            }
            run(connection, "release unit").await?;
            works.push(outcome);
        }
        run(connection, "commit").await?;
        Ok(Outcome { appended, works })
    }
}

async fn run(connection: &mut SqliteConnection, statement: &'static str) -> Result<(), Fault> {
    sqlx::query(statement).execute(connection).await?;
    Ok(())
}
