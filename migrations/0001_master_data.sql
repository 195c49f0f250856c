-- The records people keep: trucks, drivers, organizations, geofences, trips.
--
-- A record is the program's own JSON, whole; columns beside it are what the
-- database itself needs, or people with a SQL prompt want. `json` and not
-- `jsonb`: it keeps numbers as they were written, and nothing here is searched
-- by content. NUL, which PostgreSQL cannot hold, is written ␛0, and ␛ itself ␛␛.
--
-- (recorded_at, event_id) is the rank of the event a row stands for: a row gives
-- way only to a higher one, so that the order of arrival does not matter.

create table trucks (
    -- The vehicle's number in `positions`, where a key would weigh too much.
    id          integer generated always as identity primary key,
    key         text collate "C" not null unique,
    -- Known only from its fixes, not from anybody's books.
    provisional boolean not null,
    -- Every other name it reports under, normalised like the key.
    names       text[] collate "C" not null,
    recorded_at timestamptz not null,
    event_id    uuid not null,
    record      json not null,
    number      text generated always as (record ->> 'number') stored,
    company     text generated always as (record ->> 'company') stored,
    status      text generated always as (record ->> 'status') stored
);
create index trucks_names on trucks using gin (names);

create table drivers (
    id          uuid primary key,
    recorded_at timestamptz not null,
    event_id    uuid not null,
    record      json not null,
    name        text generated always as (record ->> 'name') stored,
    truck       text generated always as (record ->> 'truck') stored
);

create table organizations (
    id          uuid primary key,
    recorded_at timestamptz not null,
    event_id    uuid not null,
    record      json not null,
    name        text generated always as (record ->> 'name') stored,
    kind        text generated always as (record ->> 'kind') stored
);

create table geofences (
    id          text collate "C" primary key,
    recorded_at timestamptz not null,
    event_id    uuid not null,
    -- The GeoJSON feature; null once removed, so that an older update that
    -- arrives late does not bring it back.
    feature     json,
    name        text generated always as (feature -> 'properties' ->> 'name') stored,
    kind        text generated always as (feature -> 'properties' ->> 'kind') stored,
    -- Polygons: edges straight in lon/lat, boundary inside.
    area        geometry(MultiPolygon, 4326),
    -- Circles and corridors: all points within `reach_m` metres, geodesic, of a
    -- point or line.
    spine       geography(Geometry, 4326),
    reach_m     double precision,
    -- Holds the whole fence; what the index knows of it.
    bounds      geometry(Geometry, 4326),
    check ((area is null) = (bounds is null or spine is not null)),
    check ((spine is null) = (reach_m is null))
);
create index geofences_bounds on geofences using gist (bounds);

create table trips (
    id                  uuid primary key,
    -- Null while only a change of its status has been heard of.
    record              json,
    recorded_at         timestamptz,
    event_id            uuid,
    scheduled_departure timestamptz,
    vehicle             text generated always as (record ->> 'vehicle') stored,
    readable_id         text generated always as (record ->> 'readable_id') stored,
    -- The newest change of status, and the first departure and offloading.
    status              text,
    changed_at          timestamptz,
    change_id           uuid,
    departed_at         timestamptz,
    offloaded_at        timestamptz
);
create index trips_departure on trips (scheduled_departure desc, id desc) where record is not null;
create index trips_vehicle on trips (vehicle);
