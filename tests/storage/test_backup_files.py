"""A backup is whole, opens by its key alone, keeps no session, and is never half there."""

import base64
import io
import shutil
import sqlite3
import tarfile
import threading
from contextlib import closing
from datetime import datetime

import pytest
from msgspec.structs import replace

from engine.core.decide import decide
from engine.core.state.state import State
from engine.core.values.control import Requester, ResealSessions, SessionStored
from engine.core.values.events import Asked, Faulted
from engine.core.values.market import IST
from engine.core.values.records import FollowerLeaving, SessionKept
from engine.core.values.secrets import Secret
from storage.backup_file import BackupSource, backup_steps, make_backup
from storage.backup_reading import settings_in, unpack
from storage.chain import verify
from storage.codec import decode_event
from storage.journal import LEAST_FREE_BYTES, STORE_NAME, Journal
from storage.recovery_key import RECOVERY_NAME, RecoveryKey, RecoveryLock
from storage.sealed_file import SealedReader, SealingWriter
from storage.store_copy import BackupError, copy_store
from storage.vault import Vault, session_context
from tests.storage.store_world import a_filled_store

AT = datetime(2026, 11, 18, 18, 0, tzinfo=IST)
OWNER = Requester(user_id=0, name="command line")
SETTINGS = b"TELEGRAM__BOT_TOKEN=enc:k1.AAAA\n"
KEY = RecoveryKey.new()


@pytest.fixture
def source(memory_folder):
    folder = memory_folder / "var"
    folder.mkdir()
    a_filled_store(folder)
    with closing(Journal.open(folder)) as journal:
        log_in(journal)
    return BackupSource(data_dir=folder, settings=SETTINGS, program="0.1.0", key_id="k1-0011")


def log_in(journal: Journal, secret: str = "accesstokencanary") -> str:
    """Keep a session as a login does, and return its sealed token."""
    token = Vault(key=bytes(32)).seal(secret, session_context("father"))
    fields = {"account": "father", "user_id": "AB1234", "user_name": "Father", "login_at": AT}
    request = SessionStored(sealed_token=token, **fields)
    event = Asked(request=request, by=OWNER, update_id=None, sent_at=None, at=AT)
    journal.commit([(event, (SessionKept(ok=True, sealed_token=token, **fields),))])
    return token


def a_backup(source, name="one.backup"):
    return make_backup(source, source.data_dir.parent / name, KEY.lock, at=AT)


def test_what_comes_out_is_what_went_in_but_for_the_sessions(source, tmp_path):
    found = a_backup(source)
    assert found.stat().st_mode & 0o777 == 0o600
    manifest = unpack(found, KEY, tmp_path)
    assert settings_in(found, KEY) == (tmp_path / "settings.env").read_bytes() == SETTINGS
    assert (tmp_path / RECOVERY_NAME).read_text() == KEY.lock.text()
    with closing(Journal.open(source.data_dir)) as journal:
        before, head = journal.load(), journal.head()
    assert (manifest.store.events, manifest.store.history) == (head.seq, str(head))
    with closing(Journal.open(tmp_path)) as journal:
        after = journal.load()
        assert journal.newest_event == head.seq
    assert before.account("father").sealed_token.startswith("enc:k1.")
    assert after.account("father").sealed_token == ""
    before.account("father").sealed_token = ""
    assert same(after, before)
    assert verify(tmp_path / STORE_NAME) == "", "the chain holds over what is left"


def same(one: State, other: State) -> bool:
    return one.books == other.books and one.accounts == other.accounts


def test_no_session_is_left_in_any_byte_of_the_copy(source, tmp_path):
    with closing(Journal.open(source.data_dir)) as journal:
        log_in(journal, "long enough to fill pages of its own " * 500)
    copy_store(source.data_dir / STORE_NAME, tmp_path / "copy.db")
    with closing(sqlite3.connect(tmp_path / "copy.db")) as db:
        assert db.execute("PRAGMA freelist_count").fetchone() == (0,), (
            "not every SQLite zeroes them"
        )
    copied = (tmp_path / "copy.db").read_bytes()
    assert b"enc:" not in copied
    assert b"SessionKept" in copied, "the login itself is history and stays"
    assert b"enc:k1." in (source.data_dir / STORE_NAME).read_bytes()


def test_whatever_is_sealed_goes_in_whichever_row_it_is(source, tmp_path):
    request = ResealSessions(tokens=(("father", "enc:k1.newtoken"), ("mother", "enc:k1.hers")))
    asked = Asked(request=request, by=OWNER, update_id=None, sent_at=None, at=AT)
    with closing(Journal.open(source.data_dir)) as journal:
        journal.commit([(asked, decide(journal.load(), asked, {}).records)])
    copy_store(source.data_dir / STORE_NAME, tmp_path / STORE_NAME)
    assert b"enc:" not in (tmp_path / STORE_NAME).read_bytes()
    with closing(sqlite3.connect(tmp_path / STORE_NAME)) as db:
        (body,) = db.execute("SELECT body FROM events ORDER BY seq DESC LIMIT 1").fetchone()
    blanked = decode_event("Asked", body)
    assert blanked == replace(
        asked, request=ResealSessions(tokens=(("father", ""), ("mother", "")))
    ), "all else of the event is as it was"


def test_what_the_exits_of_an_account_that_leaves_need_stays_sealed(source, tmp_path):
    with closing(Journal.open(source.data_dir)) as journal:
        leaves = FollowerLeaving(follower="mother", sealed="enc:k1.hers", at=AT)
        event = Faulted(topic="engine", text="any", at=AT)
        journal.commit([(event, (leaves,))])
    copy_store(source.data_dir / STORE_NAME, tmp_path / STORE_NAME)
    with closing(Journal.open(tmp_path)) as journal:
        assert journal.load().leaving == {"mother": "enc:k1.hers"}
        assert journal.load().account("father").sealed_token == ""


def test_it_is_made_while_the_store_is_written(source):
    written, stop = [], threading.Event()

    def write() -> None:
        with closing(Journal.open(source.data_dir)) as journal:
            while not stop.is_set():
                log_in(journal)
                written.append(journal.newest_event)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while not written:
            stop.wait(0.001)
        first = written[-1]
        found = a_backup(source)
    finally:
        stop.set()
        writer.join()
    manifest = unpack(found, KEY, folder_in(source, "out"))
    assert first <= manifest.store.events <= written[-1]
    assert verify(source.data_dir.parent / "out" / STORE_NAME) == ""


def folder_in(source, name):
    folder = source.data_dir.parent / name
    folder.mkdir()
    return folder


def test_another_key_a_cut_and_a_flipped_bit_are_refused_before_anything_is_believed(source):
    found = a_backup(source)
    whole = found.read_bytes()
    with pytest.raises(BackupError, match="give that key"):
        unpack(found, RecoveryKey.new(), folder_in(source, "other"))
    places = [11, 40, 100, len(whole) // 2, len(whole) - 1]
    spoiled = [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in places]
    for number, each in enumerate(
        [*spoiled, whole[:-1], whole[:300], whole[:50], b"", whole + b"x"]
    ):
        found.write_bytes(each)
        out = folder_in(source, f"out{number}")
        with pytest.raises(BackupError):
            unpack(found, KEY, out)
        assert not list(out.iterdir()), number


def a_crafted_backup(path, members):
    """Write a backup as only somebody with the public half could make it."""
    with path.open("wb") as file:
        writer = SealingWriter(file, KEY.lock)
        with tarfile.open(fileobj=writer, mode="w|gz") as tar:
            for name, content in members:
                member = tarfile.TarInfo(name)
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
        writer.end()


def test_a_backup_that_was_made_up_writes_nowhere_else(source, tmp_path):
    made_up = tmp_path / "made-up.backup"
    out = tmp_path / "a" / "b"
    out.mkdir(parents=True)
    whole = unpack_manifest(source)
    for members in (
        [("../outside", b"x")],
        [("manifest.json", b'{"form": 2}')],
        [("manifest.json", b"[]")],
        [("manifest.json", whole), ("../outside", b"x")],
        [
            ("manifest.json", whole.replace(b"settings.env", b"../outside")),
            ("../outside", SETTINGS),
        ],
        [("manifest.json", whole), ("journal.db", b"short")],
        [("manifest.json", whole)],
    ):
        a_crafted_backup(made_up, members)
        with pytest.raises(BackupError):
            unpack(made_up, KEY, out)
        for left in out.iterdir():
            left.unlink()
    assert not (tmp_path / "a" / "outside").exists()


def unpack_manifest(source):
    reader = SealedReader(a_backup(source, "whole.backup"), KEY)
    with tarfile.open(fileobj=reader, mode="r|gz") as tar:
        return tar.extractfile(tar.next()).read()


def test_killed_at_any_step_there_is_a_whole_backup_or_none(source):
    target = source.data_dir.parent / "one.backup"
    done = len(list(backup_steps(source, target, KEY.lock, at=AT)))
    target.unlink()
    for steps in range(1, done + 1):
        killed = backup_steps(source, target, KEY.lock, at=AT)
        for _ in range(steps):
            next(killed)
        if target.exists():
            assert steps == done
            unpack(target, KEY, folder_in(source, "out"))
            target.unlink()
    with pytest.raises(BackupError, match="exists already"):
        a_backup(source, "var")
    assert a_backup(source).exists()


def test_what_a_killed_backup_left_goes_with_the_next(source):
    left = source.data_dir / ".backup-0011"
    left.mkdir()
    (left / STORE_NAME).write_bytes(b"x")
    a_backup(source)
    assert left.exists() == (AT.timestamp() - left.stat().st_mtime <= 3600)
    later = datetime.fromtimestamp(left.stat().st_mtime + 3601, IST)
    make_backup(source, source.data_dir.parent / "two.backup", KEY.lock, at=later)
    assert not left.exists()
    assert not list(source.data_dir.glob(".backup-*"))


def test_a_backup_never_takes_the_room_that_exits_need(source, monkeypatch):
    size = (source.data_dir / STORE_NAME).stat().st_size
    usage = shutil.disk_usage(source.data_dir)
    for free, made in (
        (LEAST_FREE_BYTES + 2 * size - 1, False),
        (LEAST_FREE_BYTES + 2 * size, True),
    ):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: usage._replace(free=free))
        if made:
            assert a_backup(source).exists()
        else:
            with pytest.raises(BackupError, match=r"MB are\s+free - make room"):
                a_backup(source)
            assert not list(source.data_dir.glob(".backup-*"))


def test_a_store_that_was_edited_is_not_backed_up_as_if_it_were_whole(source):
    with closing(sqlite3.connect(source.data_dir / STORE_NAME)) as db:
        db.execute("DELETE FROM records WHERE seq = 3")
        db.commit()
    with pytest.raises(BackupError, match="changed by another hand"):
        a_backup(source)
    assert not list(source.data_dir.parent.glob("*.backup"))


# Made once by the first version that made backups: it must open for as long as people keep theirs.
OLD_KEY = "OYUB-2CNB-AEOT-VN5E-TWZD-6JQJ-4CFE-HQ7J-OMSI-VUBF-BCT7-OLUP-MH3W-TGLD"
OLD_FILE = (
    "S0NCQUNLVVAxCsomVYdWeKycrsUMNA6lTFOGaDQavNV528pS8opBhQrO1HyQaRUHIMk0gzjWwlRr"
    "qMRxAMYrb5J1FbwdgmrCLKmUGLqRSbhnN4RmK/nDALuQ3XQaASziQ8ISmx/+C3QEqgDZ1E4k9FWl"
    "NZ2aUNZq0zlvtXuRSInskmBehi9Mng=="
)


def test_a_backup_of_the_first_version_opens_in_every_later_one(tmp_path):
    path = tmp_path / "old.backup"
    path.write_bytes(base64.b64decode(OLD_FILE))
    reader = SealedReader(path, RecoveryKey.parse(Secret(OLD_KEY)))
    assert (reader.read(4), reader.read(), reader.read()) == (b"kept", b" for years", b"")


def test_a_recovery_key_survives_how_people_type_it_and_a_slip_is_told():
    text = KEY.text().reveal()
    typed = text.lower().replace("-", " ") + "\n"
    assert RecoveryKey.parse(Secret(typed)).lock.key_id == KEY.lock.key_id
    other = "A" if text[5] != "A" else "B"
    for wrong in (text[:-1], text[:5] + other + text[6:], "", "hello there", text + "AAAA"):
        with pytest.raises(BackupError, match="14 groups of four"):
            RecoveryKey.parse(Secret(wrong))
    assert len(text.split("-")) == 14
    assert text not in repr(KEY.text())


def test_the_public_half_is_kept_for_its_owner_and_damage_is_told(tmp_path):
    assert RecoveryLock.kept_in(tmp_path) is None
    KEY.lock.keep(tmp_path)
    kept = RecoveryLock.kept_in(tmp_path)
    assert kept.key_id == KEY.lock.key_id
    assert (tmp_path / RECOVERY_NAME).stat().st_mode & 0o777 == 0o600
    (tmp_path / RECOVERY_NAME).write_text("x")
    with pytest.raises(BackupError, match="remove it and run copytrader backup"):
        RecoveryLock.kept_in(tmp_path)
