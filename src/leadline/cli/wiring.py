"""The only place that builds: settings in, stores and use cases out."""

from starlette.types import ASGIApp

from leadline.access import Access
from leadline.api.app import build_app
from leadline.api.call import Services
from leadline.api.multipart import BodiesHeld
from leadline.config import Settings
from leadline.events import Emit
from leadline.imports import Imports
from leadline.people.fields import Fields
from leadline.people.leads import Leads
from leadline.people.lists import Lists
from leadline.people.members import Members
from leadline.people.object_types import ObjectTypes
from leadline.people.objects import Objects
from leadline.people.programs import Programs
from leadline.store.connect import Stores
from leadline.subscriptions import Subscriptions
from leadline.telemetry import Telemetry
from leadline.traffic import Traffic

_BODIES_BYTES_MAX = 128 * 1024 * 1024


def open_stores(settings: Settings) -> Stores:
    """Open the stores, made and migrated where needed; raises `OperatorError`."""
    stores = Stores(settings.data, settings.database)
    stores.prepare()
    return stores


def build_subscriptions(stores: Stores) -> Subscriptions:
    """Build the use case that applies subscription files."""
    return Subscriptions(stores)


def build_traffic(stores: Stores, settings: Settings) -> Traffic:
    """Build the use case that counts calls."""
    return Traffic(stores, settings)


def build_api(
    settings: Settings, stores: Stores, traffic: Traffic, telemetry: Telemetry, emit: Emit
) -> ASGIApp:
    """Build the HTTP application; `emit` hears of queued jobs, and passes them to the telemetry."""
    services = Services(
        access=Access(stores, settings, telemetry.emit),
        imports=Imports(stores, settings, emit),
        leads=Leads(stores, settings),
        lists=Lists(stores),
        programs=Programs(stores),
        members=Members(stores, settings),
        objects=Objects(stores, settings),
        object_types=ObjectTypes(stores),
        fields=Fields(stores),
        settings=settings,
        telemetry=telemetry,
        traffic=traffic,
        bodies=BodiesHeld(_BODIES_BYTES_MAX),
    )
    return build_app(services)
