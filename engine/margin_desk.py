"""Asks brokers what a basket of options needs as margin: beside the decisions, each account by itself."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence

from engine.clock import Clock
from engine.core.values.events import Event, MarginAnswered
from engine.core.values.margins import MarginQuestion
from engine.core.values.market import AccountName
from engine.errors import BrokerError
from engine.funds_reader import FundsReader
from engine.ports import AccountReader

_log = logging.getLogger(__name__)

#: Seconds until a question is given up. The legs wait far shorter for it (engine.core.planning.basket_margin);
#: cut off that early, it would close the warm connection under the order that goes next.
GIVEN_UP_S = 2.0


class MarginDesk:
    """Takes questions about margin and offers their answers as events; nobody waits for another's.

    One request of a question is under way at a time, so that of an account's two warm connections one is left
    for an exit.
    """

    def __init__(
        self,
        readers: Mapping[AccountName, AccountReader],
        *,
        funds: Mapping[AccountName, FundsReader],
        clock: Clock,
        offer: Callable[[Event], None],
    ) -> None:
        """Prepare; nothing is asked yet.

        Args:
            readers: Who answers for each account.
            funds: Who tells what is free in it.
            clock: Dates the answers.
            offer: Takes them, and what failed as an answer without figures.
        """
        self._readers = readers
        self._funds = funds
        self._clock = clock
        self._offer = offer
        self._asked: asyncio.Queue[MarginQuestion] = asyncio.Queue()

    def ask(self, questions: Sequence[MarginQuestion]) -> None:
        """Take questions; returns at once."""
        for question in questions:
            self._asked.put_nowait(question)

    async def run(self) -> None:
        """Ask until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                group.create_task(self._answer(await self._asked.get()))

    async def _answer(self, question: MarginQuestion) -> None:
        name, asked = question.key.follower, self._clock.monotonic()
        needed = funds = None
        try:
            reader, readings = self._readers.get(name), self._funds.get(name)
            if reader is None or readings is None:
                return  # removed meanwhile: nothing of his waits for it
            needed = await reader.basket_margin(question.legs, timeout_s=GIVEN_UP_S)
            # What was free when it was asked, or later: its own order has not left yet.
            age = self._clock.monotonic() - asked
            funds = (await readings.read(max_age_s=age)).funds
        except BrokerError as error:
            _log.warning(
                "margin not known",
                extra={"action": "ask margin", "account": name, "why": str(error)},
            )
        self._offer(
            MarginAnswered(
                key=question.key,
                order_id=question.order_id,
                needed=needed,
                funds=funds,
                at=self._clock.now(),
            )
        )
