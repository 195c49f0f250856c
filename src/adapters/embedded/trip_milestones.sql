-- A trip's arrival and return, found by the rules like its departure and offloading.

alter table trip add column arrived_at integer;
alter table trip add column returned_at integer;
