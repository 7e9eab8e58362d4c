"""Power cuts at every step of the store's life: what was acknowledged is there, and it is whole."""

from tests.storage.cut_life import CutLife

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
