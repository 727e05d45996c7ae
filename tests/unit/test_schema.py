"""Fields, object types and field types: what cannot be seen over HTTP."""

import json
from importlib import resources

import pytest

from leadline.model.instants import render_instant
from leadline.schema.catalog import Field, custom_field
from leadline.schema.folding import fold_key
from leadline.schema.leads import (
    COMPANY_FIELDS,
    DEFAULT_FIELDS,
    SALES_PERSON_FIELDS,
    lead_type,
    standard_fields,
)
from leadline.schema.types import FIELD_TYPES, Storage


def test_the_127_standard_fields() -> None:
    """§12: one for each row of the file, in its order, no name twice in any case."""
    text = resources.files("leadline.schema").joinpath("standard_lead_fields.json").read_text("utf-8")
    rows = json.loads(text)
    fields = standard_fields()
    assert len(rows) == len(fields) == 127
    assert [field.name for field in fields] == [row["name"] for row in rows]
    assert len({field.name.lower() for field in fields}) == 127
    assert {row["dataType"] for row in rows} <= set(FIELD_TYPES)


@pytest.mark.parametrize(
    ("name", "display_name", "data_type", "length", "read_only", "searchable"),
    [
        ("id", "Id", "integer", None, True, True),
        ("email", "Email Address", "email", 255, False, True),
        ("leadScore", "Lead Score", "integer", None, False, False),
        ("company", "Company Name", "string", 255, False, False),
        ("billingStreet", "Billing Address", "text", 2000, False, False),
        ("annualRevenue", "Annual Revenue", "currency", None, False, False),
        ("externalCompanyId", "External Company Id", "string", 100, False, False),
        ("linkedInId", "Marketo Social LinkedIn Id", "string", 255, False, True),
        ("isAnonymous", "Is Anonymous", "boolean", None, True, False),
        ("contactCompany", "Contact Company", "integer", None, True, False),
        ("facebookReach", "Marketo Social Facebook Reach", "integer", None, False, False),
        ("mainPhone", "Main Phone", "string", 255, False, False),
    ],
)
def test_some_standard_fields(
    name: str, display_name: str, data_type: str, length: int | None, read_only: bool, searchable: bool
) -> None:
    """§12, row by row as the contract prints them."""
    field = lead_type().field(name)
    assert field is not None
    told = (field.display_name, field.type.name, field.length, field.read_only, field.searchable)
    assert told == (display_name, data_type, length, read_only, searchable)


def test_names_match_in_any_case_and_are_not_trimmed() -> None:
    """§3.4, Q3."""
    leads = lead_type()
    for name in ("firstName", "FIRSTNAME", "firstname"):
        assert leads.field(name) is leads.field("firstName")
    for name in (" firstName", "firstName ", "First Name", "", "nonsense"):
        assert leads.field(name) is None


def test_lookup_fields() -> None:
    """§4.3: eleven standard keys, the alias, and custom string, email and integer fields."""
    custom = tuple(custom_field(f"x{kind}", kind, kind) for kind in FIELD_TYPES)
    leads = lead_type(custom)
    allowed = {field.name for field in leads.fields if leads.may_look_up(field)}
    standard = {
        "id",
        "cookies",
        "email",
        "twitterId",
        "facebookId",
        "linkedInId",
        "sfdcAccountId",
        "sfdcContactId",
    }
    standard |= {"sfdcLeadId", "sfdcLeadOwnerId", "sfdcOpptyId"}
    assert allowed == standard | {"xstring", "xemail", "xinteger"}
    assert leads.field("cookie") is leads.field("cookies")


@pytest.mark.parametrize("names", [DEFAULT_FIELDS, COMPANY_FIELDS, SALES_PERSON_FIELDS])
def test_named_groups_are_real_fields(names: tuple[str, ...]) -> None:
    known = {field.name for field in standard_fields()}
    assert set(names) <= known
    assert {field.name for field in standard_fields() if field.company} == set(COMPANY_FIELDS)


@pytest.mark.parametrize(
    ("data_type", "length", "searchable", "expected"),
    [
        ("string", None, None, (255, True)),
        ("String", 40, None, (40, True)),
        ("string", 256, None, (256, False)),
        ("string", None, False, (255, False)),
        ("email", None, None, (255, True)),
        ("integer", None, None, (None, True)),
        ("score", None, None, (None, False)),
        ("text", None, None, (None, False)),
        ("datetime", None, None, (None, False)),
    ],
)
def test_custom_fields(
    data_type: str, length: int | None, searchable: bool | None, expected: tuple[int | None, bool]
) -> None:
    """§8: default lengths; keys of up to 255 characters are searchable unless told otherwise."""
    field = custom_field("x", "X", data_type, length, searchable)
    assert (field.length, field.searchable) == expected
    assert (field.custom, field.read_only, field.column) == (True, False, "f_x")


def test_a_new_boolean_is_false_and_anything_else_null() -> None:
    """§8, §4.4."""
    for kind, field_type in FIELD_TYPES.items():
        assert custom_field("x", "X", kind).default is (False if kind == "boolean" else None)
        assert field_type.storage in Storage


def test_keys_fold() -> None:
    """§3.6: lower case; addresses also lose outer spaces."""
    string, email = FIELD_TYPES["string"], FIELD_TYPES["email"]
    assert fold_key(" Ann@B.co\t", email) == "ann@b.co"
    assert fold_key(" Teal ", string) == " teal "
    assert fold_key("ZOË", string) == "zoë"


@pytest.mark.parametrize(
    ("second", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1431900705, "2015-05-17T22:11:45Z"),
        (-1, "1969-12-31T23:59:59Z"),
        (-62135596800, "0001-01-01T00:00:00Z"),
        (253402300799, "9999-12-31T23:59:59Z"),
    ],
)
def test_instants(second: int, text: str) -> None:
    """§0.7: UTC, no fraction, four-digit years."""
    assert render_instant(second) == text


def test_columns_of_keys() -> None:
    """A text key is found by its folded form, a number by itself."""
    by_name: dict[str, Field] = {field.name: field for field in standard_fields()}
    assert (by_name["email"].column, by_name["email"].key_column) == ("f_email", "k_email")
    assert custom_field("Number", "N", "integer").key_column == "f_number"
    assert by_name["id"].key_column == "id"
