"""Dispatch: the way of an accepted request from Kite to the exchange, prompt, slow or broken."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from demo.exchange.agenda import Agenda
from demo.exchange.floor import Floor
from demo.exchange.link import PROMPT, Link
from demo.exchange.orders import Order, Status
from demo.exchange.rules import ExchangeRules
from demo.exchange.wire import Clock

#: What RMS makes of an order: (message, raw text) where it rejects it.
Verdict = Callable[[Order], tuple[str, str] | None]


@dataclass(slots=True, kw_only=True)
class Dispatch:
    """Brings placements, modifications and cancellations to the exchange.

    Attributes:
        now: Present time.
        rules: Switches.
        agenda: For what arrives later.
        floor: Where requests arrive.
        verdict: RMS, for an order that it has not looked at yet.
        broken: By exchange that cannot be reached, what waits for it.
    """

    now: Clock
    rules: ExchangeRules
    agenda: Agenda
    floor: Floor
    verdict: Verdict
    broken: dict[str, list[Callable[[str | None], None]]] = field(default_factory=dict)

    def send(self, order: Order, rejection: tuple[str, str] | None, link: Link) -> None:
        """Send a new order on its way, unless RMS rejects it."""
        if not order.history:
            order.record(self.now())
        if link.received_s:
            self.floor.keep(order)
            due = self.now() + timedelta(seconds=link.received_s)
            self.agenda.at(due, lambda: self._take_up(order, replace(link, received_s=0.0)))
        else:
            self._validate(order, rejection, link)

    def take_queued(self, order: Order) -> None:
        """Let an after-market order take its turn at the open; RMS looks at it once more."""
        order.move(Status.RECEIVED, self.now())
        self.floor.drop(order)
        self._validate(order, self.verdict(order), PROMPT)

    def carry(
        self, order: Order, pending: Status, link: Link, arrive: Callable[[], object]
    ) -> None:
        """Let a request arrive at the exchange now or later, or be refused there.

        Args:
            order: What it is about.
            pending: The order's status meanwhile.
            link: How it fares.
            arrive: Does what is asked.
        """

        def arrived(refusal: str | None = link.refusal) -> None:
            if order.status is not pending:
                return  # it filled, or the day ended, meanwhile
            if refusal is None:
                arrive()
            else:
                self.floor.refuse(order, refusal)

        waiting = self.broken.get(order.instrument.exchange)
        if waiting is not None:
            waiting.append(lambda words: arrived(words or link.refusal))
        elif link.pending_s:
            self.agenda.at(self.now() + timedelta(seconds=link.pending_s), arrived)
        else:
            arrived()

    def break_link(self, exchange: str) -> None:
        """Let nothing reach an exchange from now on."""
        self.broken.setdefault(exchange, [])

    def mend_link(self, exchange: str, refusal: str | None) -> None:
        """Let all that waits reach the exchange, which takes it or refuses it in these words."""
        for arrived in self.broken.pop(exchange, []):
            arrived(refusal)

    def _take_up(self, order: Order, link: Link) -> None:
        if order.status is Status.RECEIVED:
            self.floor.drop(order)
            self._validate(order, self.verdict(order), link)

    def _validate(self, order: Order, rejection: tuple[str, str] | None, link: Link) -> None:
        order.move(Status.VALIDATION_PENDING, self.now())
        if rejection:
            order.status_message, order.status_message_raw = rejection
            self.floor.reject(order)
            return
        self.floor.accept(order)
        slower = replace(link, pending_s=link.pending_s + self.rules.processing_s)
        self.carry(order, Status.OPEN_PENDING, slower, lambda: self.floor.reach(order))
