"""Programs (programs.md; swagger-asset.json)."""

import json
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from tests.contract.reference.operations import NOTHING_FOUND, Case, Operation, asset, refused
from tests.contract.reference.shapes import (
    ASSET_INSTANT,
    INTEGER,
    TEXT,
    Many,
    Maybe,
    Nullable,
    Shape,
    written,
)
from tests.harness import Server

PROGRAMS = "/rest/asset/v1/programs.json"
COSTS = [{"startDate": "2015-01-01", "cost": 2000}]
TAGS = [{"tagType": "Presenter", "tagValue": "Dennis"}]
_numbers = count(1)


def _head(name: Shape = TEXT, **more: Shape) -> dict[str, Shape]:
    """Return the members that a program has in every answer, in the printed order."""
    return {
        "id": INTEGER,
        "name": name,
        "description": TEXT,
        "createdAt": ASSET_INSTANT,
        "updatedAt": ASSET_INSTANT,
        "url": written("the part of an address", r"#(PG|EBP|NP|ME)\d+A1"),
        "type": "Default",
        "channel": "Webinar",
        "folder": {"type": "Folder", "value": 1, "folderName": "Marketing Activities"},
        "status": "",
        "workspace": "Default",
    } | more


def _found(tags: Shape, costs: Shape, **more: Shape) -> Shape:
    """Return a program as a look-up prints it."""
    return {**_head(**more), "tags": tags, "costs": costs, "headStart": False}


def _written(tags: Shape, costs: Shape, **more: Shape) -> Shape:
    """Return a program as the answer to a write prints it."""
    return {**_head(**more), "headStart": False, "tags": tags, "costs": costs}


BROWSED = {**_head(), "headStart": False}
MODEL_TAGS = Nullable(Many({"tagType": TEXT, "tagValue": TEXT}))
MODEL_COSTS = Nullable(Many({"startDate": TEXT, "cost": INTEGER, Maybe("note"): TEXT}))


def _form(**more: object) -> dict[str, object]:
    """Return the form of a new program; lists and objects travel as JSON."""
    form = {"name": f"Program {next(_numbers)}", "folder": {"id": 1, "type": "Folder"}, "type": "Default"}
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in (form | {"channel": "Webinar"} | more).items()
    }


def _made(**more: object) -> Callable[[Server], Mapping[str, Any]]:
    """Return what makes a program and tells the case its id and name."""

    def make(server: Server) -> Mapping[str, Any]:
        (row,) = server.call("POST", PROGRAMS, data=_form(**more)).json()["result"]
        return {"path": {"programId": row["id"]}}

    return make


def _named(wanted: Mapping[str, object]) -> Callable[[Server], Mapping[str, Any]]:
    """Return what makes a program with tags and costs, and asks for it by name."""

    def make(server: Server) -> Mapping[str, Any]:
        (row,) = server.call("POST", PROGRAMS, data=_form(tags=TAGS, costs=COSTS)).json()["result"]
        return {"params": {"name": row["name"], **wanted}}

    return make


def _new(**more: object) -> Callable[[Server], Mapping[str, Any]]:
    """Return what gives a form of a name that is free."""
    return lambda server: {"form": _form(**more)}


BY_ID, BY_NAME = "GET /rest/asset/v1/program/{programId}.json", "GET /rest/asset/v1/program/byName.json"
CREATE, UPDATE = f"POST {PROGRAMS}", "POST /rest/asset/v1/program/{programId}.json"
GOOGLE = [{"startDate": "2016-01-01", "cost": 200, "note": "Google Adwords"}]
TWO_TAGS = [
    {"tagType": "Required", "tagValue": "RT1"},
    {"tagType": "tagTypeOne", "tagValue": "tagTypeValue1"},
]
OPERATIONS = (
    Operation(
        BY_ID,
        Case("programs.md: By Id", asset([_found(TAGS, None)]), given=_made(tags=TAGS)),
        Case("programs.md: By Id, with costs", asset([_found(None, COSTS)]), given=_made(costs=COSTS)),
        Case(
            "swagger-asset.json: ProgramResponse",
            asset([_found(MODEL_TAGS, MODEL_COSTS)]),
            {"programId": 1001},
        ),
        Case(
            "error-codes.md: 702",
            refused(BY_ID, "702", "No data found for a given search scenario"),
            {"programId": 9},
        ),
    ),
    Operation(
        BY_NAME,
        Case("programs.md: By Name", asset([_found(TAGS, None)]), given=_named({"includeTags": "true"})),
        Case(
            "programs.md: By Name, includeCosts",
            asset([_found(None, COSTS)]),
            given=_named({"includeCosts": "true"}),
        ),
        Case("programs.md: By Name, neither", asset([_found(None, None)]), given=_named({})),
    ),
    Operation(
        f"GET {PROGRAMS}",
        Case(
            "programs.md: Browse", asset(Many(BROWSED)), given=lambda server: {"params": {"maxReturn": 200}}
        ),
        Case(
            "programs.md: By Date Range",
            asset(Many(BROWSED, 2)),
            params={
                "earliestUpdatedAt": "2017-01-01T00:00:00-05:00",
                "latestUpdatedAt": "2117-01-30T00:00:00-05:00",
            },
        ),
        Case(
            "assets.md: an empty browse",
            NOTHING_FOUND,
            params={"latestUpdatedAt": "2017-01-30T00:00:00-05:00"},
        ),
    ),
    Operation(
        CREATE,
        Case("programs.md: Create", asset([_written(None, COSTS)]), given=_new(costs=COSTS)),
        Case("programs.md: Clone, a program without either", asset([_written(None, None)]), given=_new()),
    ),
    Operation(
        UPDATE,
        Case(
            "programs.md: Update",
            asset([_written(TWO_TAGS, GOOGLE, description="This is an updated description")]),
            form={"description": "This is an updated description", "costs": json.dumps(GOOGLE)},
            given=_made(tags=TWO_TAGS),
        ),
    ),
)
