//! Names of the keys beside the streams. The braces are a cluster's hash tag:
//! what a script touches together lies in one slot.

use watchtower_core::ports::log::{Partition, StreamId};

/// How many partitions the log was set up for.
pub(super) const PARTITIONS: &str = "watchtower:{meta}:partitions";
/// Hash of the master data. Not split by partition: a fence or a driver has none.
pub(super) const META: &str = "watchtower:{meta}:records";
/// Sorted set of the engines at work, by when their word ends.
pub(super) const ENGINES: &str = "watchtower:{meta}:engines";
/// Grows with every change of [`META`].
pub(super) const META_VERSION: &str = "watchtower:{meta}:version";
/// Hash of the footprint's tiles, by number.
pub(super) const FOOTPRINT: &str = "watchtower:{meta}:footprint";
/// Sorted set of their numbers, by the version that changed them last.
pub(super) const FOOTPRINT_CHANGES: &str = "watchtower:{meta}:footprint:changes";
/// Grows with every change of [`FOOTPRINT`].
pub(super) const FOOTPRINT_VERSION: &str = "watchtower:{meta}:footprint:version";

/// Hash of a partition's last states, by vehicle.
pub(super) fn live(partition: Partition) -> String {
    format!("watchtower:{{{}}}:live", partition.0)
}

/// Hash of the engine's bookkeeping: last token, progress, snapshot.
pub(super) fn engine(partition: Partition) -> String {
    format!("watchtower:{{{}}}:engine", partition.0)
}

/// Hash of the lease's owner and token; goes when the lease ends.
pub(super) fn lease(partition: Partition) -> String {
    format!("watchtower:{{{}}}:lease", partition.0)
}

/// The stream of that name, when it is one of `streams`.
pub(super) fn stream_named(name: &[u8], streams: impl Iterator<Item = StreamId>) -> Option<StreamId> {
    let name = std::str::from_utf8(name).ok()?;
    let (partition, family) = name.strip_prefix("watchtower:{")?.split_once("}:")?;
    let partition = Partition(partition.parse().ok()?);
    streams.into_iter().find(|stream| stream.partition == partition && stream.family.name() == family)
}
