"""Random network faults: lost before or after the effect, 429, 5xx, slow answers."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sandbox.discord.server import Discord
from sandbox.evolink.server import Evolink
from sandbox.faults import Fault, Faults, limited, told

CALLBACK = Fault("POST", r"/interactions/\d+/[^/]+/callback$")
PAGE = Fault("POST", r"/channels/\d+/messages$")
FOLLOW_UP = Fault("POST", r"/webhooks/\d+/[^/]+$")
CARD = Fault("PATCH|DELETE", r"/webhooks/\d+/[^/]+/messages/")
LOOK = Fault("GET", r"/webhooks/\d+/[^/]+/messages/|/channels/\d+/messages")
ATTACHMENT = Fault("GET", r"/(ephemeral-)?attachments/")
DIRECT = Fault("POST", r"/users/@me/channels$")

GENERATION = Fault("POST", r"^/v1/images/generations$")
READ = Fault("GET|POST", r"^/v1/tasks/")
RESULT = Fault("GET", r"^/results/")
UPLOAD = Fault("POST", r"^/api/v1/files/upload/")
REMOVAL = Fault("DELETE", r"^/api/v1/files/")

_LIMITED = limited(0.2)
#: Evolink's own words: then nothing was taken.
_FAILED = told(500, {"error": {"code": "internal_error", "message": "Failed"}})
_AWAY = told(503, {"error": {"code": "service_unavailable", "message": "Away"}})
_TOO_OFTEN = told(
    429, {"error": {"code": "rate_limit", "message": "Too often"}}, **{"Retry-After": "0.2"}
)
#: Seconds that a slow answer takes.
SLOW = 2.0


def _rules(request: Fault, chances: Mapping[str, float]) -> list[Fault]:
    """Return what may happen to one kind of request."""
    kinds: dict[str, dict[str, object]] = {
        "dropped": {"drop": True},
        "lost": {"drop": True, "apply_then_fail": True},
        "500": {"status": 500},
        "502": {"status": 502},
        "502 lost": {"status": 502, "apply_then_fail": True},
        "503": {"status": 503},
        "503 lost": {"status": 503, "apply_then_fail": True},
        "away": dict(_AWAY),
        "429": dict(_LIMITED),
        "slow": {"delay": SLOW},
        "too slow": {"outlasts": True},
        "failed": dict(_FAILED),
        "too often": dict(_TOO_OFTEN),
    }
    return [replace(request, probability=chance, **kinds[kind]) for kind, chance in chances.items()]


_DISCORD = [
    *_rules(CALLBACK, {"dropped": 0.005, "lost": 0.01, "502 lost": 0.005}),
    *_rules(PAGE, {"dropped": 0.02, "lost": 0.03, "500": 0.01, "429": 0.01}),
    *_rules(FOLLOW_UP, {"dropped": 0.05, "lost": 0.05}),
    *_rules(CARD, {"dropped": 0.01, "lost": 0.01, "500": 0.005, "429": 0.005}),
    *_rules(LOOK, {"dropped": 0.02, "503": 0.02}),
    *_rules(ATTACHMENT, {"dropped": 0.03, "503": 0.03}),
    *_rules(DIRECT, {"dropped": 0.02}),
]  # fmt: skip
#: Only a nonce protects from these: discord.py repeats a post by itself after a 502, and a slow
#: post may arrive after its sender has died and the next process has looked for it.
_WITH_NONCES = _rules(PAGE, {"502 lost": 0.02, "slow": 0.02})
_EVOLINK = [
    *_rules(GENERATION, {"dropped": 0.007, "lost": 0.01, "502 lost": 0.005, "503 lost": 0.005,
                         "away": 0.02, "failed": 0.02, "too often": 0.01, "too slow": 0.005}),
    *_rules(READ, {"dropped": 0.02, "503": 0.02}),
    *_rules(RESULT, {"dropped": 0.02, "503": 0.02}),
    *_rules(UPLOAD, {"dropped": 0.03, "lost": 0.03, "503": 0.02}),
    *_rules(REMOVAL, {"dropped": 0.03, "503": 0.03}),
]  # fmt: skip


@dataclass
class Mishaps:
    """The faults of both stand-ins, and resets of the gateway now and then."""

    discord: Discord
    evolink: Evolink
    chance: random.Random
    #: Whether Discord's stand-in remembers nonces. The real one does for minutes, but waits are
    #: shorter here: nobody would notice if pages weren't looked for.
    nonces: bool
    #: Seconds between two resets of the gateway, on average.
    reset_every: float = 4.0

    def begin(self) -> None:
        """Add the faults."""
        at_discord = [*_DISCORD, *(_WITH_NONCES if self.nonces else ())]
        if not self.nonces:
            self.discord.behaviour.nonce_seconds = 0.0
        for faults, rules in ((self.discord.faults, at_discord), (self.evolink.faults, _EVOLINK)):
            for rule in rules:
                faults.add(replace(rule))

    def clear(self) -> int:
        """Lift every fault; return how many requests met one."""
        met = 0
        for faults in (self.discord.faults, self.evolink.faults):
            met += sum(rule.met for rule in faults.rules)
            faults.clear()
        return met

    def faults_of(self, request: Fault) -> Faults:
        """Return the faults of the stand-in that takes such requests."""
        theirs = request.path.startswith("^/")
        return self.evolink.faults if theirs else self.discord.faults

    async def reset_gateway(self) -> None:
        """Reset the gateway now and then, endlessly.

        Mostly as Discord does before it restarts: after a torn connection discord.py waits for up
        to 2, 4, 8 … seconds, and nobody can type meanwhile.
        """
        gateway = self.discord.gateway
        while True:
            await asyncio.sleep(self.chance.expovariate(1 / self.reset_every))
            match self.chance.choices(["reconnect", "invalid", "drop", "close"], [6, 2, 1, 1])[0]:
                case "drop":
                    gateway.drop()
                case "reconnect":
                    gateway.reconnect()
                case "invalid":
                    gateway.invalid_session(resumable=True)
                case _:
                    await gateway.close(4000)
