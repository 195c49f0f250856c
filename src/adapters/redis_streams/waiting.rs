//! Connections for reads that wait, one a read at a time.
//!
//! A read that is dropped half-way takes its connection with it. The server may
//! have handed out a message to it by then, or do so before it notices; the
//! connection's id is kept, so that the next reader can end it for certain before
//! it looks for what was lost.

use std::{
    io,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use redis::{AsyncConnectionConfig, Client, Cmd, RedisResult, Value, aio::MultiplexedConnection};

/// As many idle connections are kept for the next read.
const IDLE: usize = 8;
/// As many abandoned ones are remembered; older ones are long closed.
const ABANDONED: usize = 64;

pub(super) struct Waiting {
    client: Client,
    /// Without a response time-out: it would abandon the read on our side alone.
    config: AsyncConnectionConfig,
    /// How much later than asked an answer may come.
    grace: Duration,
    idle: Mutex<Vec<Line>>,
    abandoned: Mutex<Vec<i64>>,
}

/// One connection, closed when dropped.
struct Line {
    connection: MultiplexedConnection,
    client_id: i64,
}

impl Waiting {
    pub(super) const fn new(client: Client, config: AsyncConnectionConfig, grace: Duration) -> Self {
        Self { client, config, grace, idle: Mutex::new(Vec::new()), abandoned: Mutex::new(Vec::new()) }
    }

    /// Sends a command that may block for `wait`.
    pub(super) async fn query(&self, command: &Cmd, wait: Duration) -> RedisResult<Value> {
        let line = match self.idle() {
            Some(line) => line,
            None => self.open().await?,
        };
        let mut read = Read { waiting: self, line: Some(line) };
        let answer = command.query_async(read.connection());
        match tokio::time::timeout(wait + self.grace, answer).await {
            Ok(Err(error)) if error.is_unrecoverable_error() => {
                read.line = None;
                self.forget();
                Err(error)
            }
            Ok(answer) => {
                read.finish();
                answer
            }
            Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
        }
    }

    /// Ids of connections whose read was dropped, for the caller to kill.
    pub(super) fn take_abandoned(&self) -> Vec<i64> {
        std::mem::take(&mut *self.abandoned.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// After a loss: what lies idle was made before the same restart, and a
    /// restarted server gives the old ids to others.
    fn forget(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.take_abandoned();
    }

    fn idle(&self) -> Option<Line> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    async fn open(&self) -> RedisResult<Line> {
        let mut connection = self.client.get_multiplexed_async_connection_with_config(&self.config).await?;
        let mut ask = redis::cmd("CLIENT");
        let ask = ask.arg("ID");
        match tokio::time::timeout(self.grace, ask.query_async(&mut connection)).await {
            Ok(client_id) => Ok(Line { connection, client_id: client_id? }),
            Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
        }
    }
}

/// A read under way.
struct Read<'a> {
    waiting: &'a Waiting,
    line: Option<Line>,
}

impl Read<'_> {
    fn connection(&mut self) -> &mut MultiplexedConnection {
        &mut self.line.as_mut().expect("the line is there until the read is finished").connection
    }

    fn finish(&mut self) {
        let mut idle = self.waiting.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE {
            idle.extend(self.line.take());
        } else {
            self.line = None;
        }
    }
}

impl Drop for Read<'_> {
    fn drop(&mut self) {
        if let Some(line) = self.line.take() {
            let mut abandoned = self.waiting.abandoned.lock().unwrap_or_else(PoisonError::into_inner);
            if abandoned.len() == ABANDONED {
                abandoned.remove(0);
            }
            abandoned.push(line.client_id);
        }
    }
}
