"""The trader at the playground: what is typed is done, and comes to lines."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from demo.chat.messages import Button, Message
from demo.chat.people import Person
from demo.exchange.build import MASTER
from demo.exchange.exchange import Exchange
from demo.exchange.instruments import Instrument
from demo.exchange.login import redirect_target
from demo.exchange.tickets import AppOrder
from demo.exchange.wire import KiteError
from demo.playground.words import HELP, NotUnderstoodError, read_order

#: Most listed instruments that ``find`` shows.
_SHOWN = 12
#: Exchanges of derivatives: what is held there over the night is NRML, else it is MIS.
_DERIVATIVES = frozenset({"NFO", "BFO", "MCX", "CDS"})
#: Named as the pictures of the demo are, in this folder; git leaves it out.
_PICTURE = Path("copytrader-demo-chat.png")


class Table:
    """Does one typed line after the other.

    Args:
        exchange: Where the master trades.
        trader: The owner, in the chat with the bot.
        bot_token: What opens the bot of the local chat.
        code: Returns the six-digit code of now for an authenticator's key; without one, of ``demo/.env.test``.
    """

    def __init__(
        self, exchange: Exchange, trader: Person, *, bot_token: str, code: Callable[[str], str]
    ) -> None:
        self._exchange, self._trader, self._code = exchange, trader, code
        self._bot_token = bot_token
        self._landed = ""

    def do(self, line: str) -> list[str]:
        """Do what a line says and return what is to be shown besides the chat."""
        typed = line.strip()
        word, _, rest = typed.partition(" ")
        ours: dict[str, Callable[[str], list[str]]] = {
            "help": lambda _: HELP.split("\n"),
            "code": self._coded,
            "keys": lambda _: list(self._keys()),
            "book": lambda _: list(self._book()),
            "find": self._found,
            "tap": self._tapped,
            "open": self._browsed,
            "paste": lambda _: self._pasted(),
            "picture": lambda _: [self._pictured()],
            "buy": lambda _: self._ordered(typed),
            "sell": lambda _: self._ordered(typed),
        }
        action = ours.get(word.lower())
        if action is None:
            if typed:
                self._trader.send(typed)
            return []
        try:
            return action(rest)
        except (NotUnderstoodError, KiteError) as error:
            return [str(error)]

    def opened(self, url: str) -> str:
        """Log in at the exchange as a person does in a browser, and return the address that it lands on.

        Raises:
            NotUnderstoodError: The link leads elsewhere.
        """
        query = dict(parse_qsl(urlsplit(url).query))
        account = self._exchange.accounts.find_key(query.get("api_key", ""))
        if account is None:
            raise NotUnderstoodError(f"open it in a browser: {url}")
        token = self._exchange.sessions.issue_request_token(account)
        return redirect_target(account, token, query.get("redirect_params", ""))

    def _ordered(self, line: str) -> list[str]:
        order = read_order(line)
        if order is None:
            return []
        row = self._one(order.exchange, order.symbol)
        product = order.product or ("NRML" if row.exchange in _DERIVATIVES else "MIS")
        wire = AppOrder(
            exchange=row.exchange,
            tradingsymbol=row.tradingsymbol,
            transaction_type=order.side,
            quantity=order.quantity,
            product=product,
        )
        if order.price:
            wire["price"] = order.price
        number = self._exchange.place_from_app(MASTER, **wire)
        return [
            f"master> {order.side} {order.quantity} {row.exchange}:{row.tradingsymbol} {product}, order {number}"
        ]

    def _one(self, exchange: str, symbol: str) -> Instrument:
        found = [
            row
            for row in self._exchange.instruments
            if row.tradingsymbol == symbol and exchange in {"", row.exchange}
        ]
        if not found:
            raise NotUnderstoodError(f"{symbol} is not listed - find {symbol[:5]} shows what is")
        return found[0]

    def _found(self, word: str) -> list[str]:
        rows = [
            f"{row.exchange}:{row.tradingsymbol}  lot {row.lot_size}"
            for row in self._exchange.instruments
            if word.strip().upper() in row.tradingsymbol
        ]
        more = [f"and {len(rows) - _SHOWN} more"] if len(rows) > _SHOWN else []
        return [*rows[:_SHOWN], *more] or [f"nothing is listed under {word.strip()}"]

    def _coded(self, secret: str) -> list[str]:
        try:
            return [self._code(secret)]
        except ValueError:
            return ["that is no key of an authenticator - copy it as setup shows it"]

    def _keys(self) -> Iterator[str]:
        yield f"bot token: {self._bot_token}"
        for account in self._exchange.accounts:
            yield f"{account.name}: client id {account.user_id}"
            yield f"   api_key    {account.api_key}"
            yield f"   api_secret {account.api_secret}"

    def _book(self) -> Iterator[str]:
        for account in self._exchange.accounts:
            held = self._exchange.net_positions(account.user_id)
            said = ", ".join(f"{key[1]} {units:+d}" for key, units in held.items()) or "nothing"
            yield f"{account.name}: {said}"

    def _tapped(self, label: str) -> list[str]:
        message, button = self._button(label.strip())
        if button.url is None:
            self._trader.tap(message, button.text)
            return []
        return [*self._browsed(button.url), "Next: paste"]

    def _browsed(self, url: str) -> list[str]:
        self._landed = self.opened(url)
        return ["browser> logged in; it lands on this address:", self._landed]

    def _button(self, label: str) -> tuple[Message, Button]:
        for message in reversed(self._trader.messages()):
            for button in message.buttons:
                if label and button.text.lower().startswith(label.lower()):
                    return message, button
        raise NotUnderstoodError(f"no button on the screen begins with {label!r}")

    def _pictured(self) -> str:
        """Save the newest picture of the chat, for whoever wants to look at it."""
        for message in reversed(self._trader.messages()):
            if message.attachment is not None and message.attachment.kind == "photo":
                _PICTURE.write_bytes(message.attachment.content)
                return f"the newest picture is in {_PICTURE.resolve()}"
        return "no picture yet - /pnl sends one"

    def _pasted(self) -> list[str]:
        if not self._landed:
            return ["nothing to paste yet - tap log in master"]
        self._trader.send(self._landed)
        self._landed = ""
        return []
