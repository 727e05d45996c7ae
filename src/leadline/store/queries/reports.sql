-- What a job leaves to be read: issues and ledger.

-- name: add_issues
INSERT INTO {schema}.job_issue (batch_id, first_row, kind, text_bytes, lines)
VALUES (:batch_id, :first_row, :kind, :text_bytes, :lines)

-- name: issue_block
SELECT lines FROM {schema}.job_issue WHERE batch_id = :batch_id AND first_row = :first_row AND kind = :kind

-- name: change_issues
UPDATE {schema}.job_issue SET lines = :lines, text_bytes = :text_bytes WHERE batch_id = :batch_id AND first_row = :first_row AND kind = :kind

-- name: delete_issues
DELETE FROM {schema}.job_issue WHERE batch_id = :batch_id AND first_row = :first_row AND kind = :kind

-- name: delete_marks
DELETE FROM {schema}.job_issue_mark WHERE batch_id = :batch_id AND first_row = :first_row

-- name: delete_marks_of_job
DELETE FROM {schema}.job_issue_mark WHERE batch_id = :batch_id

-- name: issue_blocks_of
SELECT first_row, text_bytes FROM {schema}.job_issue WHERE batch_id = :batch_id AND kind = :kind ORDER BY first_row

-- name: add_ledger
INSERT INTO {schema}.job_ledger (batch_id, first_row, rows, block) VALUES (:batch_id, :first_row, :rows, :block)

-- name: ledger_blocks
SELECT first_row FROM {schema}.job_ledger WHERE batch_id = :batch_id ORDER BY first_row

-- name: ledger_block
SELECT block FROM {schema}.job_ledger WHERE batch_id = :batch_id AND first_row = :first_row
