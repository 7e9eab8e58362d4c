"""The part about one follower: whose account, how much of yours it copies, and its limits."""

import re

from bot.settings import table_followers as theirs
from bot.settings.key import SettingKey
from bot.settings.names import is_follower_name
from bot.setup.account_step import account
from bot.setup.asker import Choice
from bot.setup.in_words import by_market
from bot.setup.questions import Question, ask
from bot.setup.tools import Tools
from engine.core.values.market import MASTER

_SIZES = (
    Choice(value="same", text="The same as mine"),
    Choice(value="half", text="Half of mine"),
    Choice(value="factor", text="Another share of mine (e.g. 0.25, or 2)"),
    Choice(value="lots", text="A fixed number of lots for each of my orders"),
    Choice(value="capital", text="In proportion to what each account is worth"),
)
_FACTOR = Question(
    key=theirs.MULTIPLIER,
    ask="How much of mine",
    example="0.25 is a quarter, 2 is double",
    amount=True,
)
_LOTS = Question(key=theirs.FIXED_LOTS, ask="How many lots", example="1", default="1", amount=True)


def _limit(key: SettingKey[object], words: str, example: str) -> Question:
    return Question(key=key, ask=words, example=example, optional=True, amount=True)


_LOSS = _limit(theirs.MAX_DAILY_LOSS, "Most it may lose in a day, rupees", "5000")
_MORE = (
    _limit(theirs.MAX_ORDER_VALUE, "Largest single order, rupees", "200000"),
    _limit(theirs.MAX_OPEN_POSITIONS, "Most open positions at a time", "5"),
    _limit(theirs.MAX_ORDERS_PER_DAY, "Most orders in a day", "50"),
    Question(
        key=theirs.SEGMENTS,
        ask="Only these markets",
        example="NSE,NFO",
        nothing="all six",
        optional=True,
    ),
    Question(
        key=theirs.PROXY,
        ask="Own way to the internet for this account",
        example="http://user:password@host:port",
        optional=True,
    ),
)


def new_follower(tools: Tools) -> str:
    """Ask for a further follower and return its name as written."""
    written = _name(tools)
    edit_follower(tools, written)
    return written


def edit_follower(tools: Tools, written: str) -> None:
    """Ask for everything of one follower; Enter keeps what is there."""
    follower_account(tools, written)
    follower_rules(tools, written)


def follower_account(tools: Tools, written: str) -> None:
    """Ask whose account it is, and for its app."""
    name = written.lower()
    account(
        tools,
        f"FOLLOWERS__{written}__",
        id_words=f"Kite client id of {name}",
        keys=(theirs.USER_ID, theirs.API_KEY, theirs.API_SECRET),
    )


def follower_rules(tools: Tools, written: str) -> None:
    """Ask how much is copied, and for the limits."""
    name = written.lower()
    _size(tools, written)
    tools.asker.say(
        "Limits stop new positions only; closing is never stopped. For the loss of a day many take"
        " 1 to 2 % of the account."
    )
    _ask_into(tools, written, _LOSS)
    if tools.asker.agree(
        f"More limits for {name} (orders, markets)?",
        default=False,
    ):
        for question in _MORE:
            _ask_into(tools, written, question)
        _approval(tools, written)


def _name(tools: Tools) -> str:
    taken = {one.lower() for one in tools.draft.followers()} | {MASTER}
    while True:
        typed = tools.asker.text("A short name for this follower, shown in the chat (e.g. asha):")
        written = re.sub(r"[\s\-]+", "_", typed).upper()
        if not is_follower_name(written):
            tools.asker.bad(
                "Use a letter first, then up to 19 letters or digits, e.g. asha or dad2."
            )
        elif written.lower() in taken:
            tools.asker.bad(f"{written.lower()} is taken - choose another name.")
        else:
            return written


def _size(tools: Tools, written: str) -> None:
    draft, prefix = tools.draft, f"FOLLOWERS__{written}__"
    _factors_by_market(tools, written)
    now = _size_now(tools, written)
    chosen = tools.asker.choose(
        f"How much does {written.lower()} copy of each order?", _SIZES, now or "same"
    )
    factor = {"same": "1", "half": "0.5"}.get(chosen, "")
    if chosen == "factor":
        factor = ask(
            tools.asker, _FACTOR, old=draft.written(f"{prefix}MULTIPLIER") if now == chosen else ""
        )
    lots = ""
    if chosen == "lots":
        lots = ask(tools.asker, _LOTS, old=draft.written(f"{prefix}FIXED_LOTS"))
    sizing = {"lots": "fixed_lots", "capital": "equity"}.get(chosen, "")
    if chosen == "capital" and now == "capital":
        sizing = draft.written(f"{prefix}SIZING")  # equity or free_margin: as it was
        factor = draft.written(f"{prefix}MULTIPLIER")
    draft.put(f"{prefix}SIZING", sizing)
    draft.put(f"{prefix}MULTIPLIER", factor)
    draft.put(f"{prefix}FIXED_LOTS", lots)


def _factors_by_market(tools: Tools, written: str) -> None:
    """Ask what becomes of factors by market: "half of mine" would mean half of them."""
    markets = by_market(tools.draft, written)
    if not markets:
        return
    told = ", ".join(f"{market} {factor}" for market, factor in markets.items())
    tools.asker.say(f"{written.lower()} has a factor for each market, times the size: {told}.")
    if not tools.asker.agree("Keep these factors?", default=True):
        tools.draft.drop(f"FOLLOWERS__{written}__SEGMENT_MULTIPLIERS")


def _size_now(tools: Tools, written: str) -> str:
    """Return the line of the menu that says what is set; empty for a new follower."""
    draft, prefix = tools.draft, f"FOLLOWERS__{written}__"
    sizing = draft.written(f"{prefix}SIZING").lower()
    if sizing in {"equity", "free_margin"}:
        return "capital"
    if sizing == "fixed_lots":
        return "lots"
    factor = draft.written(f"{prefix}MULTIPLIER")
    if not factor:
        return ""
    return {"1": "same", "0.5": "half"}.get(factor, "factor")


def _approval(tools: Tools, written: str) -> None:
    key = f"FOLLOWERS__{written}__APPROVE"
    asks = tools.draft.written(key).lower() == theirs.Approve.ASK.value
    if tools.asker.agree("Ask you in the chat before each new position?", default=asks):
        tools.draft.put(key, theirs.Approve.ASK.value)
    else:
        tools.draft.drop(key)


def _ask_into(tools: Tools, written: str, question: Question) -> None:
    key: SettingKey[object] = question.key
    name = key.full_name(written)
    tools.draft.put(name, ask(tools.asker, question, old=tools.draft.plain(name)))
