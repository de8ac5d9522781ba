"""What the admins of a server have decided about it."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerRules:
    """Each is on unless an admin has switched it off."""

    #: Whether the menus of messages may draw from other people's pictures.
    others_images: bool = True
    #: Whether results can be for their requester's eyes alone.
    private: bool = True
