"""§8: no number passes through a float on its way in or out, and none costs more than it says."""

import copy
import re
from collections.abc import Iterator

import pytest

from tests.contract.api.calls import error_of, outcomes
from tests.contract.api.world import codes, import_objects, post, whole_subscription
from tests.forms import repeats
from tests.harness import Server, running

pytestmark = repeats("postgres", "given")

LEADS, COMPANIES = "/rest/v1/leads.json", "/rest/v1/companies.json"
AMOUNTS = {
    "123456789012345.6789": "123456789012345.6789",
    "-899999999999999.9999": "-899999999999999.9999",
    "900719925474.0993": "900719925474.0993",
    "1234567890123.00005": "1234567890123.0001",
    "12345678901234567890e-7": "1234567890123.4568",
    "0.1": "0.1",
    "7.25": "7.25",
    "10": "10.0",
    "-0": "0.0",
    "-0.0": "0.0",
    "1e2": "100.0",
    "1e-999999999": "0.0",
}
HUGE = ["1e999999999", "-1e999999999", "9" * 4_000, "1e15"]


@pytest.fixture(scope="module")
def world(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    document = copy.deepcopy(
        whole_subscription(
            companies=[{"externalCompanyId": "acme", "company": "Acme", "annualRevenue": 123456789012.3456}]
        )
    )
    document["custom_objects"][0]["fields"].append(
        {"name": "price", "displayName": "Price", "dataType": "currency"}
    )
    yield from running(tmp_path_factory.mktemp("exact") / "data", document)


def sent(server: Server, path: str, text: str) -> str:
    """Post JSON as it stands; return the answer as it came."""
    headers = {"Content-Type": "application/json"}
    return server.call("POST", path, content=text.encode(), headers=headers).text


def shown(server: Server, path: str, field: str, filter_type: str, value: str) -> str:
    """Return the number of a field as the answer spells it."""
    params = {"filterType": filter_type, "filterValues": value, "fields": field}
    text = server.call("GET", path, params=params).text
    (found,) = re.findall(rf'"{field}":([^,}}]+)', text)
    return str(found)


@pytest.mark.parametrize("written", AMOUNTS)
def test_an_amount_is_exact_on_each_way(world: Server, written: str) -> None:
    """From a file and from a call, as a number and as a text, of leads, objects and companies."""
    wanted, address = AMOUNTS[written], f"n{list(AMOUNTS).index(written)}@x.com"
    assert outcomes(world, f"email,annualRevenue\nf{address},{written}\n") == [("created", "")]
    assert shown(world, LEADS, "annualRevenue", "email", f"f{address}") == wanted
    import_objects(world, "car_c", f"vin\n{address}\n")
    import_objects(world, "trip_c", f"car,day,price\n{address},2024-01-02,{written}\n")
    query = {
        "filterType": "dedupeFields",
        "input": [{"car": address, "day": "2024-01-02"}],
        "fields": ["price"],
    }
    assert (
        f'"price":{wanted}'
        in world.call("POST", "/rest/v1/customobjects/trip_c.json?_method=GET", json=query).text
    )
    for number, value in enumerate((written, f'"{written}"')):
        company = f'{{"externalCompanyId":"{number}{address}","annualRevenue":{value}}}'
        assert '"status":"created"' in sent(world, COMPANIES, f'{{"input":[{company}]}}')
        assert shown(world, COMPANIES, "annualRevenue", "externalCompanyId", f"{number}{address}") == wanted


def test_the_setup_file_keeps_what_it_can_say(world: Server) -> None:
    assert shown(world, COMPANIES, "annualRevenue", "externalCompanyId", "acme") == "123456789012.3456"


@pytest.mark.parametrize("number", ["9007199254740993", "9223372036854775807", "-9223372036854775808"])
def test_a_whole_number_beyond_a_double_is_exact(world: Server, number: str) -> None:
    item = f'{{"email":"whole@x.com","customerNumber":{number},"lastName":{number}}}'
    assert '"success":true' in sent(world, LEADS, f'{{"input":[{item}]}}')
    assert shown(world, LEADS, "customerNumber", "email", "whole@x.com") == number
    assert shown(world, LEADS, "lastName", "customerNumber", number) == f'"{number}"'


@pytest.mark.parametrize("number", ["1.50", "0.30000000000000000000000004", "1234567890123456789.5"])
def test_a_number_in_a_text_is_kept_as_it_was_sent(world: Server, number: str) -> None:
    item = f'{{"email":"text@x.com","lastName":{number},"firstName":"\\u00e9"}}'
    assert '"success":true' in sent(world, LEADS, f'{{"input":[{item}]}}')
    assert shown(world, LEADS, "lastName", "email", "text@x.com") == f'"{number}"'


@pytest.mark.parametrize("number", HUGE)
def test_a_number_that_fits_nowhere_is_refused_at_once(world: Server, number: str) -> None:
    """§9.3, §9.9: as a value, an id, a length of a field; 5xx nowhere, an answer within the time of a call."""
    item = f'{{"email":"huge@x.com","customerNumber":{number}}}'
    assert '"code":"1001"' in sent(world, LEADS, f'{{"input":[{item}]}}')
    amount = f'{{"externalCompanyId":"huge","annualRevenue":{number}}}'
    assert '"code":"1001"' in sent(world, COMPANIES, f'{{"input":[{amount}]}}')
    assert '"success":false' in sent(world, "/rest/v1/leads/delete.json", f'{{"input":[{{"id":{number}}}]}}')
    field = f'{{"name":"f","displayName":"F","dataType":"string","length":{number}}}'
    answer = sent(world, "/rest/v1/customobjects/schema/car_c/addField.json", f'{{"input":[{field}]}}')
    assert '"success":false' in answer or '"skipped"' in answer
    assert outcomes(world, f"email,annualRevenue\nhuge@x.com,{number}\n")[0][0] == "failed"


def test_half_a_pair_is_no_text_beside_an_exact_number(world: Server) -> None:
    item = '{"externalCompanyId":"half","annualRevenue":1234567890123.4567,"industry":"\\ud83d"}'
    assert '"code":"1001"' in sent(world, COMPANIES, f'{{"input":[{item}]}}')
    whole = item.replace("\\ud83d", "\\ud83d\\ude00")
    assert '"status":"created"' in sent(world, COMPANIES, f'{{"input":[{whole}]}}')
    assert shown(world, COMPANIES, "annualRevenue", "externalCompanyId", "half") == "1234567890123.4567"
    assert (
        error_of(
            world.call(
                "POST",
                LEADS,
                content=b'{"input":[{"email":"\\u0061","x":NaN}]}',
                headers={"Content-Type": "application/json"},
            )
        )[0]
        == "609"
    )
    assert codes(post(world, LEADS, {"input": [{"email": "é@x.com", "leadScore": 1.5}]})["result"]) == [
        "1001"
    ]
