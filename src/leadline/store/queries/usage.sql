-- Calls and error answers by day, in the control store.

-- name: add_calls
-- None of a subscription that was removed meanwhile.
INSERT INTO {schema}.call_count (munchkin_id, day, user_name, calls)
SELECT :munchkin_id, :day, :user_name, :calls FROM {schema}.subscription WHERE munchkin_id = :munchkin_id
ON CONFLICT (munchkin_id, day, user_name) DO UPDATE SET calls = call_count.calls + excluded.calls

-- name: add_errors
INSERT INTO {schema}.error_count (munchkin_id, day, code, calls)
SELECT :munchkin_id, :day, :code, :calls FROM {schema}.subscription WHERE munchkin_id = :munchkin_id
ON CONFLICT (munchkin_id, day, code) DO UPDATE SET calls = error_count.calls + excluded.calls

-- name: calls_of_day
SELECT coalesce(sum(calls), 0) AS calls FROM {schema}.call_count WHERE munchkin_id = :munchkin_id AND day = :day

-- name: calls_since
SELECT day, user_name AS name, calls FROM {schema}.call_count
WHERE munchkin_id = :munchkin_id AND day >= :since ORDER BY day, user_name

-- name: errors_since
SELECT day, code AS name, calls FROM {schema}.error_count
WHERE munchkin_id = :munchkin_id AND day >= :since ORDER BY day, code

-- name: erase_calls
DELETE FROM {schema}.call_count WHERE munchkin_id = :munchkin_id AND day <= :until

-- name: erase_errors
DELETE FROM {schema}.error_count WHERE munchkin_id = :munchkin_id AND day <= :until
