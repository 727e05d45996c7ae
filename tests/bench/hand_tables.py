"""The tables that the reference by hand loads: the product's own, and a plain one of the file's columns.

The product's is that of its migration which holds the e-mail address, with all its indexes. Its index on the
e-mail key is made unique, since ON CONFLICT needs that.
"""

import re
from dataclasses import dataclass
from importlib import resources

FILE_COLUMNS = ("firstName", "lastName", "email", "company", "title", "leadScore")
_VALUES = (*FILE_COLUMNS[:-1], "CAST(leadScore AS integer)")
_KEY = "lower(trim(email))"
_PLAIN = """\
CREATE TABLE plain (firstName text, lastName text, email text, company text, title text, leadScore integer,
                    k_email text UNIQUE);
"""


@dataclass(frozen=True)
class HandTable:
    """A table: its name, what makes it, and what brings the rows of `stage` into it."""

    name: str
    ddl: str
    insert: str


def plain_table(kind: str) -> HandTable:
    """Return the table of the six columns and the key, which is all that is unique in it."""
    return HandTable("plain", _PLAIN, _insert("plain", dict(zip(FILE_COLUMNS, _VALUES, strict=True)), {}))


def product_table(kind: str) -> HandTable:
    """Return the product's table on a database; each further column that must hold something holds 1."""
    folder = resources.files("leadline.store").joinpath("migrations", kind, "subscription")
    schema = folder.joinpath("0001_start.sql").read_text("utf-8").replace("{schema}.", "")
    tables = re.finditer(r"^CREATE TABLE (lead\w*) \((.*?)\n\)[^;]*;", schema, re.DOTALL | re.MULTILINE)
    made = next(each for each in tables if re.search(r"^\s+f_email\s", each[2], re.MULTILINE))
    name, indexes = (
        made[1],
        re.findall(rf"^CREATE [^;]*INDEX \w+ ON {made[1]} \([^;]*;", schema, re.MULTILINE),
    )
    ddl = "\n".join([made[0], *indexes])
    unique, count = re.subn(
        rf"CREATE INDEX (\w+) ON {name} \(k_email\)[^;]*;",
        rf"CREATE UNIQUE INDEX \1 ON {name} (k_email);",
        ddl,
    )
    assert count == 1, ddl
    required = {
        column: "1"
        for column, rest in re.findall(r"^ +(\w+) +([^\n]*)", made[2], re.MULTILINE)
        if "NOT NULL" in rest and "DEFAULT" not in rest
    }
    if kind == "postgres":
        unique, required = f"CREATE SEQUENCE hand_id;\n{unique}", {"id": "nextval('hand_id')"} | required
    fields = {f"f_{each.lower()}": value for each, value in zip(FILE_COLUMNS, _VALUES, strict=True)}
    return HandTable(name, unique, _insert(name, fields, required))


TABLES = {"product": product_table, "plain": plain_table}


def _insert(name: str, fields: dict[str, str], required: dict[str, str]) -> str:
    filled = required | fields | {"k_email": _KEY}
    changed = [*fields, *(each for each in required if each == "updated_at")]
    return (
        f"INSERT INTO {name} ({', '.join(filled)})\nSELECT {', '.join(filled.values())} FROM stage WHERE true\n"
        f"ON CONFLICT (k_email) DO UPDATE SET {', '.join(f'{each} = excluded.{each}' for each in changed)};\n"
    )
