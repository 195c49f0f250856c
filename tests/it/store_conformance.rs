//! What every store must do, asked of each in the same words.
//!
//! A case takes an open, empty store and knows nothing of the adapter. One line
//! instantiates all of them:
//!
//! ```ignore
//! store_conformance!(conformance, crate::support::postgres::open);
//! ```
//!
//! makes a module of that name; `open` is an `async fn() -> Opened` that makes a
//! fresh store.
//!
//! Where the port leaves room, the cases settle it: a record is the newest by
//! (`recorded_at`, event id), whatever order the events arrive in; an alert
//! with an end beats one without; the newest acknowledgement by `ts` stands; a
//! trip's status is that of its newest change by `ts`; a day goes in retention
//! when the whole of it (UTC) is older than the age; an instant outside the years 1970 to
//! 9999 is refused, because it cannot be written as RFC 3339 and read back.

use std::{any::Any, sync::Arc};

use watchtower_core::ports::store::Store;

pub(crate) mod alerts;
pub(crate) mod audit;
pub(crate) mod build;
pub(crate) mod days;
pub(crate) mod history;
pub(crate) mod positions;
pub(crate) mod records;
pub(crate) mod retention;
mod shuttle;
pub(crate) mod spatial;
pub(crate) mod trips;

pub(crate) use spatial::same_answers;

/// An empty store, and what must live as long as it does.
pub(crate) struct Opened {
    pub(crate) store: Arc<dyn Store>,
    /// A temporary directory, a server: dropped after the store.
    pub(crate) keep: Box<dyn Any + Send>,
}

/// Runs every case on an adapter, as a module of tests.
macro_rules! store_conformance {
    ($adapter:ident, $open:path) => {
        store_conformance! { @cases $adapter, $open;
            positions: a_batch_written_twice_is_stored_once;
            positions: overlapping_shuffled_batches_store_every_fix_once;
            positions: the_first_of_two_fixes_at_one_moment_wins;
            positions: a_fix_comes_back_as_it_went_in;
            positions: fixes_cross_the_ends_of_years;
            positions: pages_are_complete_and_stable_while_fixes_arrive;
            positions: the_fleets_fixes_come_by_time_whoever_is_asked_for;
            positions: the_last_position_is_the_newest_whatever_the_order;
            positions: an_empty_batch_changes_nothing;
            positions: a_vehicle_never_heard_of_has_no_positions;
            positions: concurrent_writers_of_a_new_day_store_every_fix_once;
            records: a_vehicle_not_known_is_registered_provisionally;
            records: a_real_record_replaces_a_provisional_one_and_never_the_reverse;
            records: a_truck_is_found_by_each_of_its_names;
            records: a_provisional_truck_is_absorbed_by_the_one_it_is_an_alias_of;
            records: the_newest_record_stands_whatever_the_order;
            records: a_removed_fence_stays_removed_until_written_anew;
            records: every_shape_of_fence_comes_back_as_it_went_in;
            records: names_in_any_script_survive;
            records: the_last_synchronisation_is_kept;
            trips: a_trip_ends_the_same_in_any_order;
            trips: trips_page_by_scheduled_departure;
            alerts: an_episode_ends_the_same_in_any_order;
            alerts: an_escalated_alert_is_graver_in_any_order;
            alerts: a_moment_is_never_open;
            alerts: an_acknowledgement_alone_is_no_alert;
            alerts: alerts_are_found_by_vehicle_kind_state_and_time;
            alerts: alerts_page_newest_first;
            audit: every_event_but_positions_is_in_the_audit_trail;
            audit: an_event_heard_again_later_is_one_event;
            audit: the_audit_trail_is_searched_by_type_key_request_and_time;
            audit: the_audit_trail_pages_newest_first_and_is_stable;
            audit: a_cursor_of_nobodys_making_is_refused;
            audit: nul_survives_in_every_text;
            audit: a_bad_event_is_refused_by_name_and_leaves_nothing;
            audit: halving_a_refused_batch_stores_all_but_the_bad;
            spatial: near_finds_the_nearest_first_at_geodesic_distance;
            spatial: near_crosses_the_antimeridian;
            spatial: fences_hold_their_boundary_and_not_their_holes;
            spatial: circles_and_corridors_end_at_their_geodesic_edge;
            spatial: the_engine_agrees_on_who_is_inside;
            spatial: a_fence_removed_or_moved_is_no_longer_where_it_was;
            history: shuffled_and_repeated_fixes_tell_what_ordered_ones_tell;
            history: a_late_fix_revises_its_day_and_says_so_once;
            history: a_vehicle_is_claimed_by_one_until_its_time_is_over;
            history: a_fix_stored_while_the_past_is_told_is_told_next;
            days: a_day_is_counted_once_and_again_when_it_changes;
            days: the_dashboard_is_told_of_the_days_that_were_counted;
            days: a_silent_vehicle_has_its_days_until_it_is_heard_again;
            days: figures_page_by_day_and_vehicle_and_add_up;
            days: past_trips_teach_how_long_a_lane_takes;
            days: past_trips_teach_where_a_lane_goes;
            history: the_past_is_told_with_the_fences_of_its_time;
            history: records_are_found_by_sort_vehicle_fence_and_time;
            history: what_is_told_goes_when_its_time_is_over;
            history: words_of_trips_tell_the_same_whenever_they_come;
            history: the_audit_trail_goes_but_not_what_the_past_is_told_from;
            retention: only_old_days_of_wall_clock_sources_go;
            retention: a_day_shared_with_a_replay_keeps_the_replay;
            retention: writers_go_on_while_days_are_dropped;
            retention: a_day_dropped_can_be_written_again;
            retention: days_made_ahead_change_nothing;
        }
    };
    (@cases $adapter:ident, $open:path; $($module:ident: $case:ident;)*) => {
        mod $adapter {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    let opened = $open().await;
                    $crate::store_conformance::$module::$case(std::sync::Arc::clone(&opened.store)).await;
                    drop(opened.store);
                    drop(opened.keep);
                }
            )*
        }
    };
}
