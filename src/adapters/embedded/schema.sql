-- The embedded file, version 1. Instants are milliseconds since 1970 (UTC),
-- UUIDs 16-byte blobs, payloads the JSON of the domain types.

create table setup (
    one integer primary key check (one = 1),
    -- Fixed for the life of the file: keys are spread over them.
    partitions integer not null,
    meta_version integer not null default 0
) strict;

---------------------------------------------------------------------- the log

-- Every stream in one table: an entry's id is its row's, grows over all
-- streams and is never used again, not even after trimming.
create table log (
    id integer primary key autoincrement,
    partition integer not null,
    -- 0 raw, 1 position, 2 event, 3 command, 4 dead-letter.
    family integer not null,
    -- By the clock of the host, never decreasing with the id.
    appended_at integer not null,
    type text not null,
    json text not null
) strict;
create index log_stream on log (partition, family);

-- How far a consumer group has been handed a stream.
create table log_group (
    name text not null,
    partition integer not null,
    family integer not null,
    delivered integer not null,
    primary key (name, partition, family)
) strict, without rowid;

-- What it was handed and has not acknowledged.
create table log_pending (
    name text not null,
    partition integer not null,
    family integer not null,
    id integer not null,
    consumer text not null,
    delivered_at integer not null,
    times integer not null,
    primary key (name, partition, family, id)
) strict, without rowid;

-- One engine a partition: its lease, its progress, its snapshot. Progress is
-- made of entry ids written <major>-<minor>, kept as the engine gave them.
create table engine (
    partition integer primary key,
    owner text,
    -- The last one given out; it stays when the lease ends.
    token integer not null default 0,
    lease_until integer not null default 0,
    position_id text not null default '0-0',
    command_id text not null default '0-0',
    snapshot_position_id text,
    snapshot_command_id text,
    snapshot blob
) strict;

create table live (
    vehicle text primary key,
    partition integer not null,
    json text not null
) strict, without rowid;
create index live_partition on live (partition);

create table meta (
    field text primary key,
    json text not null
) strict, without rowid;

-------------------------------------------------------------------- the store

-- (recorded_at, event_id) is the rank of the event a record stands for: it gives
-- way only to a higher one, so that the order of arrival does not matter.

create table truck (
    key text primary key,
    -- Known only from its fixes, not from anybody's books: gives way to any
    -- record that is, and is not listed once it is a name of one.
    provisional integer not null,
    recorded_at integer not null,
    event_id blob not null,
    json text not null
) strict, without rowid;

-- Every other name a truck reports under, normalised like its key.
create table truck_name (
    name text not null,
    truck text not null references truck (key),
    primary key (name, truck)
) strict, without rowid;
create index truck_name_truck on truck_name (truck);

create table driver (
    id blob primary key,
    recorded_at integer not null,
    event_id blob not null,
    json text not null
) strict, without rowid;

create table organization (
    id blob primary key,
    recorded_at integer not null,
    event_id blob not null,
    json text not null
) strict, without rowid;

-- No json: removed, kept so that an older change does not bring it back. The
-- box holds the fence; it may be too large, never too small.
create table geofence (
    id text primary key,
    recorded_at integer not null,
    event_id blob not null,
    json text,
    west real,
    south real,
    east real,
    north real
) strict, without rowid;

-- No json: its status moved before its creation was heard of. The newest change
-- of status stands, and the first departure and offloading.
create table trip (
    id blob primary key,
    recorded_at integer,
    event_id blob,
    scheduled_departure integer,
    json text,
    status text,
    changed_at integer,
    change_id blob,
    departed_at integer,
    offloaded_at integer
) strict, without rowid;
create index trip_departure on trip (scheduled_departure desc, id desc) where json is not null;

-- Keys that have sent fixes.
create table vehicle (
    id integer primary key,
    key text not null unique
) strict;

create table position (
    vehicle integer not null references vehicle (id),
    device_time integer not null,
    received_at integer not null,
    lon real not null,
    lat real not null,
    speed_kmh real,
    heading real,
    ignition integer,
    altitude_m real,
    accuracy_m real,
    odometer_m real,
    -- 1 harsh braking, 2 harsh acceleration, 4 sharp turn.
    signals integer not null,
    source text not null,
    -- The source carries its own time: exempt from retention.
    event_clock integer not null,
    primary key (vehicle, device_time)
) strict, without rowid;
-- Old days of wall-clock sources are found without walking past every replay.
create index position_time on position (event_clock, device_time);

-- The newest of each vehicle, which outlives retention. Columns as above.
create table last_position (
    vehicle integer primary key references vehicle (id),
    device_time integer not null,
    received_at integer not null,
    lon real not null,
    lat real not null,
    speed_kmh real,
    heading real,
    ignition integer,
    altitude_m real,
    accuracy_m real,
    odometer_m real,
    signals integer not null,
    source text not null,
    event_clock integer not null
) strict;

-- No json: acknowledged before its beginning was heard of. An alert with an end
-- beats one without, then the newer record; the newest acknowledgement stands.
create table alert (
    id blob primary key,
    recorded_at integer,
    event_id blob,
    json text,
    kind text,
    vehicle text,
    started_at integer,
    ended_at integer,
    acknowledged_at integer,
    acknowledgement_id blob,
    acknowledged_by text,
    note text
) strict, without rowid;
create index alert_start on alert (started_at desc, id desc) where json is not null;
create index alert_vehicle on alert (vehicle, started_at desc, id desc) where json is not null;

-- The audit trail: every event but fixes.
create table event (
    id blob primary key,
    ts integer not null,
    type text not null,
    key text not null,
    correlation_id blob not null,
    json text not null
) strict, without rowid;
create index event_ts on event (ts desc, id desc);
create index event_key on event (key, ts desc, id desc);
create index event_type on event (type, ts desc, id desc);
create index event_correlation on event (correlation_id, ts desc, id desc);

create table truck_metric (
    date text not null,
    vehicle text not null,
    distance_m real not null,
    moving_s real not null,
    idle_s real not null,
    stopped_s real not null,
    offline_s real not null,
    trips integer not null,
    alerts integer not null,
    max_speed_kmh real not null,
    primary key (date, vehicle)
) strict, without rowid;

create table sync_status (
    source text primary key,
    at integer not null,
    records integer not null,
    error text
) strict, without rowid;
