"""Task events: those by which a pressed button learns its outcome, and those not recorded.

Every other step is recorded under the name that its code passes: "accepted", "taken" and so on.
"""

from enum import StrEnum

#: Polls, waits and intents. They repeat, and the rows say what they changed.
UNRECORDED = frozenset(
    {
        "waiting",
        "unshown",
        "checking",
        "running",
        "read",
        "unread",
        "unlinked",
        "posting",
        "not posted",
        "publishing",
        "page_published",
    }
)

#: A submission failed, but may have been drawn anyway.
DOUBTFUL = "doubtful"


class PublishEvent(StrEnum):
    """*Post to channel*: requested, then one of the outcomes."""

    ASKED = "publish_asked"
    DONE = "published"
    #: The images have been removed.
    GONE = "publish_gone"
    #: Discord refused; the detail is its error code.
    REFUSED = "publish_refused"
    #: It may have been posted, which can't be checked.
    UNKNOWN = "publish_unknown"
    #: Discord has been failing for too long.
    FAILING = "publish_failing"
    #: An unexpected error.
    FAILED = "publish_failed"


#: A message that the bot can't look for may still show the images.
UNSEEN = "unseen"


class DeleteEvent(StrEnum):
    """*Delete*: requested, then one of the outcomes."""

    ASKED = "delete_asked"
    #: The detail, if any: ``UNSEEN``.
    DONE = "deleted"
    #: Discord refused; the detail: its error code, how many messages were deleted, of how many.
    REFUSED = "delete_refused"
    #: An unexpected error.
    FAILED = "delete_failed"


class RemoveEvent(StrEnum):
    """*Delete this image*: requested, then one of the outcomes; details begin with its position."""

    ASKED = "remove_asked"
    DONE = "removed"
    #: Discord refused; next: its error code, how many messages no longer show it, of how many.
    REFUSED = "remove_refused"
    #: A message may show it, which can't be checked.
    UNKNOWN = "remove_unknown"
    #: An unexpected error.
    FAILED = "remove_failed"
