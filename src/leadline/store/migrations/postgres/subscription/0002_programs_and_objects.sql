-- Programs and their members, custom objects, companies and sales persons as records of their own.

-- Next free id of each kind of record, taken under the writer row and never used twice.
CREATE TABLE counter (
    name        text COLLATE "C" PRIMARY KEY,
    next_id     bigint NOT NULL
);
INSERT INTO counter (name, next_id) SELECT 'lead', next_id FROM writer;
INSERT INTO counter (name, next_id) SELECT 'company', coalesce(max(id), 0) + 1 FROM company;
INSERT INTO counter (name, next_id) SELECT 'sales_person', coalesce(max(id), 0) + 1 FROM sales_person;
INSERT INTO counter (name, next_id) SELECT 'list', CASE WHEN max(id) > 1000 THEN max(id) + 1 ELSE 1001 END FROM list;
INSERT INTO counter (name, next_id)
VALUES ('program', 1001), ('channel', 1), ('program_member', 1), ('folder', 100), ('object', 1);
ALTER TABLE writer DROP COLUMN next_id;

ALTER TABLE custom_field ADD COLUMN description text;
ALTER TABLE custom_field ADD COLUMN hidden bigint NOT NULL DEFAULT 0;
ALTER TABLE custom_field ADD COLUMN by_api bigint NOT NULL DEFAULT 0;

-- Seats and slots belong to a queue: the shared one, or that of the job's kind.
ALTER TABLE job ADD COLUMN queue text COLLATE "C" NOT NULL DEFAULT 'shared';
ALTER TABLE job ADD COLUMN program_id bigint;
ALTER TABLE job ADD COLUMN program_status text;
DROP INDEX job_seat;
DROP INDEX job_slot;
CREATE UNIQUE INDEX job_seat ON job (queue, seat) WHERE status IN ('Queued', 'Importing');
CREATE UNIQUE INDEX job_slot ON job (queue, slot) WHERE status = 'Importing';

CREATE TABLE folder (
    id          bigint PRIMARY KEY,
    name        text NOT NULL,
    k_name      text COLLATE "C" NOT NULL UNIQUE,
    parent_id   bigint,
    created_at  bigint NOT NULL,
    updated_at  bigint NOT NULL
);
INSERT INTO folder (id, name, k_name, parent_id, created_at, updated_at)
VALUES (1, 'Marketing Activities', 'marketing activities', NULL, 0, 0),
       (2, 'Lead Database', 'lead database', NULL, 0, 0),
       (3, 'Group Lists', 'group lists', 2, 0, 0);

-- A list's name is unique in its folder, which may be a program.
ALTER TABLE list RENAME COLUMN k_name TO k_place;
ALTER TABLE list ADD COLUMN k_name text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE list ADD COLUMN folder_id bigint NOT NULL DEFAULT 3;
ALTER TABLE list ADD COLUMN folder_type text NOT NULL DEFAULT 'Folder';
UPDATE list SET k_name = k_place;
UPDATE list SET k_place = 'folder/3/' || k_name;
CREATE INDEX list_k_name ON list (k_name);
ALTER TABLE list_member ADD COLUMN added_at bigint NOT NULL DEFAULT 0;

CREATE TABLE channel (
    id          bigint PRIMARY KEY,
    name        text NOT NULL,
    k_name      text COLLATE "C" NOT NULL UNIQUE,
    program_type text NOT NULL,
    created_at  bigint NOT NULL,
    updated_at  bigint NOT NULL
);

CREATE TABLE channel_status (
    channel_id  bigint NOT NULL REFERENCES channel (id),
    k_name      text COLLATE "C" NOT NULL,
    name        text NOT NULL,
    description text,
    step        bigint NOT NULL,
    success     bigint NOT NULL,
    PRIMARY KEY (channel_id, k_name)
);

CREATE TABLE program (
    id          bigint PRIMARY KEY,
    name        text NOT NULL,
    k_name      text COLLATE "C" NOT NULL UNIQUE,
    description text,
    program_type text NOT NULL,
    channel_id  bigint NOT NULL REFERENCES channel (id),
    folder_id   bigint NOT NULL,
    created_at  bigint NOT NULL,
    updated_at  bigint NOT NULL
);

CREATE TABLE program_member (
    id                      bigint PRIMARY KEY,
    program_id              bigint NOT NULL REFERENCES program (id),
    lead_id                 bigint NOT NULL,
    created_at              bigint NOT NULL,
    updated_at              bigint NOT NULL,
    membership_at           bigint NOT NULL,
    acquired_by             bigint NOT NULL DEFAULT 0,
    is_exhausted            bigint NOT NULL DEFAULT 0,
    reached_success         bigint NOT NULL DEFAULT 0,
    reached_success_at      bigint,
    f_statusname            text NOT NULL,
    k_statusname            text COLLATE "C" NOT NULL,
    f_attendancelikelihood  bigint,
    f_nurturecadence        text,
    f_registrationlikelihood bigint,
    f_statusreason          text,
    f_trackname             text,
    f_waitlistpriority      bigint,
    UNIQUE (program_id, lead_id)
);
CREATE INDEX program_member_lead ON program_member (lead_id);

-- Definitions as JSON; the records of each live in a table object_<number>.
CREATE TABLE custom_object (
    number      bigint PRIMARY KEY,
    k_name      text COLLATE "C" NOT NULL UNIQUE,
    approved    text,
    draft       text,
    created_at  bigint NOT NULL,
    updated_at  bigint NOT NULL,
    CHECK (approved IS NOT NULL OR draft IS NOT NULL)
);

ALTER TABLE company RENAME COLUMN external_id TO f_externalcompanyid;
ALTER TABLE company RENAME COLUMN k_external_id TO k_externalcompanyid;
ALTER TABLE company ADD COLUMN k_company text COLLATE "C";
ALTER TABLE company ADD COLUMN created_at bigint NOT NULL DEFAULT 0;
ALTER TABLE company ADD COLUMN updated_at bigint NOT NULL DEFAULT 0;
UPDATE company SET k_company = lower(f_company);
CREATE INDEX company_k_company ON company (k_company) WHERE k_company IS NOT NULL;

ALTER TABLE sales_person RENAME COLUMN external_id TO f_externalsalespersonid;
ALTER TABLE sales_person RENAME COLUMN k_external_id TO k_externalsalespersonid;
ALTER TABLE sales_person ADD COLUMN k_email text COLLATE "C";
ALTER TABLE sales_person ADD COLUMN created_at bigint NOT NULL DEFAULT 0;
ALTER TABLE sales_person ADD COLUMN updated_at bigint NOT NULL DEFAULT 0;
UPDATE sales_person SET k_email = lower(f_email);
CREATE INDEX sales_person_k_email ON sales_person (k_email) WHERE k_email IS NOT NULL;
CREATE INDEX lead_sales_person ON lead (f_externalsalespersonid) WHERE f_externalsalespersonid IS NOT NULL;
