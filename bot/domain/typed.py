"""What people type into a prompt besides words: links to pictures, and flags as in other bots.

Links that Discord hosts become references, and flags become options; neither is sent as text.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from bot.domain.cdn import HOSTS
from bot.domain.draft import Draft
from bot.domain.reference import ENDINGS, Reference
from bot.domain.request import is_pixels
from bot.domain.text import is_chinese, number
from bot.refusals import LinkInPrompt, Refusal, UnknownFlags

#: A link, perhaps in the angle brackets that suppress Discord's preview. It never backtracks:
#: when it did, a malicious prompt took 25 s, in which the bot answered nobody.
_LINK = re.compile(r"<?(https?://[^\s<>\"]++)", re.IGNORECASE)
#: What may follow a link; and punctuation at its end that belongs to the sentence.
_AFTER, _SENTENCE = re.compile(r">[,.;!?)\]]*+(?=\s|$)|(?=\s|$)"), ",.;!?)]"
#: Phones turn two dashes into one; after that one, only flags that we know count as flags.
_DASHES = "\N{EN DASH}\N{EM DASH}"
_OPTIONS = {
    **dict.fromkeys(("ar", "aspect", "size"), "size"),
    **dict.fromkeys(("q", "quality"), "quality"),
    **dict.fromkeys(("n", "count"), "count"),
}
_KNOWN = "|".join(sorted(_OPTIONS, key=len, reverse=True))
_FLAG = re.compile(
    rf"(?:^|(?<=\s))(?:--(?P<name>[a-z]+)|[{_DASHES}](?P<known>{_KNOWN})\b)[ =]*", re.IGNORECASE
)


#: How prompts refer to attached pictures.
_NUMBERED = re.compile(
    r"(?P<word>\b(?:image|picture|photo|img|pic)\s?#?|[图圖]片?\s?)(?P<number>\d{1,2})(?!\d)",
    re.IGNORECASE,
)


def renumbered(prompt: str, filled: Sequence[int]) -> str:
    """Number pictures by their place, as the model does, not by their option.

    ``filled``: the numbers of the options that were filled in.
    """
    places = {option: place for place, option in enumerate(filled, start=1)}

    def place(match: re.Match[str]) -> str:
        option = int(match["number"])
        return f"{match['word']}{places.get(option, option)}"

    return _NUMBERED.sub(place, prompt)


def named_images(prompt: str) -> list[int]:
    """Return the numbers of the images that a prompt names: "image 2", "图2"."""
    return [int(match["number"]) for match in _NUMBERED.finditer(prompt)]


def understood(draft: Draft) -> tuple[Draft, Refusal | None]:
    """Take links and flags out of a draft's prompt.

    The refusal is what the user must know before it is sent: flags that mean nothing here, which
    stay where they are, as they may be prose; or a link that we can't open, which is taken out.
    """
    if draft.instruction:
        return draft, None  # the prompt is not what is sent
    draft, unknown = _without_flags(draft)
    if unknown:
        return draft, UnknownFlags(" ".join(unknown))
    draft, link = _without_links(draft)
    return draft, None if link is None else LinkInPrompt(link)


def reconciled(old: Draft, new: Draft) -> Draft:
    """Drop options that nobody chose and that contradict what was changed.

    People leave most options of a form as they were. A flag in the prompt takes precedence over
    those, and so do exact pixels, which exclude a quality.
    """
    flags = Draft(prompt="") if new.instruction else _without_flags(Draft(prompt=new.prompt))[0]
    for option in ("size", "quality", "count"):
        is_left = getattr(new, option) == getattr(old, option)
        if is_left and getattr(flags, option) is not None:
            new = replace(new, **{option: None})
    size = new.size or flags.size
    if size != old.size and is_pixels(size) and new.quality == old.quality:
        new = replace(new, quality=None)
    return new


def without_unknown_flags(draft: Draft) -> Draft:
    """Return the draft without the flags that ``understood`` reports."""
    return draft if draft.instruction else _without_flags(draft, unknown_too=True)[0]


def _without_flags(draft: Draft, *, unknown_too: bool = False) -> tuple[Draft, list[str]]:
    """Take out known flags, or all, with their values; return the unknown ones, too."""
    flags = list(_FLAG.finditer(draft.prompt))
    if not flags:
        return draft, []
    words, unknown = [draft.prompt[: flags[0].start()].rstrip()], list[str]()
    found = dict[str, str]()
    ends = [each.start() for each in flags[1:]] + [len(draft.prompt)]
    for flag, end in zip(flags, ends, strict=True):
        said, name = draft.prompt[flag.end() : end].strip(), (flag["name"] or flag["known"]).lower()
        option = _OPTIONS.get(name)
        # Any white space ends a value: prompts have lines.
        value, rest = (*said.split(maxsplit=1), "", "")[:2]
        if option is None or not value or (option == "count" and number(value) is None):
            # In other bots "--no" takes a list; dropping only half of it would ask for the rest.
            value, rest = (said, "") if name == "no" else (value, rest)
            unknown.append(f"--{name} {value}".rstrip())
            words.append(rest.strip() if unknown_too else draft.prompt[flag.start() : end].strip())
            continue
        found.setdefault(option, value)
        words.append(rest.strip())
    return replace(
        draft,
        prompt=" ".join(filter(None, words)),
        # An option that was filled in takes precedence.
        size=draft.size or found.get("size"),
        quality=draft.quality or found.get("quality"),
        count=number(found["count"]) if draft.count is None and "count" in found else draft.count,
    ), unknown


def _without_links(draft: Draft) -> tuple[Draft, str | None]:
    """Turn links to Discord's pictures into references; also return the first other picture's."""
    references, elsewhere = list(draft.references), None
    prompt, position = "", 0
    links = list(_links(draft.prompt))
    words = draft.prompt
    for _, start, stop in reversed(links):
        words = words[:start] + words[stop:]
    chinese = is_chinese(words)
    for link, start, stop in links:
        found = _picture(link)
        if found is None:
            continue
        prompt += draft.prompt[position:start]
        position = stop
        if found.url == "":
            elsewhere = elsewhere or link
            continue
        if found.key not in {each.key for each in references}:
            references.append(found)
        is_amid = prompt.strip() and draft.prompt[position:].strip()
        if is_amid:
            # The model knows references by their numbers.
            place = [each.key for each in references].index(found.key) + 1
            prompt += f"图{place}" if chinese else f"image {place}"
    if not position:
        return draft, None
    prompt += draft.prompt[position:]
    return replace(draft, prompt=prompt.strip(), references=tuple(references)), elsewhere


def _links(prompt: str) -> Iterator[tuple[str, int, int]]:
    """Yield each link, and the part of the prompt that it takes up."""
    for match in _LINK.finditer(prompt):
        if _AFTER.match(prompt, match.end()) is None:
            continue
        if prompt.startswith(">", match.end()):
            yield match[1], match.start(), match.end() + 1
        else:
            link = match[1].rstrip(_SENTENCE)
            yield link, match.start(), match.start(1) + len(link)


def _picture(link: str) -> Reference | None:
    """Return a link's picture, with an empty URL if it isn't Discord's; ``None``: no picture."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return None
    name = unquote(PurePosixPath(parts.path).name)
    if PurePosixPath(name.lower()).suffix not in ENDINGS:
        return None
    is_discords = parts.scheme == "https" and parts.netloc.lower() in HOSTS
    # That is how Discord names what was attached as a spoiler.
    spoiler = name.startswith("SPOILER_")
    return Reference(url=link if is_discords else "", name=name, bytes=0, spoiler=spoiler)
