"""By which ratio a follower copies an entry, or why that cannot be told."""

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from msgspec import Struct

from engine.core.risk.gates import Verdict
from engine.core.risk.words import in_decimals, in_rupees
from engine.core.state.accounts import Account
from engine.core.state.state import State
from engine.core.values.exact import Exact, exact
from engine.core.values.market import MASTER, AccountName, Exchange
from engine.core.values.notices import SkipReason
from engine.core.values.orders import Funds
from engine.core.values.rules import BY_FUNDS, FollowerRules, Sizing

#: A reading of an account's funds counts for so long. Both accounts trade alike, so that their ratio moves
#: slowly; fifteen reads in a row that failed (one a minute) are an outage, and by then it may be another.
READING_AGE = timedelta(minutes=15)
#: Ratios of funds are cut to this, toward zero: finer is never a lot, and exact quotients of rupees would
#: make the fractions of a ledger longer with every order.
RATIO_STEP = Decimal("0.000001")
_WORDS = {Sizing.EQUITY: "equity", Sizing.FREE_MARGIN: "free margin"}


class Scale(Struct, frozen=True, kw_only=True, gc=False):
    """What is pinned to a part.

    Attributes:
        ratio: Follower units per master unit, >= 0; where ``fixed``, units for the order as a whole.
        fixed: Whether an order is worth the same however large it is.
        basis: What the ratio was measured by, for people; empty for the plain multiplier.
    """

    ratio: Exact
    fixed: bool = False
    basis: str = ""


def scale_of(
    state: State, rules: FollowerRules, exchange: str, *, lot_size: int, at: datetime
) -> tuple[Scale, Verdict]:
    """Return by what a follower's entries on an exchange are sized now, and why not where that is not known.

    Args:
        state: The state, for the newest readings of both accounts.
        rules: The follower's.
        exchange: Where the order is.
        lot_size: Units per lot; 1 where there are no lots.
        at: The time of the decision.

    Returns:
        The scale, of ratio 0 where there is a verdict.
    """
    plain = rules.ratio(exchange)
    if not plain or rules.sizing is Sizing.MULTIPLIER:
        return Scale(ratio=exact(plain)), None
    if rules.sizing is Sizing.FIXED_LOTS:
        units = rules.fixed_lots * lot_size
        return Scale(ratio=units, fixed=True, basis=_lots(rules, lot_size)), None
    return _by_funds(state, rules, exchange, at=at)


def _lots(rules: FollowerRules, lot_size: int) -> str:
    unit = "unit" if lot_size == 1 else f"lot of {lot_size}"
    return f"{rules.fixed_lots} {unit} an order, FIXED_LOTS"


def _by_funds(
    state: State, rules: FollowerRules, exchange: str, *, at: datetime
) -> tuple[Scale, Verdict]:
    """Return follower's reading / master's reading x multiplier (x segment multiplier), cut toward zero."""
    kind = _WORDS[rules.sizing]
    found: list[Decimal] = []
    for account in (state.account(rules.name), state.account(MASTER)):
        amount = _reading(account, rules.sizing, exchange, at=at)
        if isinstance(amount, str):
            return Scale(ratio=0), (SkipReason.FUNDS_UNKNOWN, amount)
        if amount <= 0:
            why = f"the {kind} of {account.name} is {in_rupees(amount)}; above 0 it would be copied by its share"
            return Scale(ratio=0), (SkipReason.NO_FUNDS, why)
        found.append(amount)
    mine, his = found
    multiplier = Fraction(rules.ratio(exchange))
    steps = int(Fraction(mine) / Fraction(his) * multiplier / Fraction(RATIO_STEP))
    basis = f"{kind} {in_rupees(mine)} of the master's {in_rupees(his)}"
    if multiplier != 1:
        basis += f", times {in_decimals(multiplier)}"
    return Scale(ratio=steps * exact(RATIO_STEP), basis=basis), None


def _reading(account: Account, sizing: Sizing, exchange: str, *, at: datetime) -> Decimal | str:
    """Return what an account has, rupees; or why its reading counts for nothing, with the mend."""
    kind, name = _WORDS[sizing], account.name
    mend = (
        "/funds shows whether Kite tells it" if account.session_ok else f"no session: /login {name}"
    )
    if account.funds is None or account.funds_at is None:
        return f"the {kind} of {name} was not read yet; {mend}"
    age = abs(at - account.funds_at)
    if age > READING_AGE:
        minutes, most = int(age.total_seconds() // 60), int(READING_AGE.total_seconds() // 60)
        return f"the {kind} of {name} was read {minutes} min ago, {most} count; {mend}"
    amount = amount_of(account.funds, sizing, exchange)
    if amount is None:
        return f"Kite does not tell the {kind} of {name}; SIZING=free_margin does without"
    return amount


def amount_of(funds: Funds, sizing: Sizing, exchange: str) -> Decimal | None:
    """Return what an account has of what it is sized by, rupees; None where Kite does not tell.

    Free margin is ``net``: what may be spent now. Equity is ``net`` and what is used (``utilised.debits``): all
    that is there, so that opening a position does not change it. MCX has funds of its own, everything else
    shares the equity segment.

    Source: Kite Connect docs, user (funds and margins): in the sample answer 99,725.05 net + 145,706.55 debits
    = 2,45,431.60 opening balance.
    """
    commodity = exchange == Exchange.MCX
    net = funds.commodity if commodity else funds.equity
    if sizing is Sizing.FREE_MARGIN:
        return net
    used = funds.commodity_used if commodity else funds.equity_used
    return None if used is None else net + used


def is_sized_by_funds(state: State, name: AccountName) -> bool:
    """Return whether an account's funds are to be read: it is sized by them, or is the master of one that is."""
    if name == MASTER:
        return bool(sized_by_funds(state))
    rules = state.rules.get(name)  # asked of every account every second: nobody else's are looked at
    return rules is not None and rules.sizing in BY_FUNDS


def sized_by_funds(state: State) -> frozenset[str]:
    """Return the accounts whose funds are to be read: those sized by them, and the master then."""
    names = {rules.name for rules in state.rules.values() if rules.sizing in BY_FUNDS}
    return frozenset({*names, MASTER}) if names else frozenset()
