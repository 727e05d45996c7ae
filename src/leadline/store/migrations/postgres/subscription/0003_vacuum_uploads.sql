-- An upload's bytes go when its job has ended. At the defaults vacuum lets hundreds of megabytes of them pile up while files come in.
ALTER TABLE job_file SET (
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 100,
    autovacuum_vacuum_cost_delay = 0,
    toast.autovacuum_vacuum_scale_factor = 0,
    toast.autovacuum_vacuum_threshold = 10000,
    toast.autovacuum_vacuum_cost_delay = 0
);
-- A file may change every lead: what it leaves behind must be free before the next ones have come.
ALTER TABLE lead SET (autovacuum_vacuum_cost_delay = 0);
