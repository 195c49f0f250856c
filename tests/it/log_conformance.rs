//! What every event log guarantees, as facts checked on the real thing.
//!
//! A fact takes an empty log of [`PARTITIONS`] partitions through the port alone,
//! so an adapter is held to all of them by one line:
//! `conforms!(name_of_module, open)`, where `open` is an
//! `async fn(Partitions) -> (Arc<dyn Log>, impl Sized)`; what comes beside the log
//! (a server, a directory) is dropped after the fact.

#![expect(clippy::unwrap_used, reason = "a fact panics where it does not hold")]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};

use uuid::Uuid;
use watchtower_core::{
    domain::{
        event::{Event, EventData, Failure, RawBody, RawRequest},
        footprint::{Cell, Footprint, Tile, TileId},
        geo::LonLat,
        id::{CorrelationId, DriverId, EventId, VehicleKey},
        live::{LiveState, Motion},
        master::{Driver, Truck},
        position::{Position, Signals, Source},
        time::Timestamp,
        units::{Kmh, Metres},
    },
    ports::log::{
        Checkpoint, Commit, Delivery, Entry, EntryId, Family, FencingToken, FootprintNews, Keep, Log,
        LogError, Meta, Partition, Partitions, Progress, Start, StreamId, Trimmed,
    },
};

/// Holds an adapter to every fact. With `together`, on one medium after another
/// fact, where starting it takes long: `open` is then `async fn() -> P`, and
/// `P::empty_log(&self, Partitions) -> Arc<dyn Log>` is awaited before each.
macro_rules! conforms {
    ($adapter:ident, $open:expr) => {
        conforms! { @facts $adapter separate $open }
    };
    ($adapter:ident, $open:expr, together) => {
        conforms! { @facts $adapter together $open }
    };
    (@facts $adapter:ident $how:ident $open:expr) => {
        mod $adapter {
            use super::*;

            conforms! { @$how $open;
                an_entry_comes_back_as_it_was_appended
                appending_nothing_is_no_error
                each_event_goes_to_the_stream_of_its_family_and_key
                entries_of_a_key_are_read_in_the_order_appended
                a_read_takes_at_most_its_limit_and_resumes_after_an_id
                newest_is_the_last_appended_and_zero_when_there_is_none
                before_finds_what_was_recorded_since
                an_event_of_a_megabyte_is_an_event_like_any_other
                concurrent_appenders_lose_nothing
                tail_reads_several_streams_and_moves_their_cursors
                tail_hands_out_at_most_its_limit_and_starves_no_stream
                tail_with_nothing_new_waits_and_comes_back_empty
                tail_wakes_up_when_something_is_appended

                a_group_gets_each_entry_once
                every_group_gets_everything
                two_consumers_share_a_group
                a_group_read_takes_at_most_its_limit
                a_group_starts_where_it_is_told_and_keeps_its_place
                a_group_read_with_nothing_new_waits_and_comes_back_empty
                a_group_read_wakes_up_when_something_is_appended
                what_a_dead_consumer_left_is_claimed_and_counted
                what_is_not_idle_long_enough_is_left_alone
                a_consumer_claims_its_own_leftovers
                a_claim_takes_at_most_its_limit
                acknowledging_twice_or_the_unknown_is_harmless

                trimming_keeps_what_is_young_and_the_newest
                trimming_goes_by_age
                trimming_never_passes_what_a_group_has_not_acknowledged
                trimming_gives_up_a_group_that_nobody_reads_any_more
                trimming_never_passes_what_a_snapshot_needs
                trimming_a_stream_that_never_was_removes_nothing

                a_lease_is_exclusive_and_renewed_with_the_same_token
                a_lease_given_back_is_free_at_once
                a_lease_expires_and_the_next_token_is_greater
                releasing_with_an_old_token_frees_nothing
                of_many_engines_one_gets_the_lease
                a_commit_changes_everything_at_once
                a_fenced_engine_leaves_nothing_behind
                an_engine_out_of_step_leaves_nothing_behind
                of_two_commits_from_one_place_one_succeeds
                a_snapshot_stays_until_the_next
                partitions_have_ledgers_of_their_own

                the_live_picture_has_the_last_state_of_each_vehicle
                master_data_are_replaced_and_removed_by_field
                the_version_grows_with_every_change_of_master_data
                the_footprint_is_read_by_what_has_changed
                of_two_who_change_the_footprint_one_has_to_look_again
            }
        }
    };
    (@separate $open:expr; $($fact:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $fact() {
                let (log, _kept) = $open(*PARTITIONS).await;
                super::$fact(log).await;
            }
        )*
    };
    (@together $open:expr; $($fact:ident)*) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn every_fact_holds() {
            let place = $open().await;
            $(
                // Shown when it does not hold.
                println!("{}", stringify!($fact));
                Box::pin(super::$fact(place.empty_log(*PARTITIONS).await)).await;
            )*
        }
    };
}

mod build;
mod groups;
mod ledger;
mod picture;
mod reading;
mod redis;
mod trimming;

use build::*;
use groups::*;
use ledger::*;
use picture::*;
use reading::*;
use trimming::*;

conforms!(redis_streams, redis::single);
conforms!(redis_cluster, redis::cluster, together);
conforms!(embedded, crate::embedded::open_log);

/// Few, so that a fact can look at all of them.
static PARTITIONS: LazyLock<Partitions> = LazyLock::new(|| Partitions::new(4).expect("4 is in range"));
/// Long enough that no honest wait is cut short on a busy machine.
const LONG: Duration = Duration::from_secs(20);
const NOW: Duration = Duration::ZERO;
/// Removes all that may be removed.
const NOTHING: Keep = Keep { age: Duration::ZERO, at_least: 0, patience: LONG, vital: "" };

type Shared = Arc<dyn Log>;
