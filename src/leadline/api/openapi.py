"""The OpenAPI 3.1 document, made from the same table that routes calls."""

from typing import Any

from leadline import __version__
from leadline.api.answers import AssetError, Error, IdentityError
from leadline.api.endpoint import Endpoint
from leadline.api.openapi_operations import OperationWriter, operator_operations
from leadline.api.schemas import Schemas

SUBJECTS = {
    "identity": "Access tokens: credentials in, a token out.",
    "bulk.leads": "Imports of files of leads: create a job, ask for its status, fetch what failed.",
    "bulk.members": "Imports of files of program members.",
    "bulk.objects": "Imports of files of records of custom objects.",
    "leads": "Leads: read, synced, deleted, described.",
    "lists": "Static lists and the leads on them.",
    "members": "Members of programs.",
    "objects": "Records of custom objects.",
    "companies": "Companies that leads may be linked to.",
    "salespersons": "Sales persons that leads and companies may be linked to.",
    "objecttypes": "Types of custom objects: drafted, changed, approved.",
    "leadfields": "The fields of leads, as their schema has them.",
    "memberfields": "The fields of program members, as their schema has them.",
    "companyfields": "The fields of companies, as their schema has them.",
    "staticlists": "Static lists as assets.",
    "folders": "Folders; a program is a folder, too.",
    "programs": "Programs with their tags and costs.",
    "channels": "Channels and the statuses of their programs.",
    "activities": "What happened to leads from an instant on: new ones, changes, deletions.",
    "stats": "How many calls were made and refused.",
    "previews": "Leadline's own: what an import would do, before anything is written.",
    "jobs": "Leadline's own: all import jobs, the outcome of each row, and what they changed.",
    "operator": "For those who run the server; no token is asked for.",
}
"""What each tag is about; a tag is the subject of its operations."""

_DESCRIPTION = """A self-hosted server for the Marketo Engage bulk import REST API.

A refused call answers HTTP 200 with `success: false` and the code in `errors`, but for 413 and 414.
The extension `x-error-codes` of an operation lists the codes that it may answer; the documentation's
page `errors.md` says what to do about each. A token stands in the header `Authorization`, in the
query `access_token`, or in the form field `access_token` of an upload or an urlencoded body. A path
that is not in this document is answered 610, a method that is not 605.
"""


def build_document(endpoints: tuple[Endpoint, ...]) -> dict[str, Any]:
    """Return the document of all endpoints and of the operator's own routes."""
    schemas = Schemas()
    writer = OperationWriter(schemas)
    for each in (Error, AssetError, IdentityError):
        schemas.of(each)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = writer.operation(endpoint)
    paths |= operator_operations()
    used = {tag for methods in paths.values() for each in methods.values() for tag in each["tags"]}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Leadline",
            "summary": "The Marketo Engage bulk import REST API, served by yourself",
            "description": _DESCRIPTION,
            "version": __version__,
            "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "The server that answered this document"}],
        "tags": [{"name": name, "description": said} for name, said in SUBJECTS.items() if name in used],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.components.items())),
            "securitySchemes": {
                "header": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token of `/identity/oauth/token`, as `Authorization: Bearer ...`.",
                },
                "parameter": {
                    "type": "apiKey",
                    "in": "query",
                    "name": "access_token",
                    "description": "The same token as a parameter of the query or a form; the operator may "
                    "have it refused with `LEADLINE_ACCESS__TOKEN_PARAMETER`.",
                },
            },
        },
        "security": [{"header": []}, {"parameter": []}],
    }
