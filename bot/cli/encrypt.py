"""``copytrader encrypt``: a secret in, ``enc:…`` out."""

import argparse
from typing import TextIO

from bot.cli.configuration import Configuration
from bot.cli.invocation import ExitStatus, Invocation
from bot.settings.names import recognise, unknown_key_fault
from engine.errors import CopyTraderError
from storage.vault import ENV_CONTEXT, SEALED_PREFIX, env_context

_SEE = " - see docs/configuration.md"


def encrypt(args: argparse.Namespace, invocation: Invocation) -> int:
    """Read a secret and print what to write into ``.env`` in its place; makes a key if needed.

    With the key that it is for, it opens under that key only.
    """
    context = ENV_CONTEXT if args.key is None else _context_of(args.key)
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
    for name, sealed in list(configuration.sealed_settings().items())[:1]:
        # One .env has one key: a second one would lock the first values out.
        vault.open_setting(sealed, name)
    terminal.say(vault.seal(secret, context))
    if made is not None:
        terminal.complain(f"made a new key in {made} - back it up, apart from DATA_DIR")
    return ExitStatus.OK


def _context_of(name: str) -> str:
    """Return what binds a secret to its key in ``.env``."""
    known = recognise(name)
    if known is None:
        raise CopyTraderError(unknown_key_fault(name) or f"{name}: unknown key{_SEE}")
    if not known.key.secret:
        raise CopyTraderError(f"{name}: is not a secret - write it as it is")
    return env_context(known.full_name)


def _piped(source: TextIO) -> str:
    try:
        secret = source.read()
        secret.encode()  # some locales let broken bytes through as lone surrogates
    except UnicodeError:
        raise CopyTraderError("that is not UTF-8 text - pipe in the secret as text") from None
    return secret
