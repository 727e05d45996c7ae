"""Certificate and key of the server, which may be renewed while it runs."""

import ssl
from contextlib import suppress
from pathlib import Path

from leadline.errors import OperatorError
from leadline.events import CertificateRefused, CertificateRenewed, Emit
from leadline.http.certificate_end import end_of

Stamp = tuple[tuple[int, int, int] | None, ...]
"""What tells one state of the two files from another."""


class Tls:
    """Certificate and key files, or none."""

    def __init__(self, cert: Path | None, key: Path | None) -> None:
        """Raise `OperatorError` when they cannot be used; a key with a passphrase cannot."""
        self.cert = cert
        self.key = key
        self.ends_at: int | None = None
        """When the certificate in use ends, epoch seconds; None without one, or where it does not tell."""
        self._used = self._seen = self._stamp()
        if cert is not None:
            try:
                self._load(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
            except (OSError, ValueError) as error:
                raise OperatorError(
                    f"{cert} and {key} cannot be used for TLS. Give a PEM certificate chain that is readable "
                    "and its private key without a passphrase."
                ) from error
            self.ends_at = _end_in(cert)

    @property
    def scheme(self) -> str:
        """The scheme of the server's address."""
        return "https" if self.cert else "http"

    def renew(self, context: ssl.SSLContext | None, emit: Emit) -> None:
        """Take files that have changed for connections to come; where they are wrong, keep what there is.

        It is asked again and again, and waits until both files have been the same twice: who renews them
        writes one after the other.
        """
        stamp = self._stamp()
        is_settled, self._seen = stamp == self._seen, stamp
        if context is None or not is_settled or stamp == self._used:
            return
        self._used = stamp
        try:
            self._load(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))  # a wrong pair would spoil the one in use
            self._load(context)
        except (OSError, ValueError):
            emit(CertificateRefused(str(self.cert), str(self.key)))
        else:
            self.ends_at = _end_in(self.cert)
            emit(CertificateRenewed(str(self.cert)))

    def _load(self, context: ssl.SSLContext) -> None:
        if self.cert is None or self.key is None or not (self.cert.is_file() and self.key.is_file()):
            raise FileNotFoundError  # a pipe without a writer would be waited for
        context.load_cert_chain(self.cert, self.key, password="")

    def _stamp(self) -> Stamp:
        return tuple(_stamp_of(path) for path in (self.cert, self.key) if path is not None)


def _end_in(cert: Path | None) -> int | None:
    with suppress(OSError, ValueError):
        return end_of(cert.read_text("latin-1")) if cert is not None else None
    return None


def _stamp_of(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
