"""A subscription with something of everything, and the small calls that its tests share."""

import re
from typing import Any

from tests.harness import Server, subscription


def credential(name: str, *permissions: str, **more: Any) -> dict[str, Any]:
    """Return a credential of a subscription file; its secret is its name and `-secret`."""
    return {
        "name": name,
        "client_id": name,
        "client_secret": f"{name}-secret",
        "user": f"{name}@example.com",
        "permissions": list(permissions),
    } | more


STATUSES = [
    {"name": "Invited", "step": 10},
    {"name": "On List", "step": 20},
    {"name": "Attended", "step": 30, "success": True},
]
CAR = {
    "apiName": "car_c",
    "displayName": "Car",
    "dedupeFields": ["vin"],
    "fields": [
        {"name": "color", "displayName": "Color", "dataType": "string"},
        {"name": "make", "displayName": "Make", "dataType": "string"},
        {"name": "model", "displayName": "Model", "dataType": "string"},
        {"name": "vin", "displayName": "VIN", "dataType": "string"},
    ],
}
TRIP = {
    "apiName": "trip_c",
    "displayName": "Trip",
    "dedupeFields": ["car", "day"],
    "fields": [
        {
            "name": "car",
            "displayName": "Car",
            "dataType": "link",
            "relatedTo": {"name": "car_c", "field": "vin"},
        },
        {"name": "day", "displayName": "Day", "dataType": "date"},
        {"name": "km", "displayName": "Kilometres", "dataType": "integer"},
        {
            "name": "driver",
            "displayName": "Driver",
            "dataType": "link",
            "relatedTo": {"name": "Lead", "field": "email"},
        },
        {"name": "private", "displayName": "Private", "dataType": "boolean"},
    ],
}


def whole_subscription(**more: Any) -> dict[str, Any]:
    """Return a subscription with custom fields, a program, two custom objects, a company, a sales person."""
    sections = {
        "lead_fields": [
            {"name": "customerNumber", "displayName": "Customer Number", "dataType": "integer"},
            {"name": "twin", "displayName": "Twin of a lead", "dataType": "string"},
        ],
        "program_member_fields": [
            {"name": "webinarQuestion", "displayName": "Webinar Question", "dataType": "string"},
            {"name": "rank", "displayName": "Rank", "dataType": "integer"},
        ],
        "channels": [{"name": "Webinar", "statuses": STATUSES}],
        "programs": [
            {"id": 1001, "name": "Spring Webinar", "channel": "Webinar"},
            {"id": 1002, "name": "Autumn Webinar", "channel": "Webinar", "description": "Later"},
        ],
        "custom_objects": [TRIP, CAR],  # a link may come before what it points to
        "companies": [{"externalCompanyId": "acme", "company": "Acme Inc", "annualRevenue": 10.5}],
        "sales_persons": [{"externalSalesPersonId": "sp1", "email": "rep@example.com"}],
    }
    return subscription(**(sections | more))


MEMBERS = "/bulk/v1/program/members/import"


def bulk(server: Server, path: str, content: str | bytes, **params: Any) -> dict[str, Any]:
    """Create a job under any path; return the body."""
    files = {"file": ("f.csv", content.encode() if isinstance(content, str) else content, "text/csv")}
    body: dict[str, Any] = server.call("POST", path, params=params, files=files).json()
    return body


def finished(server: Server, path: str) -> dict[str, Any]:
    """Wait until the job of a status path has finished; return the status object."""
    batch_id = int(re.findall(r"\d+", path)[-1])
    return server.ended(batch_id, lambda: server.get(path)["result"][0])


def import_members(server: Server, content: str, status: str, program: int = 1001) -> int:
    """Import program members to the end; return the batch id."""
    body = bulk(
        server, f"/bulk/v1/program/{program}/members/import.json", content, programMemberStatus=status
    )
    batch_id = int(body["result"][0]["batchId"])
    finished(server, f"{MEMBERS}/{batch_id}/status.json")
    return batch_id


def import_objects(server: Server, name: str, content: str, **params: Any) -> dict[str, Any]:
    """Import records of a custom object to the end; return the status object."""
    body = bulk(server, f"/bulk/v1/customobjects/{name}/import.json", content, **params)
    return finished(
        server, f"/bulk/v1/customobjects/{name}/import/{body['result'][0]['batchId']}/status.json"
    )


def post(server: Server, path: str, body: Any, token: str | None = None, **options: Any) -> dict[str, Any]:
    """Post JSON; return the body."""
    found: dict[str, Any] = server.call("POST", path, token, json=body, **options).json()
    return found


def sync(server: Server, path: str, *items: dict[str, Any], **beside: Any) -> list[dict[str, Any]]:
    """Post records that must be taken; return the result items."""
    body = post(server, path, {"input": list(items), **beside})
    assert body["success"], body
    result: list[dict[str, Any]] = body["result"]
    return result


def codes(items: list[dict[str, Any]]) -> list[str]:
    """Return the status of each item, or the code of its first reason."""
    return [item["reasons"][0]["code"] if "reasons" in item else item["status"] for item in items]
