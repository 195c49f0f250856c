-- Figures of days, and how synchronisations went.

create table truck_metrics (
    date          date not null,
    vehicle       text collate "C" not null,
    distance_m    double precision not null,
    moving_s      double precision not null,
    idle_s        double precision not null,
    stopped_s     double precision not null,
    offline_s     double precision not null,
    max_speed_kmh double precision not null,
    trips         bigint not null,
    alerts        bigint not null,
    primary key (date, vehicle)
);

-- The fleet's day is the sum of its trucks': a view cannot contradict them.
create view daily_metrics as
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
       sum(moving_s) / nullif(sum(moving_s + idle_s + stopped_s + offline_s), 0) as utilisation
  from truck_metrics
 group by date;

create table sync_status (
    source  text collate "C" primary key,
    at      timestamptz not null,
    records bigint not null,
    error   text
);
