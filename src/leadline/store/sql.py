"""Named SQL: read from the `.sql` files, with `:name` for each bound value.

The files in `queries/` are shared by all databases; a file in `queries/<dialect>/` replaces single
queries by name and says why, as one in `queries/citus/` does those of `postgres`. Each table stands
behind the marker `{schema}.`, in files and in SQL that Python builds; a dialect puts there what the
database needs. The head of a query is `-- name: <name>`, followed by `takes long` when it may go
through very many rows.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from leadline.model.dataclass import dataclass
from leadline.store.base import KnownTypes
from leadline.store.upload_files import UploadFiles

_QUERY_HEAD = re.compile(r"^-- name: (\w+)( takes long)?[ \t]*$", re.MULTILINE)
_COLUMN_LIST = re.compile(r"\{(\w+_columns)\}")
_BOUND_NAME = re.compile(r"(?<![:\w]):([a-z_]\w*)")
_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_SCHEMA = "{schema}."
_FOLDERS = {"citus": ["postgres", "citus"]}
"""Those of a dialect that are more than one, each before what replaces its queries."""


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """The text of a query, and whether a server must be given more time for it than for others."""

    text: str
    takes_long: bool


class Queries(dict[str, NamedQuery]):
    """The queries of a dialect by name; a name that is none of them is refused."""

    def __missing__(self, name: str) -> NamedQuery:
        """Raise `LookupError` with a sentence that names the nearest query."""
        nearest = get_close_matches(name, self, 1, 0)
        raise LookupError(f"there is no query {name!r}; the nearest name is {nearest[0]!r}")


@cache
def load_queries(dialect: str) -> Queries:
    """Return every query of a dialect; `{..._columns}` stands for the list of columns of that name."""
    folder = resources.files("leadline.store").joinpath("queries")
    found = Queries()
    for each in (folder, *map(folder.joinpath, _FOLDERS.get(dialect, [dialect]))):
        if each.is_dir():
            for file in sorted(each.iterdir(), key=lambda file: file.name):
                if file.name.endswith(".sql"):
                    found |= _split(file.read_text("utf-8"))
    return Queries(
        (name, NamedQuery(_COLUMN_LIST.sub(lambda match: found[match[1]].text, query.text), query.takes_long))
        for name, query in found.items()
        if not name.endswith("_columns")
    )


def _split(text: str) -> Mapping[str, NamedQuery]:
    _, *pieces = _QUERY_HEAD.split(text)
    heads = zip(pieces[::3], pieces[1::3], pieces[2::3], strict=True)
    return {name: NamedQuery(body.strip(), bool(takes_long)) for name, takes_long, body in heads}


class NamedQueries(ABC):
    """The named queries of a dialect, run as the built SQL that each session knows how to run."""

    def __init__(
        self, dialect: str, known_types: KnownTypes, upload_files: UploadFiles | None = None
    ) -> None:
        self._queries = load_queries(dialect)
        self.known_types = known_types
        self.upload_files = upload_files
        self.files_to_remove: list[str] = []

    def rows(self, query: str, /, **values: object) -> list[dict[str, Any]]:
        """See `Session.rows`."""
        named = self._queries[query]
        return self.built_rows(named.text, values, takes_long=named.takes_long)

    def row(self, query: str, /, **values: object) -> dict[str, Any] | None:
        """See `Session.row`."""
        return next(iter(self.rows(query, **values)), None)

    def run(self, query: str, /, **values: object) -> None:
        """See `Session.run`."""
        named = self._queries[query]
        self.run_built(named.text, values, takes_long=named.takes_long)

    def run_many(self, query: str, rows: Sequence[dict[str, Any]], /) -> None:
        """See `Session.run_many`."""
        if rows:
            self.run_built_many(self._queries[query].text, rows)

    @abstractmethod
    def run_built_many(self, sql: str, rows: Sequence[dict[str, Any]]) -> None:
        """Run a built statement once for each row of values; there is one at least."""

    @abstractmethod
    def built_rows(
        self, sql: str, values: dict[str, object], *, takes_long: bool = False
    ) -> list[dict[str, Any]]:
        """See `Session.built_rows`."""

    @abstractmethod
    def run_built(self, sql: str, values: dict[str, object], *, takes_long: bool = False) -> None:
        """See `Session.run_built`."""


@lru_cache(maxsize=1024)
def numbered(sql: str) -> tuple[str, tuple[str, ...]]:
    """Return SQL for a database without schemas, with `?1`, `?2`, ... for `:name`, and the names in order."""
    return _numbered(sql.replace(_SCHEMA, ""), "?")


@lru_cache(maxsize=4096)
def numbered_in_schema(sql: str, schema: str) -> tuple[bytes, tuple[str, ...]]:
    """Return SQL whose tables lie in a schema, with `$1`, `$2`, ... for `:name`, and the names in order."""
    text, names = _numbered(sql, "$")
    return text.replace(_SCHEMA, f"{quoted(schema)}.").encode(), names


def _numbered(sql: str, mark: str) -> tuple[str, tuple[str, ...]]:
    names: list[str] = []

    def number(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in names:
            names.append(name)
        return f"{mark}{names.index(name) + 1}"

    return _BOUND_NAME.sub(number, sql), tuple(names)


def quoted(identifier: str) -> str:
    """Return an identifier fit for SQL text; the only way a name gets into built SQL."""
    if not _IDENTIFIER.fullmatch(identifier):
        raise ValueError(f"{identifier!r} is no identifier of ours")
    return f'"{identifier}"'


def located(name: str) -> str:
    """Return the name of a table or an index for built SQL, behind the marker of its schema."""
    return _SCHEMA + quoted(name)


def on_conflict(columns: Sequence[str]) -> str:
    """Return what an INSERT does where the `id` is there already: it writes the other columns."""
    changes = (f"{quoted(name)} = excluded.{quoted(name)}" for name in columns if name != "id")
    return f" ON CONFLICT (id) DO UPDATE SET {', '.join(changes)}"


def literal(value: int | str | None) -> str:
    """Return a value as SQL text, for constants of a bulk statement."""
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(int(value))
    return "'" + value.replace("\0", "").replace("'", "''") + "'"
