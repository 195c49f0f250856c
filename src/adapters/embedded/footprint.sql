-- The footprint: how often the fleet passed each small cell, by tiles. No cells: the
-- tile has gone, and whoever read an earlier version is to know.
create table footprint (
    tile integer primary key,
    -- That changed it last.
    version integer not null,
    cells blob
) strict;
create index footprint_version on footprint (version);
alter table setup add column footprint_version integer not null default 0;
