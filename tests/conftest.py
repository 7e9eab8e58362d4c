"""How properties are tried: the same examples every time in the gate, new ones on request; and what is counted."""

from hypothesis import settings

# The gate must not depend on chance or on how busy the machine is.
settings.register_profile("gate", derandomize=True, deadline=None, database=None)
# `pytest --hypothesis-profile=search` looks for what the gate's examples do not reach.
settings.register_profile("search", max_examples=2_000, deadline=None)
settings.load_profile("gate")

#: Their files take longest; one that is begun last is waited for by every other worker.
BEGUN_FIRST = ("tests/sim/test_sim_mutants", "tests/faults/", "tests/e2e/", "tests/sim/")


def pytest_collection_modifyitems(config, items) -> None:
    """Hand out the longest files first, where the tests are shared out among workers."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: _turn_of(item.nodeid))


def _turn_of(nodeid: str) -> int:
    turns = (turn for turn, begin in enumerate(BEGUN_FIRST) if nodeid.startswith(begin))
    return next(turns, len(BEGUN_FIRST))


def pytest_terminal_summary(terminalreporter) -> None:
    """Say how much the simulation ran, and how many lines of the pages; counted in the process that ran them."""
    properties = [
        each
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "teardown"
        for each in report.user_properties
    ]
    ran = [value for name, value in properties if name == "schedule"]
    if ran:
        children, kills, seconds = (sum(column) for column in zip(*ran, strict=True))
        terminalreporter.write_line(
            f"simulation: {len(ran)} schedules, {children} child orders, {kills} kills, "
            f"{len(ran) / max(seconds, 0.001):.1f} schedules a second of one core"
        )
    for name, value in properties:
        if name == "command lines":
            shown, run = value
            terminalreporter.write_line(
                f"command lines of the pages: {shown} shown, {run} different ones run"
            )
