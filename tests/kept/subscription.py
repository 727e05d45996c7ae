"""The subscription of a kept store: what was done in it, and what a server is asked of it afterwards."""

from typing import Any

from tests.contract.api.calls import only
from tests.contract.api.undos import undone
from tests.contract.api.world import import_members, import_objects, sync, whole_subscription
from tests.harness import Server

JOBS = "/leadline/v1/jobs"
LIMITS = {"token_seconds": 2**31 - 1, "retention_days": 36_500, "history_days": 3_650}
"""Nothing may end by its age: the store is read years later."""

PEOPLE = "a@x.com", "b@x.com", "c@x.com", "d@x.com", "e@x.com"
WAITING = "email,firstName,title\n" + "".join(f"w{row}@x.com,Wanda,Waiter\n" for row in range(12_000))
"""A file so large that an embedded store keeps it as a file of its own."""


def document() -> dict[str, Any]:
    """Return the subscription file that the store was set up from."""
    return whole_subscription(limits=LIMITS)


def live(server: Server) -> int:
    """Fill the store by a server with a worker; return the batch id of a job that can be taken back."""
    first = (
        "email,firstName,title,customerNumber\na@x.com,Ann,Boss,1\nb@x.com,Bob,,2\nc@x.com,Cid,,x\n,No,,\n"
    )
    server.run_import(first, listId=1001)
    second = server.submit("email,firstName,cookies\na@x.com,Anna,c1\nc@x.com,Cid,c3\n")
    server.finish(second)
    taken_back = server.submit("email,title\nb@x.com,Wrong\n")
    server.finish(taken_back)
    undone(server, taken_back)
    import_members(server, "email,webinarQuestion\na@x.com,Why?\nd@x.com,How?\n", "Invited")
    import_objects(server, "car_c", "vin,color\nv1,red\nv2,\n")
    import_objects(server, "trip_c", "car,day,driver\nv1,2026-01-02,a@x.com\n")
    sync(server, "/rest/v1/companies.json", {"externalCompanyId": "late", "company": "Late Inc"})
    buyer = {"email": "e@x.com", "externalCompanyId": "late", "leadRole": "Buyer"}
    sync(server, "/rest/v1/leads.json", buyer)
    return second


def leave_waiting(server: Server) -> int:
    """Leave, by a server without workers, a job that was cancelled and one that waits; return its batch id."""
    cancelled = server.submit("email,firstName\nnever@x.com,Never\n")
    server.call("POST", f"{JOBS}/{cancelled}/cancel.json")
    return server.submit(WAITING, listId=1002)


def told(server: Server, waiting: int) -> dict[str, Any]:
    """Return what a server tells of the store, of all but the job that waited."""
    jobs = [job for job in _result(server, f"{JOBS}.json") if job["batchId"] != waiting]
    people = {email: only(server, email, *_FIELDS) for email in PEOPLE}
    return {
        "people": people,
        "history": {
            email: _result(server, f"/leadline/v1/leads/{lead['id']}/history.json")
            for email, lead in people.items()
        },
        "jobs": jobs,
        "files": {
            f"{job['batchId']} {name}": server.call("GET", f"{JOBS}/{job['batchId']}/{name}.csv").text
            for job in jobs
            for name in ("ledger", "changes", "unreached")
        },
        "members": _result(server, "/rest/v1/leads/programs/1001.json?fields=email,firstName"),
        "list": _result(server, "/rest/v1/list/1001/leads.json?fields=email"),
        "cars": _result(server, "/rest/v1/customobjects/car_c.json?filterType=vin&filterValues=v1,v2"),
        "companies": _result(
            server, "/rest/v1/companies.json?filterType=externalCompanyId&filterValues=acme,late"
        ),
    }


_FIELDS = [
    "id",
    "email",
    "firstName",
    "lastName",
    "title",
    "company",
    "cookies",
    "leadRole",
    "customerNumber",
    "createdAt",
    "updatedAt",
    "originalSourceType",
]


def _result(server: Server, path: str) -> Any:
    body = server.get(path)
    assert body["success"], body
    return body["result"]
