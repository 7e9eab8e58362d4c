"""How properties are tried: the same examples every time in the gate, new ones on request."""

from hypothesis import settings

# The gate must not depend on chance or on how busy the machine is.
settings.register_profile("gate", derandomize=True, deadline=None, database=None)
# `pytest --hypothesis-profile=search` looks for what the gate's examples do not reach.
settings.register_profile("search", max_examples=2_000, deadline=None)
settings.load_profile("gate")


def pytest_terminal_summary(terminalreporter) -> None:
    """Say how much the simulation ran; it is counted in the process that ran it."""
    ran = [
        value
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "teardown"
        for name, value in report.user_properties
        if name == "schedule"
    ]
    if ran:
        children, kills, seconds = (sum(column) for column in zip(*ran, strict=True))
        terminalreporter.write_line(
            f"simulation: {len(ran)} schedules, {children} child orders, {kills} kills, "
            f"{len(ran) / max(seconds, 0.001):.1f} schedules a second of one core"
        )
