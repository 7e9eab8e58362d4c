"""The stage: a local exchange, a local chat and the real program, wired by its own settings file."""

import asyncio
import os
import random
import signal
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pyotp

from demo.chat.people import Person
from demo.chat.server import ChatServer
from demo.exchange.build import MASTER, demo_exchange, follower_id, follower_name
from demo.exchange.exchange import Exchange
from demo.exchange.faults import Fault
from demo.exchange.instruments import Instrument
from demo.exchange.rules import ExchangeRules
from demo.exchange.server import ExchangeServer
from engine.clock import SystemClock

#: The local bot's token: it opens nothing but this stage.
BOT_TOKEN = "4242424242:local-demo-token-that-opens-nothing-xx"  # noqa: S105 - opens only this stage
TRADER_ID = 1001
#: What the program inherits of the environment: nothing that could be one of its settings.
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TEMP", "SYSTEMROOT", "PYTHONPATH")
#: Seconds the program gets for its bounded drain before it is killed.
STOP_S = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the stage is set with.

    Attributes:
        folder: Where settings, key, store and logs go.
        followers: How many follower accounts, 1 to 8.
        poor: Number (from 1) of a follower whom RMS refuses for margin; None for none.
        poor_funds: What that follower has, rupees.
        multipliers: ``MULTIPLIER`` by follower name; others have 1.
        seed: Chance of prices, tokens and latency.
        latency_s: Seconds before each broker answer, on average.
        faults: What goes wrong at the exchange, from the start.
        instruments: What is listed; the exchange's own catalogue where not given.
        settings: Further settings, by key.
        environ: What the program finds in its environment besides.
    """

    folder: Path
    followers: int = 3
    poor: int | None = None
    poor_funds: Decimal = Decimal(10_000)
    multipliers: Mapping[str, Decimal] = field(default_factory=dict)
    seed: int = 1
    latency_s: float = 0.0
    volatility_bps: float = 1.0
    faults: Iterable[Fault] = ()
    rules: ExchangeRules | None = None
    instruments: Iterable[Instrument] | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)


class Stage:
    """Open it, start the program, act as trader and master, look at the books, close it."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        clock = SystemClock()
        rng = random.Random(f"{plan.seed}:exchange")  # noqa: S311 - a market, not a secret
        self.exchange: Exchange = demo_exchange(
            clock.now,
            rng,
            followers=plan.followers,
            poor=plan.poor,
            poor_funds=plan.poor_funds,
            rules=plan.rules,
            faults=plan.faults,
            volatility_bps=plan.volatility_bps,
            instruments=plan.instruments,
        )
        latency = random.Random(f"{plan.seed}:latency")  # noqa: S311 - as above
        mean = plan.latency_s
        self._server = ExchangeServer(
            self.exchange,
            latency_s=lambda: latency.uniform(0.5, 1.5) * mean,
            step_s=0.1,
        )
        self.chat = ChatServer(token=BOT_TOKEN, now=clock.now)
        self.trader: Person = self.chat.user(TRADER_ID, "Trader")
        self.totp = pyotp.TOTP(pyotp.random_base32())
        self._process: asyncio.subprocess.Process | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the followers, in order."""
        return tuple(follower_name(number + 1) for number in range(self.plan.followers))

    def user_id(self, name: str) -> str:
        """Return the client id of an account by its name."""
        return MASTER if name == "master" else follower_id(self.names.index(name) + 1)

    @property
    def env_file(self) -> Path:
        """The program's settings file."""
        return self.plan.folder / ".env"

    async def open(self) -> None:
        """Start exchange and chat and write the settings for the program."""
        await self._server.start()
        await self.chat.start()
        self.plan.folder.mkdir(parents=True, exist_ok=True)
        lines = "\n".join(f"{key}={value}" for key, value in self._settings().items())
        self.env_file.write_text(lines + "\n", encoding="utf-8")
        self.env_file.chmod(0o600)

    def _settings(self) -> dict[str, str]:
        settings = {
            "DATA_DIR": "var",
            "KEY_FILE": "key/key",
            "TELEGRAM__BOT_TOKEN": BOT_TOKEN,
            "TELEGRAM__ADMINS": str(TRADER_ID),
            "TELEGRAM__API_URL": self.chat.api_url,
            "KITE__API_URL": self._server.api_url,
            "KITE__WS_URL": self._server.ws_url,
            "KITE__LOGIN_URL": self._server.login_url,
            "MARKET__CALENDAR": "always_open",
            "SECURITY__TOTP_SECRET": self.totp.secret,
            "SECURITY__ALLOW_PLAIN_SECRETS": "true",
        }
        for prefix, name in [("MASTER", "master")] + [
            (f"FOLLOWERS__{name.upper()}", name) for name in self.names
        ]:
            account = self.exchange.accounts.by_user(self.user_id(name))
            settings[f"{prefix}__USER_ID"] = account.user_id
            settings[f"{prefix}__API_KEY"] = account.api_key
            settings[f"{prefix}__API_SECRET"] = account.api_secret
        for name, multiplier in self.plan.multipliers.items():
            settings[f"FOLLOWERS__{name.upper()}__MULTIPLIER"] = str(multiplier)
        return {**settings, **self.plan.settings}

    async def start_program(self) -> None:
        """Start the program and wait until it listens to the chat."""
        await self.launch_program()
        await self.chat.until_polled(20.0)

    async def launch_program(self) -> None:
        """Start ``copytrader run`` as its own process, whatever chat server it is set to."""
        log = (self.plan.folder / "program.log").open("ab")
        try:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bot",
                "run",
                "--env-file",
                str(self.env_file),
                stdout=log,
                stderr=log,
                stdin=asyncio.subprocess.DEVNULL,
                env={**_environment(), **self.plan.environ},
            )
        finally:
            log.close()

    @property
    def program_runs(self) -> bool:
        """Whether the program was started and has not ended, be it by itself or by a signal."""
        return self._process is not None and self._process.returncode is None

    def kill_program(self) -> None:
        """End the program as a crash does: SIGKILL, nothing is tidied up."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    def hang_up(self) -> None:
        """Send the program SIGHUP: it is to read its settings again."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGHUP)

    async def stop_program(self, number: signal.Signals = signal.SIGTERM) -> int | None:
        """End the program by a signal and return its exit status; None if it was not running."""
        process, self._process = self._process, None
        if process is None:
            return None
        if process.returncode is None:
            process.send_signal(number)
        try:
            async with asyncio.timeout(STOP_S):
                return await process.wait()
        except TimeoutError:
            process.kill()
            return await process.wait()

    async def close(self) -> None:
        """End everything that was started."""
        await self.stop_program()
        await self.chat.stop()
        await self._server.stop()

    async def log_in(self, *names: str) -> None:
        """Do what the trader does each morning: /login, the button, paste the address back."""
        for name in names or ("master", *self.names):
            self.trader.send(f"/login {name}")
            message = await self.trader.expect(f"log in {name}")
            url = next(button.url for button in message.buttons if button.url)
            self.trader.send(await self.log_in_at_broker(url))
            await self.trader.expect(f"{name} is logged in")

    async def log_in_at_broker(self, url: str) -> str:
        """Press the button of the login page and return the address the browser lands on."""
        query = parse_qs(urlsplit(url).query)
        form = {key: values[0] for key, values in query.items()}
        async with (
            aiohttp.ClientSession() as browser,
            browser.post(
                f"{self._server.login_url}/finish", data=form, allow_redirects=False
            ) as answer,
        ):
            return answer.headers["Location"]

    async def go_live(self) -> None:
        """Send /live and the code, as the trader would."""
        self.trader.send("/live")
        await self.trader.expect("code")
        self.trader.send(self.totp.now())
        await self.trader.expect("armed")

    async def start_copying(self) -> None:
        """Send /start_copy and confirm where that is asked."""
        self.trader.send("/start_copy")
        message = await self.trader.expect(
            lambda m: (
                "opying started" in m.text or any(b.text.startswith("Confirm") for b in m.buttons)
            )
        )
        if any(button.text.startswith("Confirm") for button in message.buttons):
            self.trader.tap(message, "Confirm start")
            await self.trader.expect("opying started")

    def tail_of_log(self, lines: int = 30) -> str:
        """Return the end of what the program wrote, for a failing test."""
        path = self.plan.folder / "program.log"
        text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
        return os.linesep.join(text.splitlines()[-lines:])


def _environment() -> dict[str, str]:
    """Return the program's environment: real accounts in ours must not win over the stage's own."""
    home = str(Path(__file__).resolve().parent.parent)
    given = os.environ  # noqa: TID251 - passes on what a process needs, reads no setting
    kept = {name: given[name] for name in _INHERITED if name in given}
    before = kept.get("PYTHONPATH")
    return {**kept, "PYTHONPATH": f"{home}{os.pathsep}{before}" if before else home}
