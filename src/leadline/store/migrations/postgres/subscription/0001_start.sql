-- One subscription: its settings, queue, uploads, issues, ledger, and the records of each kind.

CREATE TABLE {schema}.schema_version (
    one         bigint PRIMARY KEY CHECK (one = 1),
    version     bigint NOT NULL,
    format      bigint NOT NULL     -- the tables that the first migration makes, as a number
);
INSERT INTO {schema}.schema_version (one, version, format) VALUES (1, 0, 0);

CREATE TABLE {schema}.meta (
    one             bigint PRIMARY KEY CHECK (one = 1),
    munchkin_id     text NOT NULL,
    next_batch      bigint NOT NULL CHECK (next_batch > 1000),   -- never used twice
    fields_version  bigint NOT NULL DEFAULT 0, -- another number after each change of custom fields
    guid_seed       text                       -- what ids follow from that are random else; in a sandbox
);

-- The writer row: whoever writes records holds it.
CREATE TABLE {schema}.writer (
    one         bigint PRIMARY KEY CHECK (one = 1),
    version     bigint NOT NULL DEFAULT 0,     -- counts changes of records
    change_set  bigint NOT NULL DEFAULT 0      -- number of the last change set
);
INSERT INTO {schema}.writer (one) VALUES (1);

-- Next free id of each kind of record, taken under the writer row and never used twice.
CREATE TABLE {schema}.counter (
    name        text COLLATE "C" PRIMARY KEY,
    next_id     bigint NOT NULL
);
INSERT INTO {schema}.counter (name, next_id)
VALUES ('lead', 1), ('company', 1), ('sales_person', 1), ('list', 1001), ('program', 1001), ('channel', 1),
       ('program_member', 1), ('folder', 100), ('object', 1);

CREATE TABLE {schema}.partition (
    id          bigint PRIMARY KEY,
    name        text NOT NULL,
    k_name      text COLLATE "C" NOT NULL UNIQUE
);

CREATE TABLE {schema}.custom_field (
    position    bigint PRIMARY KEY,
    object_type text NOT NULL,
    name        text NOT NULL,
    k_name      text COLLATE "C" NOT NULL,
    display_name text NOT NULL,
    data_type   text NOT NULL,
    length      bigint,
    searchable  bigint NOT NULL,
    hidden      bigint NOT NULL DEFAULT 0,
    by_api      bigint NOT NULL DEFAULT 0,
    UNIQUE (object_type, k_name)
);

-- What people chose for a field, standard or custom; one without a row has the defaults.
CREATE TABLE {schema}.field_setting (
    object_type text NOT NULL,
    k_name      text COLLATE "C" NOT NULL,
    description text,
    html_in_email bigint NOT NULL,
    sensitive   bigint NOT NULL,
    PRIMARY KEY (object_type, k_name)
);

-- Seats and slots are the limits as constraints: no eleventh unfinished job, no third
-- importing one, no second on the same list, whatever the code does. They belong to a queue:
-- the shared one, or that of the job's kind.
CREATE TABLE {schema}.job (
    batch_id        bigint PRIMARY KEY,
    object_type     text NOT NULL,
    queue           text COLLATE "C" NOT NULL,
    format          text NOT NULL CHECK (format IN ('csv', 'tsv', 'ssv')),
    lookup_field    text NOT NULL,
    list_id         bigint,
    program_id      bigint,
    program_status  text,
    rules           text NOT NULL,              -- JSON object: those that held when the job was created
    partition_id    bigint NOT NULL,
    partition_fixed bigint NOT NULL,
    open_partitions text,                       -- JSON list of ids, null for all
    header          bytea NOT NULL,             -- the header line as uploaded, in UTF-8
    upload          text COLLATE "C" NOT NULL,  -- names the parts of the file
    status          text NOT NULL CHECK (status IN ('Queued', 'Importing', 'Complete', 'Failed')),
    seat            bigint CHECK (seat >= 0),
    slot            bigint CHECK (slot >= 0),
    token           bigint NOT NULL DEFAULT 0, -- fences a worker that lost the job
    attempt         bigint NOT NULL DEFAULT 0,
    worker          text,
    heartbeat       bigint NOT NULL DEFAULT 0,
    file_bytes      bigint NOT NULL,
    invalid_from    bigint,                    -- where the upload stops being text, null when it never does
    has_slashes     bigint NOT NULL,           -- whether one stands anywhere in the upload, as in some dates
    done_bytes      bigint NOT NULL DEFAULT 0, -- where the next chunk begins
    next_row        bigint NOT NULL DEFAULT 1,
    processed       bigint NOT NULL DEFAULT 0,
    failed          bigint NOT NULL DEFAULT 0,
    warned          bigint NOT NULL DEFAULT 0,
    created         bigint NOT NULL DEFAULT 0,
    updated         bigint NOT NULL DEFAULT 0,
    unchanged       bigint NOT NULL DEFAULT 0,
    issue_bytes_left bigint NOT NULL,
    unlisted_failures bigint NOT NULL DEFAULT 0,
    unlisted_warnings bigint NOT NULL DEFAULT 0,
    day_first       text NOT NULL DEFAULT '[]',  -- JSON list of columns, known from the first applied row on
    client_id       text NOT NULL DEFAULT '',   -- who asked for it, and by what name
    credential      text NOT NULL DEFAULT '',
    user_name       text NOT NULL DEFAULT '',
    file_name       text,
    file_sha256     text,
    fingerprint     text,                       -- of what was asked for and the file's bytes
    undoes          bigint,                    -- an undo: the job that it takes back
    refuses_conflicts bigint NOT NULL DEFAULT 0, -- an undo: as a whole or not at all
    applies         text,                       -- the preview that it applies
    accepts_drift   bigint NOT NULL DEFAULT 0,
    cancelled       bigint NOT NULL DEFAULT 0,
    reverted        bigint NOT NULL DEFAULT 0, -- rows of an undo, by outcome
    partly          bigint NOT NULL DEFAULT 0,
    kept            bigint NOT NULL DEFAULT 0,
    deleted         bigint NOT NULL DEFAULT 0,
    gone            bigint NOT NULL DEFAULT 0,
    rescued         bigint NOT NULL DEFAULT 0, -- how often its worker died, and the queue had it again
    created_at      bigint NOT NULL,
    started_at      bigint,
    finished_at     bigint,
    message         text,
    CHECK ((status = 'Importing') = (slot IS NOT NULL)),
    CHECK ((status IN ('Queued', 'Importing') AND undoes IS NULL AND applies IS NULL) = (seat IS NOT NULL)),
    CHECK ((status IN ('Complete', 'Failed')) = (finished_at IS NOT NULL)),
    CHECK (processed = created + updated + unchanged + reverted + partly + kept + deleted + gone),
    CONSTRAINT each_row_counts_once CHECK (processed + failed = next_row - 1)
);
CREATE UNIQUE INDEX job_seat ON {schema}.job (queue, seat) WHERE status IN ('Queued', 'Importing');
CREATE INDEX job_queued ON {schema}.job (queue, batch_id) WHERE status = 'Queued';
-- By it jobs are counted for each tab of a list of them, without a look at the wide rows.
CREATE INDEX job_age ON {schema}.job (created_at, object_type, user_name, list_id, status, failed);
CREATE INDEX job_file_name ON {schema}.job (file_name) WHERE file_name LIKE '%@%';
CREATE INDEX job_undoes ON {schema}.job (undoes) WHERE undoes IS NOT NULL;
CREATE UNIQUE INDEX job_applies ON {schema}.job (applies) WHERE applies IS NOT NULL AND status <> 'Failed';
CREATE INDEX job_applies_all ON {schema}.job (applies) WHERE applies IS NOT NULL;
CREATE INDEX job_same_file ON {schema}.job (file_sha256, object_type, batch_id) WHERE file_sha256 IS NOT NULL;
CREATE UNIQUE INDEX job_slot ON {schema}.job (queue, slot) WHERE status = 'Importing';
CREATE UNIQUE INDEX job_list ON {schema}.job (list_id)
    WHERE list_id IS NOT NULL AND status IN ('Queued', 'Importing');

-- The uploaded bytes, deleted in the commit that finishes the job, but where rows were not reached. At the defaults vacuum lets hundreds
-- of megabytes of them pile up while files come in.
CREATE TABLE {schema}.job_file (
    upload      text COLLATE "C" NOT NULL,
    part        bigint NOT NULL,
    bytes       bytea NOT NULL,
    PRIMARY KEY (upload, part)
) WITH (
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 100,
    autovacuum_vacuum_cost_delay = 0,
    toast.autovacuum_vacuum_scale_factor = 0,
    toast.autovacuum_vacuum_threshold = 10000,
    toast.autovacuum_vacuum_cost_delay = 0
);

-- Lines of the failure and warning files, one block for each chunk that has any.
CREATE TABLE {schema}.job_issue (
    batch_id    bigint NOT NULL REFERENCES {schema}.job (batch_id) ON DELETE CASCADE,
    first_row   bigint NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('failure', 'warning')),
    text_bytes  bigint  NOT NULL,           -- length of the lines when they are unpacked
    lines       bytea NOT NULL,
    PRIMARY KEY (batch_id, kind, first_row)
);

-- What may name a person in the lines of a chunk: the surroundings of each address. A deleted person's lines are
-- found by it. It belongs to its job without a foreign key, which the database would look up for each row.
CREATE TABLE {schema}.job_issue_mark (
    batch_id    bigint NOT NULL,
    first_row   bigint NOT NULL,
    mark        text COLLATE "C" NOT NULL,
    PRIMARY KEY (batch_id, first_row, mark)
);
CREATE INDEX job_issue_mark_mark ON {schema}.job_issue_mark (mark);

-- What may name a person in the upload of a job that ended before all rows were reached: the surroundings of each
-- address, and ids of leads. It belongs to its job like the marks of issues.
CREATE TABLE {schema}.kept_upload_mark (
    batch_id    bigint NOT NULL,
    mark        text COLLATE "C" NOT NULL,
    PRIMARY KEY (batch_id, mark)
);
CREATE INDEX kept_upload_mark_mark ON {schema}.kept_upload_mark (mark);

-- The outcome of each row, one compressed columnar block for each chunk.
CREATE TABLE {schema}.job_ledger (
    batch_id    bigint NOT NULL REFERENCES {schema}.job (batch_id) ON DELETE CASCADE,
    first_row   bigint NOT NULL,
    rows        bigint NOT NULL,
    block       bytea NOT NULL,
    PRIMARY KEY (batch_id, first_row)
);

-- A file that was uploaded to be mapped, foreseen and then imported; its bytes are parts of `job_file`, its marks
-- those of `report_mark`.
CREATE TABLE {schema}.import_draft (
    draft_id    text COLLATE "C" PRIMARY KEY,
    client_id   text NOT NULL,
    request     text NOT NULL,                  -- JSON object: what the file is to be imported into
    file_name   text,
    file_bytes  bigint NOT NULL,
    upload      text NOT NULL,
    survey      text NOT NULL,                  -- JSON object: what was found in the file
    chosen      text,                           -- JSON object: which column goes where, and what its dates mean
    preview_id  text,
    created_at  bigint NOT NULL
);
CREATE INDEX import_draft_file_name ON {schema}.import_draft (file_name) WHERE file_name LIKE '%@%';

-- Where the columns of a header went when it was imported last; the header is known by its hash.
CREATE TABLE {schema}.column_mapping (
    header_hash text COLLATE "C" PRIMARY KEY,               -- of the kind of record and the names of the columns
    names       text NOT NULL,                  -- JSON list: a field for each column, null where it is not imported
    used_at     bigint NOT NULL
);

-- What an import or an undo would do; it takes no seat and no slot.
CREATE TABLE {schema}.preview (
    preview_id      text COLLATE "C" PRIMARY KEY,
    kind            text COLLATE "C" NOT NULL CHECK (kind IN ('import', 'undo')),
    request         text NOT NULL,              -- JSON object: what was asked for, as a job keeps it
    undoes          bigint,
    refuses_conflicts bigint NOT NULL DEFAULT 0,
    client_id       text COLLATE "C" NOT NULL,
    credential      text COLLATE "C" NOT NULL,
    user_name       text NOT NULL,
    file_name       text,
    file_sha256     text,
    fingerprint     text NOT NULL,
    header          bytea,
    upload          text,
    file_bytes      bigint NOT NULL DEFAULT 0,
    invalid_from    bigint,
    has_slashes     bigint NOT NULL DEFAULT 1,
    issue_bytes     bigint NOT NULL DEFAULT 0,
    status          text NOT NULL CHECK (status IN ('Queued', 'Running', 'Ready', 'Failed', 'Applied', 'Expired')),
    token           bigint NOT NULL DEFAULT 0,
    attempt         bigint NOT NULL DEFAULT 0,
    worker          text,
    heartbeat       bigint NOT NULL DEFAULT 0,
    version         bigint,                    -- of the records that it was judged against
    result          text,                       -- JSON object: its counts, once it is ready
    message         text,
    kept_bytes      bigint NOT NULL DEFAULT 0, -- upload and files together
    batch_id        bigint,                    -- the job that applied it
    created_at      bigint NOT NULL,
    finished_at     bigint
);
CREATE INDEX preview_file_name ON {schema}.preview (file_name) WHERE file_name LIKE '%@%';
CREATE UNIQUE INDEX preview_running ON {schema}.preview ((1)) WHERE status = 'Running';

-- The files of previews and undo jobs, in blocks; of a job that refused, of one that was cut short.
CREATE TABLE {schema}.report_file (
    owner       text COLLATE "C" NOT NULL,                  -- a preview id, or a batch id as a text
    name        text COLLATE "C" NOT NULL,                  -- changes, rows, failures, warnings, faults, kept, drift, names
    part        bigint NOT NULL,
    block       bytea NOT NULL,
    PRIMARY KEY (owner, name, part)
);

-- Whom the files of an owner may name: checksums of their marks, sorted, in buckets, so that a deleted person's
-- files are found without a look at the others.
CREATE TABLE {schema}.report_mark (
    bucket      bigint NOT NULL,
    owner       text COLLATE "C" NOT NULL,
    checksums   bytea NOT NULL
);
CREATE INDEX report_mark_bucket ON {schema}.report_mark (bucket);
CREATE INDEX report_mark_owner ON {schema}.report_mark (owner);

-- Failed and warned rows of a job by reason and column, so that a million of them are grouped without a look at a line.
CREATE TABLE {schema}.job_reason (
    batch_id    bigint NOT NULL REFERENCES {schema}.job (batch_id) ON DELETE CASCADE,
    kind        text COLLATE "C" NOT NULL CHECK (kind IN ('failure', 'warning')),
    reason      text COLLATE "C" NOT NULL,
    column_name text COLLATE "C" NOT NULL,                  -- as the file has it, blank for the row as a whole
    rows        bigint NOT NULL,
    first_row   bigint NOT NULL,
    PRIMARY KEY (batch_id, kind, reason, column_name)
);

-- What the jobs of an hour in UTC were, for each kind and credential; outlives the jobs.
CREATE TABLE {schema}.job_hour (
    hour        text COLLATE "C" NOT NULL,  -- `2025-05-17T22`
    kind        text COLLATE "C" NOT NULL,
    credential  text COLLATE "C" NOT NULL,
    jobs        bigint NOT NULL DEFAULT 0,
    created     bigint NOT NULL DEFAULT 0,
    updated     bigint NOT NULL DEFAULT 0,
    unchanged   bigint NOT NULL DEFAULT 0,
    failed      bigint NOT NULL DEFAULT 0,
    file_bytes  bigint NOT NULL DEFAULT 0,
    seconds     bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (hour, kind, credential)
);

-- A request that may be sent again: the key that its client gave it, and what it made.
CREATE TABLE {schema}.request_key (
    client_id   text COLLATE "C" NOT NULL,
    key_hash    text COLLATE "C" NOT NULL,
    fingerprint text NOT NULL,
    batch_id    bigint REFERENCES {schema}.job (batch_id) ON DELETE CASCADE,
    preview_id  text COLLATE "C" REFERENCES {schema}.preview (preview_id) ON DELETE CASCADE,
    PRIMARY KEY (client_id, key_hash)
);
CREATE INDEX request_key_batch ON {schema}.request_key (batch_id);
CREATE INDEX request_key_preview ON {schema}.request_key (preview_id);

-- What one transaction changed. Numbers are taken under the writer row and never used twice.
CREATE TABLE {schema}.change_set (
    number      bigint PRIMARY KEY,
    kind        text COLLATE "C" NOT NULL CHECK (kind IN ('import', 'call', 'delete', 'undo', 'setup')),
    at          bigint NOT NULL,               -- what its records have as the instant of their update
    batch_id    bigint,
    first_row   bigint,                        -- of the chunk, in an import
    request_id  text,
    client_id   text COLLATE "C" NOT NULL,
    credential  text COLLATE "C" NOT NULL,
    user_name   text NOT NULL,
    file_name   text,
    undoes      bigint                         -- the change set that it takes back
);
CREATE INDEX change_set_file_name ON {schema}.change_set (file_name) WHERE file_name LIKE '%@%';
CREATE INDEX change_set_batch ON {schema}.change_set (batch_id, number) WHERE batch_id IS NOT NULL;

-- The cells of a change set: records of one object type, by ascending id, cut so that one record is found fast.
CREATE TABLE {schema}.change_part (
    set_number  bigint NOT NULL REFERENCES {schema}.change_set (number) ON DELETE CASCADE,
    object_type text COLLATE "C" NOT NULL,
    part        bigint NOT NULL,
    first_id    bigint NOT NULL,
    last_id     bigint NOT NULL,
    rows        bigint NOT NULL,
    deleted     bigint NOT NULL,               -- how many of the rows are records that were deleted
    block       bytea NOT NULL,
    PRIMARY KEY (set_number, object_type, part)
);
CREATE INDEX change_part_ids ON {schema}.change_part (set_number, object_type, last_id, first_id);
CREATE INDEX change_part_deleted ON {schema}.change_part (set_number) WHERE deleted > 0;

-- Memberships that ended, with the change set that ended them: one that came back since was touched.
CREATE TABLE {schema}.ended_membership (
    object_type text COLLATE "C" NOT NULL,                  -- list_member or program_member
    within      bigint NOT NULL,               -- the list or the program
    lead_id     bigint NOT NULL,
    record_id   bigint NOT NULL,  -- the id that the change log knows it by
    changed     bigint NOT NULL,
    PRIMARY KEY (object_type, within, lead_id)
);
CREATE INDEX ended_membership_lead ON {schema}.ended_membership (lead_id);
CREATE INDEX ended_membership_changed ON {schema}.ended_membership (changed);

CREATE TABLE {schema}.folder (
    id          bigint PRIMARY KEY,
    name        text NOT NULL,
    k_name      text COLLATE "C" NOT NULL UNIQUE,
    parent_id   bigint,
    created_at  bigint NOT NULL,
    updated_at  bigint NOT NULL
);
INSERT INTO {schema}.folder (id, name, k_name, parent_id, created_at, updated_at)
VALUES (1, 'Marketing Activities', 'marketing activities', NULL, 0, 0),
       (2, 'Lead Database', 'lead database', NULL, 0, 0),
       (3, 'Group Lists', 'group lists', 2, 0, 0);

-- A list's name is unique in its folder, which may be a program.
CREATE TABLE {schema}.list (
    id          bigint PRIMARY KEY,
    name        text NOT NULL,
    k_name      text COLLATE "C" NOT NULL,
    k_path      text COLLATE "C" NOT NULL UNIQUE,
    folder_id   bigint NOT NULL,
    folder_type text NOT NULL,
    description text,
    created_at  bigint NOT NULL,
    updated_at  bigint NOT NULL
);
CREATE INDEX list_k_name ON {schema}.list (k_name);

CREATE TABLE {schema}.list_member (
    list_id     bigint NOT NULL REFERENCES {schema}.list (id) ON DELETE CASCADE,
    lead_id     bigint NOT NULL,
    added_at    bigint NOT NULL,
    changed     bigint NOT NULL DEFAULT 0,   -- the last change set that wrote it
    PRIMARY KEY (list_id, lead_id)
);
CREATE INDEX list_member_lead ON {schema}.list_member (lead_id);

CREATE TABLE {schema}.channel (
    id          bigint PRIMARY KEY,
    name        text NOT NULL,
    k_name      text COLLATE "C" NOT NULL UNIQUE,
    program_type text NOT NULL,
    created_at  bigint NOT NULL,
    updated_at  bigint NOT NULL
);

CREATE TABLE {schema}.channel_status (
    channel_id  bigint NOT NULL REFERENCES {schema}.channel (id),
    k_name      text COLLATE "C" NOT NULL,
    name        text NOT NULL,
    description text,
    step        bigint NOT NULL,
    success     bigint NOT NULL,
    PRIMARY KEY (channel_id, k_name)
);

-- Tags and costs are JSON, null where there are none.
CREATE TABLE {schema}.program (
    id          bigint PRIMARY KEY,
    name        text NOT NULL,
    k_name      text COLLATE "C" NOT NULL UNIQUE,
    description text,
    program_type text NOT NULL,
    channel_id  bigint NOT NULL REFERENCES {schema}.channel (id),
    folder_id   bigint NOT NULL,
    tags        text,
    costs       text,
    created_at  bigint NOT NULL,
    updated_at  bigint NOT NULL
);

CREATE TABLE {schema}.program_member (
    id                      bigint PRIMARY KEY,
    program_id              bigint NOT NULL REFERENCES {schema}.program (id),
    lead_id                 bigint NOT NULL,
    created_at              bigint NOT NULL,
    updated_at              bigint NOT NULL,
    changed                 bigint NOT NULL DEFAULT 0,   -- the last change set that wrote it
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
CREATE INDEX program_member_lead ON {schema}.program_member (lead_id);

-- Definitions as JSON; the records of each live in a table object_<number>.
CREATE TABLE {schema}.custom_object (
    number       bigint PRIMARY KEY,
    k_name       text COLLATE "C" NOT NULL UNIQUE,
    approved     text,
    draft        text,
    created_at   bigint NOT NULL,
    updated_at   bigint NOT NULL,
    added_fields bigint NOT NULL DEFAULT 0,   -- since its first approval
    CHECK (approved IS NOT NULL OR draft IS NOT NULL)
);

CREATE TABLE {schema}.company (
    id                              bigint PRIMARY KEY,
    created_at                      bigint NOT NULL,
    updated_at                      bigint NOT NULL,
    changed                         bigint NOT NULL DEFAULT 0,   -- the last change set that wrote it
    f_externalcompanyid             text NOT NULL,
    k_externalcompanyid             text COLLATE "C" NOT NULL UNIQUE,
    f_externalsalespersonid         text,
    k_company                       text COLLATE "C",
    f_company                       text,
    f_site                          text,
    f_website                       text,
    f_mainphone                     text,
    f_annualrevenue                 bigint,
    f_numberofemployees             bigint,
    f_industry                      text,
    f_siccode                       text,
    f_billingstreet                 text,
    f_billingcity                   text,
    f_billingstate                  text,
    f_billingcountry                text,
    f_billingpostalcode             text,
    f_mktocompanynotes              text
);
CREATE INDEX company_k_company ON {schema}.company (k_company) WHERE k_company IS NOT NULL;
CREATE INDEX company_sales_person ON {schema}.company (f_externalsalespersonid)
    WHERE f_externalsalespersonid IS NOT NULL;

CREATE TABLE {schema}.sales_person (
    id                              bigint PRIMARY KEY,
    created_at                      bigint NOT NULL,
    updated_at                      bigint NOT NULL,
    changed                         bigint NOT NULL DEFAULT 0,   -- the last change set that wrote it
    f_externalsalespersonid         text NOT NULL,
    k_externalsalespersonid         text COLLATE "C" NOT NULL UNIQUE,
    k_email                         text COLLATE "C",
    f_email                         text,
    f_firstname                     text,
    f_lastname                      text,
    f_phone                         text,
    f_mobilephone                   text,
    f_fax                           text,
    f_title                         text
);
CREATE INDEX sales_person_k_email ON {schema}.sales_person (k_email) WHERE k_email IS NOT NULL;

-- A lead is a row of `lead_often`, and rows of the same id in the tables beside it where it has values there.
-- There is one column for each standard field that is stored; `k_` columns hold folded keys. What files
-- name most stands first, since reading a column means walking past those before it. A boolean that a
-- client may set is 0 until then, and null only where it was set to null. A file may change every lead: what it
-- leaves behind must be free before the next ones have come, so vacuum does not pause.
-- `changed` is the last change set that wrote the lead.
CREATE TABLE {schema}.lead_often (
    id                              bigint PRIMARY KEY,
    partition_id                    bigint NOT NULL,
    created_at                      bigint NOT NULL,
    updated_at                      bigint NOT NULL,
    changed                         bigint NOT NULL DEFAULT 0,
    k_email                         text COLLATE "C",
    f_email                         text,
    f_firstname                     text,
    f_lastname                      text,
    f_company                       text,
    f_title                         text,
    f_phone                         text,
    f_leadscore                     bigint,
    f_externalcompanyid             text,
    f_city                          text,
    f_state                         text,
    f_country                       text,
    f_unsubscribed                  bigint DEFAULT 0,
    f_salutation                    text,
    f_middlename                    text,
    f_department                    text,
    f_mobilephone                   text,
    f_address                       text,
    f_postalcode                    text,
    f_leadsource                    text,
    f_leadstatus                    text,
    f_rating                        text,
    f_website                       text,
    f_industry                      text,
    f_annualrevenue                 bigint,
    f_numberofemployees             bigint,
    f_emailinvalid                  bigint DEFAULT 0,
    f_donotcall                     bigint DEFAULT 0,
    f_marketingsuspended            bigint DEFAULT 0,
    f_blacklisted                   bigint DEFAULT 0,
    f_originalsourcetype            text,
    f_originalsourceinfo            text,
    f_registrationsourcetype        text,
    f_registrationsourceinfo        text,
    f_acquisitionprogramid          bigint,
    f_mktoacquisitiondate           bigint
) WITH (autovacuum_vacuum_cost_delay = 0);

-- Not unique: leads may share an e-mail address.
CREATE INDEX lead_k_email ON {schema}.lead_often (k_email) WHERE k_email IS NOT NULL;
CREATE INDEX lead_partition_id ON {schema}.lead_often (partition_id) WHERE partition_id <> 1;
CREATE INDEX lead_company ON {schema}.lead_often (f_externalcompanyid) WHERE f_externalcompanyid IS NOT NULL;

-- What few files bring: a lead without a row here has the defaults.
CREATE TABLE {schema}.lead_seldom (
    id                              bigint PRIMARY KEY,
    k_cookies                       text COLLATE "C",
    k_sfdcaccountid                 text COLLATE "C",
    k_sfdccontactid                 text COLLATE "C",
    k_sfdcleadid                    text COLLATE "C",
    k_sfdcleadownerid               text COLLATE "C",
    k_sfdcopptyid                   text COLLATE "C",
    k_facebookid                    text COLLATE "C",
    k_twitterid                     text COLLATE "C",
    k_linkedinid                    text COLLATE "C",
    f_cookies                       text,
    f_ecids                         text,
    f_dateofbirth                   text,
    f_fax                           text,
    f_gender                        text,
    f_persontimezone                text,
    f_persontype                    text DEFAULT 'contact',
    f_mktopersonnotes               text,
    f_leadrole                      text,
    f_urgency                       double precision,
    f_priority                      bigint,
    f_relativescore                 bigint,
    f_relativeurgency               bigint,
    f_islead                        bigint NOT NULL DEFAULT 1,
    f_leadrevenuecyclemodelid       bigint,
    f_leadrevenuestageid            bigint,
    f_unsubscribedreason            text,
    f_emailinvalidcause             text,
    f_donotcallreason               text,
    f_mktodonotcallcause            text,
    f_marketingsuspendedcause       text,
    f_blacklistedcause              text,
    f_emailsuspended                bigint NOT NULL DEFAULT 0,
    f_emailsuspendedcause           text,
    f_emailsuspendedat              bigint,
    f_anonymousip                   text,
    f_isanonymous                   bigint NOT NULL DEFAULT 0,
    f_inferredcompany               text,
    f_inferredcountry               text,
    f_inferredcity                  text,
    f_inferredstateregion           text,
    f_inferredpostalcode            text,
    f_inferredmetropolitanarea      text,
    f_inferredphoneareacode         text,
    f_originalsearchengine          text,
    f_originalsearchphrase          text,
    f_originalreferrer              text,
    f_externalsalespersonid         text,
    f_site                          text,
    f_mainphone                     text,
    f_siccode                       text,
    f_billingstreet                 text,
    f_billingcity                   text,
    f_billingstate                  text,
    f_billingcountry                text,
    f_billingpostalcode             text,
    f_mktocompanynotes              text,
    f_mktoispartner                 bigint DEFAULT 0,
    f_mktoiscustomer                bigint DEFAULT 0,
    f_jigsawcontactid               text,
    f_jigsawcontactstatus           text,
    f_sfdcaccountid                 text,
    f_sfdccontactid                 text,
    f_sfdcleadid                    text,
    f_sfdcleadownerid               text,
    f_sfdcopptyid                   text,
    f_sfdcid                        text,
    f_sfdctype                      text,
    f_facebookid                    text,
    f_facebookdisplayname           text,
    f_facebookprofileurl            text,
    f_facebookphotourl              text,
    f_facebookreach                 bigint,
    f_facebookreferredvisits        bigint,
    f_facebookreferredenrollments   bigint,
    f_twitterid                     text,
    f_twitterdisplayname            text,
    f_twitterprofileurl             text,
    f_twitterphotourl               text,
    f_twitterreach                  bigint,
    f_twitterreferredvisits         bigint,
    f_twitterreferredenrollments    bigint,
    f_linkedinid                    text,
    f_linkedindisplayname           text,
    f_linkedinprofileurl            text,
    f_linkedinphotourl              text,
    f_linkedinreach                 bigint,
    f_linkedinreferredvisits        bigint,
    f_linkedinreferredenrollments   bigint,
    f_totalreferredvisits           bigint,
    f_totalreferredenrollments      bigint,
    f_lastreferredvisit             bigint,
    f_lastreferredenrollment        bigint,
    f_syndicationid                 text
) WITH (autovacuum_vacuum_cost_delay = 0);
CREATE INDEX lead_k_cookies ON {schema}.lead_seldom (k_cookies) WHERE k_cookies IS NOT NULL;
CREATE INDEX lead_k_sfdcaccountid ON {schema}.lead_seldom (k_sfdcaccountid) WHERE k_sfdcaccountid IS NOT NULL;
CREATE INDEX lead_k_sfdccontactid ON {schema}.lead_seldom (k_sfdccontactid) WHERE k_sfdccontactid IS NOT NULL;
CREATE INDEX lead_k_sfdcleadid ON {schema}.lead_seldom (k_sfdcleadid) WHERE k_sfdcleadid IS NOT NULL;
CREATE INDEX lead_k_sfdcleadownerid ON {schema}.lead_seldom (k_sfdcleadownerid) WHERE k_sfdcleadownerid IS NOT NULL;
CREATE INDEX lead_k_sfdcopptyid ON {schema}.lead_seldom (k_sfdcopptyid) WHERE k_sfdcopptyid IS NOT NULL;
CREATE INDEX lead_k_facebookid ON {schema}.lead_seldom (k_facebookid) WHERE k_facebookid IS NOT NULL;
CREATE INDEX lead_k_twitterid ON {schema}.lead_seldom (k_twitterid) WHERE k_twitterid IS NOT NULL;
CREATE INDEX lead_k_linkedinid ON {schema}.lead_seldom (k_linkedinid) WHERE k_linkedinid IS NOT NULL;
CREATE INDEX lead_sales_person ON {schema}.lead_seldom (f_externalsalespersonid) WHERE f_externalsalespersonid IS NOT NULL;

-- The subscription's own fields, added by `catalog.add_fields`.
CREATE TABLE {schema}.lead_custom (
    id                              bigint PRIMARY KEY
) WITH (autovacuum_vacuum_cost_delay = 0);
