"""What must be well before copying starts: the store's view, the brokers' answers, this machine."""

import asyncio
import math
from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from engine.clock import Clock
from engine.core.risk.preflight import preflight
from engine.core.state.state import State
from engine.core.values.market import MASTER, Venue
from engine.core.values.proofs import AccountProof, Silence
from engine.core.values.views import CheckLine

#: Seconds a preflight waits for the first read of the master's book after a login.
FIRST_READ_S = 5.0
#: Seconds for which accounts that were all well are not asked again: /start_copy comes right after /live, and
#: Kite counts an account's reads in a second, those of its book too.
PROOFS_HOLD_S = 15.0


async def nobody_asked() -> tuple[AccountProof, ...]:
    """Ask no broker."""
    return ()


async def nothing_seen() -> tuple[CheckLine, ...]:
    """Look at nothing of the machine."""
    return ()


async def _looked(
    look: Callable[[], Awaitable[tuple[CheckLine, ...]]],
) -> tuple[CheckLine, ...]:
    return await look()


class LiveChecks:
    """Asks all that the lists before /start_copy and /live are made of.

    Attributes:
        refusals: Why LIVE may not be armed, whatever the state.

    Args:
        state: The engine's, as it is now.
        clock: The time.
        store_fault: Says why the store should not be trusted, or an empty text.
        prove: Asks every account's broker what can be asked without an order.
        machine: Looks at files, disk and clock as the doctor does, beside the loop.
    """

    def __init__(
        self,
        state: Callable[[], State],
        *,
        clock: Clock,
        refusals: tuple[str, ...],
        store_fault: Callable[[], str],
        prove: Callable[[], Awaitable[tuple[AccountProof, ...]]] = nobody_asked,
        machine: Callable[[], Awaitable[tuple[CheckLine, ...]]] = nothing_seen,
    ) -> None:
        self.refusals = refusals
        self._state = state
        self._clock = clock
        self._store_fault = store_fault
        self._prove = prove
        self._machine = machine
        self._asked: tuple[AccountProof, ...] = ()
        self._asked_at = -math.inf

    async def preflight(self, venue: Venue) -> tuple[CheckLine, ...]:
        """Return the list before /start_copy or /live; in PAPER no broker is asked."""
        if venue is Venue.PAPER:
            await self._first_read()
            return preflight(self._state(), venue, now=self._clock.now())
        async with asyncio.TaskGroup() as group:
            machine = group.create_task(_looked(self._machine))
            asked = group.create_task(self.checked(venue))
        # What the store and the machine say alike is said once.
        return tuple({line.text: line for line in (*asked.result(), *machine.result())}.values())

    async def checked(self, venue: Venue) -> tuple[CheckLine, ...]:
        """Return what the store and the brokers say, with the reasons against LIVE."""
        await self._first_read()
        proofs = {proof.account: proof for proof in await self._proofs()}
        lines = preflight(self._state(), venue, now=self._clock.now(), proofs=proofs)
        refused = tuple(CheckLine.fail(text) for text in self.refusals)
        secrets = refused or (CheckLine.ok("secrets are kept well enough"),)
        fault = self._store_fault()
        store = CheckLine.fail(fault) if fault else CheckLine.ok("store healthy")
        return (*lines, *(secrets if venue is Venue.LIVE else ()), store)

    async def _proofs(self) -> tuple[AccountProof, ...]:
        """Ask the brokers; who is not logged in needs a login, whatever his broker says."""
        asked = self._asked
        if self._clock.monotonic() - self._asked_at > PROOFS_HOLD_S:
            asked = await self._prove()
            if all(proof.is_well for proof in asked):
                self._asked, self._asked_at = asked, self._clock.monotonic()
        known = self._state()
        return tuple(
            proof
            if known.account(proof.account).session_ok
            else replace(proof, profile=None, silence=Silence.NO_SESSION)
            for proof in asked
        )

    async def _first_read(self) -> None:
        """Give the first read after a login a moment, rather than have the trader ask again."""
        state = self._state()
        until = self._clock.monotonic() + FIRST_READ_S
        while self._clock.monotonic() < until and state.account(MASTER).session_ok:
            if state.account(MASTER).reconciled and state.openings_known:
                return
            await self._clock.sleep(0.05)
            state = self._state()
