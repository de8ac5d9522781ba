"""Reading and changing quotas."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import structlog

from bot.domain import quota
from bot.domain.grants import Grant
from bot.domain.ids import InteractionId, RoleId, ServerId, UserId
from bot.domain.moderation import Moderation
from bot.domain.quota import Allowance, Why
from bot.domain.quota_change import ADMINS_ONLY, REASON, By, Change, Kind, Target
from bot.domain.quota_settings import (
    DEFAULT,
    MOST_IMAGES,
    Block,
    Limits,
    Policy,
    Rule,
    Setting,
    images_of,
    is_over,
    within,
)
from bot.domain.requester import Requester
from bot.domain.text import LARGEST_ID, half_width, sendable
from bot.domain.window import Window, end_of, period, window_named
from bot.refusals import Blocked, Scope
from bot.store.store import Store

log = structlog.get_logger()

#: Changes on a page of the log.
PAGE = 6
#: All changes come before it.
NEWEST = InteractionId(LARGEST_ID)


@dataclass(frozen=True, slots=True)
class Limited:
    """A change of a limit: the rule that applied to a member before, and their allowance now."""

    change: Change
    was: Rule
    now: Allowance


@dataclass(frozen=True, slots=True, kw_only=True)
class Exceeded:
    """Usage that already exceeds what a change has just set."""

    members: int = 0
    #: What all members together have used, if that is more than their cap.
    cap_used: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """The quotas of members, and what is set for them."""

    store: Store
    limits: Limits
    clock: Callable[[], int]
    #: Wakes the worker.
    nudge: Callable[[], None]

    async def allowance(self, requester: Requester) -> Allowance:
        """Return a user's quota, and what they have used of it."""
        now = self.clock()
        usage = await self.store.quotas.usage(requester, now=now)
        return quota.allowance(usage, self.limits, now)

    async def limits_for(self, target: Target) -> Sequence[Rule]:
        """Return the limits for members with a role, or for all members; the first one applies."""
        targets = dict.fromkeys((target, Target.of_server(target.server, Kind.LIMIT)))
        found = [await self.store.quota_settings.get(each) for each in targets]
        rules = [each for each in found if isinstance(each, Rule)]
        return quota.ranked(rules, self.limits.images)

    async def why(self, requester: Requester) -> Why:
        """Decide as acceptance does, for one image; return everything the decision depends on."""
        now = self.clock()
        usage = await self.store.quotas.usage(requester, now=now)
        return quota.why(requester.server, usage, self.limits, now)

    async def policy(self, server: ServerId | None) -> Policy:
        """Return how a server counts; ``None``: a direct message, which has the defaults."""
        return await self.store.quota_settings.policy(server)

    async def check_unblocked(self, requester: Requester) -> None:
        """Refuse users whom the server's admins have blocked.

        Raises:
            Blocked: this user is.
        """
        block = await self.store.quota_settings.block_of(requester, now=self.clock())
        if block is not None:
            raise Blocked(block.reason, block.until)

    def by(self, interaction_id: InteractionId, actor: UserId, reason: str = "") -> By:
        """Return who changes something, and why, as of now."""
        said = sendable(reason)[:REASON]
        return By(id=interaction_id, actor=actor, at=self.clock(), reason=said)

    async def limit(
        self, target: Target, typed: tuple[str, str], by: By, member: Requester
    ) -> Limited:
        """Set a limit as an admin types it: its images, or "default" to remove it, and its window.

        ``member``: whose limit to report, before and after the change.

        Raises:
            LimitNotUnderstood: it is neither a number nor "unlimited" nor "default".
            TimeNotUnderstood: there is no such window.
        """
        images, window = typed
        setting = None
        if half_width(images).strip().lower() != DEFAULT:
            role = RoleId(target.id) if target.scope is Scope.ROLE else None
            setting = Rule(target.scope, images_of(images), window_named(window), role)
        was = (await self.allowance(member)).rule
        change = await self.change(target, setting, by)
        return Limited(change, was, await self.allowance(member))

    async def block(self, server: ServerId, user: UserId, until: str | None, by: By) -> Change:
        """Block a user; what they have waiting is cancelled. ``until`` is as an admin types it.

        Raises:
            TimeNotUnderstood: it isn't a time in the future.
        """
        end = await self._end(server, until)
        block = Block(by=by.actor, since=by.at, reason=by.reason, until=end)
        return await self.change(Target.of_user(server, user, Kind.BLOCK), block, by)

    async def grant(
        self, server: ServerId, user: UserId, typed: tuple[int, str | None], by: By
    ) -> Change:
        """Give a user extra images, until a time as an admin types it.

        Raises:
            NumberOutOfRange: too few or too many.
            TimeNotUnderstood: it isn't a time in the future.
        """
        images, until = typed
        count = within(images, 1, MOST_IMAGES)
        end = await self._end(server, until)
        grant = Grant(images=count, given_at=by.at, until=end, reason=by.reason)
        return await self.change(Target.of_user(server, user, Kind.GRANT, by.id), grant, by)

    async def grant_today(self, server: ServerId, user: UserId, images: int, by: By) -> Change:
        """Give a user extra images until the server's day ends."""
        today = period(Window.DAY, by.at, (await self.policy(server)).zone)
        grant = Grant(images=images, given_at=by.at, until=today.until)
        return await self.change(Target.of_user(server, user, Kind.GRANT, by.id), grant, by)

    async def set_policy(self, server: ServerId, by: By, changes: Mapping[str, object]) -> Change:
        """Change how a server counts; names and values as in ``Policy``.

        Raises:
            NumberOutOfRange: a weight, a number of tasks or a cap is out of bounds.
        """

        def revised(before: Setting | None) -> Setting:
            policy = before if isinstance(before, Policy) else Policy()
            return replace(policy, **changes).checked()

        target = Target.of_server(server, Kind.POLICY)
        change = await self.store.quota_settings.revise(target, revised, by)
        self._changed(change)
        return change

    async def moderation(self, server: ServerId) -> Moderation:
        """Return what a server's admins don't want in it."""
        return await self.store.quota_settings.moderation(server)

    async def set_moderation(
        self, server: ServerId, by: By, revise: Callable[[Moderation], Moderation]
    ) -> Change:
        """Change that; ``revise`` turns the current setting into the new one."""

        def revised(before: Setting | None) -> Setting:
            return revise(before if isinstance(before, Moderation) else Moderation())

        target = Target.of_server(server, Kind.MODERATION)
        change = await self.store.quota_settings.revise(target, revised, by)
        self._changed(change)
        return change

    async def exceeded(self, change: Change) -> Exceeded:
        """Return the usage that exceeds what a change has set.

        Nobody knows who has a role, so the limit of a role is left out.
        """
        server, now = change.target.server, self.clock()
        match change.after:
            case Policy(cap=int() as cap) as policy if _counts(policy) != _counts(change.before):
                used = await self.store.quotas.used_in(server, quota.cap_period(policy, now))
                return Exceeded(cap_used=used if used > cap else None)
            case Rule(scope=Scope.USER, images=int() as images):
                mine = await self.allowance(Requester(server, UserId(change.target.id)))
                return Exceeded(members=int(mine.used > images))
            case Rule(scope=Scope.SERVER, images=int() as images, window=window):
                when = period(window, now, (await self.policy(server)).zone)
                return Exceeded(members=await self.store.quotas.above(server, when, images))
            case _:
                return Exceeded()

    async def settings(self, server: ServerId) -> tuple[tuple[Target, Setting], ...]:
        """Return what is set in a server and hasn't expired."""
        now = self.clock()
        every = await self.store.quota_settings.settings(server)
        return tuple(each for each in every if not is_over(each[1], now))

    async def changes(self, server: ServerId, before: InteractionId = NEWEST) -> tuple[Change, ...]:
        """Return a page of a server's changes, and one more if there are more; newest first."""
        return await self.store.quota_changes.changes(server, before=before, limit=PAGE + 1)

    async def change(self, target: Target, setting: Setting | None, by: By) -> Change:
        """Set something, or with ``None`` remove it; a block cancels waiting tasks."""
        change = await self.store.quota_settings.change(target, setting, by)
        self._changed(change)
        return change

    async def undo(
        self, change_id: InteractionId, server: ServerId, by: By, *, is_admin: bool
    ) -> Change:
        """Undo a change; that of a policy or of moderation takes an admin.

        Raises:
            ChangedSince: it was changed again, or undone already.
            NotAllowed: it takes an admin.
        """
        kept = frozenset[Kind]() if is_admin else ADMINS_ONLY
        change = await self.store.quota_settings.undo(change_id, server, by, kept=kept)
        self._changed(change)
        return change

    async def note_denied(self, server: ServerId, by: By) -> None:
        """Note in a server's log that somebody tried something they may not do."""
        log.warning("not allowed", server=server, actor=by.actor)
        await self.store.quota_changes.note_denied(server, by)

    async def _end(self, server: ServerId, until: str | None) -> int | None:
        if until is None:
            return None
        return end_of(until, self.clock(), (await self.policy(server)).zone)

    def _changed(self, change: Change) -> None:
        log.info("quota changed", target=change.target, after=change.after, actor=change.by.actor)
        if change.blocks:
            self.nudge()


def _counts(setting: Setting | None) -> tuple[object, ...]:
    """Return what decides how much of a server's own cap is used."""
    policy = setting if isinstance(setting, Policy) else Policy()
    return policy.cap, policy.cap_window, policy.cap_enforced, policy.zone
