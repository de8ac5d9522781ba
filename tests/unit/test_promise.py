"""Unit tests can touch nothing outside the process."""

import socket
import sqlite3
from pathlib import Path

import pytest


def _connect() -> None:
    with socket.socket() as connection:
        connection.connect(("127.0.0.1", 1))


@pytest.mark.parametrize(
    "touch",
    [
        lambda: Path("written").write_text("a", encoding="utf-8"),
        lambda: sqlite3.connect(":memory:"),
        _connect,
    ],
    ids=["a file", "a database", "a socket"],
)
def test_what_a_unit_test_may_not_touch(touch):
    """The test fails with a sentence that says where it belongs."""
    with pytest.raises(pytest.fail.Exception, match="tests/integration"):
        touch()
