import asyncio

import httpx
import pytest

from demo.chat.faults import Fault, FaultKind
from tests.demo_chat.pngs import a_png


async def test_a_wrong_token_and_an_unknown_method_are_told_apart(api):
    assert (await api("getMe", token="1:no"))[1] == {
        "ok": False,
        "error_code": 401,
        "description": "Unauthorized",
    }
    assert await api("sendTelepathy") == (
        404,
        {"ok": False, "error_code": 404, "description": "Not Found: method not found"},
    )


async def test_method_names_ignore_case_and_get_works_too(server):
    async with httpx.AsyncClient() as client:
        reply = await client.get(f"{server.api_url}/bot424242:{'t' * 35}/GETME")
    assert reply.json()["result"]["username"] == "copytrader_demo_bot"


async def test_json_bodies_work_and_broken_ones_are_refused(server):
    server.user(7, "trader")
    url = f"{server.api_url}/bot424242:{'t' * 35}/sendMessage"
    async with httpx.AsyncClient() as client:
        sent = await client.post(url, json={"chat_id": 7, "text": "hi", "reply_markup": None})
        broken = await client.post(url, content=b"{", headers={"content-type": "application/json"})
    assert sent.json()["result"]["text"] == "hi"
    assert broken.status_code == 400


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"text": "x"}, "chat_id is empty"),
        ({"chat_id": "@nobody", "text": "x"}, "chat not found"),
        ({"chat_id": 7}, "message text is empty"),
        ({"chat_id": 7, "text": "x", "reply_markup": "{"}, "can't parse reply_markup JSON object"),
        ({"chat_id": 7, "text": "x", "parse_mode": "MarkdownV2"}, "unsupported parse_mode"),
    ],
)
async def test_malformed_calls_get_a_reason(server, api, values, reason):
    server.user(7, "trader")
    code, body = await api("sendMessage", **values)
    assert code == 400
    assert body["description"].startswith(f"Bad Request: {reason}")


async def test_a_long_poll_waits_and_then_brings_the_message(server, api):
    user = server.user(7, "trader")
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        poll = group.create_task(api("getUpdates", timeout=30))
        await server.until_polled(5)
        update_id = user.send("/status")
    [update] = poll.result()[1]["result"]
    assert update["update_id"] == update_id
    assert update["message"]["entities"] == [{"type": "bot_command", "offset": 0, "length": 7}]


async def test_the_older_of_two_pollers_gets_a_conflict(server, api):
    user = server.user(7, "trader")
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        older = group.create_task(api("getUpdates", timeout=30))
        await server.until_polled(5)
        newer = group.create_task(api("getUpdates", timeout=30))
        code, body = await older
        user.send("hi")
    assert code == 409
    assert body["description"].startswith("Conflict: terminated by other getUpdates request")
    assert len(newer.result()[1]["result"]) == 1


async def test_a_poller_that_dies_frees_its_place_and_loses_nothing(server, api, eventually):
    user = server.user(7, "trader")
    async with asyncio.timeout(5):
        async with asyncio.TaskGroup() as group:
            dying = group.create_task(api("getUpdates", timeout=30))
            await server.until_polled(5)
            dying.cancel()
        await eventually(lambda: not server.is_polled)
    user.send("after death")
    [update] = (await api("getUpdates"))[1]["result"]
    assert update["message"]["text"] == "after death"
    assert (await api("getUpdates"))[1]["result"] == [update]
    assert (await api("getUpdates", offset=update["update_id"] + 1))[1]["result"] == []


async def test_stopping_ends_a_waiting_poll_at_once(server, api):
    async with asyncio.timeout(3), asyncio.TaskGroup() as group:

        async def poll():
            with pytest.raises((httpx.TransportError, ValueError)):
                await api("getUpdates", timeout=50)

        group.create_task(poll())
        await server.until_polled(5)
        await server.stop()


async def test_files_arrive_with_their_bytes(server, api):
    user = server.user(7, "trader")
    await api(
        "sendPhoto", chat_id=7, caption="day", files={"photo": ("day.png", a_png(), "image/png")}
    )
    _, body = await api(
        "sendDocument", chat_id=7, files={"document": ("r.csv", b"a,b", "text/csv")}
    )
    photo, document = user.messages()
    assert (photo.text, photo.attachment.file_name, photo.attachment.content) == (
        "day",
        "day.png",
        a_png(),
    )
    assert document.attachment.mime_type == "text/csv"
    assert body["result"]["document"]["file_name"] == "r.csv"
    assert (await api("sendPhoto", chat_id=7))[0] == 400


async def test_an_outage_refuses_connections_and_forgets_nothing(server, api):
    user = server.user(7, "trader")
    user.send("before")
    url = server.api_url
    await server.stop()
    with pytest.raises(httpx.ConnectError):
        await api("getMe")
    user.send("during")
    await server.start()
    assert server.api_url == url
    texts = [u["message"]["text"] for u in (await api("getUpdates"))[1]["result"]]
    assert texts == ["before", "during"]


async def test_a_lost_answer_still_showed_the_message(server, api):
    user = server.user(7, "trader")
    server.faults.add(Fault(kind=FaultKind.LOST_ANSWER, calls=1))
    with pytest.raises(httpx.TransportError):
        await api("sendMessage", chat_id=7, text="did it arrive?")
    assert user.messages()[-1].text == "did it arrive?"
    assert [(call.method, call.code) for call in server.calls] == [("sendMessage", 200)]


async def test_a_slow_call_keeps_the_caller_waiting(server, api):
    server.faults.add(Fault(kind=FaultKind.SLOW, calls=1, delay_s=0.2))
    loop = asyncio.get_running_loop()
    start = loop.time()
    assert (await api("getMe"))[0] == 200
    assert loop.time() - start >= 0.19
    assert (await api("getMe"))[0] == 200


async def test_chat_extras_work(server, api):
    user = server.user(7, "trader")
    await api("sendMessage", chat_id=7, text="card")
    assert (await api("pinChatMessage", chat_id=7, message_id=1))[1]["result"] is True
    assert user.pinned().text == "card"
    chat = (await api("getChat", chat_id=7))[1]["result"]
    assert (chat["type"], chat["pinned_message"]["text"]) == ("private", "card")
    assert (await api("sendChatAction", chat_id=7, action="typing"))[0] == 200
    assert (await api("pinChatMessage", chat_id=7, message_id=9))[0] == 400
