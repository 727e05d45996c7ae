"""Who makes a call, and whether it is admitted: token, permission, limits, in that order (contract §4.2)."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from starlette.requests import ClientDisconnect, Request

from leadline.api.call import Services
from leadline.api.envelope import request_id_of
from leadline.api.params import Params, query_of
from leadline.api.threads import in_thread
from leadline.errors import (
    NOT_ENABLED,
    SYSTEM_ERROR,
    TOKEN_MISSING,
    TRANSIENT,
    UNAVAILABLE,
    Entry,
    ServiceError,
    StoreBusyError,
    StoreDeniedError,
    StoreDownError,
    StoreFaultError,
    StoreHeldError,
)
from leadline.events import tell_busy
from leadline.imports.requests import parse_int32
from leadline.model.callers import Caller
from leadline.model.dataclass import dataclass
from leadline.model.jobs import JobLookup


@dataclass(slots=True)
class EarlyAnswer:
    """The error with which a call was answered before its work ended, None where it was not."""

    entry: Entry | None = None


def token_of(request: Request, params: Params, services: Services) -> str | None:
    """Return the token of header, query or form, in that order; raises `ServiceError` 600."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    parameter = params.one("access_token")
    if parameter and services.settings.access.token_parameter == "refuse":
        raise ServiceError(TOKEN_MISSING)
    return parameter


def identify(token: str | None, request: Request, services: Services) -> Caller:
    """Return whose token it is, and which call he makes; raises `ServiceError` 600, 601 or 602."""
    if token is None:
        raise ServiceError(TOKEN_MISSING)
    with store_told(services):
        caller = services.tokens.identify(token, request.headers.get("host", ""))
    return replace(caller, request_id=request_id_of(request.scope))


def identify_beside(
    token: str | None, request: Request, services: Services
) -> tuple[Caller, JobLookup | None]:
    """Return whose token it is as `identify` does, and the job of the path if one round trip brings both."""
    try:
        batch_id = parse_int32(request.path_params["batchId"])
    except ServiceError:  # its handler says so, behind the checks of the token
        return identify(token, request, services), None
    if token is None:
        raise ServiceError(TOKEN_MISSING)
    with store_told(services):
        caller, job = services.tokens.identify_beside(token, request.headers.get("host", ""), batch_id)
    return replace(caller, request_id=request_id_of(request.scope)), job


@contextmanager
def store_told(services: Services, munchkin_id: str = "") -> Iterator[None]:
    """Tell, once, of a store that cannot be used: a subscription's, or the directory where none is named."""
    try:
        yield
    except (StoreHeldError, StoreDownError) as error:
        tell_busy(services.emit, munchkin_id, error)
        raise


@contextmanager
def admitted(
    caller: Caller, permissions: tuple[str, ...], services: Services, early: EarlyAnswer | None = None
) -> Iterator[None]:
    """Permit a call and count it; raises `ServiceError` 603, 606, 607 or 615."""
    try:
        with store_told(services):
            services.tokens.permit(caller, permissions)
            entered = services.call_limits.enter(caller)
    except ServiceError as error:
        services.call_limits.turned_away(caller, error.entry)
        raise
    refusal: Entry | None = SYSTEM_ERROR
    try:
        with store_told(services, caller.munchkin_id):
            yield
        refusal = None
    except (ClientDisconnect, asyncio.CancelledError):
        refusal = None
        raise
    except (ServiceError, StoreBusyError, StoreFaultError) as error:
        refusal = entry_for(error)
        raise
    finally:
        services.call_limits.leave(caller, entered, (early and early.entry) or refusal)


async def count_refused(request: Request, services: Services, refusal: ServiceError) -> None:
    """Count a call that was refused before its caller was known, where a token names one (contract §10)."""

    def note() -> None:
        token = token_of(request, Params(query_of(request)), services)
        with admitted(identify(token, request, services), (), services):
            raise refusal

    with suppress(ServiceError, StoreBusyError):
        await in_thread(services, note)


def entry_for(error: ServiceError | StoreBusyError | StoreFaultError) -> Entry:
    """Return with which error of the catalogue a fault is answered."""
    match error:
        case ServiceError():
            return error.entry
        case StoreDownError():
            return UNAVAILABLE
        case StoreBusyError():
            return TRANSIENT
        case StoreDeniedError():  # new fields and types, where only the owner may make them
            return NOT_ENABLED
        case _:
            return SYSTEM_ERROR
