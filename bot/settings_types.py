"""The types of settings: what they accept, and what they say of anything else."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from yarl import URL

from bot.proxies import is_loopback

#: Ten years. More is a typo, and would overflow the database's integers.
_YEARS = 10 * 365 * 24 * 60 * 60
Seconds = Annotated[float, Field(gt=0, le=_YEARS, allow_inf_nan=False)]
Days = Annotated[float, Field(gt=0, le=_YEARS / 86400, allow_inf_nan=False)]
Gigabytes = Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False)]
Number = Annotated[int, Field(ge=0, le=1_000_000_000)]
AtLeastOne = Annotated[int, Field(ge=1, le=1_000_000_000)]
#: A Discord id.
Snowflake = Annotated[int, Field(ge=1, lt=1 << 63)]


def _parsed(text: str, *schemes: str) -> URL:
    try:
        url = URL(text)
        url.port  # noqa: B018 - read for what it raises
    except ValueError:
        raise ValueError("must be an address that begins with https://") from None
    if not url.host or " " in text or url.scheme not in schemes:
        raise ValueError("must be an address that begins with https://")
    if url.query_string or url.fragment:
        raise ValueError("must be an address without ? and #")
    return url


def _address(text: str) -> str:
    """Accept https and wss anywhere, http and ws on this machine only."""
    url = _parsed(text, "https", "wss", "http", "ws")
    if url.scheme in {"http", "ws"} and not is_loopback(text):
        raise ValueError("must begin with https://: http is only for this machine")
    return text.rstrip("/")


def _endpoint(text: str) -> str:
    """Accept http, too: the store may be on a network of its own, and keys only sign requests."""
    _parsed(text, "https", "http")
    return text.rstrip("/")


def _bucket(text: str) -> str:
    # No part of a name may be empty, "." or "..": the store's library refuses these.
    if re.fullmatch(r"s3://[a-z0-9][a-z0-9._-]{1,62}(/(?!\.{1,2}(/|$))[\w.-]+)*/*", text) is None:
        raise ValueError("must look like s3://bucket or s3://bucket/folder")
    return text.rstrip("/")


def _without_version(text: str) -> str:
    """Cut off ``/v1`` and what follows: people copy addresses from the documentation."""
    return re.sub(r"(/api)?/v1(/.*)?$", "", text)


def _key(secret: SecretStr) -> SecretStr:
    for character in secret.get_secret_value():
        if not "!" <= character <= "~":
            found = f"U+{ord(character):04X}"
            raise ValueError(f"must be one word, but has a character {found} in it. Copy it again")
    return secret


def _from_home(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError:
        raise ValueError("must be a folder: ~ can't be expanded here") from None


def _proxy(text: str) -> str:
    """Accept an HTTP proxy with or without a scheme (``127.0.0.1:7890``), as curl does."""
    address = text if "://" in text else f"http://{text}"
    try:
        url = URL(address)
        there = url.host is not None and url.port is not None
    except ValueError:
        there = False
        url = URL()
    if url.scheme.startswith("socks"):
        raise ValueError("must be an HTTP proxy: SOCKS can't be used")
    if not there or url.scheme not in {"http", "https"}:
        raise ValueError("must be the address of an HTTP proxy")
    return address.rstrip("/")


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


Address = Annotated[str, AfterValidator(_address)]
Endpoint = Annotated[str, AfterValidator(_endpoint)]
Bucket = Annotated[str, AfterValidator(_bucket)]
Key = Annotated[SecretStr, AfterValidator(_key)]
Proxy = Annotated[str, AfterValidator(_proxy)]
#: The address of an API, without a version.
Api = Annotated[str, AfterValidator(_address), AfterValidator(_without_version)]
Folder = Annotated[Path, AfterValidator(_from_home)]
#: One of several words, in any case.
Lower, Upper = BeforeValidator(_lower), BeforeValidator(_upper)
