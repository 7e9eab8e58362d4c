"""Looking: /start, /help, /status, /positions, /orders, /version. Nothing here changes anything."""

import platform
from importlib.metadata import PackageNotFoundError, version

from bot.chat import render
from bot.chat.cockpit import Cockpit
from bot.chat.commands import COMMANDS, Command, find, suggest
from bot.chat.followers import named_account
from bot.chat.html_text import escape
from bot.chat.incoming import Incoming
from bot.chat.message import read_rows
from bot.chat.render_pictures import caption
from bot.chat.render_positions import positions
from bot.chat.roles import may, refusal
from bot.chat.spoken import quoted
from bot.chat.status_message import status_message
from bot.chat.wide_positions import heat_table
from engine.core.values.people import Role

_WHAT_THIS_IS = (
    "I copy every order of the master's Zerodha account to its followers.\n"
    "PAPER pretends, LIVE places real orders."
)
_MAX_ORDERS = 50


class Reads:
    """Handlers that only look.

    Args:
        cockpit: What handlers may use.
    """

    def __init__(self, cockpit: Cockpit) -> None:
        self._cockpit = cockpit

    async def start(self, ask: Incoming) -> None:
        """Say what this is, how things stand, and what to do next."""
        view = self._cockpit.desk.status()
        lines = [render.headline(view), _WHAT_THIS_IS, render.next_step(view, self._cockpit.role)]
        lines += ["All commands: /help", render.footer(self._cockpit.now)]
        self._cockpit.say(ask, "\n".join(lines), menu=True)

    async def help(self, ask: Incoming) -> None:
        """List the commands, or explain one."""
        venue, foot = self._cockpit.venue, render.footer(self._cockpit.now)
        if not ask.args:
            listed = _grouped(self._cockpit.role)
            html = f"{render.headed(venue, 'commands')}\n{listed}\n{foot}"
            self._cockpit.say(ask, html, menu=True)
            return
        word = ask.args[0].lstrip("/")
        command = find(word)
        if command is not None and not may(self._cockpit.role, command.name):
            self._cockpit.tell(ask, refusal(self._cockpit.role, command.name))
            return
        if command is None:
            near = suggest(word)
            hint = f" Did you mean /help {near.name}?" if near else " All commands: /help"
            self._cockpit.tell(ask, f"there is no command {quoted(word)}.{hint}")
            return
        html = f"{render.headed(venue, command.usage)}\n{_explained(command, asks_for_codes=self._cockpit.settings.require_totp)}\n{foot}"
        self._cockpit.say(ask, html)

    async def status(self, ask: Incoming) -> None:
        """Show the whole state on one card."""
        cockpit = self._cockpit
        message = status_message(cockpit.desk.status(), now=cockpit.now, role=cockpit.role)
        cockpit.say(ask, message.html, buttons=message.buttons, live=True)

    async def positions(self, ask: Incoming) -> None:
        """Show positions of all accounts in brief, or of one in detail."""
        cockpit = self._cockpit
        account = named_account(cockpit, ask) if ask.args else None
        if ask.args and account is None:
            return
        out = frozenset(view.name for view in render.accounts_out(cockpit.desk.status()))
        found = cockpit.desk.positions()
        drift = cockpit.desk.drift()
        html = positions(cockpit.venue, found, now=cockpit.now, only=account, out=out, drift=drift)
        again = "positions" if account is None else f"positions {account}"
        buttons = read_rows("Refresh", again)
        wide = None
        if account is None:
            wide = heat_table(cockpit.venue, found, drift, now=cockpit.now)
        if wide is None:
            cockpit.say(ask, html, buttons=buttons)
        else:
            words = caption(wide, now=cockpit.now)
            cockpit.show(ask, wide, words, instead=html, buttons=buttons)

    async def orders(self, ask: Incoming) -> None:
        """Show the newest master orders with each follower's part."""
        cockpit = self._cockpit
        wanted = ask.args[0] if ask.args else "10"
        if not (wanted.isascii() and wanted.isdigit() and 1 <= int(wanted) <= _MAX_ORDERS):
            cockpit.tell(ask, f"how many? From 1 to {_MAX_ORDERS}, for example: /orders 5")
            return
        copies = cockpit.desk.copies(int(wanted))
        html = render.orders(cockpit.venue, copies, now=cockpit.now)
        cockpit.say(ask, html, buttons=read_rows("Refresh", f"orders {wanted}"))

    async def version(self, ask: Incoming) -> None:
        """Say what is running."""
        try:
            ours = version("kitecopytrader")
        except PackageNotFoundError:
            ours = "from a checkout"
        text = f"kitecopytrader {ours} · Python {platform.python_version()}"
        self._cockpit.tell(ask, f"{text} · python-telegram-bot {version('python-telegram-bot')}")


def _grouped(role: Role) -> str:
    lines: list[str] = []
    mine = [command for command in COMMANDS if may(role, command.name)]
    for group in dict.fromkeys(command.group for command in mine):
        lines.append(f"\n<b>{escape(group)}</b>")
        lines += [
            f"{escape(command.usage)} · {escape(command.summary)}"
            for command in mine
            if command.group == group
        ]
    return "\n".join([*lines, "\nMore on one: /help stop"])


def _explained(command: Command, *, asks_for_codes: bool) -> str:
    also = ", ".join(f"/{alias}" for alias in command.aliases)
    lines = [
        f"{command.summary[:1].upper()}{command.summary[1:]}.",
        command.explained(asks_for_codes=asks_for_codes),
    ]
    lines += [f"Short: {also}"] if also else []
    return "\n".join([*(escape(line) for line in lines), f"Example: {escape(command.example)}"])
