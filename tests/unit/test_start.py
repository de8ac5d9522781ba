"""Settings that are wrong end the start before anything else is done."""

import sys

import pytest

from bot.__main__ import main

REQUIRED = {"DISCORD_TOKEN": "token", "EVOLINK_API_KEY": "key"}


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"DISCORD_TOKEN": ""}, "DISCORD_TOKEN"),
        ({"MAX_RUNNING": "many"}, "MAX_RUNNING"),
        ({"DISCORD_API_URL": "http://example.com"}, "https"),
    ],
)
def test_a_setting_that_is_wrong(monkeypatch, tmp_path, capsys, settings, says):
    """One sentence that names it, and exit code 78; nothing is made or reached."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["bot"])
    for name, value in (REQUIRED | settings).items():
        monkeypatch.setenv(name, value)

    assert main() == 78
    said = capsys.readouterr().err
    assert says in said
    assert said.count("\n") == 1
    assert not list(tmp_path.iterdir())
