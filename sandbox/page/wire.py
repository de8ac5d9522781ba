"""The bot's requests and events: those about one message, or the latest of all."""

from collections.abc import Iterable

from sandbox.discord.books import Request
from sandbox.discord.interactions import Interaction
from sandbox.discord.messages import Message
from sandbox.discord.wire import Json
from sandbox.evolink.books import Books
from sandbox.stand_ins import StandIns

LATEST = 60
_KINDS = {2: "command", 3: "component", 4: "autocomplete", 5: "modal"}


def about(stand_ins: StandIns, message: Message) -> list[Json]:
    """Return the interactions and requests that concern a message."""
    platform = stand_ins.discord.platform
    own = [i for i in platform.interactions.values() if _concerns(i, message)]
    requests = [
        request
        for request in stand_ins.discord.books.requests
        if any(_by(request, interaction) for interaction in own) or _names(request, message)
    ]
    return _sorted([*map(_event, own), *(_request(r, own) for r in requests)])


def latest(stand_ins: StandIns) -> list[Json]:
    """Return the latest requests and events of all, the newest last."""
    platform = stand_ins.discord.platform
    opened = list(platform.interactions.values())[-LATEST:]
    requests = stand_ins.discord.books.requests[-LATEST:]
    entries = [*map(_event, opened), *(_request(r, opened) for r in requests)]
    return _sorted([*entries, *_evolink(stand_ins.evolink.books)])[-LATEST:]


def _concerns(interaction: Interaction, message: Message) -> bool:
    own = (interaction.message, interaction.source, *interaction.followups)
    return any(each is message for each in own)


def _by(request: Request, interaction: Interaction) -> bool:
    return interaction.token in request.path


def _names(request: Request, message: Message) -> bool:
    if f"/messages/{message.id}" in request.path:
        return True
    posted = request.method == "POST" and request.path.endswith("/messages")
    nonce = request.body.get("nonce") if isinstance(request.body, dict) else None
    return posted and nonce is not None and str(nonce) == str(message.nonce)


def _event(interaction: Interaction) -> Json:
    kind = _KINDS.get(interaction.kind, str(interaction.kind))
    return {
        "at": interaction.created,
        "from": "discord",
        "what": f"INTERACTION_CREATE · {kind}",
        "status": None,
        "body": interaction.data,
    }


def _request(request: Request, interactions: Iterable[Interaction]) -> Json:
    path = request.path
    for interaction in interactions:
        path = path.replace(interaction.token, "{token}")
    return {
        "at": request.at,
        "from": "bot",
        "what": f"{request.method} {path.removeprefix('/api/v10')}",
        "status": request.status or "cut",
        "body": request.body,
    }


def _evolink(books: Books) -> list[Json]:
    submitted = [
        (s.created_at, "POST /v1/images/generations", 200, dict(s.payload))
        for s in books.submissions
    ]
    read = [(r.at, f"GET /v1/tasks/{r.task_id}", 200, {"status": r.state}) for r in books.reads]
    stored = [
        (u.stored_at, f"POST /api/v1/files · {u.name}", 200, {"size": u.size})
        for u in books.uploads
    ]
    refused = [(r.at, f"{r.method} {r.path}", r.status, {"code": r.code}) for r in books.refusals]
    return [
        {"at": at, "from": "bot", "to": "evolink", "what": what, "status": status, "body": body}
        for at, what, status, body in [*submitted, *read, *stored, *refused]
    ]


def _sorted(entries: list[Json]) -> list[Json]:
    return sorted(entries, key=lambda entry: entry["at"])
