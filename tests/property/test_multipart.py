"""§3.2: what is in the file arrives byte for byte, wherever the network cuts the body."""

import email.parser
import email.policy
import re

from hypothesis import given, settings
from hypothesis import strategies as st
from multipart import MultipartError

from leadline.api.multipart import Form, FormReader
from leadline.errors import ServiceError
from tests.forms import times

BOUNDARY = "--Bo-"
DELIMITER = b"\r\n--" + BOUNDARY.encode()
NEAR = [DELIMITER[:n] for n in range(1, len(DELIMITER))] + [DELIMITER[n:] for n in range(1, len(DELIMITER))]
CONTENT = st.lists(
    st.sampled_from([*NEAR, b"\r", b"\n", b"-", b"a,b", b"\0\xff", b"\r\n\r\n"]), max_size=12
).map(b"".join)
PART = b'--%s\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
ENDS = st.sampled_from([b"--", b"--\r\n", b"-- \r\n", b"--\r\nbye", b"\r\n", b"", b" \t", b"\t\r\n"])


READ_OTHERWISE = re.compile(DELIMITER + rb"--(?!\r\n|\Z)|(?<!\r)\n|\r(?!\n)|\r\n" + DELIMITER + rb"|[ \t]:")
"""The e-mail parser wants nothing behind the last delimiter, takes any kind of line end, and a line end for two.

A header whose colon has a blank before it is to some of its versions a header, to others the body's beginning.
"""


def part(name: bytes, content: bytes, filename: bytes = b"") -> bytes:
    return PART % (BOUNDARY.encode(), name, filename, content)


def read(pieces: list[bytes]) -> Form | None:
    """Return the form, None where it is refused."""
    reader = FormReader(BOUNDARY, 10_000)
    try:
        for piece in pieces:
            reader.feed(piece)
        reader.finish()
    except (ServiceError, MultipartError):
        reader.form.close()
        return None
    return reader.form


def told(form: Form | None) -> tuple[bytes | None, dict[str, list[str]]] | None:
    """Return file and fields, and let go of the form."""
    if form is None:
        return None
    content = None
    if form.file is not None:
        form.file.seek(0)
        content = form.file.read()
    form.close()
    return content, form.fields


NAMED = st.sampled_from([b'; filename="a"', b"; filename*=UTF-8''a", b""])
PADDING = st.text(" \t", max_size=5).map(str.encode)


@settings(max_examples=times(30, 600, 60))
@given(
    CONTENT.filter(lambda content: DELIMITER not in b"\r\n" + content + b"\r\n"),
    ENDS,
    NAMED,
    st.lists(PADDING, min_size=3, max_size=3),
)
def test_cut_anywhere(content: bytes, end: bytes, named: bytes, paddings: list[bytes]) -> None:
    """In two at each byte, and into single bytes; with padding behind delimiters, and a filename or none."""
    parts = [part(b"format", b"csv"), part(b"file", content, named), part(b"listId", b"1")]
    whole = b"".join(
        each.replace(b"\r\n", padding + b"\r\n", 1) for each, padding in zip(parts, paddings, strict=True)
    )
    whole += b"--" + BOUNDARY.encode() + end
    expected = (content, {"format": ["csv"], "listId": ["1"]})
    for at in range(len(whole) + 1):
        assert told(read([whole[:at], whole[at:]])) == expected
    assert told(read([whole[at : at + 1] for at in range(len(whole))])) == expected


PIECES = [
    b"--" + BOUNDARY.encode(),
    b"\r\n",
    b"--",
    b'Content-Disposition: form-data; name="file"; filename="a"',
    b'Content-Disposition: form-data; name="x"',
    b"Content-Type: text/csv",
    b'Content-Disposition: form-data; name="file"',
    b"Content-Type: text/plain; charset=latin-1",
    b"Content-Type: text/plain; charset=nonsense",
    b"email",
    b"-",
    b" ",
    b"\t",
]


@settings(max_examples=times(400, 8000, 800))
@given(st.lists(st.sampled_from(PIECES), max_size=20).map(b"".join), st.integers(0, 400))
def test_whatever_comes(junk: bytes, at: int) -> None:
    """Torn and patched bodies are taken or refused alike however they are cut; what is taken, others read so too."""
    whole = (
        part(b"file", b"a,b", b'; filename="a"') + part(b"x", b"y") + b"--" + BOUNDARY.encode() + b"--\r\n"
    )
    whole = whole[: at % len(whole)] + junk + whole[at % len(whole) :]
    taken = told(read([whole]))
    assert told(read([whole[at : at + 1] for at in range(len(whole))])) == taken
    assert told(read([whole[:at], whole[at:]])) == taken
    if taken is not None and taken[0] is not None and not READ_OTHERWISE.search(whole):
        assert taken[0] in by_email(whole)


def by_email(whole: bytes) -> list[bytes]:
    """Return the contents of all parts as Python's e-mail parser reads them."""
    head = f'Content-Type: multipart/form-data; boundary="{BOUNDARY}"\r\n\r\n'.encode()
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + whole)
    return [each.get_payload(decode=True) or b"" for each in message.walk() if not each.is_multipart()]
