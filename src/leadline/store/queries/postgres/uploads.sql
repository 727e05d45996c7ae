-- PostgreSQL compresses what a row holds, which makes storing an upload six times slower. It gives that up where the
-- first 1,024 bytes have nothing twice: each part is kept behind 1,152 such bytes. Changing how a column is stored
-- would do the same, but engines that spread schemas over machines refuse that.

-- name: add_part
INSERT INTO {schema}.job_file (upload, part, bytes) VALUES (:upload, :part,
    sha512('1') || sha512('2') || sha512('3') || sha512('4') || sha512('5') || sha512('6') || sha512('7') || sha512('8') || sha512('9') ||
    sha512('10') || sha512('11') || sha512('12') || sha512('13') || sha512('14') || sha512('15') || sha512('16') || sha512('17') || sha512('18') || :bytes)

-- name: read_part
SELECT f.upload, f.part, substr(f.bytes, 1153) AS bytes
FROM {schema}.job j JOIN {schema}.job_file f ON f.upload = j.upload
WHERE j.batch_id = :batch_id AND f.part = :part

-- name: read_part_of_upload
SELECT upload, part, substr(bytes, 1153) AS bytes FROM {schema}.job_file WHERE upload = :upload AND part = :part
