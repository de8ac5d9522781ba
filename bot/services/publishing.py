"""*Post to channel*: what only the requester saw is posted for everybody, once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.domain.result import PUBLISHED, Post, Way, pages
from bot.domain.task import State, Task
from bot.errors import ChatRefused, ChatUnavailable, NotAllowed, NotFound, Stale
from bot.services.ports import Chat, Picture
from bot.services.results import Results
from bot.store.store import Store


@dataclass(frozen=True, slots=True)
class Publishing:
    """The pages of it are rows beside the private ones, with intents as any other."""

    store: Store
    chat: Chat
    results: Results
    clock: Callable[[], int]

    async def publish(self, task_id: int, guild_id: int, user_id: int) -> tuple[int, int]:
        """Post a private task's images where it was asked for; return channel and first message.

        Who asks again gets the message that is there. A page whose post has no answer is looked
        for before it is repeated.

        Raises:
            NotFound: the user has no such task, or the bot is not in its server.
            NotAllowed: it is somebody else's.
            Stale: it is not finished.
            ImagesGone: they are no longer kept.
            ChatRefused: the bot may not post there.
            ChatUnavailable: Discord is failing; it may be asked for again.
            PostUnknown: it may have been posted; asked for again, it is looked for.
            HistoryUnreadable: it cannot be looked for.
        """
        task = await self.results.task(task_id, guild_id, user_id)
        if task.user_id != user_id:
            raise NotAllowed("requester")
        if task.guild_id == 0:
            # The bot is not where it was asked for: there is no channel to post to.
            raise NotFound
        if not task.has_ended:
            # Its private pages are being posted this very moment.
            raise Stale
        pictures = await self.results.pictures(task, task.upload_limit)
        posts = await self._plan(task, pictures)
        done = [await self._post(task, post, pictures, len(posts)) for post in posts]
        if task.state is State.KEPT:
            await self.results.collected(task.id)
        channel_id, message_id = done[0].channel_id, done[0].message_id
        assert channel_id is not None
        assert message_id is not None
        return channel_id, message_id

    async def _plan(self, task: Task, pictures: Sequence[Picture]) -> Sequence[Post]:
        every = await self.store.tasks.posts(task.id)
        if planned := [post for post in every if post.page >= PUBLISHED]:
            return planned
        sizes = [picture.path.stat().st_size for picture in pictures]
        posts = [
            Post(
                task_id=task.id,
                page=PUBLISHED + page,
                first=first,
                stop=stop,
                way=Way.CHANNEL,
                nonce=task.nonce(PUBLISHED + page),
            )
            for page, (first, stop) in enumerate(pages(sizes))
        ]
        await self.store.tasks.save_posts(posts)
        return posts

    async def _post(self, task: Task, post: Post, pictures: Sequence[Picture], of: int) -> Post:
        if post.message_id is not None:
            return post
        there = await self.chat.find_post(task, post) if post.intent_at is not None else None
        if there is None:
            now = self.clock()
            if post.follows is None:
                post = replace(post, follows=await self.store.tasks.newest_known(task))
            post = replace(post, intent_at=now)
            await self.store.tasks.save_posts([post])
            try:
                there = await self.chat.post(
                    replace(task, private=False),
                    post,
                    pictures[post.first : post.stop],
                    of,
                    before=now + self.results.waits.lease,
                )
            except (ChatRefused, ChatUnavailable):
                await self.store.tasks.save_posts([replace(post, intent_at=None)])
                raise
        done = replace(post, channel_id=there.channel_id, message_id=there.message_id)
        await self.store.tasks.save_posts([done])
        return done
