"""The doctor's questions about Evolink: the key, the model, and whether it can call back."""

import asyncio
import socket
from collections.abc import AsyncIterator
from ipaddress import IPv4Network, ip_address

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from bot.app import App
from bot.doctor.finding import Finding
from bot.errors import EvolinkError, KeyRefused
from bot.proxies import through
from bot.services.work.callbacks import PATH
from bot.settings import Settings

#: The network from which proxy programs answer every DNS query (reserved by RFC 2544).
FAKE = IPv4Network("198.18.0.0/15")
#: Seconds for the round trip from here to PUBLIC_URL.
_PATIENCE = aiohttp.ClientTimeout(total=15)
#: A callback path that the bot never gave out, and what it answers there (bot/web.py).
_NOBODY, _ANSWER = "doctor", "no such path"


async def examine_evolink(app: App, settings: Settings) -> AsyncIterator[Finding]:
    """Check the key, its credits and its model."""
    try:
        credits_left = await app.evolink.credits()
    except KeyRefused:
        yield Finding("Evolink refuses the key.", "Set a new EVOLINK_API_KEY.")
        return
    except EvolinkError as error:
        yield Finding("Evolink doesn't answer.", "Try again later.", (repr(error),))
        return
    if credits_left is None:
        yield Finding("Evolink accepts the key and sets no limit on it.")
    elif credits_left <= 0:
        yield Finding("No credits are left at Evolink.", "Top the account up.")
    else:
        yield Finding(f"Evolink accepts the key; {credits_left:g} credits are left.")
    yield await _model(app, settings.evolink_model)


async def _model(app: App, model: str) -> Finding:
    try:
        listed = await app.evolink.models()
    except EvolinkError as error:
        unknown = f"Evolink lists no models; the first drawing shows whether it has {model}."
        return Finding(unknown, details=(repr(error),))
    if model in listed:
        return Finding(f"The key may use {model}.")
    # It isn't documented that this list has every model, including those for images.
    sentence = f"Evolink's list for this key lacks {model}."
    advice = "If drawings are refused, allow the model in the key's settings, or set EVOLINK_MODEL."
    return Finding(sentence, advice, tuple(sorted(listed)), is_mild=True)


async def examine_callbacks(
    settings: Settings, resolver: AbstractResolver | None = None
) -> AsyncIterator[Finding]:
    """Check whether Evolink would call PUBLIC_URL, and whether it leads to the bot."""
    url, port = settings.public_url, settings.web_port
    if url is None:
        return
    if port is None:
        yield Finding("PUBLIC_URL is set, but nothing listens.", "Set WEB_PORT as well.")
        return
    if trouble := await _not_public(URL(url), resolver or ThreadedResolver()):
        advice = "Put a server with a certificate in front (docs/operating.md)."
        yield Finding(f"Evolink won't call PUBLIC_URL: {trouble}.", advice)
    said = await _ask(f"{url}{PATH}{_NOBODY}", settings)
    if said == _ANSWER:
        yield Finding("PUBLIC_URL leads to the bot.")
    elif await _listens(settings.web_host, port):
        advice = f"It must lead {PATH} to port {port}; until then the bot asks instead of waiting."
        yield Finding("PUBLIC_URL doesn't lead to the bot.", advice, (said,))
    else:
        sentence = "The bot isn't running here, so where PUBLIC_URL leads can't be checked."
        yield Finding(sentence, "Start it, then run the doctor again.", (said,), is_mild=True)


async def _not_public(url: URL, resolver: AbstractResolver) -> str:
    """Return why Evolink wouldn't call an address; empty: it would."""
    if url.scheme != "https":
        return "it isn't https"
    try:
        found = await resolver.resolve(url.host or "", 443, socket.AF_UNSPEC)
    except OSError:
        return f"{url.host} isn't known"
    addresses = [ip_address(each["host"]) for each in found]
    private = [each for each in addresses if not each.is_global and each not in FAKE]
    return f"{url.host} is {private[0]}, which is private" if private else ""


async def _listens(host: str, port: int) -> bool:
    """Return whether something answers at the web server's address."""
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    return True


async def _ask(url: str, settings: Settings) -> str:
    """Return the answer to a callback, or why there is none."""
    try:
        async with (
            aiohttp.ClientSession(
                middlewares=[through(settings.proxies)], timeout=_PATIENCE
            ) as session,
            session.post(url, json={"id": _NOBODY}) as response,
        ):
            text = (await response.content.read(80)).decode(errors="replace")
            return text if text == _ANSWER else f"{response.status}: {text}"
    except (aiohttp.ClientError, OSError) as error:
        return repr(error)
