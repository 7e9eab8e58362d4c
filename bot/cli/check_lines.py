"""The three ways a line of the doctor ends."""

from engine.core.values.views import CheckLevel, CheckLine


def fine(text: str) -> CheckLine:
    """Return a line about something that is well."""
    return CheckLine(level=CheckLevel.OK, text=text)


def doubtful(text: str) -> CheckLine:
    """Return a line about something to think over."""
    return CheckLine(level=CheckLevel.WARN, text=text)


def failed(text: str) -> CheckLine:
    """Return a line about something that must be mended."""
    return CheckLine(level=CheckLevel.FAIL, text=text)
