-- name: raise_work_hint
-- Nothing rests on a hint, so its commit need not wait for the disk: what a crash takes away is found by going round.
UPDATE {schema}.subscription SET work_hint = work_hint + 1
WHERE munchkin_id = :munchkin_id AND set_config('synchronous_commit', 'off', true) = 'off'
