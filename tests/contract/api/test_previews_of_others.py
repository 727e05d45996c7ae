"""Who may see what of a preview: permissions, other credentials, closed partitions, deleted people."""

from collections.abc import Iterator
from typing import Any

import pytest

from leadline.clock import MachineTime
from leadline.subscriptions.apply_file import Subscriptions
from leadline.subscriptions.file import parse_subscription
from tests.contract.api.calls import error_of
from tests.contract.api.previews import PREVIEWS, applied, apply, asked, cells_of, file_of, lines_of, told
from tests.contract.api.world import credential, import_objects, post, whole_subscription
from tests.forms import repeats
from tests.harness import Server, running, until
from tests.stores import open_stores

pytestmark = repeats("postgres", "given")  # `contract/store` tries the statements of each

FILES = ("changes", "rows", "failures", "warnings", "faults", "drift")
LEADS, OBJECTS = "Read-Write Lead", "Read-Write Custom Object"
CREDENTIALS = [
    credential("leads", LEADS),
    credential("twin", LEADS),
    credential("objects", OBJECTS),
    {**credential("europe"), "permissions": "all", "partitions": ["Europe"]},
]
FILE = "email,firstName,leadScore\nhome@x.co,Home,1\neuro@x.co,Euro,x\neuro@x.co,Euro,\nnew@x.co,New,2\n"


def server_document() -> dict[str, Any]:
    """Return the subscription with all credentials."""
    document = whole_subscription()
    return document | {"credentials": [*document["credentials"], *CREDENTIALS]}


def apply_file(server: Server, document: dict[str, Any]) -> None:
    """Apply a subscription file as an operator does beside a running server."""
    stores = open_stores(server.data)
    try:
        Subscriptions(stores, MachineTime()).apply(parse_subscription(document))
    finally:
        stores.close()


@pytest.fixture(scope="module")
def server(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A person at home, another one in Europe."""
    for each in running(tmp_path_factory.mktemp("others") / "data", server_document()):
        each.run_import("email\nhome@x.co\n")
        each.run_import("email\neuro@x.co\n", partitionName="Europe")
        yield each


@pytest.fixture(scope="module")
def tokens(server: Server) -> dict[str, str]:
    """A token of each credential."""
    return {each["name"]: server.new_token(each["name"], f"{each['name']}-secret") for each in CREDENTIALS}


def codes_of(server: Server, preview_id: str, token: str) -> dict[str, str]:
    """Return what each call about a preview is answered: the code of an error, or the HTTP status."""
    found = {}
    calls = [
        ("GET", "", ".json"),
        ("POST", "/apply", ".json"),
        *(("GET", f"/{name}", ".csv") for name in FILES),
    ]
    for method, name, ending in calls:
        answer = server.call(method, f"{PREVIEWS}/{preview_id}{name}{ending}", token)
        is_json = "json" in answer.headers["content-type"]
        body = answer.json() if is_json else {}
        found[f"{method} {name}"] = (
            body["errors"][0]["code"] if body.get("errors") else str(answer.status_code)
        )
    return found


def test_a_preview_of_another_credential_is_unknown(server: Server, tokens: dict[str, str]) -> None:
    """Whatever its permissions, as long as these are not all."""
    preview_id = asked(server, "lead", "email,firstName\nq@x.co,Q\n,R\n", tokens["leads"])
    assert told(server, preview_id, tokens["leads"])["status"] == "Ready"
    twin = codes_of(server, preview_id, tokens["twin"])
    assert twin == {"GET ": "1013", "POST /apply": "1013", **{f"GET /{name}": "404" for name in FILES}}
    assert twin == codes_of(server, "0" * 32, tokens["leads"])
    own = codes_of(server, preview_id, tokens["leads"])
    assert own == {name: "404" if name in ("GET /warnings", "GET /drift") else "200" for name in own}
    assert told(server, preview_id)["batchId"] is not None, "all permissions see it"


@pytest.mark.parametrize(
    ("into", "mine", "content"), [("lead", "leads", "email\np@x.co\n"), ("car", "objects", "vin\n1\n")]
)
def test_the_permission_of_the_import(
    server: Server, tokens: dict[str, str], into: str, mine: str, content: str
) -> None:
    """It is asked for to make the preview, to see it, and to apply it."""
    other = tokens["objects" if mine == "leads" else "leads"]
    files = {"file": ("f.csv", content.encode())}
    path = f"{PREVIEWS}/leads.json" if into == "lead" else f"{PREVIEWS}/customobjects/car_c.json"
    assert error_of(server.call("POST", path, other, files=files))[0] == "603"
    preview_id = asked(server, into, content, tokens[mine])
    assert told(server, preview_id, tokens[mine])["status"] == "Ready"
    assert lines_of(server, preview_id, "rows", tokens[mine]) == ["1,created,,"]


def test_a_permission_that_was_taken_away(server: Server) -> None:
    """603 for each call about a preview of a kind that the credential may no longer import."""
    both = credential("both", LEADS, OBJECTS)
    document = server_document() | {"credentials": [*server_document()["credentials"], both]}
    apply_file(server, document)
    preview_id = asked(server, "lead", "email\nx@x.co\n", token := server.new_token("both", "both-secret"))
    assert told(server, preview_id, token)["status"] == "Ready"
    document["credentials"][-1] = both | {"permissions": [OBJECTS]}
    apply_file(server, document)
    until(lambda: set(codes_of(server, preview_id, token).values()) == {"603"})


def test_cells_of_closed_partitions_are_not_shown(server: Server, tokens: dict[str, str]) -> None:
    """They count, and show neither id nor cell; new people are where the import puts them."""
    preview_id = asked(server, "lead", FILE)
    whole = told(server, preview_id)
    assert [cell[0] for cell in cells_of(file_of(server, preview_id, "changes"))] == [
        "1",
        "1",
        "3",
        *["4"] * 6,
    ]
    europe = tokens["europe"]
    seen = told(server, preview_id, europe)
    assert {name: seen[name] for name in ("rows", "columns")} == {
        name: whole[name] for name in ("rows", "columns")
    }
    assert cells_of(file_of(server, preview_id, "changes", europe)) == [
        ["3", "2", "euro@x.co", "firstName", "", "Euro"]
    ]
    assert [line.split(",")[:3] for line in lines_of(server, preview_id, "rows", europe)] == [
        ["1", "updated", ""],
        ["2", "failed", ""],
        ["3", "updated", "2"],
        ["4", "created", ""],
    ]


def test_drift_in_closed_partitions_is_not_shown(server: Server, tokens: dict[str, str]) -> None:
    preview_id = asked(server, "lead", "email,lastName\nhome@x.co,Home\neuro@x.co,Euro\n")
    told(server, preview_id)
    server.run_import("email,lastName\nhome@x.co,Other\neuro@x.co,Other\n")
    assert applied(server, preview_id)["status"] == "Failed"
    assert [cell[0] for cell in cells_of(file_of(server, preview_id, "drift"))] == ["1", "2"]
    assert [cell[0] for cell in cells_of(file_of(server, preview_id, "drift", tokens["europe"]))] == ["2"]
    job = told(server, preview_id)["batchId"]
    path = f"/leadline/v1/jobs/{job}/drift.csv"
    assert cells_of(server.call("GET", path, tokens["europe"]).text)[0][0] == "2"


def test_a_moved_person_is_shown_where_he_is_now(server: Server, tokens: dict[str, str]) -> None:
    server.run_import("email\nmover@x.co\n")
    (lead,) = server.lead("email", "mover@x.co", "id")
    preview_id = asked(server, "lead", "email,firstName\nmover@x.co,M\n")
    told(server, preview_id)
    assert lines_of(server, preview_id, "changes", tokens["europe"]) == []
    move = {"input": [{"id": lead["id"], "partitionName": "Europe"}]}
    post(server, "/rest/v1/leads/partitions.json", move)
    assert len(lines_of(server, preview_id, "changes", tokens["europe"])) == 1


def test_records_have_no_partition(server: Server, tokens: dict[str, str]) -> None:
    import_objects(server, "car_c", "vin,color\nseen,red\n")
    preview_id = asked(server, "car", "vin,color\nseen,blue\nunseen,red\n")
    told(server, preview_id)
    assert lines_of(server, preview_id, "changes", tokens["europe"]) == lines_of(
        server, preview_id, "changes"
    )


@pytest.mark.parametrize(
    ("content", "params"),
    [
        ("email,firstName\n{email},Gone\nother@x.co,O\n", {}),
        ("id,firstName\n{id},Gone\n", {"lookupField": "id"}),
        ("email,firstName\nother@x.co,{email}\n", {}),
        ("email,twin\nkeeper@x.co,\n", {}),
    ],
)
def test_a_deleted_person_expires_previews(server: Server, content: str, params: dict[str, str]) -> None:
    """Those that name him: by his key, his id, in a value, or in a value that would be overwritten."""
    email = "leaving@x.co"
    server.run_import(f"email,twin\n{email},\nkeeper@x.co,{email}\nother@x.co,\n")
    (lead,) = server.lead("email", email, "id")
    old = "NULL" if "twin" in content else ""
    text = content.format(email=email, id=lead["id"]).replace("keeper@x.co,", f"keeper@x.co,{old}")
    preview_id, stays = asked(server, "lead", text, **params), asked(server, "lead", "email\nstays@x.co\n")
    assert told(server, preview_id)["status"] == told(server, stays)["status"] == "Ready"
    assert server.call("DELETE", f"/rest/v1/leads.json?id={lead['id']}").json()["success"]
    gone = told(server, preview_id)
    assert (gone["status"], "rows" in gone) == ("Expired", False)
    assert [file_of(server, preview_id, name) for name in FILES] == [""] * len(FILES)
    assert told(server, stays)["status"] == "Ready"
    code, message = error_of(server.call("POST", f"{PREVIEWS}/{preview_id}/apply.json"))
    assert (code, message) == ("1003", "The preview is Expired, only one that is Ready can be applied")


def test_a_deleted_person_leaves_no_line_in_drift(server: Server) -> None:
    server.run_import("email,firstName\ndrifter@x.co,D\nsteady@x.co,S\n")
    preview_id = asked(server, "lead", "email,firstName\ndrifter@x.co,E\nsteady@x.co,T\n")
    told(server, preview_id)
    server.run_import("email,firstName\ndrifter@x.co,X\nsteady@x.co,Y\n")
    job = applied(server, preview_id)
    (lead,) = server.lead("email", "drifter@x.co", "id")
    assert server.call("DELETE", f"/rest/v1/leads.json?id={lead['id']}").json()["success"]
    drift = server.call("GET", f"/leadline/v1/jobs/{job['batchId']}/drift.csv").text
    assert cells_of(drift) == [["2", "firstName", "S", "T", "Y", "T"]]


def test_twenty_previews_are_kept(server: Server) -> None:
    """The oldest expires; its line says so."""
    made = [asked(server, "lead", f"email\nmany{number}@x.co\n") for number in range(21)]
    told(server, made[-1])
    assert told(server, made[0])["status"] == "Expired"
    assert told(server, made[1])["status"] == "Ready"
    assert apply(server, made[0])["errors"][0]["code"] == "1003"
