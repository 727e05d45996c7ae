"""Opens the stores, and builds what tells of a server; nothing of the API is loaded with it."""

from collections.abc import Callable, Mapping
from typing import TextIO

from leadline import clock
from leadline.config import Settings, wants_colors
from leadline.http.monitoring import Monitoring
from leadline.imports.store_figures import FiguresOfStores
from leadline.store.directory import Stores
from leadline.store.directory_faults import refuse_missing
from leadline.telemetry.subscriber import Telemetry


def open_stores(settings: Settings, *, sandbox: bool = False) -> Stores:
    """Open the stores, made and migrated where needed; raises `OperatorError`."""
    stores = Stores(settings.data, settings.database, sandbox=sandbox)
    stores.prepare()
    return stores


def build_telemetry(settings: Settings, log: TextIO) -> Telemetry:
    """Build what writes the log and counts."""
    telemetry = Telemetry(log, settings.log_format, colors=wants_colors())
    telemetry.metrics.tell_build("postgresql" if settings.database else "sqlite")
    return telemetry


def build_monitoring(
    settings: Settings,
    stores: Stores,
    telemetry: Telemetry,
    living_workers: Callable[[], Mapping[int, int]],
    *,
    counts_jobs: bool = True,
    certificate_ends_at: Callable[[], int | None] = lambda: None,
) -> Monitoring:
    """Build what answers those who watch the server; `counts_jobs` says whether it goes round all stores."""
    figures = FiguresOfStores(stores, clock.monotonic)
    return Monitoring(
        living_workers,
        settings.workers,
        figures.ask_control_store,
        figures.read if counts_jobs else None,
        telemetry.metrics.text,
        certificate_ends_at,
    )


def open_known_stores(settings: Settings) -> Stores:
    """Open stores that are there; raises `OperatorError` where a mistyped place would make new ones."""
    stores = Stores(settings.data, settings.database)
    refuse_missing(stores)
    stores.prepare()
    return stores
