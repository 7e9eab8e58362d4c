"""Of followers who leave a backup keeps what their exits need now, and nothing of those who have gone."""

from contextlib import closing

from engine.core.values.control import TakeSettings
from engine.core.values.events import Asked
from engine.core.values.records import FollowerLeaving
from storage.chain import verify
from storage.journal import STORE_NAME, Journal
from storage.store_copy import copy_store
from tests.storage.test_backup_files import AT, OWNER, source

__all__ = ["source"]


def test_only_the_newest_seal_of_who_is_still_leaving_is_in_the_copy(source, tmp_path):
    told = [
        ("father", "enc:k1.fathersold"),
        ("mother", "enc:k1.hersbefore"),
        ("father", None),
        ("mother", "enc:k1.hersnow"),
    ]
    asked = TakeSettings(rules=(), total_loss_limit=None, sealed=(("father", "enc:k1.fathersold"),))
    event = Asked(request=asked, by=OWNER, update_id=None, sent_at=None, at=AT)
    records = tuple(FollowerLeaving(follower=name, sealed=text, at=AT) for name, text in told)
    with closing(Journal.open(source.data_dir)) as journal:
        journal.commit([(event, records)])
        kept = journal.load().leaving
    copy_store(source.data_dir / STORE_NAME, tmp_path / STORE_NAME)
    copied = (tmp_path / STORE_NAME).read_bytes()
    assert b"fathersold" not in copied, "neither in the records nor in the request"
    assert b"hersbefore" not in copied
    with closing(Journal.open(tmp_path)) as journal:
        assert journal.load().leaving == kept == {"mother": "enc:k1.hersnow"}
    assert verify(tmp_path / STORE_NAME) == ""
