"""What is said of a row that is not written: in a file's reason column, or in the answer to a sync call.

A file gets plain sentences (contract §7.3). A sync call gets the code too, in front of the
message (contract §13): `1004 Lead not found`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import polars as pl

from leadline.schema.catalog import Field, Key
from leadline.schema.leads import COMPANY, LEAD, SALES_PERSON

INVALID_ROW = "Invalid row format"
HEADER_REPEATED = "Header repeated"
NO_RECORD = "Row is no record"
LONG_ROW = "Row has more values than the header"
SHORT_ROW = "Row has fewer values than the header"
STRAY_QUOTES = "Quotes inside a value"
INVALID_EMAIL = "Invalid email address"
_ACCOUNT_CODES = {COMPANY: "1013", SALES_PERSON: "718"}
PAST_STATUS = "Lead skipped because it is already in or past this status"


@dataclass(frozen=True, slots=True)
class Wording:
    """The reasons, each a text or an expression over a cell's text."""

    missing_key: Callable[[Key], str]
    invalid_type: Callable[[Field, pl.Expr], pl.Expr]
    too_long: Callable[[Field], str]
    not_found: str
    exists: str
    several: str
    closed_partition: str
    other_partition: str
    dangling: Callable[[Field], str]
    repeated: str | None = None
    past_status: str | None = None


def too_long(field: Field) -> str:
    """Return the reason of a text beyond its field's length."""
    return f"Value too long in field {field.display_name}"


def ambiguous_date(field: Field) -> str:
    """Return what is told of a date that fits day first too, where others of its column fit only so."""
    return f"Ambiguous date in field {field.display_name}"


def changed_key(field: Field) -> str:
    """Return the reason of a record of a call that would change what stays as it was created."""
    return f"1003 Value of field '{field.name}' cannot change"


def another_id(field: Field) -> str:
    """Return the reason of a record of a call whose key and whose id are those of two records."""
    return f"1003 Value of field '{field.name}' is another record's"


def _link_missing(field: Field) -> str:
    assert field.link is not None, "only links point anywhere"
    return field.link.missing


def _account_missing(field: Field) -> str:
    """Return the reason of a record whose company or sales person is not there."""
    assert field.link is not None, "only links point anywhere"
    return f"{_ACCOUNT_CODES[field.link.table]} {field.link.missing}"


def _target_missing(field: Field) -> str:
    """Return the reason of a record whose link leads to none: a custom object's, or a company's."""
    assert field.link is not None, "only links point anywhere"
    if field.link.table == SALES_PERSON:
        return _account_missing(field)
    return "1004 Lead not found" if field.link.table == LEAD else "1013 Object not found"


def _invalid_in_file(field: Field, text: pl.Expr) -> pl.Expr:
    return pl.lit(f"Invalid data type in field {field.display_name}")


def _invalid_in_call(field: Field, text: pl.Expr) -> pl.Expr:
    return pl.format("1001 Invalid value '{}'. Required of type '{}'", text, pl.lit(field.type.name))


FILE = Wording(
    missing_key=lambda key: key.missing,
    invalid_type=_invalid_in_file,
    too_long=too_long,
    not_found="Lead not found",
    exists="Lead already exists",
    several="Multiple leads match the lookup criteria",
    closed_partition="Access denied to partition '{}'",
    other_partition="Partition update not allowed",
    dangling=_link_missing,
)
LEAD_CALL = Wording(
    missing_key=lambda key: f"1003 {key.missing}",
    invalid_type=_invalid_in_call,
    too_long=lambda field: f"1003 {too_long(field)}",
    not_found="1004 Lead not found",
    exists="1005 Lead already exists",
    several="1007 Multiple leads match the lookup criteria",
    closed_partition="1008 Access denied to partition '{}'",
    other_partition="1010 Partition update not allowed",
    dangling=_account_missing,
)
OBJECT_CALL = replace(
    LEAD_CALL,
    not_found="1013 Object not found",
    exists="1017 Object already exists",
    dangling=_target_missing,
    repeated="1036 Duplicate object found in input",
)
MEMBER_CALL = replace(LEAD_CALL, not_found="1013 Membership not found", past_status=f"1037 {PAST_STATUS}")
