import pytest

from demo.chat.updates import UpdateQueue


@pytest.fixture
def queue():
    queue = UpdateQueue(first_id=10)
    for text in ("a", "b", "c"):
        queue.add("message", {"text": text})
    return queue


def ids(updates):
    return [update["update_id"] for update in updates]


def test_updates_come_again_until_an_offset_confirms_them(queue):
    assert ids(queue.fetch()) == [10, 11, 12]
    assert ids(queue.fetch()) == [10, 11, 12]
    assert ids(queue.fetch(12)) == [12]
    assert ids(queue.fetch()) == [12]
    assert ids(queue.fetch(13)) == []


def test_the_limit_holds_back_but_loses_nothing(queue):
    assert ids(queue.fetch(limit=2)) == [10, 11]
    assert ids(queue.fetch(12, limit=2)) == [12]


def test_a_negative_offset_keeps_only_the_last(queue):
    assert ids(queue.fetch(-1)) == [12]
    assert ids(queue.fetch()) == [12]


def test_rewinding_delivers_confirmed_updates_again_in_order(queue):
    queue.fetch(12)
    queue.rewind(11)
    assert ids(queue.fetch()) == [11, 12]


def test_kinds_the_bot_did_not_ask_for_are_lost(queue):
    queue.allow(["callback_query"])
    queue.add("message", {"text": "lost"})
    queue.add("callback_query", {"data": "kept"})
    assert ids(queue.fetch(13)) == [14]
    queue.allow([])
    queue.add("poll", {})
    assert ids(queue.fetch()) == [14, 15]


def test_dropping_forgets_what_waits(queue):
    queue.drop_pending()
    assert queue.pending == ()
