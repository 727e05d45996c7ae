"""Where a store is: what the directory writes down is what it reads again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.store.location import StoreLocation

URL = "postgresql://app:p#ss@db.example.com:5432/leads?sslmode=require"


@pytest.mark.parametrize(
    ("text", "name", "server"),
    [
        ("subscriptions/123-abc-456.db", "subscriptions/123-abc-456.db", None),
        ("leadline_123_abc_456#", "leadline_123_abc_456", ""),
        (f"leadline_123_abc_456#{URL}", "leadline_123_abc_456", URL),
    ],
)
def test_each_form_is_read(text: str, name: str, server: str | None) -> None:
    """A file, a schema beside the control store, a schema of another server."""
    location = StoreLocation.parse(text)
    assert (location.name, location.server, location.is_file) == (name, server, server is None)
    assert location.render() == text


@given(st.text(st.characters(exclude_characters="#"), min_size=1), st.none() | st.text())
def test_what_is_written_is_read_again(name: str, server: str | None) -> None:
    """Whatever a URL holds, further `#` too."""
    location = StoreLocation(name, server)
    assert StoreLocation.parse(location.render()) == location


def test_a_password_is_not_shown() -> None:
    """Whoever logs a location logs no secret."""
    assert "p#ss" not in repr(StoreLocation("schema", URL))
