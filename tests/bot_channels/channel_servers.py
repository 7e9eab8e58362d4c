"""Real servers on this machine: one for mail, one for what Discord, Twilio and others are posted."""

import asyncio
import email
import json
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import policy
from urllib.parse import parse_qsl

from aiohttp import web
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

USER, PASSWORD = "me@mail.example", "smtp canary/word"


@dataclass
class MailServer:
    """Takes mail, from whoever logs in where that is asked for."""

    port: int = 0
    mails: list = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    users: list[bytes] = field(default_factory=list)
    refuse_receivers: set[str] = field(default_factory=set)
    answers: list[str] = field(default_factory=list)

    def authenticate(self, server, session, envelope, mechanism, data) -> AuthResult:
        right = (USER.encode(), PASSWORD.encode())
        self.users.append(data.login)
        ok = isinstance(data, LoginPassword) and (data.login, data.password) == right
        return AuthResult(success=ok, handled=False)

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if address in self.refuse_receivers:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if self.answers:
            return self.answers.pop(0)
        mail = email.message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append((envelope.rcpt_tos, mail))
        self.encrypted.append(session.ssl is not None)
        return "250 OK"


@asynccontextmanager
async def a_mail_server(
    *, port: int = 0, starttls=None, tls=None, auth: bool = False
) -> AsyncIterator[MailServer]:
    """Serve until the block ends.

    Args:
        port: Where; 0: anywhere.
        starttls: Server context to offer STARTTLS with.
        tls: Server context to speak TLS with from the first byte.
        auth: Whether a password is asked for.
    """
    kept, loop = MailServer(), asyncio.get_running_loop()

    def protocol() -> SMTP:
        with warnings.catch_warnings():
            # It warns of passwords without STARTTLS; here TLS is there already, or nobody listens.
            warnings.simplefilter("ignore")
            return SMTP(
                kept,
                loop=loop,
                hostname="mail.example",
                tls_context=starttls,
                auth_required=auth,
                auth_require_tls=auth and starttls is not None,
                authenticator=kept.authenticate,
            )

    server = await loop.create_server(protocol, "127.0.0.1", port, ssl=tls)
    kept.port = server.sockets[0].getsockname()[1]
    try:
        yield kept
    finally:
        server.close()


@dataclass(frozen=True, kw_only=True)
class Posted:
    """One request."""

    method: str
    path: str
    query: dict
    headers: dict
    body: str

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def form(self) -> dict:
        return dict(parse_qsl(self.body))


@dataclass
class WebServer:
    """Keeps what it is posted; answers as told, else 200 with ``{}``."""

    url: str = ""
    posted: list[Posted] = field(default_factory=list)
    answers: list[tuple[int, dict]] = field(default_factory=list)
    hangs: asyncio.Event | None = None

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.text()
        self.posted.append(
            Posted(
                method=request.method,
                path=request.path,
                query=dict(request.query),
                headers={name.lower(): value for name, value in request.headers.items()},
                body=body,
            )
        )
        if self.hangs is not None:
            await self.hangs.wait()
        status, answer = self.answers.pop(0) if self.answers else (200, {})
        return web.json_response(answer, status=status)


@asynccontextmanager
async def a_web_server(*, port: int = 0) -> AsyncIterator[WebServer]:
    """Serve until the block ends."""
    kept = WebServer()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", kept.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    kept.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield kept
    finally:
        if kept.hangs is not None:
            kept.hangs.set()
        await runner.cleanup()


async def nothing_listens() -> int:
    """Return a port where nobody answers."""
    server = await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return port
