"""§11: every endpoint with each kind of token; the permissions as the contract's table has them."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from leadline.api.app import ENDPOINTS
from leadline.api.endpoint import Endpoint
from tests.contract.api.calls import FILE
from tests.contract.api.world import credential, whole_subscription
from tests.forms import only_long
from tests.harness import LEADLINE, Server, start_server, subscription, until
from tests.stores import store_options

pytestmark = only_long("postgres", "given")

CLOSED = [endpoint for endpoint in ENDPOINTS if not endpoint.path.startswith("/identity/")]
GROUPS = ("Lead", "Custom Object", "Custom Object Type", "Company", "Sales Person", "Assets", "Activity")
SCHEMA = ("Read-Write Schema Standard Field", "Read-Write Schema Custom Field")
EVERY = [f"{access} {group}" for access in ("Read-Only", "Read-Write") for group in GROUPS] + list(SCHEMA)
WANTED = (
    (r"GET /rest/v1/stats/.*", ""),
    (r"GET /rest/v1/activities/.*", "RO Activity"),
    (r"GET /leadline/v1/(jobs|counts).json", "RW Lead|RW Custom Object"),
    (r"GET /leadline/v1/leads/.*", "RO Lead"),
    (r"GET /leadline/v1/customobjects/.*", "RO Custom Object"),
    (r"GET /leadline/v1/companies/.*", "RO Company"),
    (r"GET /leadline/v1/salespersons/.*", "RO Sales Person"),
    (r"POST /leadline/v1/previews/customobjects/.*", "RW Custom Object"),
    (r"POST /leadline/v1/previews/(leads|program/.*).json", "RW Lead"),
    (r"\w+ /leadline/v1/previews/.*", "RW Lead|RW Custom Object"),  # an unknown one
    (r"(GET|POST) /leadline/v1/jobs/.*", "RW Lead"),  # the job asked for imports leads
    (r"\w+ /bulk/v1/customobjects/.*", "RW Custom Object"),
    (r"\w+ /bulk/v1/.*", "RW Lead"),
    (r"\w+ /rest/v1/(leads|programs/members|companies)/schema/.*", "schema"),
    (r"GET /rest/v1/customobjects/schema.*", "RO Custom Object Type"),
    (r"POST /rest/v1/customobjects/schema.*", "RW Custom Object Type"),
    (r"GET /rest/v1/customobjects.*", "RO Custom Object"),
    (r"POST /rest/v1/customobjects.*", "RW Custom Object"),
    (r"GET /rest/v1/companies.*", "RO Company"),
    (r"POST /rest/v1/companies.*", "RW Company"),
    (r"GET /rest/v1/salespersons.*", "RO Sales Person"),
    (r"POST /rest/v1/salespersons.*", "RW Sales Person"),
    (r"GET /rest/v1/leads/\{leadId\}/(list|program)Membership.json", "RO Assets"),
    (r"\w+ (/rest)?/asset/v1/.*", "RO Assets"),
    (r"GET /rest/v1/.*", "RO Lead"),
    (r"(POST|DELETE) /rest/v1/.*", "RW Lead"),
)


def permissions_of(endpoint: Endpoint) -> tuple[str, ...]:
    """Return which permissions suffice, as the contract's table says; none for what is open to all."""
    name = f"{endpoint.method} {endpoint.path}"
    word = next(word for pattern, word in WANTED if re.fullmatch(pattern, name))
    if word in ("", "schema"):
        return SCHEMA if word else ()
    found: list[str] = []
    for each in word.split("|"):
        access, _, group = each.partition(" ")
        found += [f"Read-Write {group}"] + ([f"Read-Only {group}"] if access == "RO" else [])
    return tuple(found)


@dataclass(frozen=True)
class Site:
    """A server, and tokens by what is wrong with them or by the one permission they have."""

    server: Server
    tokens: dict[str, str]


@pytest.fixture(scope="module")
def site(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A credential for each permission, and one for all but it; an expired, a revoked and a foreign token."""
    folder = tmp_path_factory.mktemp("site")
    one = [credential(name, name) for name in EVERY]
    late = credential("late", "Read-Write Lead")
    document = whole_subscription(credentials=[*one, late, credential("none", "Read-Only Activity")])
    short = {"LEADLINE_LIMITS__TOKEN_SECONDS": "1"}
    server = start_server(folder / "data", document, workers=0, env=short)
    expired = server.new_token("late", "late-secret")
    until(lambda: server.call("GET", "/rest/v1/leads/describe.json", expired).json().get("errors"))
    server.stop()
    other = subscription(munchkin_id="987-XYZ-654", credentials=[credential("foreign", *EVERY)])
    other["credentials"][0]["client_id"] = "tests of another"
    (folder / "other.yaml").write_text(yaml.safe_dump(other))
    server = start_server(folder / "data", workers=0)
    try:
        setup = [LEADLINE, "setup", str(folder / "other.yaml"), *store_options(folder / "data")]
        subprocess.run(setup, check=True, capture_output=True)
        revoked = server.new_token("none", "none-secret")
        document["credentials"][-1]["client_secret"] = "another-secret"
        (folder / "again.yaml").write_text(yaml.safe_dump(document))
        setup[2] = str(folder / "again.yaml")
        subprocess.run(setup, check=True, capture_output=True)
        tokens = {name: server.new_token(name, f"{name}-secret") for name in EVERY}
        tokens |= {"expired": expired, "revoked": revoked, "unknown": "nonsense"}
        tokens |= {"foreign": server.new_token("foreign", "foreign-secret")}
        server.submit(FILE)
        yield Site(server, tokens)
    finally:
        server.stop()


VALUES = {
    "batchId": "1001",
    "leadId": "1",
    "listId": "1001",
    "programId": "1001",
    "apiName": "car_c",
    "recordId": "1",
}


def code_of(server: Server, endpoint: Endpoint, token: str, host: str = "123-ABC-456.example.com") -> str:
    """Call an endpoint as it wants to be called; return the code of its error, `ok`, or the HTTP status."""
    path = re.sub(r"\{(\w+)\}", lambda match: VALUES.get(match.group(1), "email"), endpoint.path)
    options: dict[str, Any] = {}
    if any(each.type == "binary" for each in endpoint.parameters):
        options["files"] = {"file": ("f.csv", FILE)}
    elif endpoint.method != "GET":
        options["json"] = {}
    answer = server.call(endpoint.method, path, token, headers={"Host": host}, **options)
    if "json" not in answer.headers["content-type"]:
        return str(answer.status_code)
    body = answer.json()
    return "ok" if body["success"] else str(body["errors"][0]["code"])


@pytest.mark.parametrize("endpoint", CLOSED, ids=[f"{each.method} {each.path}" for each in CLOSED])
def test_each_endpoint_and_each_token(site: Site, endpoint: Endpoint) -> None:
    """§0.5, §11, §13: 600, 601, 602 before anything else; 603 for every permission that does not suffice."""
    server, tokens = site.server, site.tokens
    assert code_of(server, endpoint, "") == "600"
    wrong = [code_of(server, endpoint, tokens[name]) for name in ("unknown", "expired", "revoked", "foreign")]
    assert wrong == ["601", "602", "601", "601"]
    suffices = permissions_of(endpoint) or tuple(EVERY)
    told = {name: code_of(server, endpoint, tokens[name]) for name in EVERY}
    assert {name for name, code in told.items() if code != "603"} == set(suffices)
    assert not {"600", "601", "602", "611"} & set(told.values())
