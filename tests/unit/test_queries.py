"""The named queries: each name is known, and each table stands behind the marker of its schema."""

import re
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import pytest

from leadline.store.migrate import load_migrations
from leadline.store.sql import NamedQueries, load_queries, located, numbered, numbered_in_schema

DIALECTS = ("sqlite", "postgres", "citus")
KINDS = ("control", "subscription")


class _Recorder(NamedQueries):
    """A session that notes the SQL it is asked to run."""

    def __init__(self, dialect: str) -> None:
        super().__init__(dialect, {})
        self.texts: list[str] = []
        self.long: list[str] = []

    def built_rows(
        self, sql: str, values: dict[str, object], *, takes_long: bool = False
    ) -> list[dict[str, object]]:
        self.texts.append(sql)
        return []

    def run_built(self, sql: str, values: dict[str, object], *, takes_long: bool = False) -> None:
        (self.long if takes_long else self.texts).append(sql)

    def run_built_many(self, sql: str, rows: Sequence[dict[str, object]]) -> None:
        self.texts += [sql] * len(rows)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("ask", ["rows", "row", "run"])
def test_an_unknown_query_is_refused(dialect: str, ask: str) -> None:
    """The sentence names the query that was meant."""
    session = _Recorder(dialect)
    with pytest.raises(
        LookupError, match=r"^there is no query 'job_by_ids'; the nearest name is 'job_by_id'$"
    ):
        getattr(session, ask)("job_by_ids", batch_id=1001)
    with pytest.raises(LookupError, match=r"^there is no query 'zzz'; the nearest name is '\w+'$"):
        getattr(session, ask)("zzz")
    assert session.texts == session.long == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_query_that_takes_long_says_so(dialect: str) -> None:
    """Its head does, in the file: the members of a list go with it."""
    session = _Recorder(dialect)
    session.run("delete_list", id=1)
    session.run("delete_job", batch_id=1)
    assert session.long == ["DELETE FROM {schema}.list WHERE id = :id"]
    assert session.texts == ["DELETE FROM {schema}.job WHERE batch_id = :batch_id"]


def test_each_name_is_a_query_and_each_query_is_used() -> None:
    """Names that the store asks for are those that the files have."""
    import leadline.store

    folder = Path(leadline.store.__file__).parent
    code = "\n".join(file.read_text("utf-8") for file in folder.glob("*.py"))
    asked = set(re.findall(r"session\.(?:rows|row|run)\(\s*\"(\w+)\"", code))
    known = set().union(*map(load_queries, DIALECTS))
    assert asked <= known
    assert {name for name in known if f'"{name}"' not in code} == set()


def _texts(dialect: str) -> dict[str, str]:
    """Return every SQL text of the files that carries markers, by its name."""
    texts = {name: query.text for name, query in load_queries(dialect).items()}
    for kind in KINDS:
        for number, text in enumerate(load_migrations("postgres", kind), 1):
            texts[f"{kind}/{number}"] = re.sub(r"--.*", "", text)
    return texts


@pytest.mark.parametrize("dialect", DIALECTS)
def test_each_table_stands_behind_the_marker(dialect: str) -> None:
    """Where SQL names a table of ours there is a marker in front of it, and so the same number of names in a schema."""
    bare = re.compile(
        r"\b(?:FROM|JOIN|INTO|(?<!DO )UPDATE|TABLE|REFERENCES|INDEX \w+ ON)\s+(?!IF\b|pg_)([a-z]\w*)(?!\w|\()"
    )
    for name, text in _texts(dialect).items():
        assert bare.findall(re.sub(r"--.*", "", text)) == [], name
        of_postgres = numbered_in_schema(text, "s1")[0]
        assert of_postgres.count(b'"s1".') == text.count("{schema}.")
        assert b"{" not in of_postgres + numbered(text)[0].encode(), name


def test_a_name_is_located_once() -> None:
    """Built SQL puts the marker in front of tables by `located`, which refuses what is no identifier."""
    sql = f"SELECT 1 FROM {located('object_3')} WHERE a = :a AND b = :b AND c = :a"
    assert numbered(sql) == ('SELECT 1 FROM "object_3" WHERE a = ?1 AND b = ?2 AND c = ?1', ("a", "b"))
    assert numbered_in_schema(sql, "s1") == (
        b'SELECT 1 FROM "s1"."object_3" WHERE a = $1 AND b = $2 AND c = $1',
        ("a", "b"),
    )
    with pytest.raises(ValueError, match="no identifier"):
        located("lead; DROP TABLE lead")


def test_the_folder_holds_sql_only() -> None:
    """A file with another ending would be left out unseen."""
    folder = resources.files("leadline.store").joinpath("queries")
    assert {each.name.partition(".")[2] for each in folder.iterdir()} <= {"sql", ""}


def test_database_rows_stay_in_the_store() -> None:
    """What the store returns has a type of its own: nobody else reads columns by their names."""
    import leadline

    folder = Path(leadline.__file__).parent
    named = re.compile(r"import .*\bRow\b|\bsession\.(?:rows?|run|built_rows|run_built)\(")
    outside = [file for file in folder.rglob("*.py") if file.parent.name != "store"]
    assert len(outside) > 100
    assert [file.name for file in outside if named.search(file.read_text("utf-8"))] == []
