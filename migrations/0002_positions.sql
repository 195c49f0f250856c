-- Positions: the one large table. Partitioned by day (UTC) of the device's
-- time, so that retention drops tables and deletes no rows. There is no DEFAULT
-- partition: it would have to be scanned for every new day, and cannot be
-- combined with `detach partition … concurrently`.

create table sources (
    id          integer generated always as identity primary key,
    name        text not null,
    -- Carries its own time (replay, simulator): exempt from retention.
    event_clock boolean not null,
    unique (name, event_clock)
);

-- Every partition of every partitioned table, made and dropped by the program
-- under the lock of its row here.
create table partitions (
    tree        text not null,
    first_day   date not null,
    -- What may lie in it.
    wall        boolean not null default false,
    event_clock boolean not null default false,
    -- Marked before it is detached: finish what a killed process left.
    dropping    boolean not null default false,
    primary key (tree, first_day)
);

-- Columns by falling alignment; the point last, because it is of varying length.
-- No foreign keys: each would be looked up for each row.
create table positions (
    device_time timestamptz not null,
    received_at timestamptz not null,
    speed_kmh   double precision,
    heading     double precision,
    altitude_m  double precision,
    accuracy_m  double precision,
    odometer_m  double precision,
    vehicle_id  integer not null,
    source_id   integer not null,
    -- Bits: 1 harsh braking, 2 harsh acceleration, 4 sharp turn.
    signals     smallint not null,
    ignition    boolean,
    point       geography(Point, 4326) not null,
    primary key (vehicle_id, device_time)
) partition by range (device_time);
-- Rows arrive nearly in order of time: a few pages of summary serve every
-- question about an hour of the whole fleet. No GiST here: it halves the speed
-- of writing, and "who is near" is asked of last positions.
create index positions_time on positions using brin (device_time) with (pages_per_range = 32);

create table last_positions (
    device_time timestamptz not null,
    received_at timestamptz not null,
    speed_kmh   double precision,
    heading     double precision,
    altitude_m  double precision,
    accuracy_m  double precision,
    odometer_m  double precision,
    vehicle_id  integer primary key references trucks (id),
    source_id   integer not null references sources (id),
    signals     smallint not null,
    ignition    boolean,
    point       geography(Point, 4326) not null
) with (fillfactor = 70);
create index last_positions_point on last_positions using gist (point);
