"""What a step writes down of something that a press has asked for, for whoever waits for it."""

from enum import StrEnum


class PublishEvent(StrEnum):
    """*Post to channel*: that it was asked for, and what became of it."""

    ASKED = "publish_asked"
    DONE = "published"
    #: The images are no longer kept.
    GONE = "publish_gone"
    #: Discord does not let the bot; the detail is its code.
    REFUSED = "publish_refused"
    #: It may have been posted, and cannot be looked for.
    UNKNOWN = "publish_unknown"
    #: Discord has been failing for long.
    FAILING = "publish_failing"
    #: In a way that nobody foresaw.
    FAILED = "publish_failed"


class DeleteEvent(StrEnum):
    """*Delete*: that it was asked for, and what became of it."""

    ASKED = "delete_asked"
    DONE = "deleted"
    #: The detail is Discord's code, how many messages are gone, and of how many.
    REFUSED = "delete_refused"
    #: In a way that nobody foresaw.
    FAILED = "delete_failed"
