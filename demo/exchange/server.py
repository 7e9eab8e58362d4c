"""HTTP and WebSocket in front of the exchange; needs the ``demo`` extra (aiohttp)."""

import asyncio
import socket as sockets
import ssl
import struct
from collections.abc import Callable
from urllib.parse import parse_qs

from aiohttp import WSMsgType, web

from demo.exchange.exchange import Exchange
from demo.exchange.login import login_page, redirect_target
from demo.exchange.wire import JSON_BODY, Drop, Fields, KiteError, Reply, failure


class ExchangeServer:
    """Serves one `Exchange` to unmodified Kite clients on one port.

    REST is at `api_url`, the stream at `ws_url` (also under ``/ws``), the login page at
    `login_url`.
    """

    def __init__(
        self,
        exchange: Exchange,
        *,
        latency_s: Callable[[], float] = lambda: 0.0,
        way_in: float = 0.0,
        step_s: float | None = None,
        beat_s: float = 1.0,
        address_header: str | None = None,
    ) -> None:
        """Take what to serve.

        Args:
            exchange: Answers everything.
            latency_s: Seconds before each REST answer; seed it for a repeatable run.
            way_in: Part of the latency (0 to 1) that passes before a request takes effect, so that
                requests may overtake each other.
            step_s: Seconds between steps of the exchange; None where somebody else calls `step`.
            beat_s: Seconds between heartbeats of an idle socket.
            address_header: Name of a header in which a request may say which address it comes
                from, so that one machine can stand for many; None believes the connection alone.
        """
        self._exchange = exchange
        self._latency_s = latency_s
        self._way_in = way_in
        self._step_s = step_s
        self._beat_s = beat_s
        self._address_header = address_header
        self._runner: web.AppRunner | None = None
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._stopping = asyncio.Event()
        self._address = ("", 0)
        self._secure = ""

    @property
    def api_url(self) -> str:
        """Root for REST, without a trailing slash."""
        return f"http{self._secure}://{self._address[0]}:{self._address[1]}"

    @property
    def ws_url(self) -> str:
        """Root for the stream; a client appends ``?api_key=…&access_token=…``."""
        return f"ws{self._secure}://{self._address[0]}:{self._address[1]}"

    @property
    def login_url(self) -> str:
        """The login page, as kite.zerodha.com/connect/login is for the real one."""
        return f"{self.api_url}/connect/login"

    async def start(
        self, host: str = "127.0.0.1", port: int = 0, ssl_context: ssl.SSLContext | None = None
    ) -> None:
        """Listen.

        Args:
            host: Address to bind.
            port: 0 for any free one.
            ssl_context: Serve https and wss where given.
        """
        app = web.Application()
        app.router.add_get("/connect/login", self._login_page)
        app.router.add_post("/connect/login/finish", self._login_finish)
        app.router.add_route("*", "/{path:.*}", self._dispatch)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port, ssl_context=ssl_context, backlog=512)
        await site.start()
        self._secure = "s" if ssl_context else ""
        self._address = (host, self._runner.addresses[0][1])
        self._repeat("beat", self._beat_s, self._exchange.sockets.beat)
        if self._step_s is not None:
            self._repeat("step", self._step_s, self._exchange.step)

    async def stop(self) -> None:
        """Close every connection and stop listening."""
        self._stopping.set()
        for timer in self._timers.values():
            timer.cancel()
        for each in self._exchange.sockets.open_for():
            self._exchange.sockets.break_off(each)
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def _repeat(self, name: str, every_s: float, action: Callable[[], None]) -> None:
        def run() -> None:
            # The next turn is booked first, so an action that fails does not end the series.
            self._timers[name] = loop.call_later(every_s, run)
            action()

        loop = asyncio.get_running_loop()
        self._timers[name] = loop.call_later(every_s, run)

    async def _dispatch(self, request: web.Request) -> web.StreamResponse:
        upgrade = request.headers.get("Upgrade", "").lower() == "websocket"
        if upgrade and request.path in {"/", "/ws"}:
            return await self._stream(request)
        form = parse_qs((await request.read()).decode(errors="replace"), keep_blank_values=True)
        fields: Fields = dict(form)
        if request.content_type == "application/json":
            fields = {JSON_BODY: await request.text()}
        latency = self._latency_s()
        await self._pause(latency * self._way_in)
        reply = self._exchange.request(
            request.method, request.raw_path, fields, request.headers, self._address_of(request)
        )
        await self._pause(reply.delay_s + latency * (1 - self._way_in))
        return await self._send(request, reply)

    def _address_of(self, request: web.Request) -> str:
        told = request.headers.get(self._address_header) if self._address_header else None
        return told or request.remote or ""

    async def _send(self, request: web.Request, reply: Reply) -> web.StreamResponse:
        if reply.drop is Drop.NONE:
            return web.Response(status=reply.status, body=reply.body, headers=reply.headers)
        if reply.drop is Drop.MID_BODY:
            response = web.StreamResponse(status=reply.status, headers=reply.headers)
            response.content_length = len(reply.body)
            await response.prepare(request)
            await response.write(reply.body[: len(reply.body) // 2])
        _break_off(request, reset=reply.drop in {Drop.RESET, Drop.MID_BODY})
        return web.Response(status=500)

    async def _pause(self, seconds: float) -> None:
        """Wait, but not past the server's own end."""
        if seconds <= 0:
            return
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        frames: asyncio.Queue[str | bytes | None] = asyncio.Queue()
        api_key = request.query.get("api_key", "")
        token = request.query.get("access_token", "")
        try:
            socket = self._exchange.sockets.connect(api_key, token, frames.put_nowait)
        except KiteError as error:
            return await self._send(request, failure(error))
        stream = web.WebSocketResponse(autoping=True)
        try:
            await stream.prepare(request)
            async with asyncio.TaskGroup() as tasks:
                writing = tasks.create_task(_write(request, stream, frames))
                async for message in stream:
                    if message.type is WSMsgType.TEXT:
                        self._exchange.sockets.receive(socket, message.data)
                writing.cancel()
        finally:
            self._exchange.sockets.forget(socket)
        return stream

    async def _login_page(self, request: web.Request) -> web.StreamResponse:
        """Show the account of the api_key, with a button."""
        account = self._exchange.accounts.find_key(request.query.get("api_key"))
        if account is None:
            return web.Response(status=400, text="There is no app with this api_key.")
        page = login_page(account, request.query.get("redirect_params", ""))
        return web.Response(text=page, content_type="text/html")

    async def _login_finish(self, request: web.Request) -> web.StreamResponse:
        """Redirect with a request token; a script may post here without the page."""
        form = await request.post()
        account = self._exchange.accounts.find_key(str(form.get("api_key", "")))
        if account is None:
            return web.Response(status=400, text="There is no app with this api_key.")
        token = None
        if not form.get("cancel"):
            token = self._exchange.sessions.issue_request_token(account)
        target = redirect_target(account, token, str(form.get("redirect_params", "")))
        return web.Response(status=302, headers={"Location": target})


async def _write(
    request: web.Request, stream: web.WebSocketResponse, frames: "asyncio.Queue[str | bytes | None]"
) -> None:
    """Send frames in order until the connection breaks off or the client is gone."""
    try:
        while (frame := await frames.get()) is not None:
            if isinstance(frame, str):
                await stream.send_str(frame)
            else:
                await stream.send_bytes(frame)
    except ConnectionError:
        return  # the client is gone; the reading side notices as well
    _break_off(request, reset=False)


def _break_off(request: web.Request, *, reset: bool) -> None:
    """Close the TCP connection under an exchange of messages, with RST where asked."""
    transport = request.transport
    if transport is None:
        return
    if reset:
        raw = transport.get_extra_info("socket")
        # Linger 0 makes the kernel send RST instead of FIN.
        raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    else:
        transport.close()
