"""Styles, scripts and pictures, under names that hold a hash of their bytes: browsers keep them for good."""

import hashlib
from importlib import resources

from starlette.responses import Response

_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


class StaticFiles:
    """The files of the folder `static`, held in memory."""

    def __init__(self) -> None:
        self._hashed: dict[str, str] = {}
        self._contents: dict[str, tuple[bytes, str]] = {}
        for file in resources.files("leadline.console").joinpath("static").iterdir():
            stem, _, kind = file.name.rpartition(".")
            if kind not in _TYPES:  # a licence
                continue
            content = file.read_bytes()
            name = f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{kind}"
            self._hashed[file.name] = name
            self._contents[name] = content, _TYPES[kind]

    def hashed(self, name: str) -> str:
        """Return the name under which a file is asked for."""
        return self._hashed[name]

    def answer(self, name: str) -> Response | None:
        """Return a file as an answer, None where there is none of that name."""
        if name not in self._contents:
            return None
        content, content_type = self._contents[name]
        headers = {"Content-Type": content_type, "Cache-Control": "public, max-age=31536000, immutable"}
        return Response(content, headers=headers)
