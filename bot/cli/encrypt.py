"""``copytrader encrypt``: a secret in, ``enc:…`` out."""

import argparse
from typing import TextIO

from bot.cli.configuration import Configuration
from bot.cli.invocation import ExitStatus, Invocation
from engine.errors import CopyTraderError
from storage.vault import ENV_CONTEXT, SEALED_PREFIX


def encrypt(args: argparse.Namespace, invocation: Invocation) -> int:
    """Read a secret and print what to write into ``.env`` in its place; makes a key if needed."""
    terminal = invocation.terminal
    configuration = Configuration.read(args.env_file, invocation)
    if terminal.input.isatty():
        secret = terminal.ask_secret("Secret (not shown):")
    else:
        secret = _piped(terminal.input)
    secret = secret.strip()
    if not secret:
        raise CopyTraderError("no secret was given - pipe it in or type it")
    if len(secret.splitlines()) > 1:
        raise CopyTraderError("more than one line was given - encrypt one secret at a time")
    if secret.startswith(SEALED_PREFIX):
        raise CopyTraderError("that is sealed already - write it into the env file as it is")
    vault, made = configuration.vault_or_new_key()
    for sealed in configuration.sealed_values()[:1]:
        # One .env has one key: a second one would lock the first values out.
        vault.open(sealed, ENV_CONTEXT)
    terminal.say(vault.seal(secret, ENV_CONTEXT))
    if made is not None:
        terminal.complain(f"made a new key in {made} - back it up, apart from DATA_DIR")
    return ExitStatus.OK


def _piped(source: TextIO) -> str:
    try:
        secret = source.read()
        secret.encode()  # some locales let broken bytes through as lone surrogates
    except UnicodeError:
        raise CopyTraderError("that is not UTF-8 text - pipe in the secret as text") from None
    return secret
