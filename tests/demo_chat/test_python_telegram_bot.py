import asyncio

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter
from telegram.ext import ApplicationBuilder, CallbackQueryHandler, CommandHandler, TypeHandler

from demo.chat.errors import NotShownError
from demo.chat.faults import Fault, FaultKind
from tests.demo_chat.pngs import a_png

CONFIRM = InlineKeyboardMarkup(
    [
        [
            InlineKeyboardButton("Confirm start", callback_data="v1|abc|y"),
            InlineKeyboardButton("Cancel", callback_data="v1|abc|n"),
        ],
        [InlineKeyboardButton("Log in", url="http://127.0.0.1:9/connect/login?v=3&api_key=k")],
    ]
)


async def ask(update, _context):
    await update.message.reply_html("PAPER <b>ready?</b> M&amp;M", reply_markup=CONFIRM)


async def confirm(update, _context):
    query = update.callback_query
    await query.answer("at once")
    await query.edit_message_text(f"PAPER running {query.data}", parse_mode="HTML")


async def test_a_command_a_tap_and_an_edit_go_round(server, bots):
    await bots.run(CommandHandler("start_copy", ask), CallbackQueryHandler(confirm))
    user = server.user(7, "trader", username="trader7")
    user.send("/start_copy")
    prompt = await user.expect("ready?")
    assert prompt.text == "PAPER ready? M&M"
    assert prompt.button("Log in").url.endswith("api_key=k")
    user.tap(prompt, "Confirm")
    done = await user.expect("running v1|abc|y")
    assert done.message_id == prompt.message_id
    assert done.keyboard == ()
    assert [message.text for message in user.messages()] == [
        "/start_copy",
        "PAPER running v1|abc|y",
    ]
    assert [toast.text for toast in user.toasts()] == ["at once"]
    assert bots.polling_errors == []


async def test_every_call_the_bot_makes_is_understood(server, bots):
    app = bots.build()
    await app.initialize()
    bot, user = app.bot, server.user(7, "trader")
    await bot.set_my_commands([("stop", "stop copying")])
    assert server.commands == (("stop", "stop copying"),)
    user.send("waits")
    assert await bot.delete_webhook()
    assert len(server.telegram.updates.pending) == 1
    assert await bot.delete_webhook(drop_pending_updates=True)
    assert server.telegram.updates.pending == ()
    message = await bot.send_message(7, "card", reply_markup=CONFIRM, disable_notification=True)
    assert message.reply_markup == CONFIRM
    assert user.message(message.message_id).silent
    await bot.edit_message_reply_markup(7, message.message_id)
    assert user.message(message.message_id).keyboard == ()
    assert await bot.pin_chat_message(7, message.message_id)
    assert (await bot.get_chat(7)).pinned_message.message_id == message.message_id
    assert await bot.send_chat_action(7, "typing")
    photo = await bot.send_photo(7, a_png(), caption="<b>day</b>", parse_mode="HTML")
    assert (photo.caption, photo.photo[0].file_size) == ("day", len(a_png()))
    document = await bot.send_document(7, b"a,b", filename="fills.csv")
    assert document.document.file_name == "fills.csv"
    assert await bot.delete_message(7, message.message_id)
    assert [m.message_id for m in user.messages()[1:]] == [photo.message_id, document.message_id]


async def test_errors_arrive_as_the_classes_the_bot_tells_apart(server, bots):
    app = bots.build()
    await app.initialize()
    bot, user = app.bot, server.user(7, "trader")
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(8, "x")
    with pytest.raises(BadRequest, match="Can't parse entities: unclosed start tag"):
        await bot.send_message(7, "a <b", parse_mode="HTML")
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("x", 7, 99)
    message = await bot.send_message(7, "x")
    with pytest.raises(BadRequest, match="Message is not modified"):
        await bot.edit_message_text("x", 7, message.message_id)
    with pytest.raises(BadRequest, match="Query is too old"):
        await bot.answer_callback_query("1")
    user.block()
    with pytest.raises(Forbidden):
        await bot.send_message(7, "x")
    wrong = ApplicationBuilder().token("1:wrong").base_url(f"{server.api_url}/bot").build()
    with pytest.raises(InvalidToken):
        await wrong.initialize()
    # The application counts as never initialised; only its bot closes the connections.
    await wrong.bot.shutdown()


@pytest.mark.filterwarnings("ignore:.*attribute `retry_after`")  # the library warns of itself
async def test_a_flood_wait_reaches_the_bot_with_its_seconds_and_ends(server, bots, now):
    app = bots.build()
    await app.initialize()
    server.user(7, "trader")
    server.faults.add(Fault(kind=FaultKind.FLOOD, seconds=30))
    with pytest.raises(RetryAfter) as flood:
        await app.bot.send_message(7, "x")
    assert flood.value.retry_after == 30
    assert await app.bot.get_me()
    now.forward(30)
    assert (await app.bot.send_message(7, "x")).text == "x"


async def test_polling_survives_an_outage(server, bots):
    app = await bots.run(CommandHandler("start_copy", ask))
    user = server.user(7, "trader")
    await server.stop()
    user.send("/start_copy")
    with pytest.raises(NetworkError):
        await app.bot.get_me()
    await server.start()
    await user.expect("ready?", timeout_s=10)
    assert bots.polling_errors


async def test_a_bad_gateway_is_a_network_error(server, bots):
    app = bots.build()
    await app.initialize()
    server.faults.add(Fault(kind=FaultKind.OUTAGE, calls=1, methods=frozenset({"getMe"})))
    with pytest.raises(NetworkError) as down:
        await app.bot.get_me()
    assert type(down.value) is NetworkError


async def test_an_update_comes_again_when_the_bot_dies_before_acknowledging_it(server, bots):
    seen = []
    arrived = asyncio.Event()

    async def note(update, _context):
        seen.append(update.update_id)
        arrived.set()

    user = server.user(7, "trader")
    # The first bot takes the update; from then on its polls fail, so it can acknowledge nothing.
    first = await bots.run(TypeHandler(Update, note))
    await server.until_polled(5)
    server.faults.add(Fault(kind=FaultKind.OUTAGE, methods=frozenset({"getUpdates"})))
    update_id = user.send("/stop")
    async with asyncio.timeout(5):
        await arrived.wait()
    await bots.kill(first)
    server.faults.clear()
    arrived.clear()
    await bots.run(TypeHandler(Update, note))
    async with asyncio.timeout(5):
        await arrived.wait()
    assert seen == [update_id, update_id]


async def test_two_bots_with_one_token_conflict(bots, eventually):
    await bots.run(CommandHandler("start_copy", ask))
    await bots.run(CommandHandler("start_copy", ask))
    await eventually(lambda: bots.polling_errors)
    assert "terminated by other getUpdates" in str(bots.polling_errors[0])


async def test_edited_injected_and_backdated_updates_reach_the_bot(server, bots, now):
    updates = asyncio.Queue()

    async def note(update, _context):
        await updates.put(update)

    await bots.run(TypeHandler(Update, note))
    user = server.user(7, "trader")
    yesterday = now.at.replace(day=22)
    user.send("/start_copy", sent_at=yesterday)
    async with asyncio.timeout(5):
        assert (await updates.get()).message.date == yesterday
        user.edit(user.messages()[0], "/stop")
        assert (await updates.get()).edited_message.text == "/stop"
        group = {"id": -5, "type": "group", "title": "g"}
        body = {"message_id": 1, "date": 1, "chat": group, "text": "/stop"}
        server.inject("message", body)
        assert (await updates.get()).effective_user is None


async def test_waiting_looks_only_at_what_came_since_the_last_act(server, bots):
    app = bots.build()
    await app.initialize()
    user = server.user(7, "trader")
    await app.bot.send_message(7, "PAPER old")
    user.send("/status")
    with pytest.raises(NotShownError, match=r"trader waited 0.05 s for 'PAPER'"):
        await user.expect("PAPER", timeout_s=0.05)
    message = await app.bot.send_message(7, "PAPER 1 of 3")
    await app.bot.edit_message_text("PAPER 3 of 3", 7, message.message_id)
    assert (await user.expect("1 of 3")).text == "PAPER 1 of 3"
    assert (await user.expect(lambda m: m.text.endswith("3 of 3"))).text == "PAPER 3 of 3"
    assert (await user.expect("old", since=0)).text == "PAPER old"


async def test_taps_need_a_button_that_is_there(server, bots):
    app = bots.build()
    await app.initialize()
    user = server.user(7, "trader")
    message = await app.bot.send_message(7, "sure?", reply_markup=CONFIRM)
    with pytest.raises(LookupError):
        user.tap(message.message_id, "Retry")
    with pytest.raises(ValueError, match="opens http"):
        user.tap(message.message_id, "Log in")
    user.tap_data(message.message_id, "forged")
    assert server.telegram.updates.pending[-1].payload["data"] == "forged"


async def test_a_listener_sees_every_change_until_it_leaves(server, bots):
    app = bots.build()
    await app.initialize()
    server.user(7, "trader")
    kinds = []
    leave = server.on_change(lambda change: kinds.append(change.kind.value))
    message = await app.bot.send_message(7, "x")
    await app.bot.edit_message_text("y", 7, message.message_id)
    await app.bot.delete_message(7, message.message_id)
    leave()
    await app.bot.send_message(7, "z")
    assert kinds == ["shown", "edited", "deleted"]
