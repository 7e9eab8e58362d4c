"""A follower may leave while the connections of many are looked after, some in each turn of the loop."""

from engine.core.values.market import AccountName
from tests.core.core_world import World, a_follower
from tests.engine_shell.test_shell_pulse import Beating, Warmed

MANY = ["father", *(f"father{number:02}" for number in range(30))]


class Leaver(Warmed):
    """Its connection is opened as another follower leaves."""

    def __init__(self, gateways, other) -> None:
        super().__init__()
        self.gateways, self.other = gateways, other

    async def warm(self) -> None:
        self.gateways.pop(self.other, None)
        await super().warm()


async def test_who_leaves_meanwhile_is_passed_over_and_the_others_are_warmed():
    beating = Beating(World(*(a_follower(name) for name in MANY)))
    beating.gateways.clear()
    beating.gateways |= {AccountName(name): Warmed() for name in MANY}
    beating.gateways[MANY[0]] = Leaver(beating.gateways, MANY[-2])
    async with beating.running(beating.pulse.keep_warm):
        pass
    assert MANY[-2] not in beating.gateways
    assert [each.times for each in beating.gateways.values()] == [1] * (len(MANY) - 1)
