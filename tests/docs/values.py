"""The forms of values that files and calls may have, each with examples that a test reads with the engine."""

from dataclasses import dataclass

REFUSED, WARNED = object(), object()


@dataclass(frozen=True)
class Example:
    """A cell, and the JSON that a lead shows of it then; `REFUSED` where the row fails.

    `WARNED` is imported as it is, with a warning.
    """

    cell: str
    value: object

    @property
    def shown(self) -> str:
        if self.value is REFUSED:
            return "refused"
        if self.value is WARNED:
            return "taken as it is, with the warning `Invalid email address`"
        return f"`{str(self.value).lower() if isinstance(self.value, bool) else self.value}`"


@dataclass(frozen=True)
class Form:
    """How values of some types are written."""

    title: str
    types: tuple[str, ...]
    says: str
    examples: tuple[Example, ...]


HEAD = """# Forms of values

What a cell of a file, a member of a JSON call or the value of a filter may look like, by the type of the field. Outer white space does
not count. A cell that is blank or `NULL` is no value: what it does, `LEADLINE_RULES__BLANK_CELLS` says. A value that is refused fails its row, with
`Invalid data type in field ...` in a file and 1001 in a call. The instants below are read in the zone `America/Chicago`, on 2026-03-01.
"""
FORMS = (
    Form(
        "Days",
        ("date",),
        "ISO 8601, or as spreadsheets write it, month first. A year of two digits is one of the 100 that end 20 years from now; for "
        "`dateOfBirth` never after today. Of an instant the day counts as it is written.",
        (
            Example("2026-03-01", "2026-03-01"),
            Example("3/1/2026", "2026-03-01"),
            Example("03/01/26", "2026-03-01"),
            Example("3/1/99", "1999-03-01"),
            Example("2026-03-01T23:30:00-08:00", "2026-03-01"),
            Example("2026-02-30", REFUSED),
            Example("25/12/2026", REFUSED),
            Example("1 March 2026", REFUSED),
        ),
    ),
    Form(
        "Instants",
        ("datetime",),
        "A day, and a time if there is one; fractions of a second are dropped. Without an offset the time is local in "
        "`LEADLINE_RULES__TIME_ZONE`. AM and PM belong to the form with slashes. Answers show UTC.",
        (
            Example("2026-03-01T12:00:00Z", "2026-03-01T12:00:00Z"),
            Example("2026-03-01T12:00:00+02:00", "2026-03-01T10:00:00Z"),
            Example("2026-03-01T12:00:00.750-0600", "2026-03-01T18:00:00Z"),
            Example("2026-03-01 12:00", "2026-03-01T18:00:00Z"),
            Example("2026-03-01", "2026-03-01T06:00:00Z"),
            Example("3/1/2026 2:05 PM", "2026-03-01T20:05:00Z"),
            Example("3/1/2026 14:05:09", "2026-03-01T20:05:09Z"),
            Example("2026-03-01T24:00:00Z", REFUSED),
            Example("3/1/2026 13:05 PM", REFUSED),
        ),
    ),
    Form(
        "Whole numbers",
        ("integer", "score"),
        "A sign and digits, from -9223372036854775808 to 9223372036854775807.",
        (
            Example("42", 42),
            Example("+42", 42),
            Example("-007", -7),
            Example("1,000", REFUSED),
            Example("42.0", REFUSED),
            Example("9223372036854775808", REFUSED),
        ),
    ),
    Form(
        "Percentages",
        ("percent",),
        "A whole number that may end in one percent sign.",
        (Example("15", 15), Example("15%", 15), Example("15 %", 15), Example("15.5%", REFUSED)),
    ),
    Form(
        "Numbers",
        ("float",),
        "A finite decimal number with a point, and an exponent if there is one.",
        (
            Example("3.25", 3.25),
            Example(".5", 0.5),
            Example("1e3", 1000.0),
            Example("3,25", REFUSED),
            Example("NaN", REFUSED),
        ),
    ),
    Form(
        "Amounts",
        ("currency",),
        "A decimal number without a sign of a currency, kept exactly with four decimals; from the fifth it is rounded half up. Its "
        "whole part is below 900 trillion.",
        (
            Example("1234.5", "1234.5"),
            Example("1234", "1234.0"),
            Example("0.00005", "0.0001"),
            Example("1e3", "1000.0"),
            Example("$5", REFUSED),
            Example("1,234.50", REFUSED),
            Example("900000000000000", REFUSED),
        ),
    ),
    Form(
        "Yes and no",
        ("boolean",),
        "In any case.",
        (
            *(Example(word, True) for word in ("true", "1", "yes", "t", "Y")),
            *(Example(word, False) for word in ("false", "0", "no", "f", "N")),
            Example("on", REFUSED),
        ),
    ),
    Form(
        "E-mail addresses",
        ("email",),
        "Any text is taken; what is no address of plain ASCII letters gets a warning.",
        (
            Example("anna@example.com", "anna@example.com"),
            Example("anna+news@mail.example.com", "anna+news@mail.example.com"),
            Example("anna@localhost", WARNED),
            Example("anna example.com", WARNED),
            Example("änna@example.com", WARNED),
        ),
    ),
)
