"""A disk whose machine dies at one chosen call, as a kill or as a power cut would have it."""

from enum import Enum, unique

from typing_extensions import override

from storage.durable import Disk


class Died(BaseException):
    """The process is no more: nothing may handle this."""


@unique
class Death(Enum):
    """How it dies at a call."""

    BEFORE = "killed before it is done, a write half-way"
    POWER = "power cut after it is done: names that no sync has kept are as before"


class DyingDisk(Disk):
    """Counts its calls and dies at one; from then on nothing works, as in a dead process."""

    def __init__(self, at: int, death: Death) -> None:
        self.calls = 0
        self._at = at
        self._death = death
        self._undo = []
        self._dead = False

    def step(self, do, *, half=lambda: None, undo=lambda: None, folder=None):
        if self._dead:
            raise Died
        self.calls += 1
        dies = self.calls == self._at
        if dies and self._death is Death.BEFORE:
            half()
            self._die()
        result = do()
        if folder is not None:
            self._undo.append((folder, undo))
        if dies:
            self._die()
        return result

    def _die(self):
        self._dead = True
        if self._death is Death.POWER:
            for _, undo in reversed(self._undo):
                undo()
        raise Died

    @override
    def write(self, path, text):
        def half():
            path.write_text(text[: len(text) // 2])

        self.step(
            lambda: super(DyingDisk, self).write(path, text),
            half=half,
            undo=lambda: path.unlink(missing_ok=True),
            folder=path.parent,
        )

    @override
    def link(self, path, other):
        self.step(
            lambda: super(DyingDisk, self).link(path, other),
            undo=other.unlink,
            folder=path.parent,
        )

    @override
    def rename(self, path, other):
        before = other.read_bytes() if other.exists() else None

        def undo():
            other.rename(path)
            if before is not None:
                other.write_bytes(before)
                other.chmod(0o600)

        self.step(lambda: super(DyingDisk, self).rename(path, other), undo=undo, folder=path.parent)

    @override
    def remove(self, path):
        before = path.read_bytes()

        def undo():
            path.write_bytes(before)
            path.chmod(0o600)

        self.step(lambda: super(DyingDisk, self).remove(path), undo=undo, folder=path.parent)

    @override
    def sync(self, folder):
        def do():
            super(DyingDisk, self).sync(folder)
            self._undo = [one for one in self._undo if one[0] != folder]

        self.step(do)
