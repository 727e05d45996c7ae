"""Named SQL: read from the `.sql` files, with `:name` for each bound value.

The files in `queries/` are shared by all databases; a file in `queries/<dialect>/`
overrides single queries by name and says why.
"""

import re
from abc import ABC, abstractmethod
from functools import cache, lru_cache
from importlib import resources
from typing import Any

_QUERY_HEAD = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)
_FRAGMENT = re.compile(r"\{(\w+)\}")
_BOUND_NAME = re.compile(r"(?<![:\w]):([a-z_]\w*)")
_DROPPED_INDEX = re.compile(r"\bDROP INDEX (\"?\w+\"?)")
_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]{0,62}")


@cache
def load_queries(dialect: str) -> dict[str, str]:
    """Return every query of a dialect by name; `{..._columns}` stands for a list of that name."""
    folder = resources.files("leadline.store").joinpath("queries")
    queries: dict[str, str] = {}
    for place in (folder, folder.joinpath(dialect)):
        if place.is_dir():
            for file in sorted(place.iterdir(), key=lambda each: each.name):
                if file.name.endswith(".sql"):
                    queries.update(_split(file.read_text("utf-8")))
    return {
        name: _FRAGMENT.sub(lambda found: queries[found[1]], text)
        for name, text in queries.items()
        if not name.endswith("_columns")
    }


def _split(text: str) -> dict[str, str]:
    pieces = _QUERY_HEAD.split(text)[1:]
    return dict(zip(pieces[::2], (piece.strip() for piece in pieces[1::2]), strict=True))


class NamedQueries(ABC):
    """The named queries of a dialect, run as the built SQL that each session knows how to run."""

    def __init__(self, dialect: str) -> None:
        self._queries = load_queries(dialect)

    def rows(self, query: str, /, **values: object) -> list[dict[str, Any]]:
        """See `Session.rows`."""
        return self.built_rows(self._queries[query], values)

    def row(self, query: str, /, **values: object) -> dict[str, Any] | None:
        """See `Session.row`."""
        return next(iter(self.rows(query, **values)), None)

    def run(self, query: str, /, **values: object) -> None:
        """See `Session.run`."""
        self.run_built(self._queries[query], values)

    @abstractmethod
    def built_rows(self, sql: str, values: dict[str, object]) -> list[dict[str, Any]]:
        """See `Session.built_rows`."""

    @abstractmethod
    def run_built(self, sql: str, values: dict[str, object]) -> None:
        """See `Session.run_built`."""


@lru_cache(maxsize=1024)
def numbered(sql: str) -> tuple[str, tuple[str, ...]]:
    """Turn `:name` into `?1`, `?2`, ...; return the text and the names in that order."""
    names: list[str] = []

    def number(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in names:
            names.append(name)
        return f"?{names.index(name) + 1}"

    return _BOUND_NAME.sub(number, sql), tuple(names)


@lru_cache(maxsize=4096)
def in_schema(sql: str, schema: str) -> str:
    """Put every table of ours into a schema, and turn `:name` into `%(name)s`."""
    text = _BOUND_NAME.sub(r"%(\1)s", sql.replace("%", "%%"))
    text = _DROPPED_INDEX.sub(rf"DROP INDEX {quoted(schema)}.\1", text)
    return _table_names().sub(rf"\1 {quoted(schema)}.\2", text)


@cache
def _table_names() -> re.Pattern[str]:
    """Return what finds a table's name where SQL names tables, in all that the migrations make."""
    folder = resources.files("leadline.store").joinpath("migrations", "postgres")
    texts = [file.read_text("utf-8") for kind in folder.iterdir() for file in kind.iterdir()]
    names = sorted(set(re.findall(r"^CREATE TABLE (\w+)", "\n".join(texts), re.MULTILINE)))
    names.append(r"object_\d+")  # the records of custom objects
    return re.compile(
        rf'\b(FROM|JOIN|INTO|UPDATE|TABLE|REFERENCES|ON)\s+("?(?:{"|".join(names)})"?)(?![\w.])'
    )


def quoted(identifier: str) -> str:
    """Return an identifier fit for SQL text; the only way a name gets into built SQL."""
    if not _IDENTIFIER.fullmatch(identifier):
        raise ValueError(f"{identifier!r} is no identifier of ours")
    return f'"{identifier}"'


def literal(value: int | str | None) -> str:
    """Return a value as SQL text, for constants of a bulk statement."""
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(int(value))
    return "'" + value.replace("\0", "").replace("'", "''") + "'"
