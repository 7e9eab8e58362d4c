"""What outlives a life of the program in a simulated day."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from demo.exchange.exchange import Exchange
from engine.core.values.calendar import ALWAYS_OPEN, Calendar
from engine.core.values.instruments import InstrumentBook
from engine.core.values.market import AccountName
from engine.core.values.notices import Notice
from engine.core.values.rules import FollowerRules
from engine.ports import OrderGateway
from tests.sim.sim_paper import PaperJudge
from tests.sim.sim_wire import Spy
from tests.sim.virtual_loop import VirtualClock

if TYPE_CHECKING:
    from tests.sim.sim_program import Life

TICK_S = 0.1


@dataclass(slots=True, kw_only=True)
class Setting:
    """What outlives a life: the exchange, the disk, the clock, who is configured."""

    exchange: Exchange
    data_dir: Path
    clock: VirtualClock
    rng: random.Random
    rules: tuple[FollowerRules, ...]
    user_ids: dict[AccountName, str]
    instruments: InstrumentBook
    spy: Spy
    gateway: Callable[[OrderGateway], OrderGateway] = lambda gateway: gateway
    committed: Callable[["Life"], None] = lambda _: None
    tick_s: float = TICK_S
    paper: bool = False
    calendar: Calendar = ALWAYS_OPEN
    total_loss: Decimal | None = None
    paper_judge: PaperJudge | None = None
    halts: list[str] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    #: Whether the file is edited on that day; only then accounts are kept, and other days keep their steps.
    edited: bool = False
    #: The followers of the file as it stands: all of them but on days that edit it.
    file: dict[AccountName, FollowerRules] = field(init=False)

    def __post_init__(self) -> None:
        self.file = {each.name: each for each in self.rules}
