-- The days of one vehicle among those of a large fleet.

create index truck_metric_vehicle on truck_metric (vehicle, date);
