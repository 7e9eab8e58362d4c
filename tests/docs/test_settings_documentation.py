"""The settings' table, ``.env.example`` and docs/configuration.md say the same."""

import re
from pathlib import Path

import pytest

from bot.cli.env_file import read_env_file
from bot.settings.key import NAME
from bot.settings.names import ALL_KEYS, OUR_PREFIXES
from bot.settings.settings import load_settings
from engine.errors import ConfigError

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / ".env.example"
DOCS = ROOT / "docs" / "configuration.md"
FOLLOWER = "ASHA"
# Every prefix the program promises to watch over.
PREFIXES = (
    "TELEGRAM KITE MASTER FOLLOWERS MARKET SECURITY LISTENER BASKET RISK EMAIL DISCORD WHATSAPP"
    " APPRISE METRICS BACKUP"
)


def example_lines() -> dict[str, tuple[str, str]]:
    """Return key → (default, the comment above it) from .env.example."""
    found: dict[str, tuple[str, str]] = {}
    comment: list[str] = []
    for line in EXAMPLE.read_text().splitlines():
        setting = re.fullmatch(r"#?([A-Z][A-Z_]*)=(.*)", line)
        if setting:
            assert setting[1] not in found, f"{setting[1]} stands twice"
            found[setting[1]] = (setting[2], " ".join(comment))
        comment = [*comment, line.removeprefix("# ")] if line.startswith("# ") else []
    return found


def docs_rows() -> dict[str, list[str]]:
    """Return key → (default, unit, meaning) from docs/configuration.md."""
    rows = (re.findall(r"(?<=\|)[^|]*(?=\|)", line) for line in DOCS.read_text().splitlines())
    cells = ([cell.strip() for cell in row] for row in rows if len(row) == 4)
    return {row[0].strip("`"): row[1:] for row in cells if row[0].startswith("`")}


@pytest.mark.parametrize("key", ALL_KEYS, ids=lambda key: key.name)
def test_the_example_file_has_every_key_with_default_unit_and_meaning(key):
    default, comment = example_lines()[key.name.replace(NAME, FOLLOWER)]
    assert default == key.default
    words = " ".join(comment.split()).replace("- ", "-")
    for part in (key.help, key.unit):
        assert part.replace("- ", "-") in words


@pytest.mark.parametrize("key", ALL_KEYS, ids=lambda key: key.name)
def test_the_page_has_every_key_with_default_unit_and_meaning(key):
    default, unit, meaning = docs_rows()[key.name]
    assert default == ("**required**" if key.required else f"`{key.default}`" * bool(key.default))
    assert unit == key.unit
    assert meaning.startswith(key.help)
    assert ("*Secret.*" in meaning) == key.secret
    assert "effect yet" not in meaning, "every setting has one"


def test_neither_has_a_key_that_does_not_exist():
    names = {key.name for key in ALL_KEYS}
    assert set(docs_rows()) == names
    assert {name.replace(FOLLOWER, NAME) for name in example_lines()} == names


def test_every_promised_prefix_is_watched():
    assert set(OUR_PREFIXES) == {f"{prefix}__" for prefix in PREFIXES.split()}


def test_the_example_file_lacks_nothing_but_what_only_the_user_knows(tmp_path):
    copied = read_env_file(str(EXAMPLE), tmp_path, {})
    assert copied.faults == ()
    with pytest.raises(ConfigError) as refused:
        load_settings(copied.values, folder=tmp_path, open_secret=str)
    missing = {line.split(":")[0] for line in refused.value.faults}
    assert missing == {key.name.replace(NAME, FOLLOWER) for key in ALL_KEYS if key.required}


def test_every_default_in_the_example_file_may_be_uncommented(tmp_path):
    text = re.sub(r"(?m)^#(?=[A-Z_]+=)", "", EXAMPLE.read_text())
    (tmp_path / ".env").write_text(text)
    values = dict(read_env_file(None, tmp_path, {}).values)
    values |= {
        "TELEGRAM__BOT_TOKEN": "1:x",
        "MASTER__USER_ID": "AB1234",
        "MASTER__API_KEY": "k",
        "MASTER__API_SECRET": "s",
        "FOLLOWERS__ASHA__USER_ID": "CD5678",
        "FOLLOWERS__ASHA__API_KEY": "k",
        "FOLLOWERS__ASHA__API_SECRET": "s",
    }
    assert load_settings(values, folder=tmp_path, open_secret=str).followers
