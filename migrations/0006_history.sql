-- The past as it is told: visits, stops, drives, days; and what it takes to tell it
-- again. Everything here follows from the fixes and can be told anew from them.

-- Whose fixes changed, and from when on; who is at it. In the row that every batch
-- writes anyway.
alter table last_positions
    add column dirty_from timestamptz,
    -- Of the new fixes that were not the newest when they came, none is later than this.
    add column late_to timestamptz,
    add column claimed_from timestamptz,
    add column claimed_late_to timestamptz,
    add column claimed_until timestamptz,
    add column token uuid,
    add column told_at timestamptz;
update last_positions set dirty_from = 'epoch', late_to = device_time;

-- Records, by month of their beginning (UTC). The record is the program's JSON.
create table history (
    id         uuid not null,
    started_at timestamptz not null,
    -- The fix by which it was over.
    settled_at timestamptz,
    vehicle_id integer not null,
    revision   integer not null,
    day        date not null,
    kind       text not null,
    geofence   text collate "C",
    record     json not null,
    primary key (id, started_at)
) partition by range (started_at);
create index history_settled on history (vehicle_id, settled_at);
create index history_vehicle on history (vehicle_id, started_at desc, id desc);
create index history_kind on history (kind, started_at desc, id desc);
create index history_geofence on history (geofence, started_at desc, id desc) where geofence is not null;

-- A vehicle's day: how often it has been told otherwise, the rules' state after its
-- last fix, and whether its figures are counted.
create table history_days (
    vehicle_id integer not null references trucks (id),
    day        date not null,
    revision   integer not null,
    until      timestamptz,
    state      bytea,
    changes    bigint not null,
    counted    boolean not null,
    primary key (vehicle_id, day)
) with (fillfactor = 70);
create index history_days_uncounted on history_days (day) where not counted;

alter table truck_metrics
    add column departed bigint not null default 0,
    add column on_time bigint not null default 0,
    add column completed bigint not null default 0,
    add column returned bigint not null default 0,
    add column tat_s double precision not null default 0;

-- The fleet's day is the sum of its trucks': a view cannot contradict them.
create or replace view daily_metrics as
select date,
       count(*) as vehicles,
       sum(distance_m) as distance_m,
       sum(moving_s) as moving_s,
       sum(idle_s) as idle_s,
       sum(stopped_s) as stopped_s,
       sum(offline_s) as offline_s,
       sum(trips) as trips,
       sum(alerts) as alerts,
       max(max_speed_kmh) as max_speed_kmh,
       sum(moving_s) / nullif(sum(moving_s + idle_s + stopped_s + offline_s), 0) as utilisation,
       sum(departed) as departed,
       sum(on_time) as on_time,
       sum(completed) as completed,
       sum(returned) as returned,
       sum(tat_s) as tat_s
  from truck_metrics
 group by date;
