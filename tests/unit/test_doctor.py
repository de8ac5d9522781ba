"""What the doctor says about addresses, even if a proxy program answers for DNS."""

import socket

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from typing_extensions import override
from yarl import URL

from bot.doctor.evolink import _not_public
from bot.doctor.examine import _names
from bot.settings import Settings

REQUIRED = {"discord_token": "x", "evolink_api_key": "x"}


class Says(AbstractResolver):
    """A DNS with a single answer; empty: none."""

    def __init__(self, address: str) -> None:
        self.address = address

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if not self.address:
            raise OSError("no such name")
        return [
            ResolveResult(
                hostname=host, host=self.address, port=port, family=family, proto=0, flags=0
            )
        ]

    @override
    async def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize(
    ("address", "settings", "advice"),
    [
        ("104.18.0.1", {}, ""),
        ("198.18.0.5", {}, "Set DOWNLOAD_NETWORKS=198.18.0.0/15, or no result can be downloaded"),
        ("198.19.9.9", {"download_networks": "fd00::/8"}, "Set DOWNLOAD_NETWORKS=198.18.0.0/15"),
        ("198.18.0.5", {"download_networks": "198.18.0.0/15"}, ""),
        ("198.18.0.5", {"https_proxy": "127.0.0.1:7890"}, ""),
        ("", {}, "Is the network up?"),
        ("", {"https_proxy": "127.0.0.1:7890"}, ""),
    ],
)
async def test_names(address, settings, advice):
    """It says what to set, or nothing if all is well or a proxy resolves the names."""
    finding = await _names(Settings.model_validate(REQUIRED | settings), Says(address))
    assert finding.advice.startswith(advice)
    assert bool(finding.advice) is bool(advice)


@pytest.mark.parametrize(
    ("url", "address", "trouble"),
    [
        ("https://imagine.example", "104.18.0.1", ""),
        ("https://imagine.example", "198.18.0.5", ""),
        ("http://imagine.example", "104.18.0.1", "it isn't https"),
        (
            "https://imagine.example",
            "192.168.1.4",
            "imagine.example is 192.168.1.4, which is private",
        ),
        ("https://imagine.example", "127.0.0.1", "imagine.example is 127.0.0.1, which is private"),
        ("https://imagine.example", "", "imagine.example isn't known"),
    ],
)
async def test_public_addresses(url, address, trouble):
    """Evolink calls only https at public addresses; a proxy program's answer proves nothing."""
    assert await _not_public(URL(url), Says(address)) == trouble
