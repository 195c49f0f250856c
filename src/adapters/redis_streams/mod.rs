//! Redis Streams: the log that scales.
