"""Keys fold the same way one by one and as whole columns (§3.6)."""

from dataclasses import replace
from uuid import UUID

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from leadline.engine.cells import trimmed as trimmed_cells
from leadline.engine.guids import chosen_guids, new_guids
from leadline.engine.keys import are_blank, compound_keys, fold_keys
from leadline.schema.folding import compound_key, fold_key
from leadline.schema.outer_space import is_blank, trimmed
from leadline.schema.types import FIELD_TYPES

PARTS = st.lists(st.text(st.sampled_from("aB\\\x1f é"), min_size=1, max_size=5), min_size=2, max_size=2)
LONG = st.builds(lambda text, times: text * times, st.text(min_size=1, max_size=3), st.sampled_from([1, 600]))


@given(st.lists(PARTS, min_size=1, max_size=20))
def test_compound_keys_are_alike_and_injective(rows: list[list[str]]) -> None:
    string = FIELD_TYPES["string"]
    columns = [fold_keys(pl.Series(each), string) for each in zip(*rows, strict=True)]
    keys = compound_keys(columns).to_list()
    folded = [[each for part in row if (each := fold_key(part, string)) is not None] for row in rows]
    assert keys == [compound_key(parts) if len(parts) == len(rows[0]) else None for parts in folded]
    whole = {tuple(parts) for parts in folded if len(parts) == len(rows[0])}
    assert len(set(keys) - {None}) == len(whole)


@given(st.lists(st.text(st.sampled_from("aBÉß \u200b\u200d"), max_size=4), min_size=1), st.booleans())
def test_a_column_folds_as_each_of_its_values(texts: list[str], is_opaque: bool) -> None:
    kind = replace(FIELD_TYPES["string"], opaque=is_opaque)
    assert fold_keys(pl.Series(texts), kind).to_list() == [fold_key(text, kind) for text in texts]


def test_each_character_is_trimmed_or_blank_one_by_one_and_in_columns() -> None:
    """Space is Unicode's White_Space, Bidi_Control, U+200B, U+2060 and U+FEFF; ignorables are blank too."""
    everything = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    column = pl.Series("text", everything)
    space = r"[\s\p{Bidi_Control}\x{200B}\x{2060}\x{FEFF}]"
    trimmed_to_nothing = column.to_frame().select(trimmed_cells(pl.col("text")) == "").to_series()
    assert trimmed_to_nothing.equals(column.str.contains(f"^{space}$"))
    assert trimmed_to_nothing.to_list() == [trimmed(each) == "" for each in everything]
    blank = column.str.contains(r"^[\s\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]$")
    assert pl.select(are_blank(pl.lit(column))).to_series().equals(blank)
    assert blank.to_list() == [is_blank(each) for each in everything]
    assert is_blank("")


@given(st.lists(LONG, min_size=1, max_size=5))
def test_long_keys_are_digests(texts: list[str]) -> None:
    columns = [pl.Series(texts), pl.Series(texts)]
    keys = compound_keys(columns).to_list()
    assert keys == [compound_key([text, text]) for text in texts]
    assert all(len(key.encode("utf-8", "surrogatepass")) <= 1_000 for key in keys)
    assert len(set(keys)) == len(set(texts))


def test_random_ids_have_their_form() -> None:
    guids = new_guids(1_000)
    assert guids.n_unique() == 1_000
    assert guids.str.contains(r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$").all()
    assert new_guids(0).is_empty()


def test_ids_that_a_seed_gives() -> None:
    """Each follows from seed, table and number, however many are asked for at once."""
    together = chosen_guids("seed", "object_1", 5, 1_000)
    assert together.n_unique() == 1_000
    assert together.to_list()[7:9] == chosen_guids("seed", "object_1", 12, 2).to_list()
    assert all(UUID(each).version == 4 and str(UUID(each)) == each for each in together)
    for other in (chosen_guids("sees", "object_1", 5, 9), chosen_guids("seed", "object_2", 5, 9)):
        assert not set(other) & set(together)
    assert chosen_guids("seed", "object_1", 5, 0).is_empty()
