"""`copytrader pair` and `unlock`, with and without an instance."""

import contextlib

import pyotp
import pytest

from bot.chat.pairing_code import read_code
from bot.instance import instance_lock
from engine.core.decide import decide
from engine.core.values.control import PairPerson, Requester, TotpFailed
from engine.core.values.events import Asked
from engine.core.values.people import Role
from engine.errors import CopyTraderError
from storage.journal import STORE_NAME, Journal
from tests.bot_cli.cli_builders import NOW, TOTP_SECRET, command, listening

CODE = pyotp.TOTP(TOTP_SECRET).at(NOW)
OWNER = Requester(user_id=1, name="Asha")


def _state(folder):
    with contextlib.closing(Journal.open(folder / "var")) as journal:
        return journal.load()


def _keep(folder, request, *, by=OWNER, times=1):
    (folder / "var").mkdir(mode=0o700, exist_ok=True)
    with contextlib.closing(Journal.open(folder / "var")) as journal:
        state = journal.load()
        for _ in range(times):
            event = Asked(request=request, by=by, update_id=None, sent_at=None, at=NOW)
            journal.commit([(event, decide(state, event, {}).records)])


def test_offline_a_code_is_printed_kept_as_a_digest_and_pairs_after_the_start(tmp_path, env):
    ran = command(tmp_path, "pair", "operator", typed=f"{CODE}\n")
    assert ran.status == 0, ran.err
    code = ran.out.splitlines()[0]
    digest = read_code(code)
    [kept] = _state(tmp_path).invitations.values()
    assert (kept.digest, kept.role, kept.by) == (digest, Role.OPERATOR, "command line")
    plain = code.replace("-", "").encode()
    for file in (tmp_path / "var").iterdir():
        held = file.read_bytes() if file.is_file() else b""
        assert code.encode() not in held, file
        assert plain not in held, file
    _keep(tmp_path, PairPerson(digest=digest), by=Requester(user_id=77, name="Ravi"))
    assert _state(tmp_path).people[77].role is Role.OPERATOR


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (("follower",), "name his account"),
        (("follower", "nobody"), "no follower 'nobody'"),
        (("operator", "asha"), "sees every account"),
    ],
)
def test_a_role_and_its_account_must_fit(tmp_path, env, argv, says):
    ran = command(tmp_path, "pair", *argv, typed=f"{CODE}\n")
    assert ran.status == 1
    assert says in ran.err
    assert not (tmp_path / "var" / STORE_NAME).exists()


def test_a_wrong_or_used_code_of_the_second_factor_makes_no_pairing_code(tmp_path, env):
    wrong = command(tmp_path, "pair", "owner", typed="000000\n")
    assert (wrong.status, wrong.out) == (1, "")
    assert "no pairing code was made" in wrong.err
    assert command(tmp_path, "pair", "owner", typed=f"{CODE}\n").status == 0
    again = command(tmp_path, "pair", "operator", typed=f"{CODE}\n")
    assert again.status == 1
    assert "used already" in again.err
    assert len(_state(tmp_path).invitations) == 1


def test_with_an_instance_the_digest_alone_goes_to_it(tmp_path, env):
    got = []

    async def pair(args):
        got.append(args)
        return {"text": "Good once."}

    with listening(tmp_path / "var" / "control.sock", {"pair": pair}):
        ran = command(tmp_path, "pair", "operator", typed=f"{CODE}\n")
    assert ran.status == 0, ran.err
    code = ran.out.splitlines()[0]
    digest = read_code(code)
    assert got == [{"digest": digest, "role": "operator", "follower": None, "code": CODE}]


def test_what_the_instance_refuses_prints_no_code(tmp_path, env):
    async def pair(_args):
        raise CopyTraderError("locked after five wrong codes - run: copytrader unlock")

    with listening(tmp_path / "var" / "control.sock", {"pair": pair}):
        ran = command(tmp_path, "pair", "owner", typed=f"{CODE}\n")
    assert (ran.status, ran.out) == (1, "")
    assert "copytrader unlock" in ran.err


def test_beside_an_instance_that_does_not_listen_nothing_is_written(tmp_path, env):
    (tmp_path / "var").mkdir(mode=0o700)
    with instance_lock(tmp_path / "var"):
        ran = command(tmp_path, "pair", "owner", typed=f"{CODE}\n")
    assert (ran.status, ran.out) == (1, "")


def test_unlock_works_while_nothing_runs_and_invites_work_again(tmp_path, env):
    _keep(tmp_path, TotpFailed(), times=5)
    assert _state(tmp_path).totp_locked
    locked = command(tmp_path, "pair", "owner", typed=f"{CODE}\n")
    assert locked.status == 1
    assert "copytrader unlock" in locked.err
    ran = command(tmp_path, "unlock")
    assert ran.status == 0, ran.err
    assert not _state(tmp_path).totp_locked
