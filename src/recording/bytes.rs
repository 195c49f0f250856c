//! The bytes of a recording: a file or standard input, unpacked when they are gzip,
//! whatever the name says, and counted for whoever waits.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use flate2::bufread::MultiGzDecoder;

use super::encoding::{Decoded, Written};

const CHUNK: usize = 1 << 16;
/// So much of the beginning is looked at to tell what a file is, bytes.
const HEAD: usize = 4_096;

/// How many bytes of all files have been read, of how many. Shared.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    read: AtomicU64,
    total: AtomicU64,
}

impl Progress {
    /// Bytes read so far, as they lie on the disk.
    pub fn read(&self) -> u64 {
        self.0.read.load(Ordering::Relaxed)
    }

    /// The length of all files opened. Standard input has none.
    pub fn total(&self) -> u64 {
        self.0.total.load(Ordering::Relaxed)
    }
}

struct Counted<R> {
    inner: R,
    progress: Progress,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.progress.0.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// The bytes of a recording, or of any file that may be gzip.
pub struct Bytes(BufReader<Box<dyn Read + Send>>);

/// What was read ahead, however little came at a time, then the rest. Who asks again
/// after an error is told the same.
struct Ahead<R> {
    head: io::Cursor<Vec<u8>>,
    failed: Option<(io::ErrorKind, String)>,
    rest: R,
}

impl<R: Read> Ahead<R> {
    fn new(rest: R) -> Self {
        let mut ahead = Self { head: io::Cursor::default(), failed: None, rest };
        let mut head = Vec::with_capacity(HEAD);
        if let Err(error) = ahead.rest.by_ref().take(HEAD as u64).read_to_end(&mut head) {
            ahead.failed = Some((error.kind(), error.to_string()));
        }
        ahead.head = io::Cursor::new(head);
        ahead
    }
}

impl<R: Read> Read for Ahead<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.head.read(buffer)?;
        if count > 0 {
            return Ok(count);
        }
        if let Some((kind, reason)) = &self.failed {
            return Err(io::Error::new(*kind, reason.clone()));
        }
        let read = self.rest.read(buffer);
        if let Err(error) = &read
            && error.kind() != io::ErrorKind::Interrupted
        {
            self.failed = Some((error.kind(), error.to_string()));
        }
        read
    }
}

impl Bytes {
    /// Opens a file, or standard input for `-`.
    pub fn open(file: &Path, progress: &Progress) -> io::Result<Self> {
        let raw: Box<dyn Read + Send> = if file == Path::new("-") {
            Box::new(io::stdin())
        } else {
            let file = File::open(file)?;
            progress.0.total.fetch_add(file.metadata()?.len(), Ordering::Relaxed);
            Box::new(file)
        };
        let raw = Ahead::new(Counted { inner: raw, progress: progress.clone() });
        let mut packed = Self::of(raw);
        if packed.peek()?.starts_with(&[0x1f, 0x8b]) {
            return Ok(Self::of(Ahead::new(MultiGzDecoder::new(packed))));
        }
        Ok(packed)
    }

    fn of(from: impl Read + Send + 'static) -> Self {
        Self(BufReader::with_capacity(CHUNK, Box::new(from)))
    }

    /// The text they are, in UTF-8 and without a mark, whatever it is written in. An
    /// error names the encoding that nobody knows.
    pub fn text(mut self) -> io::Result<Result<Self, String>> {
        Ok(match Written::of(self.peek()?) {
            Ok(Written::Utf8 { mark }) => {
                self.consume(mark);
                Ok(self)
            }
            Ok(Written::In(encoding)) => Ok(Self::of(Ahead::new(Decoded::new(self, encoding)))),
            Err(unknown) => Err(unknown),
        })
    }

    /// How it begins: [`HEAD`] bytes, unless there are fewer. They are read again.
    pub(super) fn peek(&mut self) -> io::Result<&[u8]> {
        self.0.fill_buf()
    }
}

impl Read for Bytes {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl BufRead for Bytes {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.0.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.0.consume(amount);
    }
}
