"""One account's adapters in a simulated life: the real ones above a wire without a network."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.brokers.kite.credentials import Credentials
from engine.brokers.kite.frames import FrameReader
from engine.brokers.kite.gateway import KiteGateway
from engine.brokers.kite.reads import KiteReader
from engine.core.values.events import (
    BookRead,
    Event,
)
from engine.core.values.market import MASTER, AccountName
from engine.core.values.secrets import Secret
from engine.feed import Feed
from engine.funds_reader import FundsReader
from engine.funds_watch import FundsWatch
from engine.reconciler import Reconciler
from tests.sim.sim_mortal import MortalGateway
from tests.sim.sim_wire import SimStream, SimWire

if TYPE_CHECKING:
    from tests.sim.sim_program import Life


class Member:
    """One account's adapters."""

    def __init__(self, life: "Life", name: AccountName) -> None:
        setting, rng = life.setting, life.setting.rng
        user_id = setting.user_ids[name]
        account = setting.exchange.accounts.by_user(user_id)
        self.name = name
        self.credentials = Credentials(
            name=name, user_id=user_id, api_key=account.api_key,
            api_secret=Secret(account.api_secret),
        )  # fmt: skip
        self.wire = SimWire(
            setting.exchange, self.credentials, permit=lambda: life.may_write(name), rng=rng,
            spy=setting.spy,
        )  # fmt: skip
        self.gateway = MortalGateway(
            setting.gateway(KiteGateway(self.wire, self.credentials)), life
        )
        self.reader = reader = KiteReader(
            self.wire,
            self.credentials,
            clock=life.clock,
            on_fault=life.malformed,
            on_clock=life.clock_compared,
        )
        frames = FrameReader(self.credentials, clock=life.clock, find_name=life.find_name)
        stream = SimStream(
            setting.exchange, self.credentials, clock=life.clock, rng=rng, frames=frames
        )
        self.feed = Feed(
            name, stream, clock=life.clock, prices=life.prices, offer=life.runner.offer
        )
        self.reconciler = Reconciler(
            name, reader, clock=life.clock, needs=lambda: life.needs(name),
            offer=self._observed(life),
            needs_fills=life.needs_fills if name == MASTER else lambda _: None,
            recorded=lambda: life.newest_event,
        )  # fmt: skip

        self.reading = FundsReader(reader, clock=life.clock)
        self.funds = FundsWatch(
            name, self.reading, clock=life.clock, every_s=lambda: life.funds_every_s(name),
            offer=life.runner.offer,
        )  # fmt: skip

    def _observed(self, life: "Life") -> Callable[[Event], None]:
        def offer(event: Event) -> None:
            if isinstance(event, BookRead):
                life.pass_seam()
                self.feed.book_was_read(asked_at=event.asked_at, at=event.at)
            life.runner.offer(event)

        return offer
