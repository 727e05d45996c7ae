"""The engine driven as a worker drives it, on people kept in memory."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain

import polars as pl
import pyarrow as pa

from leadline.engine.day_first import date_columns, day_first_columns, may_have_day_first
from leadline.engine.decide import Decision, decide
from leadline.engine.effects import effects_of, one_after_the_other
from leadline.engine.encoding import read_through
from leadline.engine.faults import faults_of_cells, faults_of_match, rows_to_match
from leadline.engine.header import read_header
from leadline.engine.ledger import unpack_ledger
from leadline.engine.match_rules import MergeContext
from leadline.engine.pipeline import CheckedChunk, check_pieces, keys_of, report_chunk
from leadline.engine.plan import MergePlan, layout_of, plan_import
from leadline.engine.reader import cut_chunks, joined
from leadline.engine.rows import first_rows
from leadline.model.callers import PartitionScope
from leadline.model.change_parts import fields_of, unpack_part
from leadline.model.changes import What
from leadline.model.jobs import FileFormat, ImportRequest
from leadline.model.rules import Rules
from leadline.schema.catalog import ObjectType
from leadline.schema.types import Storage
from tests.oracle import NOW, TODAY, World
from tests.oracle_cells import fold
from tests.oracle_log import Log

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
    cells: list[tuple[object, ...]] = field(default_factory=list)
    effects: Counter[tuple[int, str]] = field(default_factory=Counter)
    faults: list[tuple[object, ...]] = field(default_factory=list)
    log: Log = field(default_factory=Log)


def run_engine(
    file: bytes,
    lead: ObjectType,
    lookup: str,
    rules: Rules,
    world: World,
    file_format: FileFormat,
    chunk_bytes: int,
    today: date = TODAY,
    *,
    whole: bool = False,
) -> Outcome:
    """Import a file into `world`, cut into chunks of about `chunk_bytes`; `lead` may be another object type.

    With `whole` these are judged together, as a preview judges them.
    """
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
    chunks = cut_chunks(blocks, file_format.delimiter, header.size, chunk_bytes)
    for pieces in [joined(chunks)] if whole else ([each] for each in chunks):
        assert pieces[-1].end >= end
        end = pieces[-1].end
        chunk = check_pieces(pieces, plan, layout, first_row)
        links = {**world.links, **_own_links(lead, world)}
        context = MergeContext(world.next_id, _scope(world), world.names, links)
        found = _match(chunk.plan, world, chunk.rows)
        wide = [(each, _match(each.plan, world, each.keyed(chunk.rows))) for each in chunk.bands]
        decision = decide(chunk.rows, found, chunk.plan, context, wide)
        _foresee(decision, chunk, plan, context, world, outcome)
        _note(decision, outcome.log)
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


def _foresee(
    decision: Decision,
    chunk: CheckedChunk,
    plan: MergePlan,
    context: MergeContext,
    world: World,
    outcome: Outcome,
) -> None:
    """Note what a preview would tell of a chunk."""
    effects = effects_of(decision.applied)
    outcome.cells += one_after_the_other(effects.changes).select("row", "field", "old", "new").rows()
    for place, counts in effects.counts.items():
        outcome.effects.update({(place, effect.value): count for effect, count in counts.items() if count})
    failed = decision.rows.filter(pl.col("outcome") == "failed")["row"]
    of_cells = faults_of_cells(chunk, plan, failed)
    rows = rows_to_match(chunk, failed)
    asked = rows.with_columns(pl.lit(None, pl.String).alias("reason"))
    found = faults_of_match(rows, _match(chunk.plan, world, asked), chunk.plan, context, of_cells)
    found = found.filter(pl.col("row").is_in(failed.implode()))
    faults = pl.concat([of_cells, found]).sort("row", maintain_order=True)
    outcome.faults += faults.rows()


def _note(decision: Decision, log: Log) -> None:
    """Note what the change log tells of a chunk, as it comes back out of its packed form."""
    for part in decision.changes.parts():
        table, given = unpack_part(part.block)
        for row in table.to_pylist():
            if row["what"] == What.CREATED:
                log.made[row["id"]] = {name: row.get(f"row:{name}") or row["row"] for name in given}
                continue
            for name in fields_of(table):
                if row[f"set:{name}"]:
                    writer = row.get(f"row:{name}") or row["row"]
                    log.write(row["id"], name, row[f"old:{name}"], row[f"new:{name}"], writer)
                else:
                    assert (row[f"old:{name}"], row[f"new:{name}"]) == (None, None)


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
