"""Sends requests to Evolink, once or with retries, and reads the answers whatever they contain."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import aiohttp
import stamina

from bot.errors import NotTaken, OutcomeUnknown, ServerFailed
from bot.evolink import answer_errors, lenient_json, wire

#: Quick attempts at requests that may be repeated; the worker tries again later.
TRIES = 3
#: The most bytes to read of an answer; a task has a few kilobytes.
MOST_ANSWER = 4_000_000


async def ask_with_retries(
    session: aiohttp.ClientSession,
    method: str,
    url: str,
    *,
    make_body: Callable[[], aiohttp.FormData] | None = None,
    **options: Any,  # noqa: ANN401 - those of ``ask``
) -> object:
    """Send a request that may be repeated, a few times if need be; return the JSON of the answer.

    Raises:
        NotTaken: there is no answer, or none that makes sense.
        EvolinkError: what the answer means.
    """
    failures = (aiohttp.ClientError, OSError, TimeoutError, OutcomeUnknown, NotTaken, ServerFailed)
    try:
        async for attempt in stamina.retry_context(
            on=failures, attempts=TRIES, wait_initial=0.1, wait_max=1.0, timeout=None
        ):
            with attempt:
                data = make_body() if make_body else None
                return await ask(session, method, url, data=data, **options)
    except (OutcomeUnknown, ServerFailed) as error:
        raise NotTaken(str(error)) from error
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
        raise NotTaken(repr(error)) from error
    raise AssertionError


async def ask(
    session: aiohttp.ClientSession,
    method: str,
    url: str,
    *,
    envelope: bool = False,
    **options: Any,  # noqa: ANN401 - aiohttp's own
) -> object:
    """Send a request once; return the JSON of a success, raise what any other answer means.

    ``envelope``: return refusals in the file service's own shape, whatever their status.
    """
    async with session.request(method, url, allow_redirects=False, **options) as response:
        body = await _json(response, paid=method == "POST")
        is_refusal = envelope and wire.is_refused(body)
        if response.status not in {200, 201, 202} and not is_refusal:
            raise answer_errors.of_answer(response.status, body, response.headers)
        if body is None and method == "GET":
            raise OutcomeUnknown("an answer without JSON")
        return body


async def _json(response: aiohttp.ClientResponse, *, paid: bool) -> object:
    """Return the JSON of the body; ``None`` if it is incomplete or isn't JSON.

    ``paid``: even such a body is searched for an id.
    """
    raw = bytearray()
    # Use whatever arrived before the connection broke.
    with suppress(aiohttp.ClientError, OSError, TimeoutError):
        # Not ``content.read(n)``: that returns what has arrived so far.
        async for piece in response.content.iter_any():
            raw += piece
            if len(raw) > MOST_ANSWER:
                break
    body = lenient_json.parse(bytes(raw))
    if body is None and paid and (found := lenient_json.id_of(bytes(raw))):
        return {"id": found}
    return body
