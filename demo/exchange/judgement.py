"""RMS's judgement of an order: funds, holdings and the depository's consent."""

from decimal import Decimal

from demo.exchange.accounts import Account, MarginRefusal
from demo.exchange.margins import Purse
from demo.exchange.matching import Side
from demo.exchange.orders import Order
from demo.exchange.wire import KiteError, bad_input

NO_SHARES = "Insufficient stock holding in your account."


def judge(account: Account, purse: Purse, order: Order) -> tuple[str, str] | None:
    """Return (message, raw RMS text) where the order ends as a REJECTED row.

    Raises:
        KiteError: 428 where the depository has no consent, 400 ``MarginException`` where this
            account is told of a shortfall at once.
    """
    purse.check_authorised(order)
    entity = f"for entity account-{account.user_id} across exchange across segment across product "
    if order.product == "CNC" and order.side is Side.SELL:
        if order.quantity > sum(purse.deliverable(order)):
            return NO_SHARES, f"RMS:Rule: Check holdings {entity}"
        return None
    short = purse.shortfall(order)
    if short is None:
        return None
    error = margin_error(*short)
    if account.margin_refusal is MarginRefusal.AT_ONCE:
        raise error
    required, available = short
    raw = f"RMS:Margin Exceeds,Required:{required:.2f}, Available:{available:.2f} {entity}"
    return error.message, raw


def verdict(account: Account, purse: Purse, order: Order) -> tuple[str, str] | None:
    """Return what `judge` does where no request waits that a refusal could be told to."""
    try:
        return judge(account, purse, order)
    except KiteError as error:
        return error.message, error.message


def check_change(purse: Purse, wanted: Order) -> None:
    """Refuse to change an order into one that would not have been taken: a delivery sale of more too.

    Raises:
        KiteError: 400 ``HoldingException`` or ``MarginException``.
    """
    if wanted.product == "CNC" and wanted.side is Side.SELL:
        if wanted.pending_quantity > sum(purse.deliverable(wanted)):
            raise KiteError(400, "HoldingException", NO_SHARES)
        return
    short = purse.shortfall(wanted)
    if short:
        raise margin_error(*short)


def check_exit(purse: Purse, order: Order) -> None:
    """Refuse an intraday order after the square-off time unless it closes a position.

    Raises:
        KiteError: 400. The words are not published; they are this exchange's own.
    """
    if purse.opening(order):
        raise bad_input(
            "Fresh intraday orders are not allowed after the square-off time. "
            "Place a CNC or NRML order."
        )


def margin_error(required: Decimal, available: Decimal) -> KiteError:
    """Return the shortfall in Kite's words.

    The last sentence is Kite's own, although the refusal is definite: a client that takes every
    "check the orderbook" for doubt is wrong here. Source: Kite forum comment 31631.
    """
    return KiteError(
        400,
        "MarginException",
        f"Insufficient funds. Required margin is {required:.2f} but available margin is "
        f"{available:.2f}. Check the orderbook for open orders.",
    )
