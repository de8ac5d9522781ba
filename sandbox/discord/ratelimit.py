"""Rate limits by bucket: https://docs.discord.com/developers/topics/rate-limits.

Discord publishes no numbers; bots have long seen these in the headers.
"""

import hashlib
import re
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

from sandbox.clock import Clock
from sandbox.discord.behaviour import Behaviour
from sandbox.discord.wire import answer

#: Method and path → requests, sandbox seconds. The first group is the major parameter.
_LIMITS = tuple(
    (re.compile(pattern), limit, window)
    for pattern, limit, window in (
        (r"POST /channels/(\d+)/messages", 5, 5.0),
        (r"PATCH /channels/(\d+)/messages/\d+", 5, 5.0),
        (r"DELETE /channels/(\d+)/messages/\d+", 5, 1.0),
        (r"GET /channels/(\d+)/messages(?:/\d+)?", 5, 5.0),
        (r"\w+ /webhooks/\d+/([^/]+)(?:/.*)?", 5, 2.0),
        (r"PUT /applications/(\d+)/.*commands", 5, 20.0),
        (r"POST /users/(@me)/channels", 10, 10.0),
    )
)
_PREFIX = "/api/v10"
#: A bot's global limit: requests per second, interactions aside.
GLOBAL = 50


@dataclass
class _Bucket:
    """The requests in the current window."""

    limit: int
    window: float
    name: str
    reset: float = 0.0
    used: int = 0


@dataclass
class RateLimits:
    """Every bucket of the bot."""

    clock: Clock
    behaviour: Behaviour
    _buckets: dict[tuple[str, str], _Bucket] = field(default_factory=dict[tuple[str, str], _Bucket])
    _recent: deque[float] = field(default_factory=deque[float])

    async def limit(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Count a request; refuse it, or add what is left to the answer. This is a middleware."""
        path = request.path.removeprefix(_PREFIX)
        if not request.path.startswith(_PREFIX) or path.startswith("/interactions/"):
            return await handler(request)
        if not self.behaviour.rate_limits:
            return await handler(request)
        now = self.clock.now()
        if not path.startswith("/webhooks/") and (wait := self._global(now)):
            return _refusal(wait, {"X-RateLimit-Global": "true", "X-RateLimit-Scope": "global"})
        bucket = self._bucket(request.method, path)
        if bucket is None:
            return await handler(request)
        if now >= bucket.reset:
            bucket.reset, bucket.used = now + self.clock.lasting(bucket.window), 0
        if bucket.used >= bucket.limit:
            headers = {**_headers(bucket, now), "X-RateLimit-Scope": "user"}
            return _refusal(bucket.reset - now, headers)
        bucket.used += 1
        headers = _headers(bucket, now)
        response = await handler(request)
        response.headers.update(headers)
        return response

    def _global(self, now: float) -> float:
        recent, second = self._recent, self.clock.lasting(1.0)
        while recent and recent[0] <= now - second:
            recent.popleft()
        if len(recent) >= GLOBAL:
            return recent[0] + second - now
        recent.append(now)
        return 0.0

    def _bucket(self, method: str, path: str) -> _Bucket | None:
        line = f"{method} {path}"
        for pattern, limit, window in _LIMITS:
            found = pattern.fullmatch(line)
            if found:
                key = (pattern.pattern, found[1])
                name = hashlib.md5(pattern.pattern.encode()).hexdigest()  # noqa: S324  (a name, not a secret)
                return self._buckets.setdefault(key, _Bucket(limit, window, name))
        return None


def _headers(bucket: _Bucket, now: float) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(bucket.limit),
        "X-RateLimit-Remaining": str(max(0, bucket.limit - bucket.used)),
        "X-RateLimit-Reset": f"{bucket.reset:.3f}",
        "X-RateLimit-Reset-After": f"{max(0.0, bucket.reset - now):.3f}",
        "X-RateLimit-Bucket": bucket.name,
    }


def _refusal(wait: float, headers: dict[str, str]) -> web.Response:
    body = {
        "message": "You are being rate limited.",
        "retry_after": round(wait, 3),
        "global": "X-RateLimit-Global" in headers,
    }
    return answer(body, 429, {**headers, "Retry-After": str(int(wait) + 1)})
