"""Errors of rows as they stand in a file, whatever their values are (contract §3.6, §7.3)."""

from leadline.schema.record_errors.error import EITHER, FAILURE, WARNING, RecordError

INVALID_ROW = RecordError(
    "Invalid row format",
    None,
    FAILURE,
    "A quote is never closed, or the row is larger than any reader takes.",
    "Close the quote, or shorten the row.",
)
HEADER_REPEATED = RecordError(
    "Header repeated",
    None,
    FAILURE,
    "The row is the header once more, as where files were put behind each other.",
    "Take the line out.",
)
NO_RECORD = RecordError(
    "Row is no record",
    None,
    FAILURE,
    "The row is what a database's shell prints below its rows: their count, a line of dashes.",
    "Take the line out.",
)
LONG_ROW = RecordError(
    "Row has more values than the header",
    None,
    EITHER,
    "The row has more values than there are columns; it fails where the server says so and a value is lost.",
    "Quote values that contain the delimiter.",
)
SHORT_ROW = RecordError(
    "Row has fewer values than the header",
    None,
    WARNING,
    "The row has fewer values than there are columns and than the first row has; the rest are blank.",
    "Write a delimiter for each blank value.",
)
STRAY_QUOTES = RecordError(
    "Quotes inside a value",
    None,
    WARNING,
    "A quote stands inside a value that is not quoted, so two values may have become one.",
    "Quote the value and double the quotes inside it.",
)
NOT_LISTED = RecordError(
    "{count} more rows are not listed",
    None,
    EITHER,
    "Failed and warned rows take more bytes than the server keeps of a job. The line is no row itself.",
    "Correct the rows that are listed, or ask whoever runs the server for a higher LIMITS__ISSUE_BYTES_MAX.",
)
