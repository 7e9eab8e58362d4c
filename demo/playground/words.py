"""What is typed at the playground, as values. Pure."""

from dataclasses import dataclass

SIDES = {"buy": "BUY", "sell": "SELL"}
PRODUCTS = ("MIS", "CNC", "NRML")

HELP = """\
What you type goes to the bot, as from your phone:  /login  /start_copy  123456
But these are for the playground itself:
  tap log in master          press a button of the chat, by how its text begins
  open http://127.0.0.1:...  log in where a link of setup leads, as a browser
  paste                      send the address that a login has landed on
  picture                    save the newest picture of the chat (/pnl, /report,
                             /latency) in this folder
  buy RELIANCE 10            the master buys at the market, in his Kite app
  sell NFO:NIFTY26DECFUT 65 NRML 24100
                             exchange, product, limit price, where you want them
  find NIFTY                 what is listed under a word
  book                       what everybody holds
  code                       the six-digit code of demo/.env.test
  code JBSW...               the one of the key that setup shows
  keys                       what setup asks for: bot token, ids, api keys
  help, quit"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order of the master; ``exchange`` and ``price`` empty where he did not say."""

    side: str
    exchange: str
    symbol: str
    quantity: int
    product: str
    price: str


class NotUnderstoodError(Exception):
    """What was typed is no such order; the text says how one looks."""


def read_order(line: str) -> Order | None:
    """Read an order, or return None where the line is none.

    Raises:
        NotUnderstoodError: It begins as an order and is none.
    """
    words = line.split()
    side = SIDES.get(words[0].lower()) if words else None
    if side is None:
        return None
    wanted = "an order looks like this: buy RELIANCE 10, or: sell NFO:NIFTY26DECFUT 65 NRML 24100"
    product, price, rest = "", "", []
    for word in words[1:]:
        if word.upper() in PRODUCTS and not product:
            product = word.upper()
        else:
            rest.append(word)
    if len(rest) == 3:  # symbol, quantity, price
        price = rest.pop()
    if len(rest) != 2 or not rest[1].isdigit() or not int(rest[1]):
        raise NotUnderstoodError(wanted)
    if price and not price.replace(".", "", 1).isdigit():
        raise NotUnderstoodError(wanted)
    exchange, _, symbol = rest[0].upper().rpartition(":")
    quantity = int(rest[1])
    return Order(
        side=side, exchange=exchange, symbol=symbol, quantity=quantity, product=product, price=price
    )
