"""Unit tests keep their promise: they use no files, sockets or databases."""

import builtins
import io
import socket
import sqlite3
from pathlib import Path
from typing import Any, NoReturn

import pytest

_WHERE = "this belongs to tests/integration"
_THEIRS = {"__pycache__", ".hypothesis"}


def _refuse(*_: object, **__: object) -> NoReturn:
    pytest.fail(_WHERE)


@pytest.fixture(autouse=True)
def _nothing_outside(request, monkeypatch):
    """Fail a test that writes a file, opens a database or a connection.

    The project's own files may be read: some tests are about its texts. Python and Hypothesis keep
    files as they go, which they open by their names or by descriptors.
    """
    assert not {"tmp_path", "tmp_path_factory"} & {*request.fixturenames}, _WHERE
    opened = io.open

    def reading(file: Any, mode: str = "r", *args: Any, **options: Any) -> Any:
        is_ours = not isinstance(file, int) and not {*Path(file).parts} & _THEIRS
        if is_ours and {*mode} & {*"wax+"}:
            _refuse()
        return opened(file, mode, *args, **options)

    for target, name, instead in (
        (builtins, "open", reading),
        (io, "open", reading),
        (sqlite3, "connect", _refuse),
        (socket.socket, "connect", _refuse),
        (socket.socket, "bind", _refuse),
    ):
        monkeypatch.setattr(target, name, instead)
