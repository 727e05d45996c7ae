"""Memberships are decided first and written after, so that they can be foreseen (contract §5.2)."""

from datetime import date

import polars as pl

from leadline.engine.decide import Decision, decide
from leadline.engine.header import read_header
from leadline.engine.match_rules import MergeContext
from leadline.engine.members import StatusChange, plan_members
from leadline.engine.pipeline import check_chunk, empty_matches
from leadline.engine.plan import layout_of, plan_import
from leadline.engine.reader import RawChunk
from leadline.engine.wording import FILE
from leadline.merging.memberships import (
    ProgramTarget,
    decide_memberships,
    with_acquisitions,
    write_memberships,
)
from leadline.merging.merge import write
from leadline.model.jobs import FileFormat
from leadline.model.rules import Rules
from leadline.schema.leads import new_lead
from leadline.schema.programs import ProgramDetails, ProgramStatus
from leadline.store import catalog, programs, records
from leadline.store.base import Database, Session
from tests.contract.store.places import NOW, request
from tests.contract.store.writes import writer_of

PROGRAM, STEPS = 1001, {"not in program": 0, "invited": 1, "attended": 2}
FILE_BYTES = (
    b"email,acquisitionProgramId,mktoAcquisitionDate\nnew@x.co,,\ndated@x.co,,2020-01-01\nacquired@x.co,77,\n"
)
RULES, TODAY = Rules.model_validate({}), date(2026, 1, 1)


def _decided_leads(session: Session) -> Decision:
    """Return what three rows do to an empty store."""
    header = read_header([FILE_BYTES], FileFormat.CSV)
    plan = plan_import(header, catalog.load_lead_type(session), request(), TODAY)
    rows = FILE_BYTES[header.size :]
    chunk = check_chunk(RawChunk(rows, None, len(FILE_BYTES)), plan, layout_of(header, FileFormat.CSV), 1)
    return decide(chunk.rows, empty_matches(plan), plan, MergeContext(records.next_id(session, "lead")))


def _target(session: Session) -> ProgramTarget:
    plan = plan_members(catalog.load_member_type(session), (), RULES, TODAY, FILE)
    return ProgramTarget(PROGRAM, plan, StatusChange("Invited", 1, False, STEPS, repeats=True, warns=False))


def test_what_is_decided_is_not_written_before_its_turn(database: Database) -> None:
    """The leads themselves may be decided alone as well: what they will be acquired by is known all the same."""
    with database.write() as session:
        records.take_writer(session)
        programs.put_channel(session, "Mail", "Default", [ProgramStatus("Invited", 1)], NOW)
        channel = programs.channels(session)[-1]
        programs.add_program(session, PROGRAM, ProgramDetails("P", None, None, None), channel, NOW)
        leads, target = _decided_leads(session), _target(session)
        before = records.version(session)
        rows = leads.rows.select("row", pl.col("id").alias("key"), "reason", "warning")
        decided = decide_memberships(session, target, rows, NOW, leads)
        assert records.is_empty(session, "lead")
        assert records.is_empty(session, "program_member")
        assert records.version(session) == before

        new, dated, acquired = leads.rows["id"].to_list()
        assert decided.members.rows["outcome"].to_list() == ["created"] * 3
        assert decided.members.inserts["acquired_by"].to_pylist() == [1, 1, 0]
        assert decided.acquired.select("id", "is_dated").rows() == [(new, False), (dated, True)]

        with writer_of(session) as writer:
            write_memberships(writer, target, decided)
            known = with_acquisitions(leads, target, decided, NOW)
            write(writer, catalog.load_lead_type(session), known, new_lead(1, "test", None))
        again = decide_memberships(session, target, rows, NOW)
        assert again.members.rows["outcome"].to_list() == ["unchanged"] * 3
        key = catalog.load_lead_type(session).key("id")
        assert key is not None
        fields = [each for each in catalog.load_lead_type(session).fields if "cquisition" in each.name]
        found = records.match(
            session, catalog.load_lead_type(session), key, fields, leads.rows["id"].to_arrow()
        )
        stored = {
            each["id"]: (each["f_acquisitionprogramid"], each["f_mktoacquisitiondate"])
            for each in found.to_pylist()
        }
        assert stored[new] == (PROGRAM, NOW)
        assert stored[dated][0] == PROGRAM
        assert stored[dated][1] < NOW
        assert stored[acquired] == (77, None)
