"""Where the reader cuts a file."""

from leadline.engine.reader import CHUNK_BYTES, cut_chunks

ROW = b"last@example.com,Zoe\n"
PART = 1024 * 1024


def test_blank_lines_behind_a_row_are_not_the_row() -> None:
    """Contract §3.3: a row that straddles two parts, then more blank lines than a row may be long."""
    rows = PART // len(ROW) + 1
    file = ROW * rows + b"\n" * (CHUNK_BYTES + PART) + ROW
    blocks = [file[at : at + PART] for at in range(0, len(file), PART)]
    chunks = list(cut_chunks(blocks, ",", 0, columns=2))
    assert [chunk.broken for chunk in chunks if chunk.broken is not None] == []
    assert b"".join(chunk.records for chunk in chunks).count(ROW) == rows + 1
    assert chunks[-1].end == len(file)
