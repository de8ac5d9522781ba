"""Task events by which a pressed button learns how the worker has carried out its action."""

from enum import StrEnum


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


class DeleteEvent(StrEnum):
    """*Delete*: requested, then one of the outcomes."""

    ASKED = "delete_asked"
    DONE = "deleted"
    #: Discord refused; the detail: its error code, the messages deleted, and those in all.
    REFUSED = "delete_refused"
    #: An unexpected error.
    FAILED = "delete_failed"
