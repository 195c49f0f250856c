-- The past as it is told: visits, stops, drives, days; and what it takes to tell it
-- again. Everything here follows from the fixes and can be told anew from them.

-- Whose fixes changed, and from when on; who is at it.
create table history_mark (
    vehicle integer primary key references vehicle (id),
    -- The newest fix ever.
    newest integer not null,
    dirty_from integer,
    -- Of those that were not the newest when they came, none is later than this.
    late_to integer,
    claimed_from integer,
    claimed_late_to integer,
    claimed_until integer,
    token blob,
    told_at integer
) strict;
insert into history_mark (vehicle, newest, dirty_from, late_to)
select vehicle, device_time, 0, device_time from last_position;

create table history (
    id blob primary key,
    vehicle integer not null references vehicle (id),
    kind text not null,
    geofence text,
    day text not null,
    started_at integer not null,
    -- The fix by which it was over.
    settled_at integer,
    revision integer not null,
    json text not null
) strict, without rowid;
create index history_settled on history (vehicle, settled_at);
create index history_vehicle on history (vehicle, started_at desc, id desc);
create index history_kind on history (kind, started_at desc, id desc);
create index history_geofence on history (geofence, started_at desc, id desc) where geofence is not null;

-- A vehicle's day: how often it has been told otherwise, the rules' state after its
-- last fix, and whether its figures are counted.
create table history_day (
    vehicle integer not null references vehicle (id),
    day text not null,
    revision integer not null,
    until integer,
    state blob,
    changes integer not null,
    counted integer not null,
    primary key (vehicle, day)
) strict, without rowid;
create index history_day_uncounted on history_day (day) where counted = 0;

alter table truck_metric add column departed integer not null default 0;
alter table truck_metric add column on_time integer not null default 0;
alter table truck_metric add column completed integer not null default 0;
alter table truck_metric add column returned integer not null default 0;
alter table truck_metric add column tat_s real not null default 0;

create index trip_vehicle on trip (json_extract(json, '$.vehicle')) where json is not null;
