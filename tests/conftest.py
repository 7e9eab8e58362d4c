"""How properties are tried: the same examples every time in the gate, new ones on request."""

from hypothesis import settings

# The gate must not depend on chance or on how busy the machine is.
settings.register_profile("gate", derandomize=True, deadline=None, database=None)
# `pytest --hypothesis-profile=search` looks for what the gate's examples do not reach.
settings.register_profile("search", max_examples=2_000, deadline=None)
settings.load_profile("gate")
