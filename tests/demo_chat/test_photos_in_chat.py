"""Pictures in the local chat: taken, refused and replaced as Telegram does it."""

import json

import pytest

from demo.chat.photos import MAX_PHOTO_BYTES
from tests.demo_chat.pngs import a_png


def a_photo(content: bytes) -> dict:
    return {"photo": ("p.png", content, "image/png")}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"%PDF-1.7 a long enough beginning", "IMAGE_PROCESS_FAILED"),
        (a_png()[:20], "IMAGE_PROCESS_FAILED"),
        (a_png(30, 601), "PHOTO_INVALID_DIMENSIONS"),
        (a_png(5000, 5001), "PHOTO_INVALID_DIMENSIONS"),
        (a_png() + b"x" * MAX_PHOTO_BYTES, "too big for a photo"),
    ],
)
async def test_what_telegram_cannot_show_is_refused(server, api, content, reason):
    server.user(7, "trader")
    code, body = await api("sendPhoto", chat_id=7, files=a_photo(content))
    assert code == 400
    assert reason in body["description"]


async def test_a_caption_is_shorter_than_a_text(server, api):
    server.user(7, "trader")
    assert (await api("sendPhoto", chat_id=7, caption="x" * 1024, files=a_photo(a_png())))[0] == 200
    code, body = await api("sendPhoto", chat_id=7, caption="x" * 1025, files=a_photo(a_png()))
    assert (code, "caption is too long" in body["description"]) == (400, True)


async def test_a_picture_is_replaced_and_its_text_is_no_text_to_edit(server, api):
    user = server.user(7, "trader")
    _, body = await api("sendPhoto", chat_id=7, caption="old", files=a_photo(a_png()))
    number = body["result"]["message_id"]
    media = {
        "type": "photo",
        "media": "attach://new",
        "caption": "<b>new</b>",
        "parse_mode": "HTML",
    }
    code, body = await api(
        "editMessageMedia",
        chat_id=7,
        message_id=number,
        media=json.dumps(media),
        files={"new": ("n.png", a_png(shade=200), "image/png")},
    )
    assert (code, body["result"]["caption"]) == (200, "new")
    (shown,) = user.messages()
    assert (shown.text, shown.attachment.content) == ("new", a_png(shade=200))
    code, body = await api("editMessageText", chat_id=7, message_id=number, text="only words")
    assert (code, "no text in the message to edit" in body["description"]) == (400, True)


async def test_a_picture_may_take_the_place_of_a_text(server, api):
    user = server.user(7, "trader")
    _, body = await api("sendMessage", chat_id=7, text="positions")
    media = {"type": "photo", "media": "attach://new", "caption": "wide"}
    await api(
        "editMessageMedia",
        chat_id=7,
        message_id=body["result"]["message_id"],
        media=json.dumps(media),
        files={"new": ("n.png", a_png(), "image/png")},
    )
    (shown,) = user.messages()
    assert (shown.text, shown.attachment.kind) == ("wide", "photo")
