-- The audit trail: every event but position.updated. Requests as they were sent
-- are the bulk of it and are kept for days; the rest for months. Both are
-- partitioned by the time of what happened, because that is how they are asked
-- for, and because it is the same however often an event is heard of.

create table events (
    id             uuid not null,
    ts             timestamptz not null,
    recorded_at    timestamptz not null,
    correlation_id uuid not null,
    version        smallint not null,
    -- webhook.received.
    raw            boolean not null,
    type           text not null,
    key            text collate "C" not null,
    data           json not null,
    primary key (id, ts, raw)
) partition by list (raw);
create index events_ts on events (ts desc, id desc);
create index events_correlation on events (correlation_id);

create table events_audit partition of events for values in (false) partition by range (ts);
create index events_audit_key on events_audit (key, ts desc, id desc);
create index events_audit_type on events_audit (type, ts desc, id desc);

create table events_raw partition of events for values in (true) partition by range (ts);

create table alerts (
    id              uuid primary key,
    -- Null while only an acknowledgement has been heard of.
    record          json,
    -- Rank: an alert with an end beats one without, then the newer.
    ended           boolean,
    recorded_at     timestamptz,
    event_id        uuid,
    kind            text,
    vehicle         text collate "C",
    started_at      timestamptz,
    ended_at        timestamptz,
    acknowledged_by text,
    acknowledged_at timestamptz,
    note            text,
    acknowledgement uuid
);
create index alerts_start on alerts (started_at desc, id desc) where record is not null;
create index alerts_vehicle on alerts (vehicle, started_at desc, id desc) where record is not null;
create index alerts_open on alerts (started_at desc, id desc) where record is not null and ended_at is null;
