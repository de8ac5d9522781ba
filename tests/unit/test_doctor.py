"""What the doctor makes of a network whose DNS answers for a program that leads out."""

import socket

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from typing_extensions import override

from bot.doctor import _names
from bot.settings import Settings

REQUIRED = {"discord_token": "x", "evolink_api_key": "x"}


class Says(AbstractResolver):
    """A DNS that has one answer; empty: none."""

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
        ("198.18.0.5", {}, "set DOWNLOAD_NETWORKS=198.18.0.0/15, or no result can be downloaded"),
        ("198.19.9.9", {"download_networks": "fd00::/8"}, "set DOWNLOAD_NETWORKS=198.18.0.0/15"),
        ("198.18.0.5", {"download_networks": "198.18.0.0/15"}, ""),
        ("198.18.0.5", {"https_proxy": "127.0.0.1:7890"}, ""),
        ("", {}, "is the network up?"),
        ("", {"https_proxy": "127.0.0.1:7890"}, ""),
    ],
)
async def test_names(address, settings, advice):
    """It says what to set, and nothing where all is well or a proxy resolves the names."""
    finding = await _names(Settings.model_validate(REQUIRED | settings), Says(address))
    assert finding.advice.startswith(advice)
    assert bool(finding.advice) is bool(advice)
