"""Keys fold the same way one by one and as whole columns (§3.6)."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from leadline.engine.guids import new_guids
from leadline.engine.keys import compound_keys, fold_keys
from leadline.schema.types import FIELD_TYPES, compound_key, fold_key

PARTS = st.lists(st.text(st.sampled_from("aB\\\x1f é"), min_size=1, max_size=5), min_size=2, max_size=2)
LONG = st.builds(lambda text, times: text * times, st.text(min_size=1, max_size=3), st.sampled_from([1, 600]))


@given(st.lists(PARTS, min_size=1, max_size=20))
def test_compound_keys_are_alike_and_injective(rows: list[list[str]]) -> None:
    columns = [fold_keys(pl.Series(each)) for each in zip(*rows, strict=True)]
    keys = compound_keys(columns).to_list()
    string = FIELD_TYPES["string"]
    folded = [tuple(fold_key(part, string) for part in row) for row in rows]
    assert keys == [compound_key(parts) for parts in folded]
    assert len(set(keys)) == len(set(folded))


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
