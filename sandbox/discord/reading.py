"""What a person sees of a message: its texts, pictures and buttons, wherever they are in it."""

from collections.abc import Iterable, Iterator, Mapping

from sandbox.discord import wire
from sandbox.discord.cdn import File
from sandbox.discord.wire import Json

ROW, BUTTON, SELECT, TEXT_INPUT = 1, 2, 3, 4
USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT = 5, 6, 7, 8
SECTION, TEXT, THUMBNAIL, GALLERY, FILE, SEPARATOR = 9, 10, 11, 12, 13, 14
CONTAINER, LABEL, UPLOAD, RADIOS, CHECKBOXES, CHECKBOX = 17, 18, 19, 21, 22, 23
SELECTS = frozenset({SELECT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT})


def walk(components: Iterable[Json]) -> Iterator[Json]:
    """Yield every component, nested ones too, in reading order."""
    for component in components:
        yield component
        yield from walk(wire.parts(component, "components"))
        yield from walk([component["accessory"]] if component.get("accessory") else ())
        yield from walk([component["component"]] if component.get("component") else ())


def buttons(components: Iterable[Json]) -> list[Json]:
    """Return the buttons."""
    return [part for part in walk(components) if part.get("type") == BUTTON]


def label_of(button: Json) -> str:
    """Return a button's label, or its emoji when it has none."""
    return button.get("label") or wire.part(button, "emoji").get("name") or ""


def media_of(component: Json) -> list[Json]:
    """Return the media items that one component shows."""
    match component.get("type"):
        case 12:
            return [item["media"] for item in component["items"]]
        case 11:
            return [component["media"]]
        case 13:
            return [component["file"]]
        case _:
            return []


def media_files(components: Iterable[Json], files: Mapping[int, File]) -> list[File]:
    """Return the message's own files that components show."""
    media = [item for part in walk(components) for item in media_of(part)]
    return [files[int(item["attachment_id"])] for item in media if "attachment_id" in item]


def embedded_files(embeds: Iterable[Json], files: Mapping[int, File]) -> list[File]:
    """Return the message's own files that embeds show."""
    found: list[File] = []
    for embed in embeds:
        for place in ("image", "thumbnail", "author", "footer"):
            file_id = wire.part(embed, place).get("attachment_id")
            found += [files[int(file_id)]] if file_id is not None else []
    return found


def _embed_text(embed: Json) -> Iterator[str]:
    yield wire.part(embed, "author").get("name") or ""
    yield embed.get("title") or ""
    yield embed.get("description") or ""
    for entry in wire.parts(embed, "fields"):
        yield f"{entry['name']}: {entry['value']}"
    yield wire.part(embed, "footer").get("text") or ""


def text_of(content: str, embeds: Iterable[Json], components: Iterable[Json]) -> str:
    """Return all texts of a message, one per line."""
    texts = [content]
    for embed in embeds:
        texts += _embed_text(embed)
    texts += [part["content"] for part in walk(components) if part.get("type") == TEXT]
    return "\n".join(text for text in texts if text)
