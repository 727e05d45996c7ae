"""Whatever stands around an address: the lines that go are found by the marks of their block."""

from hypothesis import given
from hypothesis import strategies as st

from leadline.engine.encoding import replaced
from leadline.engine.erase import mark_of_id, marks_in, marks_of, marks_of_text, without

TEXTS = st.text(st.sampled_from("aZ9_.%+-@@,;\"'< \t\n\x00éẞΣſ\u212aİı\u0301\u200b😀"), max_size=60)
ADDRESSES = TEXTS.map(str.lower).filter(lambda text: "@" in text)
PARTS = st.lists(TEXTS | st.text("ab", min_size=20, max_size=50), min_size=2, max_size=5)


@given(ADDRESSES, PARTS)
def test_each_line_that_goes_is_found(address: str, parts: list[str]) -> None:
    lines = address.join(parts).encode()
    if without(lines, [address]) != lines:
        assert set(marks_of([address]).to_pylist()) <= set(marks_in(lines).to_pylist())


@given(ADDRESSES, PARTS, st.integers(0, 10**12), st.integers(1, 40))
def test_a_file_that_names_a_person_is_found(address: str, parts: list[str], lead_id: int, size: int) -> None:
    """However its bytes are cut into blocks: by the address, and by a cell that is the id."""
    cell = f"\n00{lead_id},"
    text = (address.join(parts) + cell + parts[0]).encode()
    blocks = [text[at : at + size] for at in range(0, len(text), size)]
    found = set(marks_of_text(replaced(blocks), with_ids=True).to_pylist())
    assert mark_of_id(lead_id) in found
    if without(text, [address]) != text:
        assert set(marks_of([address]).to_pylist()) <= found
    assert mark_of_id(lead_id) not in marks_of_text(replaced(blocks), with_ids=False).to_pylist()


def test_marks_tell_people_apart() -> None:
    lines = b"ann@example.com,Ann,no\nbob@example.com,<Bob@Example.org>,no\n"
    assert marks_in(lines).to_pylist() == ["ann@example", "bob@example"]
    assert marks_in(b"nobody\n").to_pylist() == []
    assert marks_of(["ann@example.org", "eve@example.com"]).to_pylist() != []
