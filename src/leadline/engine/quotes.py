"""Where records end in a piece of a file, found for the whole piece at once.

A quote is special at the start of a cell only; inside quotes a doubled quote stands for one, and
delimiters and line ends are text (RFC 4180, read tolerantly). What a run of quotes does follows from
its length and from the character before it:

- a run of even length leaves things as they are: an empty cell, or quotes doubled, or plain ones;
- an odd run behind a delimiter or line end opens a cell, and closes one when that stood inside quotes;
- any other odd run closes a cell, and is plain text where none is open: no cell is open behind it.

So a place is inside quotes when the number of odd runs of the first sort since the last one of the
second is odd. Sums say that without a loop, and without `re`, whose possessive repeats are wrong in
some patch releases of Python 3.11.

Nearly all files have regular quotes: the first, third, fifth and so on each stand behind a delimiter, a
line end or a quote, the others before one. That comes to the same as single quotes which open and close
in turn, none is stray, and a place is inside quotes when the number of quotes before it is odd.
"""

from collections.abc import Callable

import polars as pl
import pyarrow as pa

from leadline.model.dataclass import dataclass

_LF, _CR, _QUOTE, _BACKSLASH = b'\n\r"\\'
_NEAR = 64
_LONG = 6 * 1024 * 1024
Finder = Callable[[pl.Series], pl.Series]


@dataclass(frozen=True, slots=True)
class LineEnds:
    """The offset behind each line end of a piece, quoted ones included, and where cells are open.

    `runs` are the places of the odd runs of quotes, `opens` those that leave a cell open. `strays`
    are the places of quotes that show torn quoting, ascending.
    """

    every: pl.Series
    runs: pl.Series
    opens: pl.Series
    strays: pl.Series

    def first(self) -> int:
        """Return the first one that ends a record, 0 when none does."""
        found = self._outside(self.every.head(_NEAR))
        found = self._outside(self.every) if found.is_empty() else found
        return 0 if found.is_empty() else int(found[0])

    def last(self, at_most: int) -> int:
        """Return the last one that ends a record, among so many of all at least, 0 when none does."""
        few = self.every.head(at_most)
        for some in (few.tail(_NEAR), few):
            found = self._outside(some)
            if not found.is_empty():
                return int(found[-1])
        return self.first()

    def of_records(self) -> pl.Series:
        """Return those that end a record."""
        return self._outside(self.every)

    def _outside(self, ends: pl.Series) -> pl.Series:
        return ends.filter(~_inside(ends, self.runs, self.opens))

    def rows_with_strays(self, piece: bytes) -> pl.Series:
        """Return which rows of the piece hold one, counted from 1, blank lines not counted."""
        ends = self.of_records()
        first = _characters(piece).gather(ends.shift(1, fill_value=0))
        rows = ends.filter((first != _LF) & (first != _CR))
        return (rows.search_sorted(self.strays) + 1).unique().cast(pl.Int64)


def easy_end(piece: bytes, delimiter: str, bytes_max: int, lines_max: int) -> int:
    """Return where the last record ends within so many bytes and lines, 0 where that is not easy to say.

    It is easy where quotes are regular, so that none is stray, and few of the last line ends are quoted.
    """
    characters = _characters(piece).head(bytes_max)
    characters = characters.head(_size_of_lines(characters, lines_max))
    is_quote = characters == _QUOTE
    if is_quote.any() and not _are_regular(characters, is_quote, ord(delimiter)):
        return 0
    end = len(characters)
    for _ in range(_NEAR):
        feed = piece.rfind(b"\n", 0, end)
        end = max(feed, piece.rfind(b"\r", feed + 1, end))
        if end < 0:
            break
        if int(is_quote.head(end).sum()) % 2 == 0:
            return end + 1
    return 0


def _size_of_lines(characters: pl.Series, lines_max: int) -> int:
    """Return a number of bytes in which neither line feeds nor carriage returns are more than this."""
    size = len(characters)
    for mark in (_LF, _CR):
        is_mark = characters.head(size) == mark
        while (lines := int(is_mark.head(size).sum())) > lines_max:
            size = size * lines_max // lines
    return size


def _are_regular(characters: pl.Series, is_quote: pl.Series, delimiter: int) -> bool:
    """Tell whether each quote opens a cell, closes one or is doubled, in turn."""
    count = int(is_quote.sum())
    for neighbour, others in ((1, b"\xaa"), (-1, b"\x55")):  # every second bit
        beside = characters.shift(neighbour, fill_value=_LF).filter(is_quote)
        bits = pa.py_buffer(others * (count // 8 + 1))
        is_other = pl.Series(pa.Array.from_buffers(pa.bool_(), count, [None, bits]))
        if not (is_other | _borders(beside, delimiter) | (beside == _QUOTE)).all():
            return False
    return True


def line_ends(piece: bytes, delimiter: str) -> LineEnds:
    """Look for the line ends of a piece, which begins with a record."""
    characters, behind = _characters(piece), _finder(len(piece))
    is_cr, is_lf = characters == _CR, characters == _LF
    every = behind(is_lf | (is_cr & ~is_lf.shift(-1, fill_value=False)))
    return LineEnds(every, *_runs(characters, behind, every, ord(delimiter)))


def split_records(text: bytes, delimiter: str) -> pl.Series:
    """Return the records of a text that ends with one, each with its line end."""
    ends = line_ends(text, delimiter).of_records()
    offsets = pl.concat([pl.Series([0], dtype=pl.Int64), ends.cast(pl.Int64)]).to_arrow()
    array = pa.LargeStringArray.from_buffers(len(ends), offsets.buffers()[1], pa.py_buffer(text))
    records = pl.from_arrow(array)
    assert isinstance(records, pl.Series)
    return records


def _finder(size: int) -> Finder:
    """Return what tells the offsets behind the characters that a mask marks."""
    if size > _LONG:  # a row without an end, maybe; slower, but in little memory
        return lambda mask: mask.arg_true() + 1
    return pl.int_range(1, size + 1, dtype=pl.UInt32, eager=True).filter


def _inside(places: pl.Series, runs: pl.Series, opens: pl.Series) -> pl.Series:
    """Tell which places stand in an open cell."""
    return pl.concat([pl.Series([False]), opens]).gather(runs.search_sorted(places))


def _characters(piece: bytes) -> pl.Series:
    array = pa.Array.from_buffers(pa.uint8(), len(piece), [None, pa.py_buffer(piece)])
    series = pl.from_arrow(array)
    assert isinstance(series, pl.Series)
    return series


def _runs(
    characters: pl.Series, behind: Finder, every_end: pl.Series, delimiter: int
) -> tuple[pl.Series, pl.Series, pl.Series]:
    """Return where the odd runs of quotes begin, which leave a cell open behind them, and the stray quotes.

    Stray is one that closes a cell with text behind it, and one within a cell without quotes that
    follows, in the same row, on a cell that a quote behind a backslash closed.
    """
    is_quote = characters == _QUOTE
    is_first = is_quote & ~is_quote.shift(1, fill_value=False)
    is_last = is_quote & ~is_quote.shift(-1, fill_value=False)
    start = behind(is_first)
    odd = (behind(is_last) - start) & 1 == 0
    before = characters.shift(1, fill_value=_LF).filter(is_first)
    after = characters.shift(-1, fill_value=_LF).filter(is_last)
    begins_cell, ends_cell = _borders(before, delimiter), _borders(after, delimiter)
    runs, opens = start.filter(odd), _leaves_open(begins_cell.filter(odd))
    was_open = opens.shift(1, fill_value=False)
    closes = was_open & ~opens
    torn = runs.filter(closes & ~ends_cell.filter(odd))
    empty = start.filter(~odd & begins_cell & ~ends_cell)  # an empty cell with text behind it
    empty = empty.filter(~_inside(empty, runs, opens))
    escaped = (closes & (before.filter(odd) == _BACKSLASH)).shift(1, fill_value=False)
    plain = ~was_open & ~opens & escaped
    cut, origin = runs.filter(plain), runs.shift(1).filter(plain)
    cut = cut.filter(every_end.search_sorted(cut) == every_end.search_sorted(origin))
    return runs, opens, pl.concat([torn, empty, cut]).sort()


def _borders(neighbours: pl.Series, delimiter: int) -> pl.Series:
    return (neighbours == delimiter) | (neighbours == _LF) | (neighbours == _CR)


def _leaves_open(begins_cell: pl.Series) -> pl.Series:
    """Tell which odd runs leave a cell open; `begins_cell` says which stand where one may begin."""
    place = pl.int_range(1, len(begins_cell) + 1, dtype=pl.UInt32, eager=True)
    settled = (place * ~begins_cell).cum_max()  # the last one behind which no cell is open
    return (place - settled) & 1 == 1
