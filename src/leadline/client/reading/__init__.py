"""The user's file: what is in it, which field each column goes into, and what makes which piece.

Read `source.py` first.
"""

from leadline.client.reading.content import piece_content, span_content
from leadline.client.reading.mapping import Mapping, match_columns
from leadline.client.reading.rows import rows_of, rows_of_span
from leadline.client.reading.source import Source, open_source
from leadline.client.reading.splitting import halves, make_plan, measured

__all__ = [
    "Mapping",
    "Source",
    "halves",
    "make_plan",
    "match_columns",
    "measured",
    "open_source",
    "piece_content",
    "rows_of",
    "rows_of_span",
    "span_content",
]
