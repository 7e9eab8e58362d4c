"""What the chat promises: every alert is shown, every update acts once, strangers get nothing."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from demo.chat.conversation import Change, ChangeKind
from demo.chat.telegram import LocalTelegram
from engine.core.values import records as r
from engine.core.values.notices import Notice, NoticeKind, Severity
from tests.sim.virtual_loop import VirtualClock

#: Contract: a /stop has taken effect so many seconds after it was read.
STOPS_WITHIN_S = 0.2
#: After a trouble has ended: the longest wait between attempts, and what is sent meanwhile.
CRITICAL_WITHIN_S, ALL_WITHIN_S = 22.0, 40.0
#: An alert says that it is late from here on; what lies between may do either.
SURELY_LATE, SURELY_NOT = timedelta(seconds=36), timedelta(seconds=28)


@dataclass(frozen=True, slots=True)
class Tap:
    """A tap on a question's button."""

    nonce: str
    user_id: int
    shown_to: int
    shown_in: int


class ChatJudge:
    """Looks on; what is broken is told to `broken`.

    Attributes:
        must_act: Updates that have to act, by number: /stop and /pause of an owner.
        unheard: Updates that must not act.
        others: Who else is paired; whatever of theirs is not in `theirs` must not act.
        theirs: Updates of others that may act.
        taps: What was tapped, by the update's number.
    """

    def __init__(
        self,
        telegram: LocalTelegram,
        clock: VirtualClock,
        owners: tuple[int, ...],
        broken: Callable[[str], None],
    ) -> None:
        self.must_act: dict[int, str] = {}
        self.unheard: dict[int, str] = {}
        self.others: frozenset[int] = frozenset()
        self.theirs: set[int] = set()
        self.look_on: Callable[[Iterable[r.Record]], None] = lambda _records: None
        self.taps: dict[int, Tap] = {}
        self.queries_of_strangers: set[str] = set()
        self._telegram = telegram
        self._clock = clock
        self._owners = owners
        self._broken = broken
        self._handed_at: dict[int, float] = {}
        self._answered: dict[int, tuple[r.UpdateAnswered, int]] = {}
        self._raised: dict[int, Notice] = {}
        self._acted: Counter[str] = Counter()

    # -- while it happens ---------------------------------------------------------------------

    def handed(self, update_ids: Iterable[int]) -> None:
        """Note that the bot has read these updates."""
        for update_id in update_ids:
            self._handed_at[update_id] = self._clock.monotonic()

    def confirmed(self, offset: int) -> None:
        """Look at an acknowledgement: what has to act must be in the store by now."""
        for update_id, text in self.must_act.items():
            if update_id < offset and update_id not in self._answered:
                self._broken(f"{text} ({update_id}) is acknowledged and not in the store")

    def heard(self, method: str, values: dict[str, object]) -> None:
        """Look at a call that reached Telegram: nothing may be for anybody but the owners."""
        chat_id = values.get("chat_id")
        if chat_id is not None and int(str(chat_id)) not in {*self._owners, *self.others}:
            self._broken(f"{method} went to {chat_id}")
        if str(values.get("callback_query_id")) in self.queries_of_strangers:
            self._broken("a stranger's tap was answered")

    def committed(self, records: Iterable[r.Record], *, life: int) -> None:
        """Look at what has just become durable."""
        records = tuple(records)
        self.look_on(records)
        for each in records:
            match each:
                case r.NoticeRaised(notice=notice) if notice.kind is NoticeKind.ALERT:
                    self._raised[notice.notice_id] = notice
                case r.NoticeShown():
                    self._look_at_shown(each)
                case r.UpdateAnswered():
                    self._look_at_answer(each, life)

    def _look_at_shown(self, shown: r.NoticeShown) -> None:
        notice = self._raised.get(shown.notice_id)
        if notice is not None and not self._showings(shown.chat_id, notice):
            self._broken(f"alert {notice.notice_id} is noted as shown and is not on the screen")

    def _look_at_answer(self, answer: r.UpdateAnswered, life: int) -> None:
        number = answer.update_id
        if number in self._answered:
            self._broken(f"update {number} acted twice")
        self._answered[number] = (answer, life)
        if answer.user_id in self.others and number not in self.theirs:
            self._broken(f"update {number} of {answer.user_id} acted beyond his role")
        elif answer.user_id not in {*self._owners, *self.others}:
            self._broken(f"update {number} of {answer.user_id} acted")
        if number in self.unheard:
            self._broken(f"an update that is not heard acted: {self.unheard[number]}")
        waited = self._clock.monotonic() - self._handed_at.get(number, 0.0)
        if number in self.must_act and waited > STOPS_WITHIN_S:
            self._broken(f"{self.must_act[number]} took {waited:.2f} s from being read")
        tap = self.taps.get(number)
        if tap is not None:
            self._look_at_tap(tap, answer, life)

    def _look_at_tap(self, tap: Tap, answer: r.UpdateAnswered, life: int) -> None:
        self._acted[tap.nonce] += 1
        if self._acted[tap.nonce] > 1:
            self._broken("a button acted twice")
        if tap.shown_in != life:
            self._broken("a button from before a restart acted")
        if tap.shown_to != answer.user_id:
            self._broken("a button acted for somebody who was not asked")

    # -- the end ------------------------------------------------------------------------------

    def end(self, *, healed_at: float) -> None:
        """Judge the whole day.

        Args:
            healed_at: When the last trouble ended, in the loop's seconds.
        """
        for number, text in self.must_act.items():
            if number not in self._answered:
                self._broken(f"{text} ({number}) never acted")
        for owner in self._owners:
            for notice in self._raised.values():
                self._judge_alert(owner, notice, healed_at)
            self._judge_order(owner)

    def _judge_alert(self, owner: int, notice: Notice, healed_at: float) -> None:
        showings = self._showings(owner, notice)
        if not showings:
            self._broken(f"alert {notice.notice_id} was never shown to {owner}: {notice.text}")
            return
        same = [each for each in self._raised.values() if notice.text in each.text]
        if len(same) > 1:
            if len(showings) < len(same):
                self._broken(f"{len(showings)} of {len(same)} alike were shown: {notice.text}")
            return
        first = showings[0].message
        within = CRITICAL_WITHIN_S if notice.severity is Severity.CRITICAL else ALL_WITHIN_S
        raised = notice.at - (self._clock.now() - timedelta(seconds=self._clock.monotonic()))
        late = (first.sent_at - notice.at).total_seconds()
        if late > within and raised.total_seconds() + late > healed_at + within:
            self._broken(f"alert {notice.notice_id} ({notice.severity}) came {late:.0f} s late")
        for change in showings:
            waited = change.message.sent_at - notice.at
            says = "(delayed" in change.message.text
            if (waited > SURELY_LATE and not says) or (waited < SURELY_NOT and says):
                self._broken(f"alert {notice.notice_id} came after {waited} and says {says}")

    def _judge_order(self, owner: int) -> None:
        """Of one topic nothing overtakes: what is read last is what happened last."""
        newest: dict[str, tuple[int, int]] = {}
        texts = Counter(notice.text for notice in self._raised.values())
        for number, notice in sorted(self._raised.items()):
            showings = self._showings(owner, notice)
            if texts[notice.text] > 1 or not showings:
                continue
            before, at = newest.get(notice.topic, (0, 0))
            if showings[0].number < at:
                self._broken(f"alert {number} was shown before {before} of {notice.topic}")
            newest[notice.topic] = (number, showings[0].number)

    def _showings(self, chat_id: int, notice: Notice) -> list[Change]:
        return [
            change
            for change in self._telegram.conversation(chat_id).changes
            if change.kind is ChangeKind.SHOWN
            and change.message.from_bot
            and notice.text in change.message.text
        ]
