"""What each account has, asked of its broker for a person who waits."""

import asyncio
from collections.abc import Mapping

from engine.core.state.state import State
from engine.core.values.market import AccountName
from engine.core.values.views import AccountFunds
from engine.errors import BrokerError, BrokerUnavailable
from engine.ports import AccountReader

#: Seconds a read of one account's funds may take before the person is told so.
FUNDS_S = 5.0


async def read_funds(
    state: State, readers: Mapping[AccountName, AccountReader], account: AccountName | None
) -> tuple[AccountFunds, ...]:
    """Ask all accounts at once, or the one named; who does not answer has a problem in words instead."""
    async with asyncio.TaskGroup() as group:
        reads = [
            group.create_task(_of_one(state, name, reader))
            for name, reader in readers.items()
            if account in (None, name)
        ]
    return tuple(read.result() for read in reads)


async def _of_one(state: State, account: AccountName, reader: AccountReader) -> AccountFunds:
    if not state.account(account).session_ok:
        return AccountFunds(account=account, funds=None, problem=f"no session: /login {account}")
    try:
        async with asyncio.timeout(FUNDS_S):
            return AccountFunds(account=account, funds=await reader.funds())
    except TimeoutError:
        problem = f"Kite did not answer within {FUNDS_S:.0f} s: try again"
    except BrokerUnavailable as error:
        problem = f"Kite is not reached: {error} - try again in a minute"
    except BrokerError as error:
        problem = str(error)
    return AccountFunds(account=account, funds=None, problem=problem)
