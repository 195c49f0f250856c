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

const CHUNK: usize = 1 << 16;

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
        let raw = Counted { inner: raw, progress: progress.clone() };
        let mut packed: BufReader<Box<dyn Read + Send>> = BufReader::with_capacity(CHUNK, Box::new(raw));
        let is_gzip = packed.fill_buf()?.starts_with(&[0x1f, 0x8b]);
        Ok(if is_gzip {
            Self(BufReader::with_capacity(CHUNK, Box::new(MultiGzDecoder::new(packed))))
        } else {
            Self(packed)
        })
    }

    /// How it begins: some bytes, unless there are none. They are read again.
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
