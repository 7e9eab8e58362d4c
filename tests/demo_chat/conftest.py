import asyncio
from datetime import datetime, timedelta, timezone

import httpx
import pytest
from telegram.ext import Application

from demo.chat.messages import User
from demo.chat.server import ChatServer
from demo.chat.telegram import LocalTelegram

TOKEN = "424242:" + "t" * 35
IST = timezone(timedelta(hours=5, minutes=30))


class ManualNow:
    """A clock that only moves when told."""

    def __init__(self):
        self.at = datetime(2026, 11, 23, 9, 15, tzinfo=IST)

    def __call__(self):
        return self.at

    def forward(self, seconds):
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def now():
    return ManualNow()


@pytest.fixture
def eventually():
    """Wait, bounded, for something that no event announces."""

    async def wait(condition):
        async with asyncio.timeout(5):
            while not condition():  # noqa: ASYNC110 -- the state belongs to other code, no event
                await asyncio.sleep(0.005)

    return wait


@pytest.fixture
def telegram(now):
    bot = User(id=900, name="Copy trader", username="copy_bot", is_bot=True)
    telegram = LocalTelegram(bot=bot, now=now)
    telegram.join(User(id=7, name="trader"))
    return telegram


@pytest.fixture
async def server(now):
    server = ChatServer(token=TOKEN, now=now)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def api(server):
    """Raw Bot API calls: ``await api("sendMessage", chat_id=7, text="hi")`` -> (status, body)."""
    async with httpx.AsyncClient(timeout=10) as client:

        async def call(method, /, *, token=TOKEN, files=None, **values):
            url = f"{server.api_url}/bot{token}/{method}"
            reply = await client.post(url, data=values, files=files)
            return reply.status_code, reply.json()

        yield call


class RunningBots:
    """python-telegram-bot applications against the local server, stopped at the end of the test."""

    def __init__(self, server):
        self.server = server
        self.apps = []
        self.polling_errors = []

    def build(self, *handlers):
        builder = Application.builder().token(TOKEN).base_url(f"{self.server.api_url}/bot")
        app = builder.build()
        app.add_handlers(list(handlers))
        self.apps.append(app)
        return app

    async def run(self, *handlers):
        app = self.build(*handlers)
        await app.initialize()
        await app.start()
        await app.updater.start_polling(
            allowed_updates=["message", "edited_message", "callback_query"],
            error_callback=self.polling_errors.append,
        )
        return app

    async def kill(self, app):
        """End a bot the hard way: its poll dies and nothing is acknowledged."""
        app.updater._Updater__polling_task.cancel()
        app.updater._running = False
        await self._close(app)

    async def _close(self, app):
        if app in self.apps:
            self.apps.remove(app)
        if app.updater.running:
            await app.updater.stop()
        if app.running:
            await app.stop()
        await app.shutdown()

    async def close(self):
        for app in tuple(self.apps):
            await self._close(app)


@pytest.fixture
async def bots(server):
    bots = RunningBots(server)
    yield bots
    await bots.close()
