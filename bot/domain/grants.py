"""Extra images that an admin gives a member, used once the allowance is used up.

A task notes how many of its images went beyond the allowance. What is left of each grant follows
from those notes, so no counter can drift.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, kw_only=True, slots=True)
class Grant:
    """Times are epoch milliseconds."""

    images: int
    given_at: int
    #: ``None``: it doesn't expire.
    until: int | None = None
    reason: str = ""

    def is_valid(self, at: int) -> bool:
        """Tell whether it could be used at this time."""
        return self.given_at <= at and (self.until is None or at < self.until)


def left_of(
    grants: Iterable[Grant], uses: Sequence[tuple[int, int]], now: int
) -> tuple[Grant, ...]:
    """Return the grants that have images left, with how many, in the order they will be used.

    ``uses``: when each task was requested, and its images beyond the allowance; oldest first. Each
    used the grants that were valid then, those that end soonest first. A grant that was taken back
    is not among ``grants``; what was used of it counts against the others.
    """
    left = sorted(grants, key=_end)
    for at, used in uses:
        remaining = used
        for index, grant in enumerate(left):
            if grant.is_valid(at):
                taken = min(remaining, grant.images)
                left[index] = replace(grant, images=grant.images - taken)
                remaining -= taken
    return tuple(grant for grant in left if grant.images > 0 and grant.is_valid(now))


def _end(grant: Grant) -> tuple[bool, int, int]:
    return grant.until is None, grant.until or 0, grant.given_at
