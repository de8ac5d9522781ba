"""Every button and menu: pressed after a restart, and by somebody who may not.

All that Ann can press is collected before the restart. Afterwards Bob presses it, as if he saw what
only Ann sees, and then Ann herself.
"""

# ruff: noqa: RUF001 - Chinese has its own signs

from dataclasses import replace
from typing import Any

from bot.ui import ids
from bot.ui.ids import CustomId
from sandbox.discord import reading
from sandbox.discord.messages import Message
from sandbox.discord.permissions import Permission
from sandbox.faults import Fault
from sandbox.person import Interaction, Person
from tests.acceptance.results_kit import answered, drawn, left, number_of, to_delete

CARD, FORM, FILES = "<a card of one's own>", "<a form>", "<files>"
#: What Bob reads where he may not, in his language.
NO_TASK = "这个任务不属于你"
FORGOTTEN = "请求已过期"
ONLY_SHE = "只有提交者本人或"

#: What Bob gets from Ann's public tasks and from her private ones, and what Ann gets; empty if
#: there is no such button.
TABLE = {
    "STOP": (NO_TASK, NO_TASK, "Stopped waiting."),
    "FETCH": (NO_TASK, NO_TASK, FILES),
    "AGAIN": (CARD, NO_TASK, CARD),
    "VARY": (CARD, NO_TASK, CARD),
    "EDIT_IMAGE": (FORM, NO_TASK, FORM),
    "EDIT": (FORM, NO_TASK, FORM),
    "MORE": ("2 张图片", NO_TASK, "2 images"),
    "OPEN": ("第 1 张，共 2 张", NO_TASK, "Image 1 of 2"),
    "OPEN_CHOSEN": ("第 2 张，共 2 张", NO_TASK, "Image 2 of 2"),
    "CHOOSE": ("第 2 张，共 2 张", NO_TASK, "Image 2 of 2"),
    "REDRAW": (CARD, NO_TASK, CARD),
    "USE": ("1/14", NO_TASK, "2/14"),
    "ORIGINAL": (FILES, NO_TASK, FILES),
    "ORIGINALS": (NO_TASK, NO_TASK, FILES),
    "DEFAULTS": ("2 张图片", NO_TASK, "2 images"),
    "RESET_DEFAULTS": ("", "暂无。", "None yet."),
    "DETAILS": ("a public fox", NO_TASK, "a public fox"),
    "PUBLISH": ("", NO_TASK, "Posted to the channel. Everyone there can see it."),
    "CHANGE": (FORM, NO_TASK, FORM),
    "FIX": ("", FORGOTTEN, FORM),
    "RESEND": ("", FORGOTTEN, CARD),
    # These are about the person who presses: Bob has other tasks, and another tray.
    "ENTRY": (NO_TASK, NO_TASK, "a public"),
    "JUMP": ("", FORM, FORM),
    "PAGE": ("", "你的任务", "page 2"),
    "SEARCH": ("", FORM, FORM),
    "FILTER": ("", "没有符合条件的任务", "a public owl"),
    "TRAY_DRAW": ("", FORM, FORM),
    "TRAY_REMOVE": ("", "1/14", "1/14"),
    "TRAY_CLEAR": ("", "0/14", "0/14"),
    "DELETE": ("要删除这 2 张图片吗？", NO_TASK, "Delete these 2 images?"),
    "REMOVE": ("要删除第 1 张图片吗？", NO_TASK, "Delete image 1?"),
    "PANEL": ("2 张图片", NO_TASK, "2 images"),
    "IMAGE_PANEL": ("第 2 张，共 2 张", NO_TASK, "Image 2 of 2"),
    "CONFIRM_REMOVE": (ONLY_SHE, NO_TASK, "Deleted."),
    "CONFIRM_DELETE": (ONLY_SHE, NO_TASK, "Deleted."),
}
#: Buttons of admins, moderators and the operator: see tests/acceptance/operating.
ADMINS = {
    "BLOCK",
    "CHANGES",
    "CHANNELS",
    "LEAVE",
    "LIMIT",
    "MEMBER",
    "NOTICE_CHANNEL",
    "OVERVIEW",
    "OVERVIEW_ORDER",
    "OPERATOR_CHANGES",
    "OPERATOR_UNDO",
    "PAUSE_ALL",
    "REMOVE_POST",
    "RESUME_ALL",
    "SERVERS",
    "SETTINGS",
    "TEN_MORE",
    "UNDO",
}
FORMS = {"COMPOSE", "SEARCH_FORM"}
#: Buttons about the presser that name no task: see tests/acceptance/operating/test_privacy.py.
OWN = {"PRIVACY", "EXPORT", "FORGET", "CONFIRM_FORGET", "CONFIRM_FORGET_POSTS", "OWN_CHART"}


class Collected:
    """Every button and menu by its id, with the message that it is in."""

    def __init__(self) -> None:
        self.messages: dict[str, Message] = {}
        #: The tasks that others cannot see.
        self.secret: set[int] = set()

    def add(self, message: Message) -> Message:
        for part in reading.walk(message.components):
            if "custom_id" in part and not part.get("disabled"):
                self.messages.setdefault(part["custom_id"], message)
        return message

    def of(self, name: str, *, secret: bool) -> str:
        """The id of a button of a public or a private task; "" if there is none."""
        kind: CustomId = getattr(ids, name)
        for custom_id in self.messages:
            fields = kind.read(custom_id)
            if fields is not None:
                is_tasks = custom_id.startswith(("task:", "result:"))
                if (fields.id in self.secret if is_tasks else True) is secret:
                    return custom_id
        return ""

    async def press(self, studio, person: Person, custom_id: str) -> str:
        """Return what somebody gets who presses it; restore the message."""
        message = self.messages[custom_id]
        body, shown_to = message.body, message.only_for
        message.only_for = shown_to and person.user.id
        (part,) = [p for p in reading.walk(message.components) if p.get("custom_id") == custom_id]
        if part["type"] == reading.SELECT:
            # The second result, the failed tasks, the only picture of the tray.
            values = [option["value"] for option in part["options"]]
            chosen = next((one for one in ("failed", "1") if one in values), values[0])
            press = await person.choose(message, custom_id, [chosen])
        else:
            press = await person.press(message, custom_id)
        await studio.until(lambda: _got(press, body))
        got = _got(press, body)
        message.body, message.only_for = body, shown_to
        return got


def _got(press: Interaction, before: object) -> str:
    """Return what a press has brought so far."""
    if press.modal is not None:
        return FORM
    for message in (*press.followups, press.message):
        if message is None or message.loading or message.body is before:
            continue
        if not message.ephemeral:
            return CARD
        return FILES if message.body.files and not message.components else message.text
    return ""


def _others(number: int) -> dict[str, Any]:
    """The menu of a result with many images, and the button that results had before."""
    options = [{"label": f"Image {n + 1}", "value": str(n)} for n in range(2)]
    return {
        "type": 1,
        "id": 90,
        "components": [
            {"type": 3, "id": 91, "custom_id": f"task:{number}:open", "options": options},
            {"type": 2, "id": 92, "style": 2, "label": "Edit", "custom_id": f"task:{number}:edit"},
        ],
    }


async def _fail(studio, number: int) -> None:
    """Let there be tasks for a second page."""
    for each in range(number):
        card = await studio.ann.slash("imagine", prompt=f"a public owl, number {each}")
        await studio.reads(card, "Not charged")


async def _collected(studio) -> Collected:
    """Tasks of Ann's in each state, public and private, and all that she sees of them."""
    ann, found = studio.ann, Collected()
    reads = Fault("GET|POST", r"^/v1/tasks/", status=503, times=0)
    studio.evolink.faults.add(reads)
    studio.evolink.behaviour.moderate_words.append("owl")

    await _fail(studio, 3)
    found.add(await drawn(studio, "a public fox", count=2))
    failed = await ann.slash("imagine", prompt="a public owl")
    hidden = await ann.slash("imagine", prompt="a secret owl", private=True)
    secret = await ann.slash("imagine", prompt="a secret fox", private=True, count=2)
    for card in (failed, hidden):
        found.add(await studio.reads(card, "Not charged"))
    await studio.until(lambda: secret.message.images)
    found.add(secret.message)
    found.secret |= {number_of(hidden.message), number_of(secret.message)}
    reads.times = None
    kept = await ann.slash("imagine", prompt="a public crab")
    await studio.until(lambda: "Stop waiting" in kept.message.buttons)
    await answered(studio, await ann.press(kept.message, "Stop waiting"))
    reads.times = 0
    await studio.quiet()

    for secret_ones in (False, True):
        message = found.messages[found.of("MORE", secret=secret_ones)]
        found.add(await answered(studio, await ann.press(message, "More…")))
        panel = found.add(await answered(studio, await ann.press(message, "1")))
        whole = await answered(studio, await ann.press(message, "More…"))
        found.add(await answered(studio, await ann.press(whole, "Details")))
        for name, button in (("More…", "Delete…"), ("2", "Delete this image…")):
            another = await answered(studio, await ann.press(message, name))
            found.add(await to_delete(studio, another, button))
        if secret_ones:
            found.add(await answered(studio, await ann.press(panel, "Use as reference")))
        parts = (*message.components, _others(number_of(message)))
        message.body = replace(message.body, components=parts)
        found.add(message)
    found.add(await answered(studio, await ann.slash("imagine", prompt="a hare", size="huge")))
    await ann.slash("imagine-defaults", quality="2K")
    found.add(await answered(studio, await ann.slash("imagine-defaults")))
    world = studio.world
    world.overwrite(world.general, world.bot, deny=Permission.ATTACH_FILES)
    found.add(await answered(studio, await ann.slash("imagine", prompt="a hare too early")))
    world.overwrite(world.general, world.bot)
    # Reads keep failing, so these stay in progress until the fault is lifted.
    reads.times = None
    for private in (False, True):
        prompt = "a secret hare" if private else "a public hare"
        card = await ann.slash("imagine", prompt=prompt, private=private)
        await studio.until(lambda card=card: "Stop waiting" in card.message.buttons)
        found.add(card.message)
    found.secret.add(number_of(card.message))
    await _look(studio, found)
    return found


async def _look(studio, found: Collected) -> None:
    """Open both pages of /tasks, and each task of the first."""
    ann = studio.ann
    page = found.add(await answered(studio, await ann.slash("tasks")))
    for number in filter(str.isdecimal, page.buttons):
        found.add(await answered(studio, await ann.press(page, number)))
    older = await answered(studio, await ann.slash("tasks"))
    await ann.press(older, "Older")
    await studio.until(lambda: "page 2" in older.text)
    found.add(older)


async def test_every_button_after_a_restart_and_by_somebody_who_may_not(studio):
    """What each does, for whom, at whose cost; nothing secret is told, nothing is done to Ann."""
    found = await _collected(studio)
    await studio.bot.stop()
    await studio.restart()
    bob = studio.person(studio.world.bob, locale="zh-CN")
    got = {name: ["", "", ""] for name in TABLE}
    for secret in (False, True):
        for name in TABLE:
            if custom_id := found.of(name, secret=secret):
                got[name][secret] = await found.press(studio, bob, custom_id)
    assert not [text for row in got.values() for text in row if "secret" in text]
    for name in TABLE:
        custom_id = found.of(name, secret=False) or found.of(name, secret=True)
        assert custom_id, name
        if name == "CONFIRM_REMOVE":
            # Nothing is drawn from a deleted image, so finish what was asked for before.
            studio.evolink.faults.clear()
            await studio.quiet()
        got[name][2] = await found.press(studio, studio.ann, custom_id)

    for name, expected in TABLE.items():
        there = [
            bool(text) and text in seen for text, seen in zip(expected, got[name], strict=True)
        ]
        assert there == [bool(text) for text in expected], (name, got[name])
    await studio.quiet()
    # Ann: two foxes, two secret ones, a crab, two hares. Both: two again, one in 4K, four varied.
    # Ann also sends one again.
    assert await left(studio) == 20 - 7 - 7 - 1
    assert await left(studio, studio.person(studio.world.bob)) == 20 - 7


async def test_no_button_is_missing_in_the_table():
    """Every id that a button or menu can have is in it, except admins' and those about oneself."""
    kinds = {name for name, value in vars(ids).items() if isinstance(value, CustomId)}
    assert TABLE.keys() == kinds - ADMINS - FORMS - OWN
