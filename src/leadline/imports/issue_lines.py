"""Lines of a failure or warning file as they are kept: split, read, and told apart by their reason."""

import csv
import io
from collections.abc import Iterator

from leadline.engine.records import read_records


def records_in(text: str) -> list[str]:
    """Split a block of lines into its records; a record ends at the first line end outside quotes."""
    if '"' not in text:
        return [f"{line}\n" for line in text.split("\n")[:-1]]
    found, pending, inside = list[str](), "", False
    for line in text.split("\n")[:-1]:
        pending += f"{line}\n"
        inside ^= line.count('"') % 2 == 1
        if not inside:
            found.append(pending)
            pending = ""
    return found


def cells_of(record: str, delimiter: str) -> tuple[list[str], str]:
    """Return the cells of a record, and the reason behind them."""
    cells, _ = next(read_records(record, delimiter))
    return cells[:-1], cells[-1]


def with_reason(blocks: Iterator[bytes], reason: str, delimiter: str) -> Iterator[bytes]:
    """Yield of each block the records that have a reason."""
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow([reason])
    ends = (f"{delimiter}{reason}\n", f"{delimiter}{written.getvalue()}")
    for block in blocks:
        yield "".join(each for each in records_in(block.decode()) if each.endswith(ends)).encode()
