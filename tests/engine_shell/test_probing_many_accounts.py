"""Asking a thousand accounts: each has its time, because only some are asked at once."""

import asyncio
from datetime import timedelta
from decimal import Decimal

from engine.core.values.market import AccountName
from engine.core.values.orders import Funds, Profile
from engine.core.values.proofs import WayOut
from engine.prober import AT_ONCE, AccountProber, Skew, prove

PROFILE = Profile(user_id="U1", user_name="One", exchanges=frozenset(), products=frozenset())


class Crowd:
    """Readers of many accounts; counts how many are being asked."""

    def __init__(self) -> None:
        self.asked = self.most = 0

    async def profile(self):
        self.asked += 1
        self.most = max(self.most, self.asked)
        await asyncio.sleep(0)
        self.asked -= 1
        return PROFILE

    async def funds(self):
        return Funds(equity=Decimal(1), commodity=Decimal(2))

    async def basket_margin(self, legs, *, timeout_s):
        return Decimal(3)


async def _way() -> WayOut:
    return WayOut(address="10.0.0.1")


def _heard(_ahead: timedelta) -> None:
    return None


async def test_a_thousand_accounts_do_not_keep_each_other_from_answering():
    crowd = Crowd()
    names = [AccountName(f"f{number}") for number in range(1000)]

    proofs = await prove(
        AccountProber(name, "U1", crowd, way_out=_way, skew=Skew(_heard)) for name in names
    )

    assert [proof.account for proof in proofs] == names
    assert all(proof.is_well for proof in proofs)
    assert crowd.most == AT_ONCE
