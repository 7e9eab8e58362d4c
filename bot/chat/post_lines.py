"""What waits to be said: a line of words, and one of pictures, so that nothing that is said waits for an upload."""

import asyncio
from collections.abc import Iterator
from datetime import datetime

from bot.chat.people import People
from bot.chat.posts import (
    Alert,
    Card,
    Edit,
    Erase,
    Photo,
    Post,
    PostQueue,
    Rank,
    Redraw,
    Say,
    Strip,
)
from engine.clock import Clock


class PostLines:
    """Two queues of posts, and whoever waits for the next of each.

    Args:
        people: As what somebody is told something, noted as it is put in.
        clock: When it was put in.

    Attributes:
        words: Everything but pictures.
        pictures: Pictures alone.
    """

    def __init__(self, people: People, clock: Clock) -> None:
        self._people, self._clock = people, clock
        self.words, self.pictures = PostQueue(), PostQueue()
        self._words_wake, self._pictures_wake = asyncio.Event(), asyncio.Event()

    def __iter__(self) -> Iterator[PostQueue]:
        """Yield both, words first."""
        yield self.words
        yield self.pictures

    def backlog(self) -> tuple[int, datetime | None]:
        """Return how many posts wait, and when what the oldest of them tells happened."""
        times = (queue.oldest_at for queue in self)
        return sum(map(len, self)), min((at for at in times if at is not None), default=None)

    def put(
        self,
        rank: Rank,
        chat_id: int,
        what: Say | Alert | Redraw | Edit | Strip | Erase | Card | Photo,
        *,
        at: datetime | None = None,
        may_repeat: bool = False,
    ) -> None:
        """Add a post; returns at once."""
        post = Post(rank=rank, chat_id=chat_id, at=at or self._clock.now(), what=what)
        post.may_repeat = may_repeat
        post.standing = self._people.standing(chat_id)
        queue = self._of(post)
        queue.add(post)
        self._wake_of(queue).set()

    def put_back(self, post: Post) -> None:
        """Take a post that could not be delivered back to its old place."""
        self._of(post).put_back(post)

    def hold(self, chat_id: int, until: float) -> None:
        """Send nothing to a chat before that moment of the loop."""
        for queue in self:
            queue.hold(chat_id, until)

    def release(self, chat_id: int) -> None:
        """Send to a chat again."""
        for queue in self:
            queue.release(chat_id)

    def go_on(self) -> None:
        """End the pause of an outage."""
        self.words.pause(loop_time())
        self._words_wake.set()

    async def next(self, queue: PostQueue) -> Post:
        """Wait for the next post of a line that may be sent, and take it out."""
        wake = self._wake_of(queue)
        while (post := queue.take(loop_time())) is None:
            wake.clear()
            try:
                async with asyncio.timeout(queue.wait(loop_time())):
                    await wake.wait()
            except TimeoutError:
                continue
        return post

    def _of(self, post: Post) -> PostQueue:
        return self.pictures if isinstance(post.what, Photo) else self.words

    def _wake_of(self, queue: PostQueue) -> asyncio.Event:
        return self._pictures_wake if queue is self.pictures else self._words_wake


def loop_time() -> float:
    """Return the loop's seconds, by which posts are held and paused."""
    return asyncio.get_running_loop().time()
