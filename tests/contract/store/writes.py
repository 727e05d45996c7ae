"""Records written as the product writes them, for tests that need some."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pyarrow as pa

from leadline.model.change_parts import pack_parts
from leadline.model.changes import ChangeKind, Origin, What
from leadline.store import catalog
from leadline.store.base import Session
from leadline.store.changed_cells import new_records, with_cells
from leadline.store.writer import Writer, writing
from tests.contract.store.places import NOW

ORIGIN = Origin(ChangeKind.CALL, "client", "credential", "user", "request")
NEW: Mapping[str, int | str | None] = {"partition_id": 1}


@contextmanager
def writer_of(session: Session, now: int = NOW, *, keeps_log: bool = True) -> Iterator[Writer]:
    with writing(session, ORIGIN, now, keeps_log=keeps_log) as writer:
        yield writer


def insert_leads(
    session: Session, rows: pa.Table, constants: Mapping[str, int | str | None] = NEW, now: int = NOW
) -> None:
    """Insert leads that have their ids."""
    with writer_of(session, now) as writer:
        log = with_cells(new_records(rows["id"].cast(pa.int64())), What.CREATED, {})
        writer.write(catalog.load_lead_type(session), rows, [], constants, pack_parts(log, ["email"]))


def update_leads(session: Session, rows: pa.Table, now: int = NOW) -> None:
    """Write columns of leads; the log says of each that it was written."""
    with writer_of(session, now) as writer:
        log = with_cells(new_records(rows["id"].cast(pa.int64())), What.UPDATED, {})
        writer.update(catalog.load_lead_type(session), rows, pack_parts(log, ()))


def add_to_list(session: Session, list_id: int, lead_ids: list[int], now: int = NOW) -> list[int]:
    with writer_of(session, now) as writer:
        ids = pa.array(lead_ids, pa.int64())
        return writer.join_list(list_id, pa.table({"id": ids, "row": pa.nulls(len(ids), pa.int64())}))
