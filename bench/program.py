"""The real program: ``copytrader run`` in a process of its own, logged in, LIVE and copying."""

import asyncio
import signal
import ssl
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
import pyotp

from bench.accounts import Account, Group
from bench.child import BenchError, Child
from bench.order import SYMBOL
from bot.control_socket import ControlError, call
from demo.chat.errors import NotShownError
from demo.chat.messages import Message
from demo.chat.people import Person
from demo.chat.server import ChatServer
from demo.stage import BOT_TOKEN, TRADER_ID
from engine.clock import SystemClock
from engine.core.values.position_views import AccountPositions

#: Seconds until the program listens to the chat, and for one answer of it there; and so many more
#: an account, which all answers speak of. Generous: the machine may be busy with other things.
_ANSWER_S, _PER_ACCOUNT_S = 30.0, 0.3
#: Characters of the chat in a message of ours, the newest: it may hold a line for every account.
_LAST = 500
#: Logins under way at once: the program exchanges tokens in as many threads on two cores.
_LOGINS_AT_ONCE = 6


class Program:
    """The program with its chat, from the settings file to the copying."""

    def __init__(
        self,
        group: Group,
        *,
        folder: Path,
        port: int,
        authority: Path,
        launcher: tuple[str, ...],
        cores: frozenset[int] = frozenset(),
    ) -> None:
        """Prepare.

        Args:
            group: Its accounts.
            folder: Settings, key, store and logs go there.
            port: The broker's, on this machine.
            authority: The certificate authority to trust, PEM.
            launcher: What the interpreter starts; a profiler puts itself in between.
            cores: Where it may run; empty for anywhere.
        """
        self._cores = cores
        self._launcher = launcher
        self._group = group
        self._answer_s = _ANSWER_S + _PER_ACCOUNT_S * len(group.followers)
        self._folder = folder
        self._root = f"127.0.0.1:{port}"
        self._authority = authority
        self._chat = ChatServer(token=BOT_TOKEN, now=SystemClock().now)
        self._trader: Person = self._chat.user(TRADER_ID, "Trader")
        self._totp = pyotp.TOTP(pyotp.random_base32())
        self._child: Child | None = None

    async def start(self) -> None:
        """Start chat and program.

        Raises:
            BenchError: It does not start; says why.
        """
        await self._chat.start()
        path = self._folder / ".env"
        path.write_text("".join(f"{key}={value}\n" for key, value in self._settings().items()))
        path.chmod(0o600)
        arguments = (*self._launcher, "run", "--env-file", str(path))
        self._child = await Child.start(
            "program", arguments, folder=self._folder, cores=self._cores
        )
        try:
            await self._chat.until_polled(self._answer_s)
        except TimeoutError:
            raise BenchError(f"the program does not start: {self.last_words()}") from None

    async def make_ready(self) -> None:
        """Log everybody in over the control socket, arm with a code and start copying in the chat.

        Raises:
            BenchError: Something of it does not work; says what.
        """
        gate = asyncio.Semaphore(_LOGINS_AT_ONCE)
        context = ssl.create_default_context(cafile=str(self._authority))
        async with httpx.AsyncClient(verify=context, trust_env=False) as browser:

            async def log_in(account: Account) -> None:
                async with gate:
                    await self._log_in(browser, account)

            try:
                async with asyncio.TaskGroup() as group:
                    for account in (self._group.master, *self._group.followers):
                        group.create_task(log_in(account))
            except* (BenchError, httpx.HTTPError) as failed:
                first = failed.exceptions[0]
                raise BenchError(f"a login failed: {first}") from None
        try:
            await self._go_live()
            await self._start_copying()
        except NotShownError as error:
            raise BenchError(f"the chat: {str(error)[-_LAST:]}") from None

    async def copied(self) -> tuple[int, ...]:
        """Return the copied units of each follower, as the program has them."""
        answer = await self._ask("positions", {})
        accounts = msgspec.convert(answer.get("positions"), tuple[AccountPositions, ...])
        held = {
            str(account.account): sum(row.copied for row in account.rows if row.symbol == SYMBOL)
            for account in accounts
        }
        return tuple(held[one.name] for one in self._group.followers)

    def signal(self, number: signal.Signals) -> None:
        """Send its process a signal."""
        if self._child is not None:
            self._child.signal(number)

    @property
    def pid(self) -> int:
        """Of its process; 0 before it is started."""
        return 0 if self._child is None else self._child.pid

    def cpu_s(self) -> float | None:
        """Return the seconds of a processor it has used; None where the system does not tell."""
        return None if self._child is None else self._child.cpu_s()

    @property
    def resident_mb(self) -> float:
        """Megabytes of memory that its process holds now."""
        return 0.0 if self._child is None else self._child.resident_mb

    async def stop(self) -> int | None:
        """End the program, then the chat; return the program's exit status."""
        status = None if self._child is None else await self._child.stop()
        await self._chat.stop()
        return status

    def last_words(self) -> str:
        """Return the last line the program wrote on stderr."""
        return "it was not started" if self._child is None else self._child.last_words()

    def _settings(self) -> dict[str, str]:
        settings = {
            "DATA_DIR": "var",
            "KEY_FILE": "key/key",
            "TELEGRAM__BOT_TOKEN": BOT_TOKEN,
            "TELEGRAM__ADMINS": str(TRADER_ID),
            "TELEGRAM__API_URL": self._chat.api_url,
            "KITE__API_URL": f"https://{self._root}",
            "KITE__WS_URL": f"wss://{self._root}",
            "KITE__LOGIN_URL": f"https://{self._root}/connect/login",
            "KITE__CA_FILE": str(self._authority),
            "MARKET__CALENDAR": "always_open",
            "SECURITY__TOTP_SECRET": self._totp.secret,
            "SECURITY__ALLOW_PLAIN_SECRETS": "true",
        }
        everybody = [("MASTER", self._group.master)] + [
            (f"FOLLOWERS__{one.name.upper()}", one) for one in self._group.followers
        ]
        for prefix, account in everybody:
            settings[f"{prefix}__USER_ID"] = account.user_id
            settings[f"{prefix}__API_KEY"] = account.api_key
            settings[f"{prefix}__API_SECRET"] = account.api_secret
        return settings

    async def _log_in(self, browser: httpx.AsyncClient, account: Account) -> None:
        """Do what ``copytrader login`` does, with a browser that is logged in at the broker."""
        answer = await self._ask("login_url", {"account": account.name, "state": account.name})
        page = await browser.get(str(answer["url"]))
        token = parse_qs(urlsplit(page.headers["Location"]).query)["request_token"][0]
        await self._ask("login", {"account": account.name, "request_token": token})

    async def _go_live(self) -> None:
        self._trader.send("/live")
        await self._trader.expect("code", self._answer_s)
        self._trader.send(self._totp.now())
        await self._trader.expect("armed", self._answer_s)

    async def _start_copying(self) -> None:
        self._trader.send("/start_copy")
        message = await self._trader.expect(_started_or_asked, self._answer_s)
        if _asks(message):
            self._trader.tap(message, "Confirm start")
            await self._trader.expect("opying started", self._answer_s)

    async def _ask(self, verb: str, arguments: dict[str, object]) -> dict[str, object]:
        path = self._folder / "var" / "control.sock"
        try:
            answer = await asyncio.to_thread(call, path, verb, arguments, timeout_s=self._answer_s)
        except ControlError as error:
            raise BenchError(f"the program's control socket: {error}") from None
        if answer.get("ok") is not True:
            raise BenchError(f"the program refused {verb}: {answer.get('error')}")
        return answer


def _asks(message: Message) -> bool:
    return any(button.text.startswith("Confirm") for button in message.buttons)


def _started_or_asked(message: Message) -> bool:
    return "opying started" in message.text or _asks(message)
