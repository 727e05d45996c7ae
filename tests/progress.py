"""What `make test` tells while it runs: how long it will take, how far it is, and each failure as it comes.

Tests are dealt out by module and database, so that a module's servers are started once; those that
take longest go first, so that no process is left alone with one at the end.
"""

import time
from collections.abc import Sequence

import pytest
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

MINUTES = 15
"""What the whole suite takes on two idle cores."""

LONGEST_FIRST: tuple[str, ...] = (
    "tests/crash/test_random_kills.py",
    "tests/crash/test_broken_rules.py",
    "tests/crash/test_control.py",
    "tests/edge/test_signals_at_start.py",
    "tests/edge/test_corpus.py",
    "tests/crash/test_kill_at_each_event.py",
    "tests/edge/test_dirty_files.py",
    "tests/crash/test_each_call.py",
    "tests/crash/test_damaged_stores.py",
    "tests/nodes/test_weather.py",
    "tests/install/test_platform_path.py",
    "tests/nodes/test_removal.py",
    "tests/nodes/test_watched.py",
    "tests/docs/test_how_to_pages.py",
    "tests/nodes/test_frozen_node.py",
    "tests/nodes/test_many_servers.py",
    "tests/nodes/test_operators.py",
    "tests/nodes/test_commit_lost.py",
    "tests/nodes/test_network_cuts.py",
    "tests/nodes/test_database_restarts.py",
    "tests/crash/test_full_disk.py",
    "tests/crash/test_power_cut.py",
    "tests/crash/test_many_at_once.py",
    "tests/crash/test_other_kinds.py",
    "tests/property/test_previews.py",
    "tests/sandbox/test_plugin.py",
    "tests/sandbox/test_command.py",
    "tests/crash/test_previews.py",
    "tests/contract/trust/test_trust_model.py",
    "tests/contract/api/test_undo.py",
    "tests/contract/api/test_cancel.py",
    "tests/edge/test_slow_clients.py",
    "tests/edge/test_held_turns.py",
    "tests/edge/test_many_stores.py",
    "tests/edge/test_neighbours.py",
    "tests/edge/test_previews_of_corpus.py",
    "tests/edge/test_costly_files.py",
    "tests/crash/test_kill_undo.py",
    "tests/crash/test_cancel_at_each_event.py",
    "tests/edge/test_unread_log.py",
    "tests/contract/api/test_odd_rows.py",
    "tests/edge/test_connections.py",
    "tests/crash/test_frozen_worker.py",
    "tests/crash/test_clock_jumps.py",
    "tests/edge/test_random_files.py",
    "tests/contract/api/test_schemathesis.py",
    "tests/property/test_engine_equals_oracle.py",
    "tests/property/test_records.py",
    "tests/property/test_parents.py",
    "tests/property/test_changes.py",
    "tests/unit/test_reader.py",
    "tests/property/test_day_first.py",
    "tests/contract/api/test_keys_alike.py",
    "tests/contract/api/test_booleans.py",
    "tests/contract/api/test_rows.py",
    "tests/contract/api/test_dates.py",
    "tests/contract/api/test_exact_numbers.py",
    "tests/unit/test_leftovers.py",
    "tests/contract/store/test_admission.py",
    "tests/contract/api/test_each_endpoint.py",
    "tests/contract/api/test_lifecycle.py",
    "tests/contract/api/test_working_ahead.py",
    "tests/edge/test_leaving.py",
    "tests/edge/test_tls.py",
    "tests/edge/test_command_line.py",
    "tests/contract/api/test_identity.py",
    "tests/crash/test_backup.py",
    "tests/docs/test_readme.py",
)
"""Modules that take long, by how long."""

EACH_DATABASE = ("tests/contract/", "tests/crash/")
"""Where a module's servers are started for each database."""

_LINE_SECONDS = {True: 0.5, False: 15.0}
"""Between two lines of progress: on a terminal, where they replace each other, and in a file."""


def share_of(nodeid: str) -> str:
    """Name what has to run in the same process: a module, or its part of one database."""
    module, _, test = nodeid.partition("::")
    if not module.startswith(EACH_DATABASE):
        return module
    kind = next((kind for kind in ("sqlite", "postgres", "given") if f"[{kind}" in test), "")
    return f"{module} {kind}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest modules first; all else stays in its order."""
    ranks = {module: rank for rank, module in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: ranks.get(item.nodeid.partition("::")[0], len(ranks)))


class _ByShare(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return share_of(nodeid)


def pytest_configure(config: pytest.Config) -> None:
    """Show the progress in the process that reports."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Progress(config))


class Progress:
    """The plugin of the process that reports."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._began = self._told_at = time.monotonic()
        self._total = self._done = self._failed = 0

    @pytest.hookimpl
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: object) -> LoadScopeScheduling:
        config.option.loadscopereorder = False  # the order is ours
        return _ByShare(config, log)

    @pytest.hookimpl
    def pytest_sessionstart(self) -> None:
        if self._config.args == self._config.getini("testpaths"):
            self._write_line(f"The whole suite: about {MINUTES} minutes on two idle cores.")

    @pytest.hookimpl
    def pytest_xdist_node_collection_finished(self, node: WorkerController, ids: Sequence[str]) -> None:
        self._total = len(ids)

    @pytest.hookimpl
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._total = len(session.items) or self._total

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str]:
        """Leave out the letters, one for each test."""
        if report.failed:
            return ("failed", "", "FAILED") if report.when == "call" else ("error", "", "ERROR")
        return (report.outcome if report.when == "call" or report.skipped else "", "", "")

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._done += report.when == "teardown"
        if report.failed:
            self._failed += 1
            crash = getattr(report.longrepr, "reprcrash", None)
            why = f" - {crash.message.splitlines()[0]}" if crash and crash.message else ""
            self._write_line(f"{'FAILED' if report.when == 'call' else 'ERROR'} {report.nodeid}{why}")
        if time.monotonic() - self._told_at >= _LINE_SECONDS[self._on_terminal]:
            self._tell()

    def _tell(self) -> None:
        self._told_at = time.monotonic()
        minutes, seconds = divmod(round(self._told_at - self._began), 60)
        line = f"{minutes}:{seconds:02d}  {self._done} of {self._total} tests, {self._failed} failed"
        if self._on_terminal:
            self._terminal.rewrite(line, erase=True)
        else:
            self._write_line(line)

    @property
    def _terminal(self) -> pytest.TerminalReporter:
        reporter: pytest.TerminalReporter = self._config.pluginmanager.get_plugin("terminalreporter")
        return reporter

    @property
    def _on_terminal(self) -> bool:
        return bool(self._terminal.isatty())

    def _write_line(self, line: str) -> None:
        self._terminal.ensure_newline()
        self._terminal.write_line(line)
        self._terminal.flush()  # a file would show it kilobytes later
