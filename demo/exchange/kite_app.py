"""The Kite app and Kite web: what a person does by hand, past every limit of the API."""

from dataclasses import dataclass

from demo.exchange.accounts import Accounts
from demo.exchange.ledger import Act, Origin
from demo.exchange.tickets import AppChange, AppOrder, app_fields, as_fields
from demo.exchange.wire import Fields, one
from demo.exchange.writes import WriteRequest, Writes


@dataclass(frozen=True, slots=True, kw_only=True)
class KiteApp:
    """Orders from the app: no address check, no fault, no need of `market_protection`."""

    accounts: Accounts
    writes: Writes

    def place(self, user_id: str, order: AppOrder) -> str:
        """Place an order; return its id.

        Raises:
            KiteError: Refused; nothing is in the book.
        """
        return self._write(user_id, Act.PLACE, "", app_fields(order))

    def modify(self, user_id: str, order_id: str, change: AppChange) -> str:
        """Change a resting order; return its id.

        Raises:
            KiteError: Refused; the order is as it was.
        """
        return self._write(user_id, Act.MODIFY, order_id, as_fields(change))

    def cancel(self, user_id: str, order_id: str) -> str:
        """Cancel a resting order; return its id.

        Raises:
            KiteError: Unknown, done, or in the middle of something.
        """
        return self._write(user_id, Act.CANCEL, order_id, {})

    def _write(self, user_id: str, act: Act, order_id: str, fields: Fields) -> str:
        request = WriteRequest(
            act=act, path="app", variety=one(fields, "variety") or "regular", order_id=order_id,
            fields=fields, origin=Origin.APP,
        )  # fmt: skip
        return self.writes.from_app(self.accounts.by_user(user_id), request)
