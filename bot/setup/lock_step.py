"""The part about what locks the secrets: a key file, or a passphrase."""

from bot.setup.asker import Asker, Choice
from engine.core.values.secrets import Secret
from storage.vault import Vault, VaultError


def lock(asker: Asker) -> Secret | None:
    """Ask how the secrets are locked; None: by a key file, made when the settings are written."""
    asker.heading("How your secrets are locked")
    asker.say("You can change over later: copytrader rotate-key --to passphrase, or --to key-file.")
    chosen = asker.choose(
        "Lock them with:",
        [
            Choice(value="key", text="A key file on this machine (it starts by itself)"),
            Choice(value="passphrase", text="A passphrase, to be given at every start"),
        ],
        "key",
    )
    if chosen == "key":
        return None
    asker.say(
        "At a start in a terminal it is asked for; under systemd it comes from the credential"
        " kitecopytrader-passphrase. Nobody can recover it: note it down."
    )
    while True:
        typed = asker.secret("Passphrase (at least 12 letters):")
        try:
            Vault.from_passphrase(Secret(typed))
        except VaultError:
            asker.bad("That is shorter than 12 letters. Four or five words are good.")
            continue
        if asker.secret("The same again:") == typed:
            return Secret(typed)
        asker.bad("The two are not the same. Once more, please.")
