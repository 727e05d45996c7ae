"""Every operation that is served answers as the original's reference says: pages, samples, models."""

import re

import pytest

from leadline.api.app import ENDPOINTS
from tests.contract.api.world import import_members, import_objects
from tests.contract.reference.operations import Case, faults, refused
from tests.contract.reference.page import PAGE, page
from tests.contract.reference.shapes import TEXT, differences
from tests.contract.reference.subjects import DESCRIBED
from tests.forms import only_long
from tests.harness import Server

pytestmark = only_long("postgres", "given")

SERVED = {f"{each.method} {each.path}" for each in ENDPOINTS if not each.path.startswith("/leadline/")}
CASES = [
    pytest.param(call, case, id=f"{call} {case.source}")
    for call, operation in DESCRIBED.items()
    for case in operation.cases
]


@pytest.fixture(scope="module")
def world(world: Server) -> Server:
    """Something of everything: lead 1 is on list 1001 and in program 1001; jobs 1001 to 1003."""
    world.run_import("email,firstName\na@x.com,Ann\n", listId=1001)
    import_members(world, "email\na@x.com\n", "Invited")
    import_objects(world, "car_c", "vin,color\nv1,red\n")
    return world


def test_every_operation_is_described() -> None:
    """None that is served is missing, none is described that is not served, and each has a case."""
    missing = SERVED - set(DESCRIBED)
    assert not missing, f"describe {sorted(missing)} in their subject's file in tests/contract/reference"
    assert set(DESCRIBED) == SERVED
    assert all(operation.cases for operation in DESCRIBED.values())


@pytest.mark.parametrize(("call", "case"), CASES)
def test_an_answer_is_what_the_reference_says(world: Server, call: str, case: Case) -> None:
    """No member missing, none too many, each of its type, in its order and envelope."""
    found = faults(world, call, case)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("call", sorted(call for call in SERVED if "/identity/" not in call))
def test_a_refusal_has_the_envelope_of_its_family(world: Server, call: str) -> None:
    """Errors travel as the family's answers do; identity's are cases of its own."""
    method, path = call.split()
    answer = world.call(method, re.sub(r"\{\w+\}", "1", path), token="")
    assert answer.status_code == 200
    assert differences(refused(call, "600", TEXT), answer.json()) == []


def test_the_page_of_operations_is_true() -> None:
    """It lists what is held here; `python -m tests.contract.reference.page` writes it anew."""
    assert PAGE.read_text("utf-8") == page()
