"""The control socket: answers, refusals, and what is not a request at all."""

import asyncio
import socket
import stat

import msgspec
import pytest

from bot.control_socket import ControlError, ControlSocket, NoAnswerError, NotRunningError, call
from engine.errors import CopyTraderError


@pytest.fixture
async def control(tmp_path):
    path = tmp_path / "control.sock"
    stuck = asyncio.Event()

    async def echo(args):
        return {"heard": args}

    async def refuse(_args):
        raise CopyTraderError("not now - try again")

    async def broken(_args):
        raise RuntimeError("canary of a traceback")

    async def hang(_args):
        await stuck.wait()
        return {}

    handlers = {"echo": echo, "refuse": refuse, "broken": broken, "hang": hang}
    server = ControlSocket(path, handlers)
    await server.start()
    async with asyncio.timeout(10):
        yield path
        stuck.set()
        await server.close()


async def ask(path, verb, args=None, timeout_s=5.0):
    return await asyncio.to_thread(call, path, verb, args, timeout_s=timeout_s)


async def raw(path, sent: bytes) -> list[dict]:
    """Send bytes, end the sending side, and return every line of the answer."""
    reader, writer = await asyncio.open_unix_connection(str(path))
    writer.write(sent)
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    return [msgspec.json.decode(line) for line in answer.splitlines()]


async def test_a_verb_gets_its_arguments_and_the_asker_its_answer(control):
    assert await ask(control, "echo", {"a": 1}) == {"ok": True, "heard": {"a": 1}}


async def test_only_the_owner_may_connect(control):
    assert stat.S_IMODE(control.stat().st_mode) == 0o600


async def test_a_refusal_is_an_answer_with_its_reason(control):
    assert await ask(control, "refuse") == {"ok": False, "error": "not now - try again"}


async def test_an_unknown_verb_is_refused(control):
    answer = await ask(control, "dance")
    assert answer["ok"] is False
    assert "unknown verb 'dance'" in answer["error"]


async def test_a_failing_handler_shows_nothing_of_itself_and_harms_nobody(control):
    answer = await ask(control, "broken")
    assert answer == {"ok": False, "error": "internal error - see the log"}
    assert (await ask(control, "echo"))["ok"] is True


async def test_lines_that_are_no_requests_are_answered_in_turn(control):
    lines = b'\xff\xfe\n{}\n[1]\n{"verb": 3}\n{"verb": "echo", "more": 1}\n{"verb": "echo"}\n'
    answers = await raw(control, lines)
    assert [answer["ok"] for answer in answers] == [False] * 5 + [True]


async def test_an_endless_line_is_refused_and_the_socket_still_serves(control):
    answers = await raw(control, b"x" * 200_000)
    assert answers == [{"ok": False, "error": "the request is too long"}]
    assert (await ask(control, "echo"))["ok"] is True


async def test_an_asker_who_hangs_up_harms_nobody(control):
    _, writer = await asyncio.open_unix_connection(str(control))
    writer.write(b'{"verb": "echo"}\n' * 1000)
    writer.transport.abort()
    assert (await ask(control, "echo"))["ok"] is True


async def test_an_instance_that_does_not_answer_is_told_from_none_at_all(control, tmp_path):
    with pytest.raises(NoAnswerError, match=r"within 0\.1 s"):
        await ask(control, "hang", timeout_s=0.1)
    with pytest.raises(NotRunningError, match="copytrader run"):
        await ask(tmp_path / "nothing.sock", "echo")


async def test_the_file_of_a_killed_instance_is_no_instance_and_no_hindrance(tmp_path):
    path = tmp_path / "control.sock"
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(str(path))
    stale.close()
    with pytest.raises(NotRunningError):
        await ask(path, "echo")
    server = ControlSocket(path, {})
    await server.start()
    assert (await ask(path, "echo"))["ok"] is False
    await server.close()
    assert not path.exists()


async def test_a_path_that_is_no_socket_is_left_alone(tmp_path):
    path = tmp_path / "control.sock"
    path.write_text("precious")
    with pytest.raises(ControlError, match="cannot be opened"):
        await ControlSocket(path, {}).start()
    assert path.read_text() == "precious"


async def test_a_deep_folder_does_not_stop_the_socket(tmp_path):
    folder = tmp_path / ("d" * 90) / ("e" * 90)
    folder.mkdir(parents=True)
    path = folder / "control.sock"
    server = ControlSocket(path, {})
    await server.start()
    assert (await ask(path, "echo"))["ok"] is False
    await server.close()
    assert not path.exists()
