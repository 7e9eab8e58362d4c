"""What most commands are tried with: settings that are complete."""

import pytest

from tests.bot_cli.cli_builders import TOTP_SECRET, write_env


@pytest.fixture
def env(tmp_path):
    """Write a .env with a TOTP secret and plain secrets allowed, and return its path."""
    return write_env(
        tmp_path, SECURITY__TOTP_SECRET=TOTP_SECRET, SECURITY__ALLOW_PLAIN_SECRETS="true"
    )
