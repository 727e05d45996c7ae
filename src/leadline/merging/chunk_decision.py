"""What a chunk does as a whole: to the records that its rows name, and to the members of a program."""

from dataclasses import replace

import polars as pl

from leadline.engine.decide import Decision
from leadline.engine.pipeline import CheckedChunk
from leadline.merging.import_target import ImportTarget
from leadline.merging.memberships import (
    MembershipDecision,
    decide_memberships,
    joint_outcomes,
    with_acquisitions,
    write_memberships,
)
from leadline.merging.merge import write
from leadline.model.change_parts import Part
from leadline.model.dataclass import dataclass
from leadline.store.base import Session
from leadline.store.writer import Writer


@dataclass(frozen=True, slots=True)
class ChunkDecision:
    """What is decided of a chunk and not written yet; `memberships` where its leads come into a program."""

    records: Decision
    memberships: MembershipDecision | None

    def joint(self) -> Decision:
        """Return what became of each row: its record and its membership are reported as one."""
        if self.memberships is None:
            return self.records
        return joint_outcomes(self.records, self.memberships.members)


def with_memberships(
    session: Session, target: ImportTarget, chunk: CheckedChunk, decision: Decision, now: int
) -> ChunkDecision:
    """Decide what the chunk's leads do to the members of the program, where there is one."""
    program = target.program
    if program is None:
        return ChunkDecision(decision, None)
    plan = program.plan
    read = [each for each in plan.columns if each.index < 0 or each in chunk.plan.columns]
    bands = [band for each in chunk.bands if (band := each.of(plan)).plan.columns]
    decided = decision.rows.select("row", pl.col("id").alias("key"), "reason", "warning")
    rows = decided.join(chunk.rows.drop("key", "reason", "warning"), on="row", maintain_order="left")
    target_of_chunk = replace(program, plan=plan.reading(read))
    memberships = decide_memberships(session, target_of_chunk, rows, now, decision, bands)
    return ChunkDecision(decision, memberships)


def write_chunk(
    writer: Writer,
    target: ImportTarget,
    chunk: CheckedChunk,
    decided: ChunkDecision,
    parts: list[Part] | None = None,
) -> None:
    """Write the memberships and the records, with what coming into a program writes on leads.

    `parts` are the changes of the records alone, where they are packed already.
    """
    leads = decided.records
    if target.program is not None and decided.memberships is not None:
        write_memberships(writer, target.program, decided.memberships)
        leads = with_acquisitions(leads, target.program, decided.memberships, writer.now)
    kept = parts if leads is decided.records else None
    write(writer, chunk.plan.object_type, leads, target.new_record, kept)
