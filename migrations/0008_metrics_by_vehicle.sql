-- The days of one vehicle among those of a large fleet.

create index truck_metrics_vehicle on truck_metrics (vehicle, date);
