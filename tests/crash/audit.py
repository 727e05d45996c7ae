"""An audit that nothing can hide from: triggers note each row that is written, in the same transaction.

The tables have no key, so what is written twice is noted twice. The product knows nothing of them.
"""

from collections import Counter
from pathlib import Path

import psycopg

from tests.clusters import url_for
from tests.stores import open_stores, store_kind

MUNCHKIN_ID = "123-ABC-456"
SCHEMA = "leadline_123_abc_456"
TABLES = (
    "CREATE TABLE {s}audit_chunk (batch_id BIGINT, first_row BIGINT, rows BIGINT)",
    "CREATE TABLE {s}audit_lead (what TEXT, k_email TEXT)",
)
NOTES = {
    ("chunk", "INSERT", "job_ledger"): "{s}audit_chunk VALUES (new.batch_id, new.first_row, new.rows)",
    ("insert", "INSERT", "lead_often"): "{s}audit_lead VALUES ('insert', new.k_email)",
    ("update", "UPDATE", "lead_often"): "{s}audit_lead VALUES ('update', new.k_email)",
}

_WRITTEN = "SELECT what, k_email, count(*) AS times FROM {s}audit_lead GROUP BY what, k_email"


def install(data: Path, url: str | None = None) -> None:
    """Begin the audit of a store whose server has stopped; `url` names the database itself."""
    if url is None and store_kind() == "sqlite":
        statements = [table.format(s="") for table in TABLES]
        statements += [
            f"CREATE TRIGGER audit_{name} AFTER {verb} ON {table} BEGIN INSERT INTO {note.format(s='')}; END"
            for (name, verb, table), note in NOTES.items()
        ]
        stores = open_stores(data)
        with stores.subscription(MUNCHKIN_ID).write() as session:
            for statement in statements:
                session.run_built(statement, {})
        stores.close()
        return
    with psycopg.connect(url or url_for(store_kind(), data), autocommit=True) as connection:
        for table in TABLES:
            connection.execute(table.format(s=f"{SCHEMA}."))
        for (name, verb, table), note in NOTES.items():
            connection.execute(
                f"CREATE FUNCTION {SCHEMA}.audit_{name}() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN INSERT INTO {note.format(s=SCHEMA + '.')}; RETURN NULL; END $$"
            )
            connection.execute(
                f"CREATE TRIGGER audit_{name} AFTER {verb} ON {SCHEMA}.{table} "
                f"FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.audit_{name}()"
            )


def faults_of_chunks(data: Path, rows_of: dict[int, int], url: str | None = None) -> list[str]:
    """Return a word for each row of these jobs that was reported never or more than once."""
    times: dict[int, Counter[int]] = {batch_id: Counter() for batch_id in rows_of}
    for chunk in _audited(data, "SELECT batch_id, first_row, rows FROM {s}audit_chunk", url):
        first = int(chunk["first_row"])
        times.setdefault(int(chunk["batch_id"]), Counter()).update(range(first, first + int(chunk["rows"])))
    faults = []
    for batch_id, count in rows_of.items():
        lost = [row for row in range(1, count + 1) if not times[batch_id][row]]
        more = [row for row, found in times[batch_id].items() if found > 1 or row > count]
        faults += [f"audit, job {batch_id}: {len(lost)} rows lost"] if lost else []
        faults += [f"audit, job {batch_id}: {len(more)} rows doubled"] if more else []
    return faults


def faults_of_leads(data: Path, emails: list[str], url: str | None = None) -> list[str]:
    """Return a word for each person that was not written exactly once: inserted, never updated."""
    counted: Counter[tuple[str, str]] = Counter()
    for note in _audited(data, _WRITTEN, url):
        counted[str(note["what"]), str(note["k_email"])] = int(note["times"])
    faults = []
    for email in emails:
        written = counted["insert", email], counted["update", email]
        if written != (1, 0):
            faults.append(f"audit, {email}: {written[0]} inserts, {written[1]} updates")
    return faults


def _audited(data: Path, sql: str, url: str | None) -> list[dict[str, object]]:
    stores = open_stores(data, url)
    try:
        with stores.subscription(MUNCHKIN_ID).read() as session:
            return session.built_rows(
                sql.format(s=f"{SCHEMA}." if url or store_kind() != "sqlite" else ""), {}
            )
    finally:
        stores.close()
