"""The cookie that names a session. It is worth nothing outside the console."""

import re

from starlette.requests import Request
from starlette.responses import Response

from leadline.console.site import Site

_SECURE_NAME = "__Host-leadline-console"
_PLAIN_NAME = "leadline-console"
"""Browsers take `__Host-` over TLS alone; this one stands for it on a person's own machine."""

_SESSION = re.compile(r"[A-Za-z0-9_-]{43}")
"""256 bits, as they are written. What a stranger writes instead is neither kept nor looked for."""


def session_of(request: Request, site: Site) -> str | None:
    """Return the session that a request names; None where it names none, or what can be none."""
    name = request.cookies.get(_name(request, site), "")
    return name if _SESSION.fullmatch(name) else None


def give(response: Response, request: Request, site: Site, session: str) -> None:
    """Have the browser keep a session until it ends itself; scripts and other sites never see it."""
    response.set_cookie(
        _name(request, site),
        session,
        path="/",
        secure=site.is_secure(request.scope),
        httponly=True,
        samesite="strict",
    )


def take(response: Response, request: Request, site: Site) -> None:
    """Have the browser forget its session."""
    response.delete_cookie(
        _name(request, site),
        path="/",
        secure=site.is_secure(request.scope),
        httponly=True,
        samesite="strict",
    )


def _name(request: Request, site: Site) -> str:
    return _SECURE_NAME if site.is_secure(request.scope) else _PLAIN_NAME
