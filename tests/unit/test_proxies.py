"""Which proxy leads where."""

import pytest

from bot.proxies import Proxies

DISCORD = "https://discord.com/api/v10"
GATEWAY = "wss://gateway.discord.gg/?v=10"
HERE = "http://127.0.0.1:8080/x"


@pytest.mark.parametrize(
    ("direct", "url", "led"),
    [
        ((), DISCORD, True),
        ((), GATEWAY, True),
        (("discord.com",), DISCORD, False),
        (("discord.com",), GATEWAY, True),
        ((".discord.com",), DISCORD, False),
        (("*.discord.com",), DISCORD, False),
        (("cord.com",), DISCORD, True),
        (("DISCORD.gg",), GATEWAY, False),
        (("gateway.discord.gg:443",), GATEWAY, False),
        (("gateway.discord.gg:8443",), GATEWAY, True),
        (("*",), GATEWAY, False),
        (("localhost", "127.0.0.0/8"), HERE, False),
        (("127.0.0.1",), HERE, False),
        (("127.0.0.1:8080",), HERE, False),
        (("127.0.0.1:81",), HERE, True),
        (("10.0.0.0/8",), HERE, True),
        (("::1",), "https://[::1]/", False),
        (("fd00::/8",), "https://[fd00::7]:8443/", False),
    ],
)
def test_no_proxy(direct, url, led):
    """Names with their subdomains, addresses, networks, ports and a star, as elsewhere."""
    proxies = Proxies(http="http://p:1", https="http://p:2", direct=direct)
    assert (proxies.for_url(url) is not None) is led


def test_one_for_each_kind():
    """What is encrypted goes by HTTPS_PROXY, the gateway too; all else by HTTP_PROXY."""
    both = Proxies(http="http://p:1", https="http://p:2")
    assert [both.for_url(url) for url in (DISCORD, GATEWAY)] == ["http://p:2"] * 2
    assert [both.for_url(url) for url in (HERE, "ws://127.0.0.1:1/")] == ["http://p:1"] * 2
    assert Proxies(https="http://p:2").for_url(HERE) is None
