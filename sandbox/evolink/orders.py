"""Checks every field of ``POST /v1/images/generations`` strictly."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from yarl import URL

from sandbox.evolink.behaviour import Behaviour
from sandbox.evolink.sizes import QUALITIES, RATIOS, Quality, within_limits
from sandbox.evolink.wording import Refused, invalid

MODEL = "doubao-seedream-4.5"
#: Models of the same endpoint that the sandbox's key can't use.
OTHER_MODELS = frozenset(
    {
        "doubao-seedream-4.0",
        "doubao-seedream-5.0-lite",
        "doubao-seedream-5.0-pro",
        "gemini-3-pro-image-preview",
        "gemini-3.1-flash-image-preview",
        "z-image-turbo",
    }
)
MAX_PROMPT = 2000
MAX_IMAGES = 15
MAX_REFERENCES = 14
MAX_CALLBACK_URL = 2048
FIELDS = frozenset(
    {
        "model",
        "prompt",
        "n",
        "size",
        "quality",
        "prompt_priority",
        "image_urls",
        "callback_url",
    }
)


@dataclass(frozen=True)
class Order:
    """A valid submission: what to draw."""

    prompt: str
    n: int
    #: ``auto``, a ratio, or width and height.
    size: str | tuple[int, int]
    quality: Quality
    image_urls: tuple[str, ...]
    callback_url: str | None


def parse_order(payload: object, behaviour: Behaviour) -> Order:
    """Return what ``payload`` orders.

    Raises:
        Refused: 400 for a field that Evolink's page does not allow; 403 for another model.
    """
    if not isinstance(payload, dict):
        raise Refused(400, "invalid_request", "Invalid request parameters")
    fields = cast("Mapping[str, object]", payload)
    if unknown := sorted(fields.keys() - FIELDS):
        raise invalid(unknown[0], f"Unknown parameter: {unknown[0]}")
    _check_model(fields.get("model"))
    if fields.get("prompt_priority", "standard") != "standard":
        raise invalid("prompt_priority", "prompt_priority must be standard")
    order = Order(
        prompt=_prompt(fields.get("prompt")),
        n=_n(fields.get("n", 1)),
        size=_size(fields.get("size", "auto")),
        quality=_quality(fields.get("quality", "2K")),
        image_urls=_image_urls(fields.get("image_urls", [])),
        callback_url=_callback_url(fields.get("callback_url"), behaviour),
    )
    if order.n + len(order.image_urls) > MAX_IMAGES:
        raise invalid("n", f"Reference images plus n must not exceed {MAX_IMAGES}")
    return order


def _check_model(model: object) -> None:
    if model in OTHER_MODELS:
        message = f"Token does not have access to model: {model}"
        raise Refused(403, "model_access_denied", message)
    if model != MODEL:
        raise invalid("model", f"model must be {MODEL}")


def _prompt(prompt: object) -> str:
    if not isinstance(prompt, str) or not prompt.strip():
        raise invalid("prompt", "prompt is required")
    if len(prompt) > MAX_PROMPT:
        raise invalid("prompt", f"prompt must not exceed {MAX_PROMPT} characters")
    return prompt


def _n(n: object) -> int:
    if not isinstance(n, int) or isinstance(n, bool) or not 1 <= n <= MAX_IMAGES:
        raise invalid("n", f"n must be an integer between 1 and {MAX_IMAGES}")
    return n


def _size(size: object) -> str | tuple[int, int]:
    if isinstance(size, str):
        if size == "auto" or size in RATIOS:
            return size
        if pixels := re.fullmatch(r"([1-9]\d{0,4})x([1-9]\d{0,4})", size):
            width, height = int(pixels[1]), int(pixels[2])
            if within_limits(width, height):
                return width, height
    raise invalid("size", "size must be auto, a supported ratio, or WIDTHxHEIGHT within limits")


def _quality(quality: object) -> Quality:
    if quality not in QUALITIES:
        raise invalid("quality", "quality must be 2K or 4K")
    return quality


def _image_urls(urls: object) -> tuple[str, ...]:
    if not isinstance(urls, list):
        raise invalid("image_urls", "image_urls must be a list")
    listed = cast("list[object]", urls)
    if len(listed) > MAX_REFERENCES:
        raise invalid("image_urls", f"image_urls must not exceed {MAX_REFERENCES} items")
    for url in listed:
        if _parsed(url, {"http", "https"}) is None:
            message = f"Invalid media URL: {url!r}"
            raise invalid("image_urls", message, "invalid_media_url")
    return tuple(cast("list[str]", listed))


def _callback_url(url: object, behaviour: Behaviour) -> str | None:
    if url is None:
        return None
    loopback = behaviour.callbacks_to_loopback
    parsed = _parsed(url, {"http", "https"} if loopback else {"https"})
    if parsed is None:
        raise invalid("callback_url", "callback_url must be an HTTPS URL")
    if len(str(url)) > MAX_CALLBACK_URL:
        raise invalid("callback_url", f"callback_url must not exceed {MAX_CALLBACK_URL} characters")
    if not loopback and _private(parsed.host or ""):
        raise invalid("callback_url", "callback_url must not point to a private address")
    return str(url)


def _parsed(url: object, schemes: set[str]) -> URL | None:
    """Return the address, or ``None`` where it isn't an absolute one of these schemes."""
    if not isinstance(url, str):
        return None
    try:
        parsed = URL(url)
    except ValueError:
        return None
    return parsed if parsed.scheme in schemes and parsed.host else None


def _private(host: str) -> bool:
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False
