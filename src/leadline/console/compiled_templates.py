"""Compiled templates, kept as Python keeps modules: beside the sources, or where `PYTHONPYCACHEPREFIX` says.

Compiling takes longer than all else that a first page needs. Where nothing can be written, nothing is kept.
"""

import contextlib
import os
import sys
import threading
from importlib.util import cache_from_source
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket, BytecodeCache


class CompiledTemplates(BytecodeCache):
    """Knows the files of compiled templates; one of another source, compiler or environment is not used.

    `environment` is a text that differs where filters are called in another way, which is compiled in.
    """

    def __init__(self, environment: str) -> None:
        self._compiler = f"{jinja2.__version__}\n{environment}\n"

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """Return the path of the file of a template."""
        return cache_from_source(filename or name)

    def get_source_checksum(self, source: str) -> str:
        """Return what tells the source, and what compiles it."""
        return super().get_source_checksum(self._compiler + source)

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take the code from its file, if that is there."""
        with contextlib.suppress(OSError), Path(bucket.key).open("rb") as file:
            bucket.load_bytecode(file)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code; other processes see the whole file or none."""
        if sys.dont_write_bytecode:
            return
        path = Path(bucket.key)
        unfinished = path.with_suffix(f".{os.getpid()}.{threading.get_ident()}")
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                with unfinished.open("wb") as file:
                    bucket.write_bytecode(file)
                unfinished.replace(path)
            finally:
                unfinished.unlink(missing_ok=True)
