"""Order updates on their way from the floor: to whoever listens to the truth, then to the sockets."""

from collections.abc import Callable

from demo.exchange.accounts import Accounts
from demo.exchange.orders import Order
from demo.exchange.rules import ExchangeRules
from demo.exchange.wire import Row

#: Hears (user id, frame) of an update.
Listener = Callable[[str, Row], None]


class Updates:
    """Makes a frame of each update, unless updates of its status are never sent."""

    def __init__(self, rules: ExchangeRules, accounts: Accounts) -> None:
        """Take the switches, and whose secrets sign the frames."""
        self._rules = rules
        self._accounts = accounts
        self._listeners: list[Listener] = []

    def on_frame(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` for every frame, after those who came before it; return the undo."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def emit(self, order: Order, status: str) -> None:
        """Tell of an order under a status."""
        if status in self._rules.silent_statuses:
            return
        account = self._accounts.by_user(order.user_id)
        frame = order.frame(status, api_secret=account.api_secret)
        for listener in tuple(self._listeners):
            listener(order.user_id, frame)
