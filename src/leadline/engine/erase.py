"""Taking people out of the lines of failure and warning files.

With the lines of a chunk the marks of the addresses in them are kept, by which those are found that may
name a person. A mark is what stands around an `@`: all of it that `_names` takes for a part of the
address, so that a line that names an address has the address's marks.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

import polars as pl
import pyarrow as pa

_BEFORE, _BEHIND = 24, 12
"""So many characters before and behind the `@` make a mark; more would not tell many more people apart."""

_TAIL = 256
"""So many characters of a block are looked at again with the next one: what names a person is shorter."""

_GOES_BEFORE, _GOES_ON = re.compile(r"[\w.%+-]"), re.compile(r"[\w-]|\.\w")
"""What makes another address of one before or behind which it stands."""

_NUMBER = re.compile(r"(?<![^,;\t\"\r\n])([0-9]{1,18})(?![^,;\t\"\r\n])")
"""A cell of digits alone."""


def marks_in(lines: bytes) -> pa.Array:
    """Return the distinct marks of the addresses in lines of a file, in order."""
    return _each_mark(lines).unique().sort().to_arrow(compat_level=pl.CompatLevel.oldest())


def _each_mark(lines: bytes) -> pl.Series:
    """Return the mark of each address in lines of a file."""
    if b"@" not in lines:
        return pl.Series([], dtype=pl.String)
    pieces = pl.Series(lines.decode().lower().split("@"))
    before = pieces.head(-1).str.tail(_BEFORE).str.extract(r"([0-9a-z_.%+-]*)$")
    behind = pieces.tail(-1).str.head(_BEHIND).str.extract(r"^([0-9a-z_-]*)")
    return before + "@" + behind


def marks_of_text(blocks: Iterable[bytes], *, with_ids: bool) -> pa.Array:
    """Return the distinct marks of a whole text: of its addresses and, where asked, of its numbers as ids.

    `blocks` are whole characters of UTF-8; what a block begins with may be the end of what was before it.
    """
    found, tail = set[str](), ""
    for block in blocks:
        text = tail + block.decode()
        found |= set(marks_in(text.encode()).to_pylist())
        if with_ids:
            found |= {mark_of_id(int(number)) for number in _NUMBER.findall(text)}
        tail = text[-_TAIL:]
    return pa.array(sorted(found), pa.string())


def marks_of_table(table: pl.DataFrame) -> set[str]:
    """Return the distinct marks of the lines of a report: of their addresses, and of leads by `record`."""
    texts = [table[name].drop_nulls().unique() for name in table.columns if table[name].dtype == pl.String]
    joined = "\n".join(
        text for column in texts for text in column.filter(column.str.contains("@", literal=True))
    )
    marks = set(marks_in(joined.encode()).to_pylist())
    if "record" in table.columns:
        marks |= {mark_of_id(each) for each in table["record"].drop_nulls().unique()}
    return marks


def lines_without(table: pl.DataFrame, lead_ids: Iterable[int], addresses: Sequence[str]) -> pl.DataFrame:
    """Return a report without the lines of some leads, and without those that name one of the addresses."""
    named = pl.lit(value=False)
    if "record" in table.columns:
        named |= pl.col("record").is_in(list(lead_ids)).fill_null(value=False)
    for name in table.columns:
        if addresses and table[name].dtype == pl.String:
            named |= pl.col(name).str.to_lowercase().str.contains_any(list(addresses)).fill_null(value=False)
    return table.filter(~named)


def may_name(blocks: Iterable[bytes], names: Iterable[str]) -> bool:
    """Tell whether a text has one of some names in it, which are in lower case."""
    wanted, tail = list(names), ""
    for block in blocks:
        text = tail + block.decode("utf-8", "replace").lower()
        if _suspect([text], wanted).any():
            return True
        tail = text[-_TAIL:]
    return False


def marks_of_addresses(blocks: Iterable[bytes]) -> Iterator[pa.Array]:
    """Yield the marks of the addresses of a text, as `marks_of_text` finds them; some may come twice."""
    tail = b""
    for block in blocks:
        text = tail + block
        yield _each_mark(text).to_arrow(compat_level=pl.CompatLevel.oldest())
        tail = text[-_TAIL:].decode("utf-8", "ignore").encode()


def marks_of_ids(lead_ids: pl.Series) -> pa.Array:
    """Return the marks of leads."""
    marks = lead_ids.drop_nulls().unique().to_frame("id").select(pl.format("#{}", "id")).to_series()
    return marks.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(pa.string())


def marks_of_leads(lead_ids: pl.Series, addresses: pl.Series) -> pa.Array:
    """Return marks of leads, one of which each text has that names one by its id or by an address."""
    return pa.concat_arrays([marks_of_ids(lead_ids), marks_of(addresses).cast(pa.string())])


def mark_of_id(lead_id: int) -> str:
    """Return the mark of a cell that is the id of a lead."""
    return f"#{lead_id}"


def marks_of(addresses: Iterable[str]) -> pa.Array:
    """Return marks of addresses, one of which each line has that names one; addresses have an `@`."""
    return marks_in("\n".join(addresses).encode())


def without(lines: bytes, addresses: Sequence[str]) -> bytes:
    """Return the lines without those that name one of the addresses, which are in lower case.

    `lines` are as `report.issue_lines` writes them: a record ends at the first line end
    outside quotes.
    """
    text = lines.decode()
    if not _suspect([text.lower()], addresses).any():
        return lines
    records = list(_records(text))
    lowered = pl.Series([record.lower() for record in records], dtype=pl.String)
    found = lowered.str.extract_many(list(addresses), overlapping=True).list.unique().to_list()
    kept = (
        record
        for record, low, within in zip(records, lowered, found, strict=True)
        if not any(_names(low, each) for each in within)
    )
    return "".join(kept).encode()


def _suspect(texts: Iterable[str], addresses: Sequence[str]) -> pl.Series:
    """Tell of each text whether any of the addresses is in it."""
    return pl.Series(texts, dtype=pl.String).str.contains_any(list(addresses))


def _records(text: str) -> Iterator[str]:
    pending, inside = "", False
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        pending += line
        inside ^= line.count('"') % 2 == 1
        if not inside:
            yield pending
            pending = ""
    if pending:
        yield pending


def _names(record: str, address: str) -> bool:
    """Tell whether a record that holds an address names it, and not a longer one."""
    at = record.find(address)
    while at >= 0:
        begins = at == 0 or not _GOES_BEFORE.match(record, at - 1)
        if begins and not _GOES_ON.match(record, at + len(address)):
            return True
        at = record.find(address, at + 1)
    return False
