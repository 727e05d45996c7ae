"""What people and programs do to a subscription, done on the server and on the model alike."""

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from tests.contract.api.previews import applied, seen
from tests.contract.api.world import MEMBERS, bulk, finished, sync
from tests.harness import Server
from tests.model_of_trust import CAR, LEAD, LISTED, MEMBER, Change, Key, Model, outcome_of

FIELDS = {LEAD: ("firstName", "city", "leadScore"), CAR: ("color", "make")}
KEY_FIELD = {LEAD: "email", CAR: "vin"}
LISTS = ("1001", "1002")
PROGRAM = "1001"
STATUSES = ("Invited", "On List", "Attended")
Row = Mapping[str, Any]
"""The cells of a row by the names of their fields; a blank one is not there, None clears."""


class World:
    """A server and the model of what was done on it; `own` marks the records of this run."""

    def __init__(self, server: Server, own: str) -> None:
        self.server = server
        self.own = own
        self.model = Model()
        self.ids: dict[Key, Any] = {}
        self.ledgers: dict[int, list[tuple[str, Key]]] = {}
        self.paths: dict[int, str] = {}
        self.changes: dict[int, list[Change]] = {}
        self.undos: dict[int, dict[int, str]] = {}
        self.kept: dict[int, list[int]] = {}
        self.repeats: set[int] = set()

    def key(self, kind: str, number: int) -> Key:
        return kind, f"{self.own}-{number}@example.com" if kind == LEAD else f"{self.own}-{number}"

    def listed(self, lead: Key, list_id: str) -> Key:
        return LISTED, lead[1], list_id

    def member(self, lead: Key) -> Key:
        return MEMBER, lead[1], PROGRAM

    def import_rows(
        self,
        kind: str,
        rows: Sequence[tuple[int, Row]],
        list_id: str | None = None,
        status: str | None = None,
        *,
        is_previewed: bool = False,
    ) -> int:
        """Import a file, or preview and apply it; with a status into the program."""
        names = [KEY_FIELD[kind], *FIELDS[kind], *(["rank"] if status else [])]
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(names)
        for number, row in rows:
            cells = [cell_of(row, name) for name in names[1:]]
            writer.writerow([self.key(kind, number)[1], *cells])
        if status:
            path, polled = f"/bulk/v1/program/{PROGRAM}/members/import.json", f"{MEMBERS}/%s/status.json"
            params = {"programMemberStatus": status}
        elif kind == CAR:
            path, polled = (
                "/bulk/v1/customobjects/car_c/import.json",
                "/bulk/v1/customobjects/import/%s/status.json",
            )
            params = {}
        else:
            path, polled = "/bulk/v1/leads.json", "/bulk/v1/leads/batch/%s.json"
            params = {"listId": list_id} if list_id else {}
        foreseen = None
        if is_previewed:
            preview = seen(self.server, "member" if status else kind, text.getvalue(), **params)
            foreseen = {each: preview["rows"][each] for each in ("created", "updated", "unchanged")}
            batch_id = int(applied(self.server, preview)["batchId"])
        else:
            batch_id = int(bulk(self.server, path, text.getvalue(), **params)["result"][0]["batchId"])
        self.paths[batch_id] = polled % batch_id
        assert finished(self.server, self.paths[batch_id])["status"] == "Complete"
        self._model_import(batch_id, kind, rows, list_id, status)
        outcomes = Counter(outcome for outcome, _ in self.ledgers[batch_id])
        assert foreseen is None or foreseen == {each: outcomes[each] for each in foreseen}
        return batch_id

    def cancel(self, batch_id: int) -> None:
        """Cancel a job that has finished: nothing comes of it."""
        answer = self.server.call("POST", f"/leadline/v1/jobs/{batch_id}/cancel.json").json()
        assert answer["result"][0]["cancelled"] is False, answer

    def _model_import(
        self,
        batch_id: int,
        kind: str,
        rows: Sequence[tuple[int, Row]],
        list_id: str | None,
        status: str | None,
    ) -> None:
        change, ledger = Change("import", batch_id), []
        for row, (number, cells) in enumerate(rows, 1):
            key = self.key(kind, number)
            outcome = self._put(change, key, cells, row)
            if list_id:
                self.model.put(change, self.listed(key, list_id), {"listId": int(list_id)}, row)
            if status:
                self._acquire(change, key, row)
                joined = self._join(change, key, status, cells, row)
                outcome = "updated" if outcome == "unchanged" and joined != "unchanged" else outcome
            ledger.append((outcome, key))
        self.model.keep(change)
        self.ledgers[batch_id] = ledger
        self.changes[batch_id] = [change] if change.writes else []
        self.repeats |= {batch_id} if len({key for _, key in ledger}) < len(ledger) else set()

    def undo(self, batch_id: int) -> int | None:
        """Take a job back; return the undo, None where it changed nothing or one stands that left nothing."""
        answer = self.server.call("POST", f"/leadline/v1/jobs/{batch_id}/undo.json").json()
        if not self.changes[batch_id]:
            assert answer["errors"][0]["message"] == "Nothing to take back"
            return None
        assert answer["success"], answer
        undo_id = int(answer["result"][0]["batchId"])
        if undo_id in self.undos:
            assert not self._would_take_back(batch_id)
            return None
        job = self.server.ended(undo_id, lambda: self._job(undo_id))
        assert (job["status"], job["undoes"]) == ("Complete", batch_id)
        of_rows: dict[int, list[str]] = {}
        self.changes[undo_id] = []
        for target in reversed(self.changes[batch_id]):
            change = Change("undo", undo_id)
            told = self.model.take_back(target, change)
            for row, piece in told:
                of_rows.setdefault(row or 0, []).append(piece)
            self.model.keep(change)
            wrote = {"back", "deleted"} & {piece for _, piece in told}
            self.changes[undo_id] += [change] if wrote else []
        self.ids = {key: each for key, each in self.ids.items() if key in self.model.states}
        self.kept[undo_id] = sorted(row for row, told in of_rows.items() for each in told if each == "kept")
        self.undos[undo_id] = {row: outcome_of(told) for row, told in of_rows.items()}
        self.repeats |= {undo_id} if batch_id in self.repeats else set()
        return undo_id

    def _would_take_back(self, batch_id: int) -> bool:
        """Tell whether an undo of a job would write anything; it is tried on a copy of the model."""
        model, changes = deepcopy((self.model, self.changes[batch_id]))
        told = [piece for each in reversed(changes) for _, piece in model.take_back(each, Change("undo"))]
        return bool({"back", "deleted"} & set(told))

    def _job(self, batch_id: int) -> dict[str, Any]:
        found: dict[str, Any] = self.server.get(f"/leadline/v1/jobs/{batch_id}.json")["result"][0]
        return found

    def _put(self, change: Change, key: Key, cells: Row, row: int | None = None) -> str:
        names = FIELDS[key[0]]
        own = {name: cells[name] for name in names if name in cells}
        if key not in self.model.states:
            own = {KEY_FIELD[key[0]]: key[1], **dict.fromkeys(names), **own}
        return self.model.put(change, key, own, row)

    def _acquire(self, change: Change, lead: Key, row: int) -> None:
        """A lead that is in no program is acquired by this one; the product writes when."""
        if self.member(lead) not in self.model.states and not self.model.value(lead, "acquisitionProgramId"):
            self.model.put(
                change, lead, {"acquisitionProgramId": int(PROGRAM), "mktoAcquisitionDate": object()}, row
            )

    def _join(self, change: Change, lead: Key, status: str, cells: Row, row: int | None) -> str:
        key = self.member(lead)
        now = self.model.value(key, "statusName")
        moves = now is None or STATUSES.index(status) > STATUSES.index(now)
        own: dict[str, Any] = {"statusName": status} if moves else {}
        if moves and status == STATUSES[-1]:
            own["reachedSuccess"] = True
        if now is None:
            own = {"rank": None, "reachedSuccess": None} | own
        if "rank" in cells:
            own["rank"] = cells["rank"]
        return self.model.put(change, key, own, row)

    def sync(self, kind: str, rows: Sequence[tuple[int, Row]]) -> None:
        path = "/rest/v1/leads.json" if kind == LEAD else "/rest/v1/customobjects/car_c.json"
        items = [{KEY_FIELD[kind]: self.key(kind, number)[1], **row} for number, row in rows]
        sync(self.server, path, *({n: v for n, v in each.items() if n != "rank"} for each in items))
        change = Change("call")
        for number, row in rows:
            self._put(change, self.key(kind, number), row)
        self.model.keep(change)

    def delete(self, kind: str, numbers: Sequence[int]) -> None:
        keys = [
            key for key in dict.fromkeys(self.key(kind, each) for each in numbers) if key in self.model.states
        ]
        if not keys:
            return
        if kind == LEAD:
            found = sync(
                self.server, "/rest/v1/leads/delete.json", *({"id": self.id_of(key)} for key in keys)
            )
        else:
            found = sync(
                self.server, "/rest/v1/customobjects/car_c/delete.json", *({"vin": key[1]} for key in keys)
            )
        assert [each["status"] for each in found] == ["deleted"] * len(keys)
        self.model.delete(keys)
        for key in keys:
            del self.ids[key]

    def list_leads(self, numbers: Sequence[int], list_id: str, *, leave: bool) -> None:
        keys = [
            key for key in dict.fromkeys(self.key(LEAD, each) for each in numbers) if key in self.model.states
        ]
        if not keys:
            return
        path = f"/rest/v1/lists/{list_id}/leads.json"
        body = {"input": [{"id": self.id_of(key)} for key in keys]}
        assert self.server.call("DELETE" if leave else "POST", path, json=body).json()["success"]
        change = Change("call")
        for key in keys:
            listed = self.listed(key, list_id)
            if not leave:
                self.model.put(change, listed, {"listId": int(list_id)})
            elif listed in self.model.states:
                self.model.end(change, listed)
        self.model.keep(change)

    def id_of(self, key: Key) -> Any:
        """Return the id of a record that exists: a number, or a GUID."""
        if key not in self.ids:
            if key[0] == LEAD:
                (found,) = self.server.lead("email", key[1], "id")
                self.ids[key] = found["id"]
            else:
                path = f"/rest/v1/customobjects/car_c.json?filterType=vin&filterValues={key[1]}"
                (found,) = self.server.get(path)["result"]
                self.ids[key] = found["marketoGUID"]
        return self.ids[key]


def cell_of(row: Row, name: str) -> str:
    """Return a cell as a file has it."""
    return "" if name not in row else "NULL" if row[name] is None else str(row[name])
