"""What a preview says beside what its import then does: files, rows, and the cells of the store."""

import csv
import io
from datetime import datetime
from typing import Any

from leadline import clock
from leadline.schema.catalog import Field, ObjectType
from leadline.schema.exact_json import write_json
from leadline.store import catalog, objects
from leadline.store.base import Session
from tests.contract.api.previews import PREVIEWS
from tests.edge.three_kinds import Upload
from tests.harness import Server, until
from tests.stores import open_stores

MUNCHKIN_ID = "123-ABC-456"
Cells = dict[tuple[str, str], str]
"""Values as texts by the id that clients know the record by and the name of the field; members by their lead."""

MOMENTS = ("mktoAcquisitionDate", "reachedSuccessDate")
"""Fields that may take the moment of the import, which its preview cannot know."""

_IDS = ("leadId", "programId", "leadPerson", "personPrimaryLeadInterest")
_NOT_TOLD = (*_IDS, "membershipDate", "createdAt", "updatedAt")
_DEFAULTS = (("personType", "contact"), ("isLead", "true"))
_TOLD_AS = {"statusName": "programStatus"}


def preview_path(upload: Upload) -> str:
    """Return the path that foresees what an upload's import does."""
    if upload.into == "lead":
        return f"{PREVIEWS}/leads.json"
    if upload.into == "member":
        return f"{PREVIEWS}/program/1001/members.json"
    return f"{PREVIEWS}/customobjects/{upload.into}.json"


def foreseen(server: Server, upload: Upload) -> tuple[str, dict[str, Any]]:
    """Ask for a preview and wait; return the code of its refusal or blank, and what it tells."""
    params = {"format": upload.format.value, "programMemberStatus": upload.status}
    files = {"file": ("f", upload.file, "text/plain")}
    body = server.call("POST", preview_path(upload), params=params, files=files).json()
    if not body["success"]:
        return body["errors"][0]["code"], {}
    path = f"{PREVIEWS}/{body['result'][0]['previewId']}.json"
    return "", until(
        lambda: (
            found
            if (found := server.get(path, params={"wait": 30})["result"][0])["status"] in ("Ready", "Failed")
            else None
        )
    )


def file_of(server: Server, preview: dict[str, Any], name: str) -> str:
    """Return a file of a preview, blank where there is none."""
    answer = server.call("GET", f"{PREVIEWS}/{preview['previewId']}/{name}.csv")
    return answer.content.decode() if answer.status_code == 200 else ""


def table_of(text: str) -> list[list[str]]:
    """Return the records of a file with commas, without its titles."""
    csv.field_size_limit(1 << 24)
    return list(csv.reader(io.StringIO(text, newline="")))[1:]


def changes_of_last_job(server: Server) -> list[list[str]]:
    """Return the lines of what the last job has changed."""
    (job,) = server.get("/leadline/v1/jobs.json", params={"batchSize": 1})["result"]
    return table_of(server.call("GET", f"/leadline/v1/jobs/{job['batchId']}/changes.csv").text)


def net_changes(lines: list[list[str]], ids: dict[str, str]) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return folded key, last row, first old and last new value of each cell that differs in the end.

    A preview has a line for each row that changes a cell, a job one for each of its transactions. A record
    that the file makes, and which has no id yet, had nothing before, whatever a later row finds in it.
    """
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for row, client_id, key, name, old, new in lines:
        cell = (client_id or ids[row], name)
        before = found[cell][2] if cell in found else old if client_id else ""
        found[cell] = (key.lower(), row, before, _moment_or(name, new))
    return {cell: told for cell, told in found.items() if told[2] != told[3]}


def _moment_or(name: str, text: str) -> str:
    """Return a text, or for all moments around now the same one."""
    if name not in MOMENTS or not text:
        return text
    since = abs(clock.now_ms() / 1000 - datetime.fromisoformat(text).timestamp())
    return "now" if since < 600 else text


def cells_of(server: Server, into: str) -> Cells:
    """Return all cells of the kinds of records that an import of one kind may write, those without value left out."""
    stores = open_stores(server.data)
    try:
        with stores.subscription(MUNCHKIN_ID).read() as session:
            kinds = (
                [catalog.load_lead_type(session), catalog.load_member_type(session)]
                if into in ("lead", "member")
                else [_object_type(session, into)]
            )
            return {key: text for kind in kinds for key, text in _cells(session, kind).items()}
    finally:
        stores.close()


def _object_type(session: Session, name: str) -> ObjectType:
    found = objects.load_object_type(session, name)
    assert found is not None
    return found[1]


def _cells(session: Session, kind: ObjectType) -> Cells:
    id_column = {"leadId": "lead_id"}.get(kind.id_name, kind.id_field.column)
    fields = [each for each in kind.fields if _is_told(each, kind)]
    found: Cells = {}
    for row in session.built_rows(f"SELECT * FROM {{schema}}.{kind.table}", {}):
        for each in fields:
            value = row[each.column]
            if value is not None:
                found[str(row[id_column]), _TOLD_AS.get(each.name, each.name)] = _text(
                    each.type.render(value)
                )
    return found


def _is_told(field: Field, kind: ObjectType) -> bool:
    return not (field.computed or field.name in _NOT_TOLD or field is kind.id_field)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else write_json(value)


def expected(before: Cells, changes: list[list[str]], ids: dict[str, str]) -> Cells:
    """Return the cells after changes, which are made line by line; `ids` is the id of each row's record."""
    after = dict(before)
    for row, client_id, _, name, old, new in changes:
        key = (client_id or ids[row], name)
        assert client_id in ("", ids[row])
        was = after.get(key, "")
        assert was == old or (old == "" and was in ("false", "contact")), (row, name, was, old)
        if new:
            after[key] = new
        else:
            after.pop(key, None)
    return after


def without_defaults(cells: Cells, before: Cells) -> Cells:
    """Leave out what each new record or membership has, whatever its row says: the defaults of fields."""
    return {
        key: text
        for key, text in cells.items()
        if key in before or (text != "false" and (key[1], text) not in _DEFAULTS)
    }
