-- When somebody read as a group last, in milliseconds since 1970: one that nobody reads any
-- more is not waited for by trimming for ever.

alter table log_group add column read_at integer not null default 0;
update log_group set read_at = cast(unixepoch('subsec') * 1000 as integer);
