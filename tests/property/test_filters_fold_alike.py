"""A filter value, and the key that a call names, compare as an imported cell of that field does (§3.6, §9.1)."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline import clock
from leadline.engine.header import PlannedColumn
from leadline.engine.plan import MergePlan
from leadline.engine.validate import validate
from leadline.errors import ServiceError
from leadline.lead_database.queries import DateContext, fold_value
from leadline.model import instants
from leadline.model.rules import Rules
from leadline.schema.catalog import Field, Key, ObjectType, custom_field
from leadline.schema.leads import lead_type
from tests.forms import times
from tests.oracle_cells import UNSEEN

DAYS = tuple(
    Field(kind, kind, custom_field(kind, kind, kind).type, searchable=True) for kind in ("date", "datetime")
)
FIELDS = [
    *(
        field
        for field in lead_type().searchable
        if (field.column != "id" and not field.read_only) or field.type.opaque
    ),
    custom_field("number", "Number", "integer"),
    Field("flag", "Flag", custom_field("flag", "Flag", "boolean").type, searchable=True),
    *DAYS,
]
TEXTS = st.one_of(
    st.text(st.sampled_from('aB0-+%ßİΣ\x1f" '), max_size=5),
    st.sampled_from(
        ["007", "-0", "+5", str(2**63 - 1), str(-(2**63)), str(2**63), "0" * 30 + "7", "1_0", "٣"]
    ),
    st.sampled_from(
        ["TRUE", "y", "f", "2", "on", "1/2/30", "2024-02-29 10:00+01", "2/30/2024", "2024-01-01", "00Q1a"]
    ),
)
SPACE = st.text(st.sampled_from(UNSEEN), max_size=2)


def of_filter(field: Field, text: str, dates: DateContext) -> tuple[str | int | None, str | None]:
    """Return the key of a filter value, and the code for which it is refused."""
    try:
        return fold_value(field, text, dates), None
    except ServiceError as error:
        return None, error.entry.code


@settings(max_examples=times(100, 3000, 300))
@given(st.sampled_from(FIELDS), st.builds("".join, st.tuples(SPACE, TEXTS, SPACE)))
def test_a_filter_value_folds_as_a_cell(field: Field, text: str) -> None:
    """Only what a cell alone may say differs: NULL, and a text that is too long."""
    rules = Rules()
    key = Key(field.name, (field,), field.key_column)
    today = instants.local_day(clock.now_ms() // 1000, rules.time_zone)
    plan = MergePlan(ObjectType("kind", "kind", (field,)), (PlannedColumn(0, field),), key, rules, today)
    schema = {"row": pl.Int64, "fault": pl.String, "long": pl.Boolean, "c0": pl.String}
    cells = pl.DataFrame([(1, None, False, text)], schema, orient="row")
    (row,) = validate(cells, plan).rows(named=True)
    folded, code = of_filter(field, text, DateContext(rules.time_zone, today))
    reason = row["reason"] or ""
    assert (code == "1001") == reason.startswith("Invalid data type")
    assert (folded is None) == (code is not None or reason == key.missing.message(name=key.name))
    assert folded is None or folded == row["key"]
