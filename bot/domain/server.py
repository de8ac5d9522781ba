"""Settings of a server, made by its admins."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerRules:
    """Everything is allowed unless an admin has switched it off."""

    #: Whether message menus may use other people's pictures as references.
    others_images: bool = True
    #: Whether a requester may keep results to themselves.
    private: bool = True
