"""What is removed with a store, what lies beside it and stays, and what `leadline check` says of leftovers."""

from pathlib import Path

import pytest

from leadline.errors import StoreFaultError
from leadline.store import credentials, removals
from leadline.store.backup import back_up
from leadline.store.directory import Stores
from leadline.store.directory_faults import faults_of
from leadline.store.location import StoreLocation
from tests.contract.store.places import MUNCHKIN_ID, NOW, Place, begin
from tests.contract.store.test_uploads import LARGE, admit


@pytest.fixture
def stores(embedded_place: Place) -> Stores:
    """Embedded stores that hold one subscription."""
    stores = embedded_place.open()
    stores.prepare()
    begin(stores)
    return stores


def test_a_linked_store_goes_from_where_it_is(stores: Stores, tmp_path: Path) -> None:
    """With its uploads; a file of somebody else beside them stays, is named, and the removal ends without it."""
    link, far = stores.folder / "subscriptions" / f"{MUNCHKIN_ID.lower()}.db", tmp_path / "far"
    stores.close_store(MUNCHKIN_ID)
    far.mkdir()
    link.rename(far / "store.db")
    link.symlink_to(far / "store.db")
    admit(stores.subscription(MUNCHKIN_ID), LARGE)
    foreign = far / "store.uploads" / "foreign"
    foreign.touch()
    with pytest.raises(StoreFaultError, match=r"store\.uploads: Directory not empty"):
        removals.remove(stores, MUNCHKIN_ID)
    assert [path.name for path in sorted(far.rglob("*"))] == ["store.uploads", "foreign"]
    assert ["has not ended" in fault for fault in faults_of(stores)] == [True]
    foreign.unlink()
    assert not removals.remove_next(stores, MUNCHKIN_ID)
    assert (list(far.iterdir()), list(link.parent.iterdir())) == ([], [])
    assert list(faults_of(stores)) == []


def test_a_file_of_no_subscription_is_named(stores: Stores) -> None:
    """Such as the store of a set-up that was killed; it is not removed."""
    stray = stores.folder / "subscriptions" / "999-zzz-999.db"
    stray.touch(0o600)
    (fault,) = faults_of(stores)
    assert fault.startswith(f"{stray} belongs to no subscription."), fault


def test_one_whose_server_was_never_asked_is_found_gone(stores: Stores) -> None:
    """Where its store was not opened here, there is no connection to end."""
    other, location = (
        "987-XYZ-654",
        StoreLocation("leadline_987_xyz_654", "postgresql://nobody@localhost:1/none"),
    )
    with stores.control.write() as session:
        credentials.add_subscription(session, other, location, NOW)
    assert stores.find(other) is not None
    with stores.control.write() as session:
        credentials.remove_subscription(session, other)
    assert stores.find(other) is None


def test_a_backup_leaves_out_who_is_removed_meanwhile(
    stores: Stores, embedded_place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy of the control store knows it still; in the backup it is no subscription whose store is missing."""
    leaving = embedded_place.open()
    directory = Stores.directory

    def removed_meanwhile(of: Stores) -> object:
        found = directory(of)
        removals.remove(leaving, MUNCHKIN_ID)
        return found

    monkeypatch.setattr(Stores, "directory", removed_meanwhile)
    assert list(back_up(stores, tmp_path / "backup")) == [f"subscription {MUNCHKIN_ID} was removed meanwhile"]
    monkeypatch.undo()
    restored = Stores(tmp_path / "backup")
    restored.prepare()
    assert list(faults_of(restored)) == []
    assert restored.munchkin_ids() == []
    restored.close()
