"""Reads a value that is set from the chat with the parser of its setting, so that its faults are told alike."""

from bot.settings.key import SettingKey
from bot.settings.table import MAX_DAILY_LOSS
from bot.settings.table_followers import FOLLOWER_KEYS
from engine.core.values.settable import OF_FOLLOWER, TOTAL_LOSS

_PREFIX = "FOLLOWERS__<NAME>__"
#: What people write in numbers and the settings do not take: 2,00,000 and ₹.
_IN_NUMBERS = str.maketrans("", "", ",₹ ")
_NUMBERS = frozenset({"rupees", "units", "positions", "orders"})
#: What people write for a switch, beside what the settings take.
_SWITCH = "true or false"
_SWITCHES = {"on": "true", "off": "false"}
#: Of these the chat cannot say nothing at all otherwise.
_EMPTY = {"SYMBOLS_ALLOW": "", "SYMBOLS_BLOCK": "", "SEGMENT_MULTIPLIERS": "{}"}

#: The setting of every key that may be set from the chat.
SETTINGS: dict[str, SettingKey[object]] = {
    key: setting
    for setting in FOLLOWER_KEYS
    if (key := setting.name.removeprefix(_PREFIX)) in OF_FOLLOWER
} | {TOTAL_LOSS: MAX_DAILY_LOSS}


def checked(key: str, text: str) -> str:
    """Return the text of a value as the settings would take it.

    Raises:
        ValueError: What is wrong with it and the mend, as at a start.
    """
    setting = SETTINGS[key]
    text = text.strip()
    if setting.unit in _NUMBERS:
        text = text.translate(_IN_NUMBERS)
    if setting.unit == _SWITCH:
        text = _SWITCHES.get(text.lower(), text)
    if key in _EMPTY and text.lower() in {"none", "off"}:
        text = _EMPTY[key]
    setting.parse(text)
    return text
