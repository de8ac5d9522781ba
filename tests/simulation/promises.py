"""The promises of each task, checked against the stand-ins' books and its row."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from bot.domain.result import PUBLISHED
from bot.errors import OutcomeUnknown, ServerFailed
from bot.services.shared.visibility import TRUSTED_SECONDS
from tests.simulation.discord import DIRECT, EPHEMERAL

if TYPE_CHECKING:
    from tests.simulation.world import World

#: Milliseconds for which a message counts as existing after it was seen.
TRUSTED = round(TRUSTED_SECONDS * 1000)
#: Where only one person sees a message.
_HIDDEN = (DIRECT, EPHEMERAL)
ENDS = ("delivered", "kept", "failed", "cancelled", "unknown")

#: Promises that are broken, and how.
Broken = Iterator[tuple[str, str]]


def broken(world: "World", row: Any) -> Broken:
    """Yield the promises broken for a task."""
    for check in _CHECKS:
        yield from check(world, row)


def _ends(world: "World", row: Any) -> list[str]:
    events = world.file.rows("SELECT kind FROM story WHERE task_id = ? ORDER BY rowid", row["id"])
    return [event["kind"] for event in events if event["kind"] in ENDS]


def _ends_once(world: "World", row: Any) -> Broken:
    ends = _ends(world, row)
    if row["state"] not in ENDS:
        yield "one end", "it has none"
    # A task that counted as unknown, or was given up, may still turn up.
    elif len(ends) != (2 if _given_back(ends) and ends[:1] != [row["state"]] else 1):
        yield "one end", f"it has {ends}"


def _given_back(ends: list[str]) -> bool:
    return ends[:1] in (["unknown"], ["failed"])


def _is_closed(world: "World", row: Any) -> Broken:
    kept = _is_kept(world, row)
    # If such requests are refused, and nothing was drawn for it, its key never gets an answer.
    silent = world.account.refuses and not _drawings(world, row)
    # Its last try may have had no answer either.
    again = "SELECT * FROM story WHERE task_id = ? AND kind = 'resubmitting'"
    asked = "submit" in world.may_meet and world.file.rows(again, row["id"])
    if row["state"] == "unknown" and world.scenario.trusted and not silent and not asked:
        yield "nothing left open", "its outcome could have been asked for by its key"
    wanted = row["publishing"] or row["deleting"] or row["removing"] is not None
    if row["owner"] is not None or row["token"] is not None or wanted:
        yield "nothing left open", "somebody holds it, or its token, or waits for it"
    if row["wake_at"] is not None and not kept:
        yield "nothing left open", f"due at {row['wake_at']}"


def _accepted(world: "World", row: Any) -> Broken:
    if row["interaction_id"] not in world.discord.cards and row["state"] != "cancelled":
        yield "one end", "never shown, and not cancelled"


def _charged(world: "World", row: Any) -> Broken:
    """Those who could have an image are charged for it, collected or not; and nobody else."""
    had = len(_had(world, row))
    due = {"delivered": len(_shown(world, row)), "kept": had}.get(row["state"], 0)
    if _given_back(_ends(world, row)):
        due = 0
    if row["charged"] != min(due, row["reserved"]):
        yield "charged right", f"{row['charged']} and not {due}"


def _drawn(world: "World", row: Any) -> Broken:
    """Drawn images count to the operator's caps, whoever is charged."""
    drawn = sum(drawing.images for drawing in _drawings(world, row))
    counted = 0 if row["intent_at"] is None else row["reserved"]
    if row["drawn"] is not None:
        counted = row["drawn"]
        if counted > drawn:
            yield "drawn counts", f"{counted}, and {drawn} were drawn"
    elif row["state"] == "cancelled" and not _doubtful(world) and counted > drawn:
        yield "drawn counts", f"{counted}, and nothing was sent that may have been taken"
    if counted < min(drawn, row["reserved"]):
        yield "drawn counts", f"only {counted} of {drawn}"


def _doubtful(world: "World") -> bool:
    """Return whether a submission's answer leaves open whether it was accepted."""
    met = [fault.error() for fault in world.may_meet.get("submit", ()) if fault is not None]
    return any(isinstance(error, OutcomeUnknown | ServerFailed) for error in met)


def _posted(world: "World", row: Any) -> Broken:
    handed = world.discord
    messages = [each for each in handed.about(row["interaction_id"]) if each.way is not None]
    # What only the requester saw may also be posted for everybody.
    times = Counter(
        (message.page >= PUBLISHED, position) for message in messages for position in message.ever
    )
    twice = sorted(position for position, count in times.items() if count > 1)
    if twice:
        yield "posted once", f"{twice} again"
    public = [each for each in messages if each.place not in _HIDDEN and not each.deleted]
    if row["reason"] == "deleted" or row["erasure"] is not None:
        # If it can't look for what it may have posted, the person who deletes is told so.
        unseen = "SELECT * FROM story WHERE task_id = ? AND kind = 'deleted' AND detail = 'unseen'"
        told = world.discord.history_hidden and world.file.rows(unseen, row["id"])
        if public and row["reason"] == "deleted" and not told:
            yield "deleted is gone", f"everybody sees {[each.id for each in public]}"
        return
    erased = "SELECT position FROM result WHERE task_id = ? AND deleted"
    removed = {each["position"] for each in world.file.rows(erased, row["id"])}
    if any(removed.intersection(each.images) for each in public):
        yield "deleted is gone", f"everybody sees one of {sorted(removed)}"
    # Asking for its deletion has withdrawn it.
    regrets = any(press.button in {"delete", "remove"} for press in world.scenario.presses)
    asked = not regrets and "publish" in {press.button for press in world.outside.pressed}
    if asked and len({position for public, position in times if public}) < len(_had(world, row)):
        yield "published once", f"only {sorted(times)}"
    if row["state"] == "delivered":
        stand = [each for each in messages if each.by_hand or not each.deleted]
        there = {image for each in stand for image in each.images}
        due = _had(world, row) - removed
        if there - removed != due:
            yield "posted once", f"{sorted(there)} of {sorted(due)} are there"
    if _is_kept(world, row):
        kept = world.file.rows("SELECT file FROM result WHERE task_id = ?", row["id"])
        there = [each for each in kept if each["file"] and (world.data / each["file"]).exists()]
        if len(there) != len(_had(world, row) - removed):
            yield "kept and fetchable", "images are missing"


def _forgotten(world: "World", row: Any) -> Broken:
    """Only its numbers are left here, and at Discord only what was to stay."""
    if row["erasure"] is None:
        return
    if row["erasure"] != "done" or "a cat" in row["request"]:
        yield "forgotten is gone", f"{row['erasure']}: {row['request']}"
    for left in ("result WHERE (url <> '' OR file IS NOT NULL)", "post WHERE true"):
        if world.file.rows(f"SELECT * FROM {left} AND task_id = ?", row["id"]):  # noqa: S608 - our own
            yield "forgotten is gone", f"not from {left}"
    found = "SELECT rowid FROM task_text WHERE prompt MATCH 'cat' AND rowid = ?"
    if world.file.rows(found, row["interaction_id"]):
        yield "forgotten is gone", "it is found by its words"
    there = world.discord.about(row["interaction_id"])
    public = [
        each.id
        for each in there
        if each.way is not None and each.place not in _HIDDEN and not each.deleted
    ]
    pressed = {press.button for press in world.outside.pressed}
    if _erases_posts(world) and public:
        yield "forgotten is gone", f"everybody sees {public}"
    card = world.discord.cards.get(row["interaction_id"])
    if _erases_posts(world) and card and card.place not in _HIDDEN and not card.deleted:
        yield "forgotten is gone", "everybody sees its card"
    if pressed == {"erase"} and row["state"] == "delivered" and not public:
        yield "posted once", "what was to stay is gone"


def _erases_posts(world: "World") -> bool:
    return "erase with posts" in {press.button for press in world.outside.pressed}


def _submitted(world: "World", row: Any) -> Broken:
    drawings = _drawings(world, row)
    typed = world.scenario.typed[list(world.discord.typed).index(row["interaction_id"])]
    unknown = "SELECT at FROM story WHERE task_id = ? AND kind = 'unknown'"
    given_up = world.file.rows(unknown, row["id"])
    answered = not any(
        fault is not None and isinstance(fault.error(), OutcomeUnknown)
        for fault in world.may_meet.get("submit", ())
    )
    disturbed = world.deaths or world.outside.starts > 1
    if "unknown" in _ends(world, row) and answered and not disturbed:
        yield "nothing paid is lost", "unknown, though Evolink's answer came"
    if len(drawings) > 1:
        yield "submitted once", f"{len(drawings)} times"
    for drawing in drawings:
        if row["state"] != "unknown" and row["remote_id"] != drawing.id and not row["erasure"]:
            yield "nothing paid is lost", f"{drawing.id} is in no row"
        lost = row["state"] in {"failed", "cancelled"} and row["reason"] != "results_gone"
        if drawing.images and lost and row["erasure"] is None:
            yield "nothing paid is lost", f"{drawing.id} was drawn"
        if any(drawing.at + world.clock.was_set >= event["at"] for event in given_up):
            yield "submitted in time", "only when it counted as unknown"
        if len(drawing.links) != typed.references:
            yield "submitted once", "without its references"


def _told(world: "World", row: Any) -> Broken:
    told = any(f"Task {row['id']}:" in text for text in world.discord.alerts)
    lost = any(drawing.images for drawing in _drawings(world, row)) and world.account.lost
    if (_closed_as_unknown(world, row) or lost) and not told:
        yield "the operator is told", "not of this"


def _requester_told(world: "World", row: Any) -> Broken:
    times = world.discord.told.count(row["interaction_id"])
    if times > 1:
        yield "told once", f"{times} times"
    met = {call for call in world.may_meet if "tell requester" in call or "direct mess" in call}
    due = row["reason"] == "no_way_to_post" and not row["collected_at"] and not met
    if due and not world.discord.direct_closed and not times:
        yield "told once", "not at all"


def _closed_as_unknown(world: "World", row: Any) -> bool:
    """Return whether it was closed before a sign of it came."""
    events = world.file.rows("SELECT kind FROM story WHERE task_id = ? ORDER BY rowid", row["id"])
    kinds = [event["kind"] for event in events]
    after = kinds[kinds.index("unknown") :] if "unknown" in kinds else []
    return next((kind for kind in after if kind in {"closed", "taken"}), "") == "closed"


def _card(world: "World", row: Any) -> Broken:
    card = world.discord.cards.get(row["interaction_id"])
    if card is None or row["card_id"] is None:
        return
    if card.ever:
        if not card.deleted and row["state"] == "delivered" and not card.images:
            yield "the card tells the end", "its images were taken away"
        return
    wanted_gone = _erases_posts(world) or row["user_id"] in world.outside.wanted_posts_gone
    if row["erasure"] is not None and wanted_gone:
        return
    if world.discord.channel_gone or row["private"]:
        # It can't be reached once its token is dead.
        return
    whole = row["state"] == "delivered" and row["reason"] != "results_gone"
    gone = whole or row["reason"] == "stopped" or row["cancel_requested"]
    if gone:
        if not card.deleted and row["state"] == "delivered":
            yield "the card tells the end", "it is still there"
    elif card.deleted or card.says[0] != row["state"]:
        yield "the card tells the end", f"it says {card.says}"


def _last_word(world: "World", row: Any) -> Broken:
    """No edit comes after the final one, unless the task went on after all."""
    card = world.discord.cards.get(row["interaction_id"])
    if card is not None and len(_ends(world, row)) == 1:
        over = [state in ENDS for state in card.said]
        if over != sorted(over):
            yield "no edit after the last word", str(card.said)


def _elsewhere(world: "World", row: Any) -> Broken:
    card = world.discord.cards.get(row["interaction_id"])
    if card is None or not world.discord.answered_elsewhere:
        return
    if card.deleted or card.says[0] != "another process's":
        yield "the card tells the end", "another process's was changed"
    told = any("Another process" in text for text in world.discord.alerts)
    if not told:
        yield "the operator is told", "not of another process"


def _seen(world: "World", row: Any) -> Broken:
    """Others see what everybody can see, in the server where it was asked for."""
    for look in world.outside.looks:
        if look.task_id != row["id"] or look.requester.user == row["user_id"]:
            continue
        posted = [
            each
            for each in world.discord.about(row["interaction_id"])
            if each.place not in _HIDDEN
            and each.at <= look.ended
            # A message seen a moment ago counts as existing.
            and (not each.deleted or each.deleted_at >= look.began - TRUSTED)
        ]
        theirs = {image for each in posted for image in each.ever}
        if (look.requester.server or 0) != row["guild_id"]:
            theirs = set[int]()
        if look.got - theirs:
            yield "nobody sees what is not theirs", f"{look} got {sorted(look.got - theirs)}"


def _struck(world: "World", row: Any) -> Broken:
    """A strike comes with the removal it is for, and once."""
    asked = "SELECT at FROM story WHERE task_id = ? AND kind = 'delete_asked' AND actor = '9'"
    removals = len(world.file.rows(asked, row["id"]))
    strikes = len(world.file.rows("SELECT value FROM quota_setting WHERE kind = 'strike'"))
    if strikes != min(removals, 1):
        yield "a strike for a removal", f"{strikes}, and {removals} removals"


def _drawings(world: "World", row: Any) -> list[Any]:
    return world.account.of_key(f"imagine-{row['interaction_id']}-")


def _had(world: "World", row: Any) -> set[int]:
    """Return the positions of the images that could be had."""
    drawn = {place for drawing in _drawings(world, row) for place in range(drawing.images)}
    return drawn - world.account.lost


def _shown(world: "World", row: Any) -> set[int]:
    return {image for each in world.discord.about(row["interaction_id"]) for image in each.ever}


_CHECKS = (
    _ends_once,
    _is_closed,
    _charged,
    _drawn,
    _posted,
    _forgotten,
    _submitted,
    _told,
    _requester_told,
    _card,
    _last_word,
    _elsewhere,
    _accepted,
    _seen,
    _struck,
)


def _is_kept(world: "World", row: Any) -> bool:
    """Return whether images still wait to be collected, which they do for a week."""
    # Images that were collected before keep their reason.
    may_be_over = row["reason"] == "expired" or row["collected_at"] is not None
    over = may_be_over and world.clock.now >= row["ended_at"] + 7 * 86_400_000
    there = row["state"] == "kept" and row["erasure"] is None
    return there and not world.outside.rested and not over
