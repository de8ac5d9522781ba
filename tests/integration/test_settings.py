"""Settings that are wrong end the start before anything else is done."""

import re
import sys
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.domain.window import DAY
from bot.errors import StartError
from bot.settings import Settings
from bot.wiring.config import config_of

REQUIRED = {"DISCORD_TOKEN": "token", "EVOLINK_API_KEY": "key"}


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path):
    """Run in an empty folder, without any settings in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(name, raising=False)


def read(monkeypatch, **settings: str) -> Settings:
    """Read the settings from an environment."""
    for name, value in (REQUIRED | settings).items():
        monkeypatch.setenv(name, value)
    return Settings.read()


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        (("DISCORD_TOKEN", ""), "DISCORD_TOKEN is not set. Put it into .env or the environment."),
        (("DISCORD_TOKEN", " \r\n"), "DISCORD_TOKEN is not set."),
        (("DISCORD_TOKEN", "Bot abc"), "DISCORD_TOKEN must be one word"),
        (("DISCORD_TOKEN", "a\u201cb"), "has a character U+201C in it"),
        (("EVOLINK_API_KEY", "one\ntwo"), "EVOLINK_API_KEY must be one line"),
        (("EVOLINK_MODEL", "a\x07b"), "EVOLINK_MODEL must be one line without control characters"),
        (("MAX_RUNNING", "many"), "MAX_RUNNING must be a whole number, not “many”."),
        (("MAX_RUNNING", "0"), "MAX_RUNNING must be at least 1, not “0”. Example: MAX_RUNNING=20"),
        (("MAX_RUNNING", "9" * 400), "MAX_RUNNING"),
        (("WEB_PORT", "70000"), "WEB_PORT must be at most 65535"),
        (("RESULT_DAYS", "inf"), "RESULT_DAYS must be"),
        (("LEASE_SECONDS", "nan"), "LEASE_SECONDS must be"),
        (("RETRY_SECONDS", "1e300"), "RETRY_SECONDS must be at most"),
        (("LEASE_SECONDS", "0"), "LEASE_SECONDS must be more than 0"),
        (("USER_INSTALL", "perhaps"), "USER_INSTALL must be true or false"),
        (("LOG_LEVEL", "loud"), "LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR, not “LOUD”."),
        (("INSTANCE", "a/b"), "INSTANCE must have 1 to 40 letters"),
        (("ALLOWED_SERVERS", "12, here, there"), "ALLOWED_SERVERS must be a whole number"),
        (("OPERATOR_CHANNEL_ID", "-1"), "OPERATOR_CHANNEL_ID must be at least 1"),
        (("DISCORD_API_URL", "http://example.com"), "must begin with https://"),
        (("DISCORD_API_URL", "discord.com"), "must be an address that begins with https://"),
        (("PUBLIC_URL", "https://a.example/?x=1"), "PUBLIC_URL must be an address without ? and #"),
        (("PUBLIC_URL", "https://[::1"), "PUBLIC_URL must be an address"),
        (("PUBLIC_URL", "https://a.example:99999"), "PUBLIC_URL must be an address"),
        (("HTTPS_PROXY", "socks5://127.0.0.1:1"), "HTTPS_PROXY must be an HTTP proxy: SOCKS can't"),
        (("HTTP_PROXY", "ftp://127.0.0.1:1"), "HTTP_PROXY must be the address of an HTTP proxy"),
        (("HTTP_PROXY", "127.0.0.1:x"), "HTTP_PROXY must be the address of an HTTP proxy"),
        (("DOWNLOAD_NETWORKS", "198.18.0.1/15"), "DOWNLOAD_NETWORKS must be networks"),
        (("DATA_DIR", "~nobody-of-this-name/x"), "DATA_DIR must be a folder"),
        (("STORAGE_URL", "imagine"), "STORAGE_URL must look like s3://bucket"),
        (("AWS_ENDPOINT_URL", "minio"), "AWS_ENDPOINT_URL must be an address"),
        (("METRICS_PORT", "all"), "METRICS_PORT must be a whole number"),
        (("OPERATOR_SERVER", "mine"), "OPERATOR_SERVER must be a whole number"),
        (("PROMPT_DAYS", "0"), "PROMPT_DAYS must be more than 0"),
    ],
)
def test_a_setting_that_is_wrong(monkeypatch, tmp_path, capsys, setting, says):
    """One sentence names it, with an example, exit code 78; no file is made, no host contacted."""
    name, value = setting
    monkeypatch.setattr(sys, "argv", ["bot"])
    for each, usual in (REQUIRED | {name: value}).items():
        monkeypatch.setenv(each, usual)

    assert main() == 78
    said = capsys.readouterr().err
    assert says in said
    assert re.search(f"Example: {name}=.", said)
    assert said.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_several_that_are_wrong(monkeypatch):
    """A line for each, in the order of the settings; secrets are not repeated."""
    with pytest.raises(StartError) as caught:
        read(monkeypatch, DISCORD_TOKEN="my secret", MAX_RUNNING="x", WEB_PORT="y")
    lines = caught.value.sentence.splitlines()
    assert [line.split()[0] for line in lines] == ["DISCORD_TOKEN", "MAX_RUNNING", "WEB_PORT"]
    assert "my secret" not in caught.value.sentence


@pytest.mark.parametrize("around", ["{}\n", "{}\r\n", " {}\t", "\ufeff{}\u200b", "\xa0{}\xa0\n"])
def test_secrets_are_stripped(monkeypatch, around):
    """Secret files end in newlines, and text copied from a page has marks around it."""
    settings = read(
        monkeypatch, DISCORD_TOKEN=around.format("the.token"), EVOLINK_API_KEY=around.format("sk-1")
    )
    assert settings.discord_token.get_secret_value() == "the.token"
    assert settings.evolink_api_key.get_secret_value() == "sk-1"


@pytest.mark.parametrize(
    "given",
    [
        "https://evolink.example",
        "https://evolink.example/",
        "https://evolink.example/v1",
        "https://evolink.example/v1/",
        "https://evolink.example/v1/images/generations",
    ],
)
def test_evolinks_address_with_its_version(monkeypatch, given):
    """People know it from the documentation of other APIs, which includes the version."""
    assert read(monkeypatch, EVOLINK_API_URL=given).evolink_api_url == "https://evolink.example"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("http://127.0.0.1:7890", "http://127.0.0.1:7890"),
        ("127.0.0.1:7890", "http://127.0.0.1:7890"),
        ("http://user:word-of-it@proxy.lan:8080/", "http://user:word-of-it@proxy.lan:8080"),
    ],
)
def test_proxies(monkeypatch, given, kept):
    """With a scheme or without; lowercase names count, too; a password is a secret."""
    settings = read(monkeypatch, https_proxy=given, no_proxy="localhost, .lan")
    assert settings.proxies.https == kept
    assert settings.proxies.http is None
    assert settings.proxies.direct == ("localhost", ".lan")
    assert ("word-of-it" in settings.secrets) is ("word-of-it" in given)


def test_networks(monkeypatch):
    """Several are separated by commas."""
    networks = read(monkeypatch, DOWNLOAD_NETWORKS="198.18.0.0/15, fd00::/8").download_networks
    assert {str(each) for each in networks} == {"198.18.0.0/15", "fd00::/8"}


def test_words_in_any_case(monkeypatch):
    """The meaning is clear."""
    settings = read(monkeypatch, LOG_LEVEL="debug", LOG_FORMAT="JSON", USER_INSTALL="Yes")
    assert (settings.log_level, settings.log_format) == ("DEBUG", "json")
    assert settings.user_install


def test_the_home_folder(monkeypatch, tmp_path):
    """``~`` means what it would to a shell."""
    monkeypatch.setenv("HOME", str(tmp_path))
    assert read(monkeypatch, DATA_DIR="~/bot").data_dir == tmp_path / "bot"


@pytest.mark.parametrize(
    ("encoding", "says"),
    [
        ("utf-16", ".env is saved as UTF-16. Save it again as UTF-8."),
        ("utf-16-le", ".env is saved as UTF-16. Save it again as UTF-8."),
        ("gbk", ".env isn't UTF-8 (line 2). Save it again as UTF-8."),
    ],
)
def test_a_file_in_another_encoding(encoding, says):
    """One sentence says what to do; no traceback of a decoder."""
    text = "DISCORD_TOKEN=a\n# 机器人\nEVOLINK_API_KEY=b\n"
    Path(".env").write_bytes(text.encode(encoding))
    with pytest.raises(StartError) as caught:
        Settings.read()
    assert caught.value.sentence == says
    assert caught.value.exit_code == 78


def test_a_file_of_an_editor_on_windows():
    """A mark at its beginning (BOM), line ends, quotes and ``export`` are all understood."""
    text = '\ufeffDISCORD_TOKEN="a"\r\nexport EVOLINK_API_KEY=b \r\n# 机器人\r\n'
    Path(".env").write_bytes(text.encode())
    settings = Settings.read()
    assert settings.discord_token.get_secret_value() == "a"
    assert settings.evolink_api_key.get_secret_value() == "b"


def test_names_that_are_no_settings(monkeypatch):
    """All in the file are reported, with the likely one; in the environment, only typos."""
    Path(".env").write_text("QUOTA_IMAGE=1\nTZ=UTC\nMAX_RUNNING=2\n", encoding="utf-8")
    monkeypatch.setenv("RESULT_DAY", "3")
    monkeypatch.setenv("SOMETHING_ELSE", "4")
    assert Settings.unknown() == [
        ".env sets QUOTA_IMAGE, which isn't a setting of the bot. Did you mean QUOTA_IMAGES?",
        ".env sets TZ, which isn't a setting of the bot.",
        (
            "The environment sets RESULT_DAY, which isn't a setting of the bot. "
            "Did you mean RESULT_DAYS?"
        ),
    ]


@pytest.mark.parametrize(("days", "kept"), [("", 0), ("1", 3), ("30", 30)])
def test_tasks_are_kept_as_long_as_people_are_told(monkeypatch, days, kept) -> None:
    """/privacy names the days: three at least, whatever the setting says."""
    durations = config_of(read(monkeypatch, PROMPT_DAYS=days)).durations
    assert durations.keep_prompts == kept * DAY
