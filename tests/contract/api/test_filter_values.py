"""§0.8: a value of a filter is read as a cell of a file: outer space counts in text, quotes take a value whole."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contract.api.calls import error_of
from tests.contract.api.world import CAR, import_objects, sync, whole_subscription
from tests.harness import Server, running

LEADS = "/rest/v1/leads.json"
PAIR = CAR | {
    "apiName": "pair_c",
    "displayName": "Pair",
    "dedupeFields": ["left", "right"],
    "fields": [{"name": name, "displayName": name, "dataType": "string"} for name in ("left", "right")],
}


@pytest.fixture(scope="module")
def world(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    document = whole_subscription(custom_objects=[CAR, PAIR])
    yield from running(tmp_path_factory.mktemp("filters") / "data", document)


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def found(server: Server, path: str, filter_type: str, values: str | list[str], field: str) -> list[Any]:
    """Return this field of the records that a filter finds, asked by POST, for values may be long."""
    form = {"filterType": filter_type, "filterValues": values, "fields": field, "batchSize": "300"}
    body = server.call("POST", path, params={"_method": "GET"}, data=form).json()
    assert body["success"], body
    return [record[field] for record in body["result"]]


KEYS = [
    "C-1",
    "C-1 ",
    " C-1",
    "C-1\u00a0",
    "a,b",
    "a",
    "b",
    'say "hi"',
    '"',
    '"a',
    '"a"',
    "\t,",
    "x,",
    "line\nend",
]


def test_text_keys_keep_their_outer_space(world: Server) -> None:
    """§0.8: each key finds its own record, in quotes, and no other."""
    rows = "".join(f"{quoted(key)},n{number}@example.com\n" for number, key in enumerate(KEYS))
    status = world.run_import("twin,email\n" + rows, lookupField="twin")
    assert (status["numOfLeadsProcessed"], status["numOfRowsFailed"]) == (len(KEYS), 0)
    for key in KEYS:
        assert found(world, LEADS, "twin", quoted(key), "twin") == [key]
    everyone = ",".join(quoted(key) for key in KEYS)
    assert sorted(found(world, LEADS, "twin", everyone, "twin")) == sorted(KEYS)
    assert sorted(found(world, LEADS, "twin", [quoted(key) for key in KEYS], "twin")) == sorted(KEYS)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ("C-1 ", ["C-1 "]),
        ("C-1", ["C-1"]),
        ("C-1, C-1", ["C-1", " C-1"]),
        (["C-1", "C-1 "], ["C-1", "C-1 "]),
        ("a,b", ["a", "b"]),
        ('"a,b",a', ["a,b", "a"]),
        ('"a', ['"a']),
        ('"""a"""', ['"a"']),
        ('"a"', ["a"]),
        ('say "hi"', ['say "hi"']),
        ('"say ""hi"""', ['say "hi"']),
        ('"a"b,a', ["a"]),
        ('b,"a,b', ["b", '"a']),
        ("a,,b,", ["a", "b"]),
        ('a,"",b', ["a", "b"]),
    ],
)
def test_commas_and_quotes(world: Server, values: str | list[str], expected: list[str]) -> None:
    """§0.8: repeated and comma-separated; blank parts are none; quotes that do not close are text."""
    assert sorted(found(world, LEADS, "twin", values, "twin")) == sorted(expected)


@pytest.mark.parametrize("values", ["", " ", ",", " , ", '""', '"",""'])
def test_nothing_to_look_for(world: Server, values: str) -> None:
    """§9.1: 1002."""
    answer = world.call("GET", LEADS, params={"filterType": "twin", "filterValues": values})
    assert error_of(answer) == ("1002", "Missing value for the required parameter 'filterValues'")


@pytest.mark.parametrize("text", [" 7 ", "\u00a07", "+7", "007", '" 7"', "7\u200b"])
def test_numbers_are_trimmed(world: Server, text: str) -> None:
    """§8: as a cell of the field is, for leads, members, lists and programs."""
    world.run_import("email,customerNumber\nseven@example.com,7\n")
    assert found(world, LEADS, "customerNumber", text, "customerNumber") == [7]
    assert found(world, "/rest/v1/leads/1/programMembership.json", "programId", text, "id") == []
    assert world.get("/rest/v1/lists.json", params={"id": text.replace("7", "1001")})["result"]
    params = {"filterType": "id", "filterValues": text.replace("7", "1001")}
    if "+" not in text and "0" not in text:
        assert [
            each["id"] for each in world.get("/rest/asset/v1/programs.json", params=params)["result"]
        ] == [1001]


@pytest.mark.parametrize(
    "text", [" Outer@Example.com", "outer@example.com\u00a0", '"\u3000outer@example.com\n"']
)
def test_addresses_are_trimmed(world: Server, text: str) -> None:
    """§3.6: in any case, in the filter and in the file alike."""
    world.run_import('email\n"outer@example.com "\n')
    assert found(world, LEADS, "email", text, "email") == ["outer@example.com"]


def test_other_objects(world: Server) -> None:
    """§9.9, §9.10: custom objects, companies, sales persons."""
    spellings = ["K-1", "K-1 ", " K-1", "K,1"]
    import_objects(world, "car_c", "vin\n" + "".join(f"{quoted(each)}\n" for each in spellings))
    sync(world, "/rest/v1/companies.json", *({"externalCompanyId": each} for each in spellings))
    sync(world, "/rest/v1/salespersons.json", *({"externalSalesPersonId": each} for each in spellings))
    for path, name in (
        ("customobjects/car_c", "vin"),
        ("companies", "externalCompanyId"),
        ("salespersons", "externalSalesPersonId"),
    ):
        for by in ("dedupeFields", name):
            for each in spellings:
                assert found(world, f"/rest/v1/{path}.json", by, quoted(each), name) == [each]
            assert found(world, f"/rest/v1/{path}.json", by, "K-1 ", name) == ["K-1 "]


def test_whole_keys_in_a_body(world: Server) -> None:
    """§0.6, §9.9: JSON texts are whole as they are, outer space counts."""
    spellings = ["K", "K ", " K", 'K,"x"']
    pairs = [{"left": left, "right": right} for left in spellings for right in spellings]
    sync(world, "/rest/v1/customobjects/pair_c.json", *pairs)
    for pair in pairs:
        body = {"filterType": "dedupeFields", "fields": ["left", "right"], "input": [pair]}
        answer = world.call(
            "POST", "/rest/v1/customobjects/pair_c.json", params={"_method": "GET"}, json=body
        )
        assert [{"left": each["left"], "right": each["right"]} for each in answer.json()["result"]] == [pair]


TEXTS = st.text(
    st.sampled_from("abZÉßİ \t\n\r,;\"'\\\u00a0\u200b\ufeff\u202f\U0001f600"), min_size=1, max_size=12
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(keys=st.lists(TEXTS.map(lambda text: text + "."), min_size=5, max_size=30, unique_by=str.lower))
def test_what_was_imported_is_found(world: Server, keys: list[str]) -> None:
    """§0.8: whatever text a key has, its own value finds it, and no other record."""
    rows = "".join(f"{quoted(key)},{number}\n" for number, key in enumerate(keys))
    status = world.run_import("twin,firstName\n" + rows, lookupField="twin")
    assert (status["numOfLeadsProcessed"], status["numOfRowsFailed"]) == (len(keys), 0)
    for number, key in enumerate(keys):
        assert found(world, LEADS, "twin", quoted(key), "twin") == [key]
        assert found(world, LEADS, "twin", quoted(key), "firstName") == [str(number)]
    assert sorted(found(world, LEADS, "twin", [quoted(key) for key in keys], "twin")) == sorted(keys)
