"""Which keys of a chunk the chunks just before it have, too: what became of these is looked up again."""

from collections import deque

import polars as pl
import pyarrow as pa


class RecentKeys:
    """The keys of the last chunks, as hashes.

    Keys of one hash count as the same: one more is looked up then, which does no harm.
    """

    def __init__(self, chunks: int) -> None:
        """Keep the keys of so many chunks."""
        self._hashes: deque[pl.Series] = deque(maxlen=chunks)

    def shared(self, keys: pa.Array, *, last: bool) -> pa.Array:
        """Return which keys of a chunk those before it have; behind the last one nobody asks for its own."""
        if last and not self._hashes:
            return keys[:0]
        column = pl.Series(keys)
        hashes = column.hash()
        known = hashes.is_in(pl.concat(self._hashes).implode()) if self._hashes else None
        self._hashes.append(hashes)
        if known is None or not known.any():
            return keys[:0]
        return column.filter(known).to_arrow(compat_level=pl.CompatLevel.oldest())
