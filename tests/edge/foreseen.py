"""What a preview says beside what its import then does: files, rows, and the cells of the store."""

import csv
import io
from typing import Any

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

_NOT_TOLD = ("leadId", "programId", "membershipDate", "createdAt", "updatedAt", "leadPartitionId")
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
    of_product = field.read_only and kind.name == "lead"
    return not (field.computed or field.name in _NOT_TOLD or field is kind.id_field or of_product)


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
        if key in before or (text != "false" and (key[1], text) != ("personType", "contact"))
    }
