"""Power cuts at every step of the store's life: what was acknowledged is there, and it is whole."""

import shutil
from collections import Counter

import pytest

import storage.schema
from storage.journal import Journal
from tests.storage.cut_life import CutLife
from tests.storage.store_world import store_of
from tests.storage.test_store_updates import laid_down

LEAST_IMAGES = 500


def test_a_power_cut_at_any_step_loses_nothing_that_was_acknowledged(memory_folder, capsys):
    life = CutLife(memory_folder)
    life.run()
    with capsys.disabled():
        print(f" {life.images} power cuts at {life.steps} steps: {dict(life.found)}", end=" ")  # noqa: T201
    assert life.images >= LEAST_IMAGES
    assert life.found == {"held": life.images}


def test_with_less_than_full_syncs_the_same_test_finds_what_is_lost(memory_folder, capsys):
    life = CutLife(memory_folder, lying=True, every=4)
    life.run()
    with capsys.disabled():
        print(f" synchronous=NORMAL: {dict(life.found)}", end=" ")  # noqa: T201
    # How many varies: SQLite draws the salts of its log, and the store its id, anew each time.
    assert life.found["an acknowledged commit is lost"] > life.images // 10


@pytest.mark.parametrize("version", [1, 2])
def test_a_power_cut_while_the_tables_are_changed_leaves_the_old_ones_or_the_new(
    memory_folder, monkeypatch, version
):
    """The next start finds a store it can bring up to date, or one that is, with the same history."""
    # The copy before a step has a file layer of its own, which no cut of this one reaches.
    monkeypatch.setattr(storage.schema, "keep_copy", lambda *_args, **_how: memory_folder)
    as_it_was, plain = memory_folder / "as_it_was", memory_folder / "plain"
    for folder in (as_it_was, plain):
        folder.mkdir()
    old = laid_down(as_it_was, version)
    shutil.copy(old, store_of(plain))
    journal = Journal.open(plain)
    head = journal.head()
    journal.close()
    found: Counter[str] = Counter()
    for seed in range(5):
        folder = memory_folder / str(seed)
        folder.mkdir()
        life = CutLife(folder, seed=str(seed))
        life.update(old, head)
        found += life.found
    assert found.total() > 200
    assert set(found) == {"held"}, found
