"""Whatever stands around an address: the lines that go are found by the marks of their block."""

from hypothesis import given
from hypothesis import strategies as st

from leadline.engine.erase import marks_in, marks_of, without

TEXTS = st.text(st.sampled_from("aZ9_.%+-@@,;\"'< \t\n\x00éẞΣſ\u212aİı\u0301\u200b😀"), max_size=60)
ADDRESSES = TEXTS.map(str.lower).filter(lambda text: "@" in text)
PARTS = st.lists(TEXTS | st.text("ab", min_size=20, max_size=50), min_size=2, max_size=5)


@given(ADDRESSES, PARTS)
def test_each_line_that_goes_is_found(address: str, parts: list[str]) -> None:
    lines = address.join(parts).encode()
    if without(lines, [address]) != lines:
        assert set(marks_of([address]).to_pylist()) <= set(marks_in(lines).to_pylist())


def test_marks_tell_people_apart() -> None:
    lines = b"ann@example.com,Ann,no\nbob@example.com,<Bob@Example.org>,no\n"
    assert marks_in(lines).to_pylist() == ["ann@example", "bob@example"]
    assert marks_in(b"nobody\n").to_pylist() == []
    assert marks_of(["ann@example.org", "eve@example.com"]).to_pylist() != []
