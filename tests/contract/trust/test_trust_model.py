"""Any mixture of imports, previews, calls, deletions and undos: after each step the server says what the model says."""

from collections.abc import Sequence
from itertools import count
from typing import Any

import hypothesis
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from tests.contract.trust.checks import check, check_ledger, check_undo
from tests.contract.trust.steps import LISTS, STATUSES, World
from tests.forms import repeats, times
from tests.harness import Server
from tests.model_of_trust import CAR, LEAD

_runs = count()
SETTINGS = hypothesis.settings(
    max_examples=times(3, 50, 4),
    stateful_step_count=12,
    deadline=None,
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
    suppress_health_check=list(hypothesis.HealthCheck),
)
NUMBERS = st.integers(0, 3)
TEXTS = st.sampled_from(["a", "b", "=c", 'd"e', None])
LEAD_ROW = st.fixed_dictionaries(
    {}, optional={"firstName": TEXTS, "city": TEXTS, "leadScore": st.sampled_from([1, 2, None])}
)
MEMBER_ROW = st.fixed_dictionaries(
    {}, optional={"firstName": TEXTS, "city": TEXTS, "rank": st.sampled_from([1, 2, None])}
)
PREVIEWED = st.sampled_from([False, False, True])
CAR_ROW = st.fixed_dictionaries({}, optional={"color": TEXTS, "make": TEXTS})


def rows_of(row: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[list[tuple[int, dict[str, Any]]]]:
    return st.lists(st.tuples(NUMBERS, row), min_size=1, max_size=4)


class Machine(RuleBasedStateMachine):
    """Steps in any order; each run has records of its own."""

    server: Server

    def __init__(self) -> None:
        super().__init__()
        self.world = World(self.server, f"run{next(_runs)}")

    def after_import(self, batch_id: int) -> None:
        check_ledger(self.world, batch_id)
        check(self.world)

    @rule(rows=rows_of(LEAD_ROW), list_id=st.sampled_from([None, None, *LISTS]), is_previewed=PREVIEWED)
    def import_leads(self, rows: Sequence[Any], list_id: str | None, is_previewed: bool) -> None:
        self.after_import(self.world.import_rows(LEAD, rows, list_id, is_previewed=is_previewed))

    @rule(rows=rows_of(MEMBER_ROW), status=st.sampled_from(STATUSES), is_previewed=PREVIEWED)
    def import_members(self, rows: Sequence[Any], status: str, is_previewed: bool) -> None:
        self.after_import(self.world.import_rows(LEAD, rows, status=status, is_previewed=is_previewed))

    @rule(rows=rows_of(CAR_ROW), is_previewed=PREVIEWED)
    def import_cars(self, rows: Sequence[Any], is_previewed: bool) -> None:
        self.after_import(self.world.import_rows(CAR, rows, is_previewed=is_previewed))

    @precondition(lambda self: self.world.ledgers)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        self.world.cancel(data.draw(st.sampled_from(list(self.world.ledgers)), "job"))
        check(self.world)

    @rule(rows=rows_of(LEAD_ROW))
    def sync_leads(self, rows: Sequence[Any]) -> None:
        self.world.sync(LEAD, rows)
        check(self.world)

    @rule(rows=rows_of(CAR_ROW))
    def sync_cars(self, rows: Sequence[Any]) -> None:
        self.world.sync(CAR, list({number: (number, row) for number, row in rows}.values()))
        check(self.world)

    @precondition(lambda self: self.world.model.states)
    @rule(kind=st.sampled_from([LEAD, CAR]), numbers=st.lists(NUMBERS, min_size=1, max_size=2))
    def delete(self, kind: str, numbers: Sequence[int]) -> None:
        self.world.delete(kind, numbers)
        check(self.world)

    @precondition(lambda self: self.world.model.states)
    @rule(
        numbers=st.lists(NUMBERS, min_size=1, max_size=3), list_id=st.sampled_from(LISTS), leave=st.booleans()
    )
    def list_leads(self, numbers: Sequence[int], list_id: str, leave: bool) -> None:
        self.world.list_leads(numbers, list_id, leave=leave)
        check(self.world)


class UndoMachine(Machine):
    """The same steps, and jobs that are taken back."""

    @precondition(lambda self: self.world.changes)
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        jobs = [each for each, changes in self.world.changes.items() if changes]
        batch_id = data.draw(st.sampled_from(jobs or list(self.world.changes)), "job")
        undo_id = self.world.undo(batch_id)
        if undo_id is not None:
            check_undo(self.world, undo_id)
        check(self.world)


def test_the_server_takes_back_what_the_model_takes_back(world: Server) -> None:
    machine = type("UndoMachineOnServer", (UndoMachine,), {"server": world})
    run_state_machine_as_test(machine, settings=SETTINGS)


@repeats  # the steps of the other machine as well, without those that take back
def test_the_server_says_what_the_model_says(world: Server) -> None:
    machine = type("MachineOnServer", (Machine,), {"server": world})
    run_state_machine_as_test(machine, settings=SETTINGS)
