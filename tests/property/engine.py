"""The engine driven as a worker drives it, on people kept in memory."""

from dataclasses import dataclass, replace
from datetime import date
from itertools import chain

import polars as pl
import pyarrow as pa

from leadline.engine.day_first import date_columns, day_first_columns, may_have_day_first
from leadline.engine.decide import Decision, decide
from leadline.engine.encoding import read_through
from leadline.engine.header import read_header
from leadline.engine.ledger import unpack_ledger
from leadline.engine.match_rules import MergeContext
from leadline.engine.pipeline import check_chunk, keys_of, report_chunk
from leadline.engine.plan import MergePlan, layout_of, plan_import
from leadline.engine.reader import cut_chunks
from leadline.engine.rows import first_rows
from leadline.model.callers import PartitionScope
from leadline.model.jobs import FileFormat, ImportRequest
from leadline.model.rules import Rules
from leadline.schema.catalog import ObjectType
from leadline.schema.types import Storage
from tests.oracle import NOW, TODAY, World
from tests.oracle_cells import fold

ARROW = {Storage.TEXT: pa.string(), Storage.INTEGER: pa.int64(), Storage.REAL: pa.float64()}


@dataclass
class Outcome:
    """Everything the engine says about a file."""

    rows: list[tuple[object, ...]]
    ledger: str
    failures: str
    warnings: str
    counts: dict[str, int]
    warned: int


def run_engine(
    file: bytes,
    lead: ObjectType,
    lookup: str,
    rules: Rules,
    world: World,
    file_format: FileFormat,
    chunk_bytes: int,
    today: date = TODAY,
) -> Outcome:
    """Import a file into `world`, cut into chunks of about `chunk_bytes`; `lead` may be another object type."""
    request = ImportRequest("lead", file_format, lookup, partition_scope=_scope(world), rules=rules)
    header = read_header([file], file_format)
    body = file[header.size :]
    blocks = [body[at : at + chunk_bytes] for at in range(0, len(body), chunk_bytes)]
    first = first_rows(blocks, file_format.delimiter, len(header.cells))
    plan, layout = (
        plan_import(header, lead, request, today),
        layout_of(header, file_format, first_width=first.width),
    )
    outcome = Outcome([], "", "", "", {}, 0)
    has_slashes = read_through(blocks, "utf-8-sig").has_slashes
    if has_slashes and date_columns(plan) and may_have_day_first(blocks, "utf-8-sig"):
        chunks = cut_chunks(blocks, file_format.delimiter, header.size, chunk_bytes)
        plan = replace(plan, day_first=day_first_columns(chunks, plan, layout))
    first_row, end = 1, header.size
    for raw in cut_chunks(blocks, file_format.delimiter, header.size, chunk_bytes):
        assert raw.end >= end
        end = raw.end
        chunk = check_chunk(raw, plan, layout, first_row)
        links = {**world.links, **_own_links(lead, world)}
        context = MergeContext(world.next_id, _scope(world), world.names, links)
        found = _match(chunk.plan, world, chunk.rows)
        wide = [(each, _match(each.plan, world, each.keyed(chunk.rows))) for each in chunk.bands]
        decision = decide(chunk.rows, found, chunk.plan, context, wide)
        _apply(decision, lead, world)
        report = report_chunk(chunk, decision, layout)
        outcome.rows += decision.rows.rows()
        outcome.ledger += (
            b"".join(unpack_ledger(report.ledger, first_row)).decode() if chunk.row_count else ""
        )
        outcome.failures += report.failures.decode()
        outcome.warnings += report.warnings.decode()
        outcome.counts = {name: outcome.counts.get(name, 0) + count for name, count in report.counts.items()}
        outcome.warned += report.warned
        first_row += chunk.row_count
    assert file[end:].strip(b"\x1a\r\n") == b""
    return outcome


def _own_links(kind: ObjectType, world: World) -> dict[str, dict[object, object]]:
    """Return what links to the own type find among the records."""
    links = [each for each in kind.fields if each.link and each.link.table == kind.table]
    return {
        each.column: {
            fold(record[each.link.column]): record[each.link.column] for record in world.people.values()
        }
        for each in links
        if each.link
    }


def _match(plan: MergePlan, world: World, rows: pl.DataFrame) -> pa.Table:
    wanted = set(keys_of(rows).to_pylist())
    found = []
    for lead_id, person in world.people.items():
        (lookup,) = plan.key.fields
        key = lead_id if lookup.column == "id" else fold(person.get(lookup.column), lookup.name)
        if key in wanted:
            found.append({**person, "key": key, "id": lead_id, "changed": 0, "gap": False})
    types = {"key": ARROW[plan.key.storage]}
    types |= dict.fromkeys(["id", "partition_id", "updated_at", "changed"], pa.int64())
    types["gap"] = pa.bool_()
    types |= {each.column: ARROW[each.type.storage] for each in plan.stored_fields}
    return pa.table({name: pa.array([row.get(name) for row in found], kind) for name, kind in types.items()})


def _apply(decision: Decision, lead: ObjectType, world: World) -> None:
    for record in decision.inserts.to_pylist():
        defaults = {each.column: each.default for each in lead.fields if each.default is not None}
        person = {name: int(value) if isinstance(value, bool) else value for name, value in defaults.items()}
        lead_id = record.pop("id")
        assert lead_id not in world.people
        world.people[lead_id] = person | {"partition_id": world.partition or 1, "updated_at": NOW} | record
    for record in chain.from_iterable(table.to_pylist() for table in decision.updates):
        world.people[record.pop("id")].update(record, updated_at=NOW)
    world.next_id = decision.next_id


def _scope(world: World) -> PartitionScope:
    return PartitionScope(world.partition or 1, world.partition is not None, world.open_partitions)
