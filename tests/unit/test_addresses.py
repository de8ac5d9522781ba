"""Addresses of databases, as people copy them from their provider's page."""

import pytest

from bot.errors import StartError
from bot.store.addresses import address_of, is_postgres, name_of


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("postgres://ann:a%40b@db.example:6432/imagine", {}),
        ("postgresql://ann@db.example/imagine?sslmode=require", {"ssl": "require"}),
        ("postgresql+asyncpg://ann@db.example/imagine?ssl=verify-full", {"ssl": "verify-full"}),
        ("postgresql://ann@/imagine?host=/run/postgresql", {"host": "/run/postgresql"}),
    ],
)
def test_of_postgres(url, options) -> None:
    """They lead to the only driver, which has another name for sslmode."""
    address = address_of(url)
    assert is_postgres(address)
    assert address.drivername == "postgresql+asyncpg"
    assert dict(address.query) == options
    assert name_of(address) == ("imagine" if "host" in options else "imagine on db.example")
    assert address.password in {"a@b", None}


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("imagine", "TO isn't a database address"),
        ("postgresql://ann@db.example:port/imagine", "TO isn't a database address"),
        ("postgresql://ann@db.example", "TO names no database"),
        ("mysql://db.example/imagine", "TO: the driver mysql isn't supported"),
        ("postgresql://db.example/imagine?sslmode=on", "TO: sslmode is one of disable, allow"),
        (
            "postgresql://db.example/imagine?sslmode=require&channel_binding=require",
            "TO: ?channel_binding isn't supported; leave it out.",
        ),
        ("sqlite+aiosqlite://", "TO names no file"),
    ],
)
def test_of_nothing(url, says) -> None:
    """One sentence says what is wrong, and which setting the address came from."""
    with pytest.raises(StartError) as caught:
        address_of(url, "TO")
    assert caught.value.sentence.startswith(says)
    assert caught.value.exit_code == 78
