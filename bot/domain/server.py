"""Settings of a server, made by its admins."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerRules:
    """The defaults hold until an admin changes them."""

    #: Whether message menus may use other people's pictures as references.
    others_images: bool = True
    #: Whether a requester may keep results to themselves.
    private: bool = True
    #: Whether messages that begin by mentioning the bot are drawn. Whom Discord lets use which
    #: command ("Integrations") doesn't apply to them, so admins decide.
    mentions: bool = False
