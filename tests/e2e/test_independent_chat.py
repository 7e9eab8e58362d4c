"""The real process judged by a Bot API server that is not ours."""

import pyotp

from demo.exchange.build import MASTER
from demo.stage import Plan, Stage
from engine.clock import SystemClock
from tests.bot_chat.chat_server import OWNER, STRANGER, TOKEN, TOTP_SECRET, Chat, Server
from tests.e2e.conftest import until


async def test_the_whole_way_from_login_to_a_live_copy(tmp_path):
    server = Server()
    await server.start()
    stage = Stage(
        Plan(
            folder=tmp_path / "stage",
            followers=1,
            settings={
                "TELEGRAM__API_URL": f"http://127.0.0.1:{server.port}",
                "TELEGRAM__BOT_TOKEN": TOKEN,
                "TELEGRAM__ADMINS": str(OWNER),
                "SECURITY__TOTP_SECRET": TOTP_SECRET,
            },
        )
    )
    chat = Chat(server=server, desk=None, clock=SystemClock(), bot=None)
    try:
        await stage.open()
        await stage.launch_program()
        await chat.say("/start_copy", user=STRANGER)
        await chat.say("/login")
        offer = await chat.next_saying("log in master")
        for button in offer.buttons.values():
            await chat.say(await stage.log_in_at_broker(button["url"]))
            await chat.next_saying("is logged in")
        await chat.say("/live")
        await chat.next_saying("6-digit code")
        await chat.say(pyotp.TOTP(TOTP_SECRET).now())
        await chat.next_saying("armed")
        await chat.say("/start_copy")
        prompt = await chat.next_saying("real money")
        await chat.press(prompt, "Confirm start")
        await chat.next_saying("Copying started")

        stage.exchange.place_from_app(
            MASTER,
            exchange="NSE",
            tradingsymbol="SBIN",
            transaction_type="BUY",
            quantity=7,
            product="CNC",
        )
        card = await chat.next_saying("1 of 1 followed")
        assert "SBIN" in card.text
        follower = stage.user_id("father")
        assert stage.exchange.net_positions(follower) == {("NSE", "SBIN", "CNC"): 7}
        await chat.say("/stop")
        await chat.next_saying("Exits")
        stage.exchange.place_from_app(
            MASTER,
            exchange="NSE",
            tradingsymbol="SBIN",
            transaction_type="SELL",
            quantity=7,
            product="CNC",
        )
        await until(lambda: not stage.exchange.net_positions(follower), what="the exit after /stop")
        told = {call.fields.get("chat_id") for call in server.calls if "chat_id" in call.fields}
        assert told == {str(OWNER)}, "a stranger gets silence"
    finally:
        await stage.close()
        await server.stop()
