"""From an env file to settings and an open vault."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bot.channels.apprise_urls import NOT_INSTALLED, is_installed
from bot.cli.env_file import DEFAULT_ENV_FILE, EnvFile, open_env_file, read_env_file
from bot.cli.invocation import Invocation
from bot.instance import CONTROL_NAME, KILL_NAME, USED_CODES_NAME
from bot.kill_switch import KillSwitch
from bot.settings import table as settings_table
from bot.settings.key import SettingKey
from bot.settings.names import PASSPHRASE
from bot.settings.settings import Settings, load_settings, resolve_path
from bot.used_codes import UsedCodes
from engine.core.values.secrets import Secret
from engine.errors import ConfigError, CopyTraderError, StoreDamaged
from storage.durable import replace_file
from storage.key_file import KeyFileError, noted_keys
from storage.store_name import STORE_NAME
from storage.trusted_path import fault_of_path
from storage.vault import NO_PASSPHRASE, SEALED_PREFIX, Vault, VaultError, is_passphrase_sealed

# Under systemd, ``LoadCredential(Encrypted)=`` of this name stands in for PASSPHRASE.
_CREDENTIAL = "kitecopytrader-passphrase"
_CREDENTIALS_FOLDER = "CREDENTIALS_DIRECTORY"
#: Said where a change of keys was begun and not finished.
UNFINISHED = (
    "a change of keys was not finished; everything opens - stop the program and run:"
    " copytrader rotate-key"
)
#: In DATA_DIR: which key has sealed what the store holds.
KEY_MARK = "key.id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The folder and files known without judging the rest of the settings."""

    data_dir: Path
    key_file: Path

    @property
    def key_mark(self) -> Path:
        """Which key has sealed what the store holds."""
        return self.data_dir / KEY_MARK

    @property
    def control_path(self) -> Path:
        """Where the running instance listens."""
        return self.data_dir / CONTROL_NAME

    @property
    def kill_switch(self) -> KillSwitch:
        """The local kill switch."""
        return KillSwitch(self.data_dir / KILL_NAME)

    @property
    def used_codes(self) -> UsedCodes:
        """Which second-factor code was used last."""
        return UsedCodes(self.data_dir / USED_CODES_NAME)


def lost_store(data_dir: Path) -> str:
    """Return what is wrong and the mend where a store is missing that was there before."""
    return (
        f"{data_dir / STORE_NAME} is missing, though an instance has run here - restore a backup,"
        f" or to begin anew on purpose remove {data_dir / KEY_MARK} too and log in again"
    )


class Configuration:
    """One env file with the real environment over it, read once per command.

    Attributes:
        env_file: The texts and what was wrong with the file.
    """

    def __init__(self, env_file: EnvFile, invocation: Invocation) -> None:
        self.env_file = env_file
        self._invocation = invocation
        self._vault: Vault | None = None
        self._typed: Secret | None = None

    @classmethod
    def read(cls, given: str | None, invocation: Invocation) -> "Configuration":
        """Read the env file named on the command line, or ``.env``."""
        return cls(read_env_file(given, invocation.folder, invocation.environ), invocation)

    def again(self) -> "Configuration":
        """Read the same file anew, by the key that is open: nobody is asked for a passphrase."""
        path, invocation = self.env_file.path, self._invocation
        # Where all comes from the real environment there is no such file, and none is needed.
        given = None if path.name == DEFAULT_ENV_FILE else path.name
        fresh = Configuration(read_env_file(given, path.parent, invocation.environ), invocation)
        fresh._vault = self._vault
        return fresh

    @property
    def real_environment(self) -> Mapping[str, str]:
        """What wins over the file."""
        return self._invocation.environ

    def places(self) -> Places:
        """Return where things are, even while other settings are wrong.

        Raises:
            ConfigError: The path itself is wrong.
        """
        return Places(
            data_dir=self._path(settings_table.DATA_DIR),
            key_file=self._path(settings_table.KEY_FILE),
        )

    def used_places(self) -> Places:
        """Return where things are, for what only looks at a set-up.

        Raises:
            ConfigError: The path itself is wrong; or there is neither an env file nor a data folder, as in a
                folder that was never set up: that nothing runs there would send people astray.
        """
        places = self.places()
        if self.env_file.faults and not self.env_file.values and not places.data_dir.is_dir():
            raise ConfigError(self.env_file.faults)
        return places

    def settings(self) -> Settings:
        """Return the settings.

        Raises:
            ConfigError: Every fault of the file, of each key and of the files they name.
        """
        faults = [*open_env_file(self.env_file), *self.env_file.faults]
        if faults and not self.env_file.values:
            raise ConfigError(tuple(faults))  # that every key is missing would hide why
        try:
            settings = load_settings(
                self.env_file.values, folder=self.env_file.folder, open_secret=self._open_secret
            )
        except ConfigError as error:
            raise ConfigError((*faults, *error.faults)) from None
        if fault := fault_of_path(settings.data_dir):
            faults.append(f"DATA_DIR: {fault}")
        ca_file = settings.kite.ca_file
        if ca_file is not None and not ca_file.is_file():
            faults.append(f"KITE__CA_FILE: {ca_file} is not a file - correct the path")
        if settings.channels.apprise is not None and not is_installed():
            faults.append(NOT_INSTALLED)
        if faults:
            raise ConfigError(tuple(faults))
        return replace(settings, env_file=self.env_file.path)

    def vault(self) -> Vault:
        """Return the vault of the existing key or passphrase.

        Raises:
            CopyTraderError: There is none, or it cannot be used.
        """
        if self._vault is None:
            passphrase = self.passphrase()
            if passphrase is None:
                self._vault = self._key_file_vault()
            else:
                self._vault = Vault.from_passphrase(passphrase)
        return self._vault

    def _key_file_vault(self) -> Vault:
        try:
            return Vault.from_key_file(self.places().key_file)
        except KeyFileError:
            if not any(map(is_passphrase_sealed, self.sealed_values())):
                raise
            # That a key file is missing would send people after one that never was.
            raise VaultError(NO_PASSPHRASE) from None

    def is_changing(self, vault: Vault) -> bool:
        """Return whether a change of keys was begun and not finished; everything opens all the same."""
        return vault.is_changing or len(noted_keys(self.places().key_mark)) > 1

    def vault_or_new_key(self) -> tuple[Vault, Path | None]:
        """Return the vault, making a key first where none exists and nothing is encrypted yet.

        Returns:
            The vault, and the path of the key file if it was made just now.

        Raises:
            CopyTraderError: The key is missing although something is sealed with it, is not the
                one that sealed what ``DATA_DIR`` holds, or cannot be used.
        """
        made = None
        if self.needs_new_key():
            self.refuse_lost_key()
            made = self.places().key_file
            self._vault = Vault.create(made)
        return self.vault(), made

    def needs_new_key(self) -> bool:
        """Return whether neither a key file nor a passphrase is there yet."""
        key_file = self.places().key_file
        if self._vault is not None or key_file.exists() or key_file.is_symlink():
            return False
        return self.passphrase() is None

    def refuse_lost_key(self) -> None:
        """Refuse where secrets are sealed that nothing here can open: a new key would not help.

        Raises:
            KeyFileError: The key file is missing.
        """
        places = self.places()
        if self.needs_new_key() and (self.sealed_values() or places.key_mark.exists()):
            raise KeyFileError(
                f"{places.key_file} does not exist, but secrets are sealed with it"
                " - put the key file back"
            )

    def mark_key(self, vault: Vault) -> None:
        """Note in ``DATA_DIR`` which key seals its secrets, and refuse another one.

        While the key is being changed the note names both.

        Raises:
            KeyFileError: Another key has sealed what is there.
        """
        mark = self.places().key_mark
        if not mark.exists():
            replace_file(mark, f"{vault.key_id}\n")
        elif vault.key_id not in noted_keys(mark):
            raise KeyFileError(
                "another key has sealed the sessions in DATA_DIR - put that key back, or remove"
                f" {mark} and log in again"
            )

    def refuse_lost_store(self) -> None:
        """Refuse to begin anew where an instance lived: a new store knows no order at the broker.

        The mark of the key shows that there was one: it is made just before the first store.

        Raises:
            StoreDamaged: The store is missing; the text says how to begin anew on purpose.
        """
        places = self.places()
        mark, store = places.key_mark, places.data_dir / STORE_NAME
        # A broken link is something; opening it says what is wrong.
        if mark.exists() and not store.exists() and not store.is_symlink():
            raise StoreDamaged(lost_store(places.data_dir))

    def sealed_values(self) -> tuple[str, ...]:
        """Return every ``enc:…`` value that was given."""
        return tuple(self.sealed_settings().values())

    def sealed_settings(self) -> Mapping[str, str]:
        """Return every key whose value is ``enc:…``, with it."""
        given = {name: value.strip() for name, value in self.env_file.values.items()}
        return {name: value for name, value in given.items() if value.startswith(SEALED_PREFIX)}

    def _open_secret(self, sealed: str, name: str) -> str:
        try:
            vault = self.vault()
        except CopyTraderError as error:
            raise ConfigError((f"KEY_FILE: {error}",)) from error
        return vault.open_setting(sealed, name)

    def passphrase(self) -> Secret | None:
        """Return the passphrase that was given, or typed where something is sealed with one; None: a key file it is."""
        environ = self._invocation.environ
        if environ.get(PASSPHRASE):
            return Secret(environ[PASSPHRASE])
        credential = Path(environ.get(_CREDENTIALS_FOLDER, "/nonexistent")) / _CREDENTIAL
        if credential.is_file():
            return Secret(credential.read_text(encoding="utf-8").rstrip("\n"))
        terminal = self._invocation.terminal
        is_asked = terminal.input.isatty() and any(map(is_passphrase_sealed, self.sealed_values()))
        if is_asked and self._typed is None:
            self._typed = Secret(terminal.ask_secret("Passphrase:"))
        return self._typed

    def _path(self, key: SettingKey[Path]) -> Path:
        text = self.env_file.values.get(key.name, "").strip() or key.default
        try:
            return resolve_path(key.parse(text), self.env_file.folder)
        except ValueError as error:
            raise ConfigError((f"{key.name}: {error}",)) from error
