"""Links and flags in prompts: what happens to them, and what people are told first."""

import time

import pytest

from bot.domain.draft import Draft
from bot.domain.reference import Reference
from bot.domain.typed import reconciled, renumbered, understood, without_unknown_flags
from bot.refusals import LinkInPrompt, UnknownFlags

AT = "https://cdn.discordapp.com/attachments/1/2/cat.png?ex=1&is=2&hm=3"
OTHER = "https://media.discordapp.net/attachments/1/3/sofa.webp"
SOFA = Reference(url="https://cdn.discordapp.com/attachments/1/9/x.png", name="x.png", bytes=1)


def read(prompt: str, **typed) -> tuple[Draft, object]:
    """Read a prompt as it was typed."""
    return understood(Draft(prompt=prompt, **typed))


@pytest.mark.parametrize(
    ("typed", "prompt", "urls"),
    [
        (f"{AT} make it winter", "make it winter", [AT]),
        (f"make it winter <{AT}>", "make it winter", [AT]),
        (f"put {AT} on {OTHER}, at night", "put image 1 on image 2, at night", [AT, OTHER]),
        (f"把{' '}{AT} 改成冬天", "把 图1 改成冬天", [AT]),
        (AT, "", [AT]),
        (f"{AT} and {AT}", "and", [AT]),
        ("in the style of https://example.com", "in the style of https://example.com", []),
        ("http://[::1.png broken", "http://[::1.png broken", []),
    ],
)
def test_a_link_to_a_picture_becomes_a_reference(typed, prompt, urls):
    """It isn't sent as text; within the words its number stays, as the model counts references."""
    draft, told = read(typed)

    assert told is None
    assert draft.prompt == prompt
    assert [each.url for each in draft.references] == urls


@pytest.mark.parametrize("end", ['"', "", ">", "<", " "])
@pytest.mark.parametrize("filled", [".", "a.", "http://", ">", "--n"])
def test_no_prompt_holds_the_others_up(filled, end):
    """It is parsed on the event loop: 2,000 characters of unfinished links once took 25 s."""
    prompt = f"{'http://' * 300}{filled * (2000 // len(filled))}{end}"
    began = time.process_time()
    read(prompt)
    assert time.process_time() - began < 0.5


def test_a_spoiler_stays_one():
    """Discord's name for it says so; what is drawn from it is hidden, too."""
    hidden = AT.replace("2/cat", "3/SPOILER_cat")

    draft, _ = read(f"{AT} and {hidden}")

    assert [each.spoiler for each in draft.references] == [False, True]


def test_numbers_go_on_from_what_is_attached():
    """The attached picture comes first."""
    draft, _ = read(f"put {AT} on the sofa", references=(SOFA,))

    assert draft.prompt == "put image 2 on the sofa"
    assert [each.name for each in draft.references] == ["x.png", "cat.png"]


@pytest.mark.parametrize(
    "link",
    [
        "https://i.imgur.com/a.png",
        "http://cdn.discordapp.com/attachments/1/2/cat.png",
        "https://cdn.discordapp.com.evil.example/attachments/1/2/cat.png",
        "https://cdn.discordapp.com@evil.example/a.jpg",
    ],
)
def test_other_pictures_are_to_be_attached(link):
    """The bot fetches only from Discord; the draft is kept without the link."""
    draft, told = read(f"{link} in winter")

    assert isinstance(told, LinkInPrompt)
    assert told.link == link
    assert (draft.prompt, draft.references) == ("in winter", ())


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("a fox --ar 16:9", ("a fox", "16:9", None, None)),
        ("a fox --ar 16:9 --q 4k --n 4", ("a fox", "16:9", "4k", 4)),
        ("a fox —ar 9:16", ("a fox", "9:16", None, None)),
        ("a fox --AR=1:1", ("a fox", "1:1", None, None)),
        ("--n 2 a fox", ("a fox", None, None, 2)),
        ("a fox --size 16:9 in snow", ("a fox in snow", "16:9", None, None)),
        ("a fox --ar 16:9\nin snow", ("a fox in snow", "16:9", None, None)),
        ("a fox —smiling", ("a fox —smiling", None, None, None)),
        (
            "a well--known fox - and -- a dog",
            ("a well--known fox - and -- a dog", None, None, None),
        ),
    ],
)
def test_flags_are_options(typed, expected):
    """As in other bots; an em dash alone is punctuation."""
    draft, told = read(typed)

    assert told is None
    assert (draft.prompt, draft.size, draft.quality, draft.count) == expected


def test_an_option_counts_more_than_a_flag():
    """An option chosen beside the prompt stays."""
    draft, _ = read("a fox --ar 16:9 --n 4", size="1:1", count=2)

    assert (draft.prompt, draft.size, draft.count) == ("a fox", "1:1", 2)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        # What a form was prefilled with, and what was sent.
        (("auto", "2K", 1), ("--ar 16:9 --q 4k --n 2", "auto", "2K", 1), ("16:9", "4k", 2)),
        (("auto", "2K", 1), ("--ar 16:9 --q 4k --n 2", "1:1", "2K", 3), ("1:1", "4k", 3)),
        (("auto", "2K", None), ("a fox", "auto", "2K", None), ("auto", "2K", None)),
        (("auto", "4K", 1), ("a fox", "2560x1440", "4K", 1), ("2560x1440", None, 1)),
        (("auto", "4K", 1), ("--size 2560x1440", "auto", "4K", 1), ("2560x1440", None, 1)),
        # If both are chosen, the user is told, as we don't guess.
        (("auto", "2K", 1), ("a fox", "2560x1440", "4K", 1), ("2560x1440", "4K", 1)),
        (("auto", "2K", 1), ("--q 4k", "2560x1440", "2K", 1), ("2560x1440", "4k", 1)),
        (("2560x1440", None, 1), ("a fox", "2560x1440", "4K", 1), ("2560x1440", "4K", 1)),
        (("2560x1440", None, 1), ("a fox", None, None, 1), (None, None, 1)),
    ],
)
def test_what_was_left_counts_less_than_what_was_changed(old, new, expected):
    """Nobody chose what a form was prefilled with."""
    size, quality, count = old
    opened = Draft(prompt="a fox", size=size, quality=quality, count=count)
    prompt, size, quality, count = new
    sent = Draft(prompt=prompt, size=size, quality=quality, count=count)
    draft, _ = understood(reconciled(opened, sent))

    assert (draft.size, draft.quality, draft.count) == expected


def test_what_is_not_sent_has_no_flags():
    """When a button sends it, the prompt is only displayed."""
    draft = Draft(prompt="a fox --n 4", count=1, instruction="Vary it.")

    assert reconciled(draft, draft) == draft


@pytest.mark.parametrize(
    ("typed", "flags", "kept", "without"),
    [
        ("a fox --v 6", "--v 6", "a fox --v 6", "a fox"),
        (
            "a fox --ar 16:9 --no text, people --style raw",
            "--no text, people --style raw",
            "a fox --no text, people --style raw",
            "a fox",
        ),
        ("a fox --n many", "--n many", "a fox --n many", "a fox"),
        ("a fox --ar", "--ar", "a fox --ar", "a fox"),
        (
            "--style anime a girl in a red dress",
            "--style anime",
            "--style anime a girl in a red dress",
            "a girl in a red dress",
        ),
        (
            "a castle --the old one-- in fog --q 4k",
            "--the old",
            "a castle --the old one-- in fog",
            "a castle one-- in fog",
        ),
        (f"{AT} --sref {OTHER} a fox", f"--sref {OTHER}", None, f"{AT} a fox"),
    ],
)
def test_other_flags_are_told(typed, flags, kept, without):
    """The draft is kept as typed; sent without the flags, it has all other words."""
    draft, told = read(typed)

    assert isinstance(told, UnknownFlags)
    assert told.flags == flags
    assert draft.prompt == (kept or typed)
    assert without_unknown_flags(draft).prompt == without
    assert understood(without_unknown_flags(draft))[1] is None


@pytest.mark.parametrize(
    ("prompt", "filled", "called"),
    [
        ("put image 2 on Image 5", [2, 5], "put image 1 on Image 2"),
        ("image5 beside image 1", [1, 5], "image2 beside image 1"),
        ("把图5放在图2上", [2, 5], "把图2放在图1上"),
        ("image 7, a still from image 2026", [2, 5], "image 7, a still from image 2026"),
        ("imagine 5 foxes", [2, 5], "imagine 5 foxes"),
    ],
)
def test_pictures_are_called_by_their_place(prompt, filled, called):
    """The model counts the pictures it gets; options in between may be empty."""
    assert renumbered(prompt, filled) == called
