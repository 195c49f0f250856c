-- A trip's arrival and return, found by the rules like its departure and offloading.

alter table trips
    add column arrived_at timestamptz,
    add column returned_at timestamptz;
