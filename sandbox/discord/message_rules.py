"""Discord's rules for messages: content, embeds, files, flags.

https://docs.discord.com/developers/resources/message#create-message
"""

import re
from collections.abc import Mapping
from copy import deepcopy

from sandbox.discord import component_rules, errors, wire
from sandbox.discord.body import Incoming
from sandbox.discord.cdn import Cdn, File
from sandbox.discord.errors import Complaints
from sandbox.discord.messages import COMPONENTS_V2, EPHEMERAL, LOADING, Body
from sandbox.discord.wire import Json

SUPPRESS_EMBEDS, SILENT = 1 << 2, 1 << 12
Path = tuple[str | int, ...]
_MENTION = re.compile(r"<@!?(\d+)>")
_EMBED_TEXTS = (("title", 256), ("description", 4096))


class Draft:
    """A body that the bot sent, and the state that it changes (empty for a new message)."""

    def __init__(self, incoming: Incoming, before: Body, cdn: Cdn, place: int) -> None:
        self._payload = incoming.payload
        self._incoming = incoming
        self._before = before
        self._cdn = cdn
        self._place = place
        self._complaints = Complaints()

    def body(self, at: float, file_bytes: int) -> Body:
        """Return the new state.

        Raises:
            Refusal: 50035 for an invalid field, 40005 for a file over ``file_bytes``, 50006 for an
                empty message.
        """
        flags = self._flags()
        v2 = bool(flags & COMPONENTS_V2)
        content = self._payload.get("content", self._before.content) or ""
        embeds = wire.parts(self._payload, "embeds") if "embeds" in self._payload else None
        self._complaints.length(("content",), content, 0, 2000)
        self._check_files(file_bytes)
        if embeds is not None:
            _check_embeds(embeds, self._complaints)
        if v2:
            self._alone(content, embeds)
        self._complaints.settle()
        files = self._files(ephemeral=bool(flags & EPHEMERAL))
        kept_embeds = self._before.embeds if embeds is None else _resolved(embeds, files)
        components = self._components(files, v2=v2)
        self._complaints.settle()
        body = Body(at, content, kept_embeds, components, files, flags)
        if not (content or kept_embeds or components or files):
            raise errors.empty_message()
        return body

    def _flags(self) -> int:
        wanted = self._payload.get("flags") or 0
        before = self._before.flags & ~LOADING
        # V2 can be turned on by an edit, never off; ephemeral can't be changed by an edit.
        kept = before & (COMPONENTS_V2 | EPHEMERAL)
        fresh = wanted & (COMPONENTS_V2 | SUPPRESS_EMBEDS | SILENT)
        return kept | fresh

    def _alone(self, content: str, embeds: list[Json] | None) -> None:
        shown = embeds if embeds is not None else self._before.embeds
        for key, value in (("content", content), ("embeds", shown)):
            if value:
                self._complaints.add(
                    (key,),
                    "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                    f"The '{key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2",
                )
        if not (self._payload.get("components") or self._before.components):
            self._complaints.add(("components",), "BASE_TYPE_REQUIRED", "This field is required")

    def _check_files(self, file_bytes: int) -> None:
        listed = wire.parts(self._payload, "attachments")
        if len(self._incoming.files) > 10 or len(listed) > 10:
            self._complaints.add(
                ("attachments",), "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length."
            )
        if any(upload.size > file_bytes for upload in self._incoming.files.values()):
            raise errors.too_large()
        for index, entry in enumerate(listed):
            number = int(entry.get("id", -1))
            path = ("attachments", index)
            if number not in self._incoming.files and number not in self._before.files:
                self._complaints.add(
                    path, "ATTACHMENT_NOT_FOUND", f"No file was sent or kept as {number}"
                )
            self._complaints.length((*path, "description"), entry.get("description"), 0, 1024)

    def _files(self, *, ephemeral: bool) -> dict[int, File]:
        """Return the files that stay (all, or those listed) and the new ones."""
        listed: list[Json] | None = self._payload.get("attachments")
        about = {int(entry["id"]): entry for entry in listed or ()}
        kept = {
            number: file
            for number, file in self._before.files.items()
            if "attachments" not in self._payload or number in about
        }
        for number, upload in sorted(self._incoming.files.items()):
            entry = about.get(number, {})
            named = type(upload)(entry.get("filename") or upload.name, upload.data)
            file = self._cdn.keep(
                named, self._place, description=entry.get("description"), ephemeral=ephemeral
            )
            kept[file.id] = file
        if len(kept) > 10:
            raise errors.invalid(
                ("attachments",), "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length."
            )
        return kept

    def _components(self, files: Mapping[int, File], *, v2: bool) -> tuple[Json, ...]:
        parts: list[Json] | None = self._payload.get("components")
        if "components" not in self._payload:
            return self._before.components
        return component_rules.check(parts or [], files, v2=v2, complaints=self._complaints)


def _check_embeds(embeds: list[Json], complaints: Complaints) -> None:
    total = 0
    complaints.length(("embeds",), embeds, 0, 10)
    for index, embed in enumerate(embeds):
        path: Path = ("embeds", index)
        texts: list[tuple[Path, str | None, int]] = [
            ((*path, key), embed.get(key), limit) for key, limit in _EMBED_TEXTS
        ]
        texts.append(((*path, "footer", "text"), wire.part(embed, "footer").get("text"), 2048))
        texts.append(((*path, "author", "name"), wire.part(embed, "author").get("name"), 256))
        entries: list[Json] = wire.parts(embed, "fields")
        complaints.length((*path, "fields"), entries, 0, 25)
        for number, entry in enumerate(entries):
            for key, limit in (("name", 256), ("value", 1024)):
                complaints.required((*path, "fields", number, key), entry.get(key))
                texts.append(((*path, "fields", number, key), entry.get(key), limit))
        for where, text, limit in texts:
            complaints.length(where, text, 0, limit)
            total += len(text or "")
    if total > 6000:
        complaints.add(
            ("embeds",), "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000"
        )


def _resolved(embeds: list[Json], files: Mapping[int, File]) -> tuple[Json, ...]:
    """Return embeds with the files in place of ``attachment://`` names."""
    kept: list[Json] = deepcopy(embeds)
    for embed in kept:
        embed.setdefault("type", "rich")
        for place, key in (
            ("image", "url"),
            ("thumbnail", "url"),
            ("author", "icon_url"),
            ("footer", "icon_url"),
        ):
            part: Json = wire.part(embed, place)
            file = component_rules.resolve(part[key], files) if part.get(key) else None
            if file is not None:
                part["attachment_id"] = str(file.id)
    return tuple(kept)


def pinged(text: str, allowed: Json | None, replied: int | None = None) -> frozenset[int]:
    """Return the ids of the people that a text pings.

    https://docs.discord.com/developers/resources/message#allowed-mentions-object
    """
    named = {int(found) for found in _MENTION.findall(text)}
    if allowed is None:
        return frozenset(named)
    if "users" not in (allowed.get("parse") or ()):
        named &= {int(user) for user in (allowed.get("users") or ())}
    if replied is not None and allowed.get("replied_user"):
        named.add(replied)
    return frozenset(named)
