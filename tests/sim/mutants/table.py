"""All planted faults, in one table."""

from tests.sim.mutants.changes import CHANGED
from tests.sim.mutants.choices import CHOICES
from tests.sim.mutants.claims import CLAIMS
from tests.sim.mutants.entries import ENTRIES
from tests.sim.mutants.exits import EXITS
from tests.sim.mutants.hours import HOURS
from tests.sim.mutants.limits import LIMITS
from tests.sim.mutants.losses import LOSSES
from tests.sim.mutants.on_paper import ON_PAPER
from tests.sim.mutants.on_the_wire import WIRE
from tests.sim.mutants.people import PEOPLE
from tests.sim.mutants.planting import HeldElsewhere, Mutant
from tests.sim.mutants.reads import READS
from tests.sim.mutants.sending import ON_THE_DISK, SENDING
from tests.sim.mutants.sizes import SIZES

MUTANTS: tuple[Mutant, ...] = (
    *WIRE,
    *SENDING,
    *ENTRIES,
    *SIZES,
    *LIMITS,
    *HOURS,
    *EXITS,
    *CLAIMS,
    *CHANGED,
    *READS,
    *PEOPLE,
    *LOSSES,
    *ON_PAPER,
    *CHOICES,
)
ELSEWHERE: tuple[HeldElsewhere, ...] = ON_THE_DISK
