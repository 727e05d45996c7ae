"""The HTTP server: what it answers, what it refuses, and what it could not do."""

from typing import Annotated

from leadline.events.event import Event
from leadline.model.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class ServerReady(Event):
    """The HTTP server takes calls."""

    address: Annotated[str, "where clients reach the server"]


@dataclass(frozen=True, slots=True)
class CertificateRenewed(Event):
    """The files of certificate and key have changed, and new connections have the new ones."""

    cert: Annotated[str, "the file of the certificate chain"]


@dataclass(frozen=True, slots=True)
class CertificateRefused(Event):
    """The files of certificate and key have changed and cannot be used; those before stay in use."""

    level = "error"
    cert: Annotated[str, "the file of the certificate chain"]
    key: Annotated[str, "the file of the private key"]


@dataclass(frozen=True, slots=True)
class RequestAnswered(Event):
    """A call was answered."""

    request_id: Annotated[str, "the `requestId` of the answer"]
    method: Annotated[str, "the HTTP method"]
    route: Annotated[str, "the path as `endpoints.md` writes it, or `unknown`"]
    http_status: Annotated[int, "the HTTP status"]
    code: Annotated[str | None, "the error code of the answer, null for a success"]
    duration_ms: Annotated[float, "milliseconds until the answer was made"]


@dataclass(frozen=True, slots=True)
class PageAnswered(Event):
    """A request of the console was answered."""

    request_id: Annotated[str, "the id by which other lines name the request"]
    method: Annotated[str, "the HTTP method"]
    page: Annotated[str, "the path of the page as `console.md` writes it, or `unknown`"]
    client_id: Annotated[str | None, "the credential that is logged in, null for none"]
    http_status: Annotated[int, "the HTTP status"]
    duration_ms: Annotated[float, "milliseconds until the answer was made"]


@dataclass(frozen=True, slots=True)
class SessionOpened(Event):
    """Somebody logged into the console."""

    munchkin_id: Annotated[str, "the subscription"]
    client_id: Annotated[str, "the credential"]


@dataclass(frozen=True, slots=True)
class ConnectionsEnded(Event):
    """Connections were ended in the last second because clients were too slow or too many."""

    level = "warning"
    reason: Annotated[
        str,
        "what was too slow: `head`, `body`, `answer`, `leaving`; or `connections`: there were too many",
    ]
    count: Annotated[int, "how many connections"]


@dataclass(frozen=True, slots=True)
class FaultCaught(Event):
    """An unforeseen exception was answered with 611, or broke off a file that was being sent."""

    level = "error"
    request_id: Annotated[str, "the `requestId` of the answer"]
    exception: Annotated[str, "the name of its class; its text is not logged"]
    where: Annotated[str, "function and line where it was raised"]


@dataclass(frozen=True, slots=True)
class TokenIssued(Event):
    """A credential was given a token that it did not have before."""

    munchkin_id: Annotated[str, "the subscription"]
    client_id: Annotated[str, "the credential"]


@dataclass(frozen=True, slots=True)
class TokenExpired(Event):
    """A call had a token whose time is over: clients ask for a new one then."""

    client_id: Annotated[str, "the credential"]


@dataclass(frozen=True, slots=True)
class AccessRefused(Event):
    """A call had no token or a wrong one, a wrong secret, or no permission."""

    level = "warning"
    reason: Annotated[str, "what was wrong, in two or three words"]
    client_id: Annotated[str | None, "the credential, null when it is unknown"]
