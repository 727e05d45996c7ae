"""When a certificate ends: TLS of the standard library tells that of the other side's alone."""

import re
import ssl
from datetime import UTC, datetime

_FIRST = re.compile("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
_VERSION, _SHORT_TIME = 0xA0, 0x17
"""Tags of what stands before the serial number, or does not, and of an instant whose year has two digits."""


def end_of(chain: str) -> int:
    """Return when the first certificate of a PEM chain ends, in epoch seconds; raises `ValueError`."""
    found = _FIRST.search(chain)
    if found is None:
        raise ValueError("there is no certificate")
    try:
        tag, text = _end_in(ssl.PEM_cert_to_DER_cert(found[0]))
    except IndexError as error:
        raise ValueError("the certificate is cut off") from error
    form = "%y%m%d%H%M%SZ" if tag == _SHORT_TIME else "%Y%m%d%H%M%SZ"
    return int(datetime.strptime(text.decode("ascii"), form).replace(tzinfo=UTC).timestamp())


def _end_in(der: bytes) -> tuple[int, bytes]:
    """Return the instant at which a certificate ends, and its tag (RFC 5280, section 4.1)."""
    _, begin, _ = _element(der, 0)
    _, place, _ = _element(der, begin)
    if der[place] == _VERSION:
        place = _element(der, place)[2]
    for _ in ("serial number", "algorithm of the signature", "issuer"):
        place = _element(der, place)[2]
    _, not_before, _ = _element(der, place)
    tag, begin, end = _element(der, _element(der, not_before)[2])
    return tag, der[begin:end]


def _element(der: bytes, place: int) -> tuple[int, int, int]:
    """Return the tag of the element at a place, and where its content begins and ends."""
    begin, size = place + 2, der[place + 1]
    if size & 0x80:
        begin += size & 0x7F
        size = int.from_bytes(der[place + 2 : begin], "big")
    if begin + size > len(der):
        raise IndexError
    return der[place], begin, begin + size
