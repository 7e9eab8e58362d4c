"""What each account's broker says of it, as lines with the mend: for the doctor, a start and /live alike.

Without an answer of the broker (a proof) a line goes by what the journal knows.
"""

from collections.abc import Mapping
from types import MappingProxyType

from engine.core.risk.order_permission import CONSOLE, order_lines
from engine.core.risk.words import in_rupees
from engine.core.state.state import State
from engine.core.values.clock_level import FAR_OFF, MEND_CLOCK, OFF, ClockLevel, level_of
from engine.core.values.market import MASTER, AccountName, Exchange, Product, Venue
from engine.core.values.proofs import AccountProof, Silence
from engine.core.values.rules import FollowerRules
from engine.core.values.views import CheckLine

#: Nothing was asked of any broker.
NO_PROOFS: Mapping[AccountName, AccountProof] = MappingProxyType({})
#: Where shares are delivered (Kite Connect docs, orders: CNC and MTF are equity).
DELIVERY = frozenset({Exchange.NSE, Exchange.BSE})
#: What nearly every order is copied under; MTF is for those who asked for it.
_PRODUCTS = (Product.CNC, Product.MIS, Product.NRML)


def session_line(
    state: State, name: AccountName, proof: AccountProof | None, *, needed: bool
) -> CheckLine:
    """Return whether an account can be spoken to.

    Args:
        state: What the journal knows.
        name: The account.
        proof: The broker's answer, or None.
        needed: Whether nothing goes without this account.
    """
    if proof is None:
        if state.account(name).session_ok:
            return CheckLine.ok(f"{name}: session till 06:00")
        return _out(name, "no session", f"/login {name}", needed=needed)
    profile = proof.profile
    if profile is None:
        what, mend = _silent(proof)
        return _out(name, what, mend, needed=needed)
    if profile.user_id == proof.user_id:
        return CheckLine.ok(f"{name}: session of {profile.user_id} answers, till 06:00")
    return CheckLine.fail(
        f"{name}: the session is of {profile.user_id}, not of {proof.user_id}: /login {name}"
    )


def _silent(proof: AccountProof) -> tuple[str, str]:
    """Return why a broker told nothing of an account, and the mend."""
    name = proof.account
    match proof.silence:
        case Silence.SESSION_ENDED:
            return "Kite has ended the session", f"/login {name}"
        case Silence.FORBIDDEN:
            return f'Kite says "{proof.why.rstrip(".")}"', f"see the app at {CONSOLE}"
        case Silence.NOT_REACHED if proof.way.proxied:
            what = f"Kite not reached through its proxy: {proof.why}"
            return what, f"see FOLLOWERS__{name.upper()}__PROXY"
        case Silence.NOT_REACHED:
            return f"Kite not reached: {proof.why}", "see the network"
        case _:
            return "no session", f"/login {name}"


def can_enter(state: State, name: AccountName, proof: AccountProof | None) -> bool:
    """Return whether orders of an account could leave, as far as its session goes."""
    return state.account(name).session_ok and (proof is None or proof.is_well)


def entitled_lines(
    state: State, rules: FollowerRules, venue: Venue, proof: AccountProof | None
) -> list[CheckLine]:
    """Return a line for what a follower's account may not do at the broker, with the mend."""
    name = rules.name
    lines = []
    lacking = segments_lacking(state, rules, proof)
    if lacking:
        key = f"FOLLOWERS__{name.upper()}__SEGMENTS"
        lines.append(
            CheckLine.warn(
                f"{name}: {', '.join(lacking)} not enabled at the broker, entries there are "
                f"skipped: enable in Kite, then /login {name}; or leave out of {key}"
            )
        )
    elif proof is not None and proof.profile is not None:
        lines.append(CheckLine.ok(f"{name}: every segment it copies is enabled"))
    lines += _product_lines(name, proof)
    delivers = not rules.segments.isdisjoint(DELIVERY)
    # Kite's word is empty where neither DDPI nor a power of attorney is signed.
    if delivers and (venue is Venue.LIVE or proof is not None):
        consent = state.account(name).demat_consent
        if proof is not None and proof.profile is not None:
            consent = proof.profile.demat_consent
        if consent == "":
            lines.append(
                CheckLine.warn(
                    f"{name}: DDPI is not signed: a CNC exit needs TPIN in Kite each day"
                )
            )
        elif consent is not None and proof is not None:
            lines.append(CheckLine.ok(f"{name}: shares may be sold without TPIN ({consent})"))
    return lines


def plan_lines(proof: AccountProof | None) -> list[CheckLine]:
    """Return whether the master's app has prices and the socket, where its broker answered.

    Source: Kite forum comment 52532: a Personal app has neither; the order book is read all the same.
    """
    if proof is None or not proof.is_well:
        return []
    if not proof.no_prices:
        return [CheckLine.ok(f"{proof.account}: its app has prices")]
    said = proof.no_prices.rstrip(".")
    return [
        CheckLine.warn(
            f'{proof.account}: its app has no prices and no socket ("{said}"): orders are seen a second late '
            f"and PAPER fills nothing; take the paid Connect plan at {CONSOLE}"
        )
    ]


def _product_lines(name: str, proof: AccountProof | None) -> list[CheckLine]:
    """Return which of the products that are copied its broker has not enabled; none where it does not tell."""
    told = (
        proof.profile.products if proof is not None and proof.profile is not None else frozenset()
    )
    lacking = [each.value for each in _PRODUCTS if each.value not in told]
    if not lacking or len(lacking) == len(_PRODUCTS):
        return []
    text = f"{name}: {', '.join(lacking)} not enabled at the broker, orders in it are refused: see Kite"
    return [CheckLine.warn(text)]


def segments_lacking(
    state: State, rules: FollowerRules, proof: AccountProof | None = None
) -> tuple[Exchange, ...]:
    """Return the segments a follower is set to copy that its broker has not enabled.

    Only such as the master can trade himself: in others there is nothing to copy.
    """
    account, master = state.account(rules.name), state.account(MASTER)

    def lacks(exchange: Exchange) -> bool:
        if proof is None or proof.profile is None:
            return account.lacks(exchange)
        told = proof.profile.exchanges
        return exchange not in told and not told.isdisjoint(Exchange)

    return tuple(
        exchange
        for exchange in Exchange
        if exchange in rules.segments
        and rules.ratio(exchange) > 0
        and lacks(exchange)
        and not master.lacks(exchange)
    )


def asked_lines(
    state: State,
    rules: Mapping[AccountName, FollowerRules],
    proofs: Mapping[AccountName, AccountProof],
) -> tuple[CheckLine, ...]:
    """Return all that the brokers told, where nothing runs that could start: the doctor's part of it.

    Args:
        state: What the journal knows; of a new installation an empty one.
        rules: Of each follower, as the settings have them.
        proofs: What was answered just now.
    """
    lines = clock_lines(proofs)
    for name, proof in proofs.items():
        lines.append(session_line(state, name, proof, needed=False))
        if name == MASTER:
            lines += plan_lines(proof)
        if name in rules:
            lines += entitled_lines(state, rules[name], Venue.LIVE, proof)
            lines += [*funds_lines(proof), *order_lines(state, name, proof)]
    return tuple(lines)


def funds_lines(proof: AccountProof | None) -> list[CheckLine]:
    """Return what an account has to spend, where its broker answered."""
    if proof is None or not proof.is_well:
        return []
    name, funds = proof.account, proof.funds
    if funds is None:
        # Usually so from midnight to the early morning (Kite Connect docs, user margins).
        return [
            CheckLine.warn(f"{name}: Kite does not tell its funds now: try again in the morning")
        ]
    if funds.equity <= 0 and funds.commodity <= 0:
        return [
            CheckLine.warn(f"{name}: no funds are free, entries will be refused: add money in Kite")
        ]
    told = f"shares and F&O {in_rupees(funds.equity)}, commodity {in_rupees(funds.commodity)}"
    return [CheckLine.ok(f"{name}: free funds: {told}")]


def clock_lines(proofs: Mapping[AccountName, AccountProof]) -> list[CheckLine]:
    """Return how far this machine's clock is off the broker's, by the answer that agrees with it most.

    One server that is wrong by itself says nothing; source of both limits: ``values/clock_level.py``.
    """
    told = [proof.ahead for proof in proofs.values() if proof.ahead is not None]
    if not told:
        return []
    ahead = min(told, key=abs)
    side = "ahead of" if ahead.total_seconds() > 0 else "behind"
    off = f"clock: {abs(ahead).total_seconds():.0f} s {side} Kite's"
    match level_of(ahead):
        case ClockLevel.WELL:
            return [CheckLine.ok(f"clock: within {OFF.total_seconds():.0f} s of Kite's")]
        case ClockLevel.OFF:
            return [CheckLine.warn(f"{off}: {MEND_CLOCK}")]
        case _:
            limit = f"{FAR_OFF.total_seconds():.0f} s"
            return [CheckLine.fail(f"{off}, beyond {limit} no entry leaves: {MEND_CLOCK}")]


def _out(name: str, what: str, mend: str, *, needed: bool) -> CheckLine:
    return (
        CheckLine.fail(f"{name}: {what}, {mend}")
        if needed
        else CheckLine.warn(f"{name}: {what}, left out; {mend}")
    )
