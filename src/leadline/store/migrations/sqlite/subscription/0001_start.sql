-- One subscription: its settings, queue, uploads, issues, ledger, and the records of each kind.

CREATE TABLE meta (
    one             INTEGER PRIMARY KEY CHECK (one = 1),
    munchkin_id     TEXT NOT NULL,
    next_batch      INTEGER NOT NULL CHECK (next_batch > 1000),   -- never used twice
    fields_version  INTEGER NOT NULL DEFAULT 0, -- another number after each change of custom fields
    guid_seed       TEXT                        -- what ids follow from that are random else; in a sandbox
);

-- The writer row: whoever writes records holds it.
CREATE TABLE writer (
    one         INTEGER PRIMARY KEY CHECK (one = 1),
    version     INTEGER NOT NULL DEFAULT 0,     -- counts changes of records
    change_set  INTEGER NOT NULL DEFAULT 0      -- number of the last change set
);
INSERT INTO writer (one) VALUES (1);

-- Next free id of each kind of record, taken under the writer row and never used twice.
CREATE TABLE counter (
    name        TEXT PRIMARY KEY,
    next_id     INTEGER NOT NULL
);
INSERT INTO counter (name, next_id)
VALUES ('lead', 1), ('company', 1), ('sales_person', 1), ('list', 1001), ('program', 1001), ('channel', 1),
       ('program_member', 1), ('folder', 100), ('object', 1);

CREATE TABLE partition (
    id          INTEGER PRIMARY KEY,
    name        TEXT NOT NULL,
    k_name      TEXT NOT NULL UNIQUE
);

CREATE TABLE custom_field (
    position    INTEGER PRIMARY KEY,
    object_type TEXT NOT NULL,
    name        TEXT NOT NULL,
    k_name      TEXT NOT NULL,
    display_name TEXT NOT NULL,
    data_type   TEXT NOT NULL,
    length      INTEGER,
    searchable  INTEGER NOT NULL,
    hidden      INTEGER NOT NULL DEFAULT 0,
    by_api      INTEGER NOT NULL DEFAULT 0,
    UNIQUE (object_type, k_name)
);

-- What people chose for a field, standard or custom; one without a row has the defaults.
CREATE TABLE field_setting (
    object_type TEXT NOT NULL,
    k_name      TEXT NOT NULL,
    description TEXT,
    html_in_email INTEGER NOT NULL,
    sensitive   INTEGER NOT NULL,
    PRIMARY KEY (object_type, k_name)
);

-- Seats and slots are the limits as constraints: no eleventh unfinished job, no third
-- importing one, no second on the same list, whatever the code does. They belong to a queue:
-- the shared one, or that of the job's kind.
CREATE TABLE job (
    batch_id        INTEGER PRIMARY KEY,
    object_type     TEXT NOT NULL,
    queue           TEXT NOT NULL,
    format          TEXT NOT NULL CHECK (format IN ('csv', 'tsv', 'ssv')),
    lookup_field    TEXT NOT NULL,
    list_id         INTEGER,
    program_id      INTEGER,
    program_status  TEXT,
    rules           TEXT NOT NULL,              -- JSON object: those that held when the job was created
    partition_id    INTEGER NOT NULL,
    partition_fixed INTEGER NOT NULL,
    open_partitions TEXT,                       -- JSON list of ids, null for all
    header          BLOB NOT NULL,              -- the header line as uploaded, in UTF-8
    upload          TEXT NOT NULL,              -- names the parts of the file
    status          TEXT NOT NULL CHECK (status IN ('Queued', 'Importing', 'Complete', 'Failed')),
    seat            INTEGER CHECK (seat >= 0),
    slot            INTEGER CHECK (slot >= 0),
    token           INTEGER NOT NULL DEFAULT 0, -- fences a worker that lost the job
    attempt         INTEGER NOT NULL DEFAULT 0,
    worker          TEXT,
    heartbeat       INTEGER NOT NULL DEFAULT 0,
    file_bytes      INTEGER NOT NULL,
    invalid_from    INTEGER,                    -- where the upload stops being text, null when it never does
    has_slashes     INTEGER NOT NULL,           -- whether one stands anywhere in the upload, as in some dates
    done_bytes      INTEGER NOT NULL DEFAULT 0, -- where the next chunk begins
    next_row        INTEGER NOT NULL DEFAULT 1,
    processed       INTEGER NOT NULL DEFAULT 0,
    failed          INTEGER NOT NULL DEFAULT 0,
    warned          INTEGER NOT NULL DEFAULT 0,
    created         INTEGER NOT NULL DEFAULT 0,
    updated         INTEGER NOT NULL DEFAULT 0,
    unchanged       INTEGER NOT NULL DEFAULT 0,
    issue_bytes_left INTEGER NOT NULL,
    unlisted_failures INTEGER NOT NULL DEFAULT 0,
    unlisted_warnings INTEGER NOT NULL DEFAULT 0,
    day_first       TEXT NOT NULL DEFAULT '[]',  -- JSON list of columns, known from the first applied row on
    client_id       TEXT NOT NULL DEFAULT '',   -- who asked for it, and by what name
    credential      TEXT NOT NULL DEFAULT '',
    user_name       TEXT NOT NULL DEFAULT '',
    file_name       TEXT,
    file_sha256     TEXT,
    fingerprint     TEXT,                       -- of what was asked for and the file's bytes
    undoes          INTEGER,                    -- an undo: the job that it takes back
    refuses_conflicts INTEGER NOT NULL DEFAULT 0, -- an undo: as a whole or not at all
    applies         TEXT,                       -- the preview that it applies
    accepts_drift   INTEGER NOT NULL DEFAULT 0,
    cancelled       INTEGER NOT NULL DEFAULT 0,
    reverted        INTEGER NOT NULL DEFAULT 0, -- rows of an undo, by outcome
    partly          INTEGER NOT NULL DEFAULT 0,
    kept            INTEGER NOT NULL DEFAULT 0,
    deleted         INTEGER NOT NULL DEFAULT 0,
    gone            INTEGER NOT NULL DEFAULT 0,
    rescued         INTEGER NOT NULL DEFAULT 0, -- how often its worker died, and the queue had it again
    created_at      INTEGER NOT NULL,
    started_at      INTEGER,
    finished_at     INTEGER,
    message         TEXT,
    CHECK ((status = 'Importing') = (slot IS NOT NULL)),
    CHECK ((status IN ('Queued', 'Importing') AND undoes IS NULL AND applies IS NULL) = (seat IS NOT NULL)),
    CHECK ((status IN ('Complete', 'Failed')) = (finished_at IS NOT NULL)),
    CHECK (processed = created + updated + unchanged + reverted + partly + kept + deleted + gone),
    CONSTRAINT each_row_counts_once CHECK (processed + failed = next_row - 1)
);
CREATE UNIQUE INDEX job_seat ON job (queue, seat) WHERE status IN ('Queued', 'Importing');
CREATE INDEX job_queued ON job (queue, batch_id) WHERE status = 'Queued';
-- By it jobs are counted for each tab of a list of them, without a look at the wide rows.
CREATE INDEX job_age ON job (created_at, object_type, user_name, list_id, status, failed);
CREATE INDEX job_file_name ON job (file_name) WHERE file_name LIKE '%@%';
CREATE INDEX job_undoes ON job (undoes) WHERE undoes IS NOT NULL;
CREATE UNIQUE INDEX job_applies ON job (applies) WHERE applies IS NOT NULL AND status <> 'Failed';
CREATE INDEX job_applies_all ON job (applies) WHERE applies IS NOT NULL;
CREATE INDEX job_same_file ON job (file_sha256, object_type, batch_id) WHERE file_sha256 IS NOT NULL;
CREATE UNIQUE INDEX job_slot ON job (queue, slot) WHERE status = 'Importing';
CREATE UNIQUE INDEX job_list ON job (list_id)
    WHERE list_id IS NOT NULL AND status IN ('Queued', 'Importing');

-- The uploaded bytes, deleted in the commit that finishes the job, but where rows were not reached. Part -1 stands for
-- a file beside this one that has them all; it holds the number of its bytes.
CREATE TABLE job_file (
    upload      TEXT NOT NULL,
    part        INTEGER NOT NULL,
    bytes       BLOB NOT NULL,
    PRIMARY KEY (upload, part)
);

-- Lines of the failure and warning files, one block for each chunk that has any.
CREATE TABLE job_issue (
    batch_id    INTEGER NOT NULL REFERENCES job (batch_id) ON DELETE CASCADE,
    first_row   INTEGER NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('failure', 'warning')),
    text_bytes  INTEGER NOT NULL,           -- length of the lines when they are unpacked
    lines       BLOB NOT NULL,
    PRIMARY KEY (batch_id, kind, first_row)
);

-- What may name a person in the lines of a chunk: the surroundings of each address. A deleted person's lines are
-- found by it. It belongs to its job without a foreign key, which the database would look up for each row.
CREATE TABLE job_issue_mark (
    batch_id    INTEGER NOT NULL,
    first_row   INTEGER NOT NULL,
    mark        TEXT NOT NULL,
    PRIMARY KEY (batch_id, first_row, mark)
) WITHOUT ROWID;
CREATE INDEX job_issue_mark_mark ON job_issue_mark (mark);

-- What may name a person in the upload of a job that ended before all rows were reached: the surroundings of each
-- address, and ids of leads. It belongs to its job like the marks of issues.
CREATE TABLE kept_upload_mark (
    batch_id    INTEGER NOT NULL,
    mark        TEXT NOT NULL,
    PRIMARY KEY (batch_id, mark)
) WITHOUT ROWID;
CREATE INDEX kept_upload_mark_mark ON kept_upload_mark (mark);

-- The outcome of each row, one compressed columnar block for each chunk.
CREATE TABLE job_ledger (
    batch_id    INTEGER NOT NULL REFERENCES job (batch_id) ON DELETE CASCADE,
    first_row   INTEGER NOT NULL,
    rows        INTEGER NOT NULL,
    block       BLOB NOT NULL,
    PRIMARY KEY (batch_id, first_row)
);

-- A file that was uploaded to be mapped, foreseen and then imported; its bytes are parts of `job_file`, its marks
-- those of `report_mark`.
CREATE TABLE import_draft (
    draft_id    TEXT PRIMARY KEY,
    client_id   TEXT NOT NULL,
    request     TEXT NOT NULL,                  -- JSON object: what the file is to be imported into
    file_name   TEXT,
    file_bytes  INTEGER NOT NULL,
    upload      TEXT NOT NULL,
    survey      TEXT NOT NULL,                  -- JSON object: what was found in the file
    chosen      TEXT,                           -- JSON object: which column goes where, and what its dates mean
    preview_id  TEXT,
    created_at  INTEGER NOT NULL
);
CREATE INDEX import_draft_file_name ON import_draft (file_name) WHERE file_name LIKE '%@%';

-- Where the columns of a header went when it was imported last; the header is known by its hash.
CREATE TABLE column_mapping (
    header_hash TEXT PRIMARY KEY,               -- of the kind of record and the names of the columns
    names       TEXT NOT NULL,                  -- JSON list: a field for each column, null where it is not imported
    used_at     INTEGER NOT NULL
);

-- What an import or an undo would do; it takes no seat and no slot.
CREATE TABLE preview (
    preview_id      TEXT PRIMARY KEY,
    kind            TEXT NOT NULL CHECK (kind IN ('import', 'undo')),
    request         TEXT NOT NULL,              -- JSON object: what was asked for, as a job keeps it
    undoes          INTEGER,
    refuses_conflicts INTEGER NOT NULL DEFAULT 0,
    client_id       TEXT NOT NULL,
    credential      TEXT NOT NULL,
    user_name       TEXT NOT NULL,
    file_name       TEXT,
    file_sha256     TEXT,
    fingerprint     TEXT NOT NULL,
    header          BLOB,
    upload          TEXT,
    file_bytes      INTEGER NOT NULL DEFAULT 0,
    invalid_from    INTEGER,
    has_slashes     INTEGER NOT NULL DEFAULT 1,
    issue_bytes     INTEGER NOT NULL DEFAULT 0,
    status          TEXT NOT NULL CHECK (status IN ('Queued', 'Running', 'Ready', 'Failed', 'Applied', 'Expired')),
    token           INTEGER NOT NULL DEFAULT 0,
    attempt         INTEGER NOT NULL DEFAULT 0,
    worker          TEXT,
    heartbeat       INTEGER NOT NULL DEFAULT 0,
    version         INTEGER,                    -- of the records that it was judged against
    result          TEXT,                       -- JSON object: its counts, once it is ready
    message         TEXT,
    kept_bytes      INTEGER NOT NULL DEFAULT 0, -- upload and files together
    batch_id        INTEGER,                    -- the job that applied it
    created_at      INTEGER NOT NULL,
    finished_at     INTEGER
);
CREATE INDEX preview_file_name ON preview (file_name) WHERE file_name LIKE '%@%';
CREATE UNIQUE INDEX preview_running ON preview ((1)) WHERE status = 'Running';

-- The files of previews and undo jobs, in blocks; of a job that refused, of one that was cut short.
CREATE TABLE report_file (
    owner       TEXT NOT NULL,                  -- a preview id, or a batch id as a text
    name        TEXT NOT NULL,                  -- changes, rows, failures, warnings, faults, kept, drift, names
    part        INTEGER NOT NULL,
    block       BLOB NOT NULL,
    PRIMARY KEY (owner, name, part)
);

-- Whom the files of an owner may name: checksums of their marks, sorted, in buckets, so that a deleted person's
-- files are found without a look at the others.
CREATE TABLE report_mark (
    bucket      INTEGER NOT NULL,
    owner       TEXT NOT NULL,
    checksums   BLOB NOT NULL
);
CREATE INDEX report_mark_bucket ON report_mark (bucket);
CREATE INDEX report_mark_owner ON report_mark (owner);

-- Failed and warned rows of a job by reason and column, so that a million of them are grouped without a look at a line.
CREATE TABLE job_reason (
    batch_id    INTEGER NOT NULL REFERENCES job (batch_id) ON DELETE CASCADE,
    kind        TEXT NOT NULL CHECK (kind IN ('failure', 'warning')),
    reason      TEXT NOT NULL,
    column_name TEXT NOT NULL,                  -- as the file has it, blank for the row as a whole
    rows        INTEGER NOT NULL,
    first_row   INTEGER NOT NULL,
    PRIMARY KEY (batch_id, kind, reason, column_name)
);

-- What the jobs of an hour in UTC were, for each kind and credential; outlives the jobs.
CREATE TABLE job_hour (
    hour        TEXT NOT NULL,               -- `2025-05-17T22`
    kind        TEXT NOT NULL,
    credential  TEXT NOT NULL,
    jobs        INTEGER NOT NULL DEFAULT 0,
    created     INTEGER NOT NULL DEFAULT 0,
    updated     INTEGER NOT NULL DEFAULT 0,
    unchanged   INTEGER NOT NULL DEFAULT 0,
    failed      INTEGER NOT NULL DEFAULT 0,
    file_bytes  INTEGER NOT NULL DEFAULT 0,
    seconds     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (hour, kind, credential)
);

-- A request that may be sent again: the key that its client gave it, and what it made.
CREATE TABLE request_key (
    client_id   TEXT NOT NULL,
    key_hash    TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    batch_id    INTEGER REFERENCES job (batch_id) ON DELETE CASCADE,
    preview_id  TEXT REFERENCES preview (preview_id) ON DELETE CASCADE,
    PRIMARY KEY (client_id, key_hash)
);
CREATE INDEX request_key_batch ON request_key (batch_id);
CREATE INDEX request_key_preview ON request_key (preview_id);

-- What one transaction changed. Numbers are taken under the writer row and never used twice.
CREATE TABLE change_set (
    number      INTEGER PRIMARY KEY,
    kind        TEXT NOT NULL CHECK (kind IN ('import', 'call', 'delete', 'undo', 'setup')),
    at          INTEGER NOT NULL,               -- what its records have as the instant of their update
    batch_id    INTEGER,
    first_row   INTEGER,                        -- of the chunk, in an import
    request_id  TEXT,
    client_id   TEXT NOT NULL,
    credential  TEXT NOT NULL,
    user_name   TEXT NOT NULL,
    file_name   TEXT,
    undoes      INTEGER                         -- the change set that it takes back
);
CREATE INDEX change_set_file_name ON change_set (file_name) WHERE file_name LIKE '%@%';
CREATE INDEX change_set_batch ON change_set (batch_id, number) WHERE batch_id IS NOT NULL;

-- The cells of a change set: records of one object type, by ascending id, cut so that one record is found fast.
CREATE TABLE change_part (
    set_number  INTEGER NOT NULL REFERENCES change_set (number) ON DELETE CASCADE,
    object_type TEXT NOT NULL,
    part        INTEGER NOT NULL,
    first_id    INTEGER NOT NULL,
    last_id     INTEGER NOT NULL,
    rows        INTEGER NOT NULL,
    deleted     INTEGER NOT NULL,               -- how many of the rows are records that were deleted
    block       BLOB NOT NULL,
    PRIMARY KEY (set_number, object_type, part)
);
CREATE INDEX change_part_ids ON change_part (set_number, object_type, last_id, first_id);
CREATE INDEX change_part_deleted ON change_part (set_number) WHERE deleted > 0;

-- Memberships that ended, with the change set that ended them: one that came back since was touched.
CREATE TABLE ended_membership (
    object_type TEXT NOT NULL,                  -- list_member or program_member
    within      INTEGER NOT NULL,               -- the list or the program
    lead_id     INTEGER NOT NULL,
    record_id   INTEGER NOT NULL,                -- the id that the change log knows it by
    changed     INTEGER NOT NULL,
    PRIMARY KEY (object_type, within, lead_id)
);
CREATE INDEX ended_membership_lead ON ended_membership (lead_id);
CREATE INDEX ended_membership_changed ON ended_membership (changed);

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
CREATE TABLE list (
    id          INTEGER PRIMARY KEY,
    name        TEXT NOT NULL,
    k_name      TEXT NOT NULL,
    k_path      TEXT NOT NULL UNIQUE,
    folder_id   INTEGER NOT NULL,
    folder_type TEXT NOT NULL,
    description TEXT,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
);
CREATE INDEX list_k_name ON list (k_name);

CREATE TABLE list_member (
    list_id     INTEGER NOT NULL REFERENCES list (id) ON DELETE CASCADE,
    lead_id     INTEGER NOT NULL,
    added_at    INTEGER NOT NULL,
    changed     INTEGER NOT NULL DEFAULT 0,   -- the last change set that wrote it
    PRIMARY KEY (list_id, lead_id)
) WITHOUT ROWID;
CREATE INDEX list_member_lead ON list_member (lead_id);

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

-- Tags and costs are JSON, null where there are none.
CREATE TABLE program (
    id          INTEGER PRIMARY KEY,
    name        TEXT NOT NULL,
    k_name      TEXT NOT NULL UNIQUE,
    description TEXT,
    program_type TEXT NOT NULL,
    channel_id  INTEGER NOT NULL REFERENCES channel (id),
    folder_id   INTEGER NOT NULL,
    tags        TEXT,
    costs       TEXT,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
);

CREATE TABLE program_member (
    id                      INTEGER PRIMARY KEY,
    program_id              INTEGER NOT NULL REFERENCES program (id),
    lead_id                 INTEGER NOT NULL,
    created_at              INTEGER NOT NULL,
    updated_at              INTEGER NOT NULL,
    changed                 INTEGER NOT NULL DEFAULT 0,   -- the last change set that wrote it
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
    number       INTEGER PRIMARY KEY,
    k_name       TEXT NOT NULL UNIQUE,
    approved     TEXT,
    draft        TEXT,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    added_fields INTEGER NOT NULL DEFAULT 0,   -- since its first approval
    CHECK (approved IS NOT NULL OR draft IS NOT NULL)
);

CREATE TABLE company (
    id                              INTEGER PRIMARY KEY,
    created_at                      INTEGER NOT NULL,
    updated_at                      INTEGER NOT NULL,
    changed                         INTEGER NOT NULL DEFAULT 0,   -- the last change set that wrote it
    f_externalcompanyid             TEXT NOT NULL,
    k_externalcompanyid             TEXT NOT NULL UNIQUE,
    f_externalsalespersonid         TEXT,
    k_company                       TEXT,
    f_company                       TEXT,
    f_site                          TEXT,
    f_website                       TEXT,
    f_mainphone                     TEXT,
    f_annualrevenue                 INTEGER,
    f_numberofemployees             INTEGER,
    f_industry                      TEXT,
    f_siccode                       TEXT,
    f_billingstreet                 TEXT,
    f_billingcity                   TEXT,
    f_billingstate                  TEXT,
    f_billingcountry                TEXT,
    f_billingpostalcode             TEXT,
    f_mktocompanynotes              TEXT
);
CREATE INDEX company_k_company ON company (k_company) WHERE k_company IS NOT NULL;
CREATE INDEX company_sales_person ON company (f_externalsalespersonid)
    WHERE f_externalsalespersonid IS NOT NULL;

CREATE TABLE sales_person (
    id                              INTEGER PRIMARY KEY,
    created_at                      INTEGER NOT NULL,
    updated_at                      INTEGER NOT NULL,
    changed                         INTEGER NOT NULL DEFAULT 0,   -- the last change set that wrote it
    f_externalsalespersonid         TEXT NOT NULL,
    k_externalsalespersonid         TEXT NOT NULL UNIQUE,
    k_email                         TEXT,
    f_email                         TEXT,
    f_firstname                     TEXT,
    f_lastname                      TEXT,
    f_phone                         TEXT,
    f_mobilephone                   TEXT,
    f_fax                           TEXT,
    f_title                         TEXT
);
CREATE INDEX sales_person_k_email ON sales_person (k_email) WHERE k_email IS NOT NULL;

-- A lead is a row of `lead_often`, and rows of the same id in the tables beside it where it has values there.
-- There is one column for each standard field that is stored; `k_` columns hold folded keys. What files
-- name most stands first, since reading a column means walking past those before it. A boolean that a
-- client may set is 0 until then, and null only where it was set to null.
-- `changed` is the last change set that wrote the lead.
CREATE TABLE lead_often (
    id                              INTEGER PRIMARY KEY,
    partition_id                    INTEGER NOT NULL,
    created_at                      INTEGER NOT NULL,
    updated_at                      INTEGER NOT NULL,
    changed                         INTEGER NOT NULL DEFAULT 0,
    k_email                         TEXT,
    f_email                         TEXT,
    f_firstname                     TEXT,
    f_lastname                      TEXT,
    f_company                       TEXT,
    f_title                         TEXT,
    f_phone                         TEXT,
    f_leadscore                     INTEGER,
    f_externalcompanyid             TEXT,
    f_city                          TEXT,
    f_state                         TEXT,
    f_country                       TEXT,
    f_unsubscribed                  INTEGER DEFAULT 0,
    f_salutation                    TEXT,
    f_middlename                    TEXT,
    f_department                    TEXT,
    f_mobilephone                   TEXT,
    f_address                       TEXT,
    f_postalcode                    TEXT,
    f_leadsource                    TEXT,
    f_leadstatus                    TEXT,
    f_rating                        TEXT,
    f_website                       TEXT,
    f_industry                      TEXT,
    f_annualrevenue                 INTEGER,
    f_numberofemployees             INTEGER,
    f_emailinvalid                  INTEGER DEFAULT 0,
    f_donotcall                     INTEGER DEFAULT 0,
    f_marketingsuspended            INTEGER DEFAULT 0,
    f_blacklisted                   INTEGER DEFAULT 0,
    f_originalsourcetype            TEXT,
    f_originalsourceinfo            TEXT,
    f_registrationsourcetype        TEXT,
    f_registrationsourceinfo        TEXT,
    f_acquisitionprogramid          INTEGER,
    f_mktoacquisitiondate           INTEGER
);

-- Not unique: leads may share an e-mail address.
CREATE INDEX lead_k_email ON lead_often (k_email) WHERE k_email IS NOT NULL;
CREATE INDEX lead_partition_id ON lead_often (partition_id) WHERE partition_id <> 1;
CREATE INDEX lead_company ON lead_often (f_externalcompanyid) WHERE f_externalcompanyid IS NOT NULL;

-- What few files bring: a lead without a row here has the defaults.
CREATE TABLE lead_seldom (
    id                              INTEGER PRIMARY KEY,
    k_cookies                       TEXT,
    k_sfdcaccountid                 TEXT,
    k_sfdccontactid                 TEXT,
    k_sfdcleadid                    TEXT,
    k_sfdcleadownerid               TEXT,
    k_sfdcopptyid                   TEXT,
    k_facebookid                    TEXT,
    k_twitterid                     TEXT,
    k_linkedinid                    TEXT,
    f_cookies                       TEXT,
    f_ecids                         TEXT,
    f_dateofbirth                   TEXT,
    f_fax                           TEXT,
    f_gender                        TEXT,
    f_persontimezone                TEXT,
    f_persontype                    TEXT DEFAULT 'contact',
    f_mktopersonnotes               TEXT,
    f_leadrole                      TEXT,
    f_urgency                       REAL,
    f_priority                      INTEGER,
    f_relativescore                 INTEGER,
    f_relativeurgency               INTEGER,
    f_islead                        INTEGER NOT NULL DEFAULT 1,
    f_leadrevenuecyclemodelid       INTEGER,
    f_leadrevenuestageid            INTEGER,
    f_unsubscribedreason            TEXT,
    f_emailinvalidcause             TEXT,
    f_donotcallreason               TEXT,
    f_mktodonotcallcause            TEXT,
    f_marketingsuspendedcause       TEXT,
    f_blacklistedcause              TEXT,
    f_emailsuspended                INTEGER NOT NULL DEFAULT 0,
    f_emailsuspendedcause           TEXT,
    f_emailsuspendedat              INTEGER,
    f_anonymousip                   TEXT,
    f_isanonymous                   INTEGER NOT NULL DEFAULT 0,
    f_inferredcompany               TEXT,
    f_inferredcountry               TEXT,
    f_inferredcity                  TEXT,
    f_inferredstateregion           TEXT,
    f_inferredpostalcode            TEXT,
    f_inferredmetropolitanarea      TEXT,
    f_inferredphoneareacode         TEXT,
    f_originalsearchengine          TEXT,
    f_originalsearchphrase          TEXT,
    f_originalreferrer              TEXT,
    f_externalsalespersonid         TEXT,
    f_site                          TEXT,
    f_mainphone                     TEXT,
    f_siccode                       TEXT,
    f_billingstreet                 TEXT,
    f_billingcity                   TEXT,
    f_billingstate                  TEXT,
    f_billingcountry                TEXT,
    f_billingpostalcode             TEXT,
    f_mktocompanynotes              TEXT,
    f_mktoispartner                 INTEGER DEFAULT 0,
    f_mktoiscustomer                INTEGER DEFAULT 0,
    f_jigsawcontactid               TEXT,
    f_jigsawcontactstatus           TEXT,
    f_sfdcaccountid                 TEXT,
    f_sfdccontactid                 TEXT,
    f_sfdcleadid                    TEXT,
    f_sfdcleadownerid               TEXT,
    f_sfdcopptyid                   TEXT,
    f_sfdcid                        TEXT,
    f_sfdctype                      TEXT,
    f_facebookid                    TEXT,
    f_facebookdisplayname           TEXT,
    f_facebookprofileurl            TEXT,
    f_facebookphotourl              TEXT,
    f_facebookreach                 INTEGER,
    f_facebookreferredvisits        INTEGER,
    f_facebookreferredenrollments   INTEGER,
    f_twitterid                     TEXT,
    f_twitterdisplayname            TEXT,
    f_twitterprofileurl             TEXT,
    f_twitterphotourl               TEXT,
    f_twitterreach                  INTEGER,
    f_twitterreferredvisits         INTEGER,
    f_twitterreferredenrollments    INTEGER,
    f_linkedinid                    TEXT,
    f_linkedindisplayname           TEXT,
    f_linkedinprofileurl            TEXT,
    f_linkedinphotourl              TEXT,
    f_linkedinreach                 INTEGER,
    f_linkedinreferredvisits        INTEGER,
    f_linkedinreferredenrollments   INTEGER,
    f_totalreferredvisits           INTEGER,
    f_totalreferredenrollments      INTEGER,
    f_lastreferredvisit             INTEGER,
    f_lastreferredenrollment        INTEGER,
    f_syndicationid                 TEXT
);
CREATE INDEX lead_k_cookies ON lead_seldom (k_cookies) WHERE k_cookies IS NOT NULL;
CREATE INDEX lead_k_sfdcaccountid ON lead_seldom (k_sfdcaccountid) WHERE k_sfdcaccountid IS NOT NULL;
CREATE INDEX lead_k_sfdccontactid ON lead_seldom (k_sfdccontactid) WHERE k_sfdccontactid IS NOT NULL;
CREATE INDEX lead_k_sfdcleadid ON lead_seldom (k_sfdcleadid) WHERE k_sfdcleadid IS NOT NULL;
CREATE INDEX lead_k_sfdcleadownerid ON lead_seldom (k_sfdcleadownerid) WHERE k_sfdcleadownerid IS NOT NULL;
CREATE INDEX lead_k_sfdcopptyid ON lead_seldom (k_sfdcopptyid) WHERE k_sfdcopptyid IS NOT NULL;
CREATE INDEX lead_k_facebookid ON lead_seldom (k_facebookid) WHERE k_facebookid IS NOT NULL;
CREATE INDEX lead_k_twitterid ON lead_seldom (k_twitterid) WHERE k_twitterid IS NOT NULL;
CREATE INDEX lead_k_linkedinid ON lead_seldom (k_linkedinid) WHERE k_linkedinid IS NOT NULL;
CREATE INDEX lead_sales_person ON lead_seldom (f_externalsalespersonid) WHERE f_externalsalespersonid IS NOT NULL;

-- The subscription's own fields, added by `catalog.add_fields`.
CREATE TABLE lead_custom (
    id                              INTEGER PRIMARY KEY
);
