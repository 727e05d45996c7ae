-- Programs and their members, custom objects, companies and sales persons as records of their own.

-- Next free id of each kind of record, taken under the writer row and never used twice.
CREATE TABLE counter (
    name        TEXT PRIMARY KEY,
    next_id     INTEGER NOT NULL
);
INSERT INTO counter (name, next_id) SELECT 'lead', next_id FROM writer;
INSERT INTO counter (name, next_id) SELECT 'company', coalesce(max(id), 0) + 1 FROM company;
INSERT INTO counter (name, next_id) SELECT 'sales_person', coalesce(max(id), 0) + 1 FROM sales_person;
INSERT INTO counter (name, next_id) SELECT 'list', CASE WHEN max(id) > 1000 THEN max(id) + 1 ELSE 1001 END FROM list;
INSERT INTO counter (name, next_id)
VALUES ('program', 1001), ('channel', 1), ('program_member', 1), ('folder', 100), ('object', 1);
ALTER TABLE writer DROP COLUMN next_id;

ALTER TABLE custom_field ADD COLUMN description TEXT;
ALTER TABLE custom_field ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0;
ALTER TABLE custom_field ADD COLUMN by_api INTEGER NOT NULL DEFAULT 0;

-- Seats and slots belong to a queue: the shared one, or that of the job's kind.
ALTER TABLE job ADD COLUMN queue TEXT NOT NULL DEFAULT 'shared';
ALTER TABLE job ADD COLUMN program_id INTEGER;
ALTER TABLE job ADD COLUMN program_status TEXT;
DROP INDEX job_seat;
DROP INDEX job_slot;
CREATE UNIQUE INDEX job_seat ON job (queue, seat) WHERE status IN ('Queued', 'Importing');
CREATE UNIQUE INDEX job_slot ON job (queue, slot) WHERE status = 'Importing';

CREATE TABLE folder (
    id          INTEGER PRIMARY KEY,
    name        TEXT NOT NULL,
    k_name      TEXT NOT NULL UNIQUE,
    parent_id   INTEGER,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
);
INSERT INTO folder (id, name, k_name, parent_id, created_at, updated_at)
VALUES (1, 'Marketing Activities', 'marketing activities', NULL, 0, 0),
       (2, 'Lead Database', 'lead database', NULL, 0, 0),
       (3, 'Group Lists', 'group lists', 2, 0, 0);

-- A list's name is unique in its folder, which may be a program.
ALTER TABLE list RENAME COLUMN k_name TO k_place;
ALTER TABLE list ADD COLUMN k_name TEXT NOT NULL DEFAULT '';
ALTER TABLE list ADD COLUMN folder_id INTEGER NOT NULL DEFAULT 3;
ALTER TABLE list ADD COLUMN folder_type TEXT NOT NULL DEFAULT 'Folder';
UPDATE list SET k_name = k_place;
UPDATE list SET k_place = 'folder/3/' || k_name;
CREATE INDEX list_k_name ON list (k_name);
ALTER TABLE list_member ADD COLUMN added_at INTEGER NOT NULL DEFAULT 0;

CREATE TABLE channel (
    id          INTEGER PRIMARY KEY,
    name        TEXT NOT NULL,
    k_name      TEXT NOT NULL UNIQUE,
    program_type TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
);

CREATE TABLE channel_status (
    channel_id  INTEGER NOT NULL REFERENCES channel (id),
    k_name      TEXT NOT NULL,
    name        TEXT NOT NULL,
    description TEXT,
    step        INTEGER NOT NULL,
    success     INTEGER NOT NULL,
    PRIMARY KEY (channel_id, k_name)
);

CREATE TABLE program (
    id          INTEGER PRIMARY KEY,
    name        TEXT NOT NULL,
    k_name      TEXT NOT NULL UNIQUE,
    description TEXT,
    program_type TEXT NOT NULL,
    channel_id  INTEGER NOT NULL REFERENCES channel (id),
    folder_id   INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
);

CREATE TABLE program_member (
    id                      INTEGER PRIMARY KEY,
    program_id              INTEGER NOT NULL REFERENCES program (id),
    lead_id                 INTEGER NOT NULL,
    created_at              INTEGER NOT NULL,
    updated_at              INTEGER NOT NULL,
    membership_at           INTEGER NOT NULL,
    acquired_by             INTEGER NOT NULL DEFAULT 0,
    is_exhausted            INTEGER NOT NULL DEFAULT 0,
    reached_success         INTEGER NOT NULL DEFAULT 0,
    reached_success_at      INTEGER,
    f_statusname            TEXT NOT NULL,
    k_statusname            TEXT NOT NULL,
    f_attendancelikelihood  INTEGER,
    f_nurturecadence        TEXT,
    f_registrationlikelihood INTEGER,
    f_statusreason          TEXT,
    f_trackname             TEXT,
    f_waitlistpriority      INTEGER,
    UNIQUE (program_id, lead_id)
);
CREATE INDEX program_member_lead ON program_member (lead_id);

-- Definitions as JSON; the records of each live in a table object_<number>.
CREATE TABLE custom_object (
    number      INTEGER PRIMARY KEY,
    k_name      TEXT NOT NULL UNIQUE,
    approved    TEXT,
    draft       TEXT,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    CHECK (approved IS NOT NULL OR draft IS NOT NULL)
);

ALTER TABLE company RENAME COLUMN external_id TO f_externalcompanyid;
ALTER TABLE company RENAME COLUMN k_external_id TO k_externalcompanyid;
ALTER TABLE company ADD COLUMN k_company TEXT;
ALTER TABLE company ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE company ADD COLUMN updated_at INTEGER NOT NULL DEFAULT 0;
UPDATE company SET k_company = lower(f_company);
CREATE INDEX company_k_company ON company (k_company) WHERE k_company IS NOT NULL;

ALTER TABLE sales_person RENAME COLUMN external_id TO f_externalsalespersonid;
ALTER TABLE sales_person RENAME COLUMN k_external_id TO k_externalsalespersonid;
ALTER TABLE sales_person ADD COLUMN k_email TEXT;
ALTER TABLE sales_person ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sales_person ADD COLUMN updated_at INTEGER NOT NULL DEFAULT 0;
UPDATE sales_person SET k_email = lower(f_email);
CREATE INDEX sales_person_k_email ON sales_person (k_email) WHERE k_email IS NOT NULL;
CREATE INDEX lead_sales_person ON lead (f_externalsalespersonid) WHERE f_externalsalespersonid IS NOT NULL;
