"""Where browsers find the console: its origin, the prefix of its paths, and whether they come over TLS.

The setting `SERVER__PUBLIC_URL` alone says it where a proxy stands before the server: no forwarded header
is believed. Without it the origin is what the browser asked for, the Host.
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from leadline.api.hosts import host_of, is_loopback

ROOT = "/console"
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class Site:
    """The address of the console, as far as a setting tells it."""

    def __init__(self, public_url: str | None) -> None:
        parts = urlsplit(public_url or "")
        self._public = _origin(parts.scheme.lower(), parts.netloc) if public_url else None
        self._prefix = parts.path.rstrip("/") if public_url else None

    def prefix(self, scope: Scope) -> str:
        """Return what stands before the paths of the server."""
        root_path: str = scope.get("root_path", "").rstrip("/")
        return root_path if self._prefix is None else self._prefix

    def console_path(self, scope: Scope) -> str | None:
        """Return the path within the server of a request to the console, None for another request.

        A proxy may take the prefix off or leave it.
        """
        path: str = scope["path"]
        for prefix in ("", scope.get("root_path", "").rstrip("/"), self._prefix or ""):
            rest = path.removeprefix(prefix)
            if path.startswith(prefix) and (rest == ROOT or rest.startswith(ROOT + "/")):
                return rest
        return None

    def origin(self, scope: Scope) -> str:
        """Return the origin of the pages, as browsers write it."""
        return self._public or _origin(scope["scheme"], Headers(scope=scope).get("host", ""))

    def is_secure(self, scope: Scope) -> bool:
        """Tell whether browsers come over TLS."""
        return self.origin(scope).startswith("https://")

    def takes_logins(self, scope: Scope) -> bool:
        """Tell whether a secret may be sent: over TLS, or within the browser's own machine."""
        return self.is_secure(scope) or is_loopback(host_of(self.origin(scope).partition("://")[2]))


def _origin(scheme: str, host: str) -> str:
    return f"{scheme}://{host.lower().removesuffix(_DEFAULT_PORTS.get(scheme, ' '))}"
