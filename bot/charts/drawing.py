"""Draws charts, each in a process of its own."""

import asyncio
import json
import os
import sys
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import structlog

log = structlog.get_logger()

#: Seconds before we give up a drawing, of the 900 in which Discord accepts the answer. It needs one
#: second of processor time: with a load of 20 on two cores, 30 were not enough.
PATIENCE = 120.0
#: Pictures to keep, of about 20 kB each.
KEPT = 20


@dataclass(frozen=True, slots=True)
class Drawing:
    """Draws one chart at a time, each in a process that exits afterwards.

    Importing matplotlib takes 0.5 s of processor time and, with one drawing, 71 MiB, which this
    process would never give back.
    """

    #: Where matplotlib may keep its list of fonts; its default may be read-only.
    cache: Path
    #: The last ones drawn, by what was asked for: pressing a button again and again costs nothing.
    _drawn: OrderedDict[bytes, bytes] = field(default_factory=OrderedDict[bytes, bytes])
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def draw(
        self, days: Sequence[str], series: Sequence[tuple[str, Sequence[int]]]
    ) -> bytes | None:
        """Return a PNG as ``bot.charts.picture.draw`` does; ``None``: it didn't work."""
        asked = json.dumps({"days": days, "series": series}).encode()
        async with self._one_at_a_time:
            if asked not in self._drawn:
                try:
                    drawn = await self._run(asked)
                except (OSError, TimeoutError) as error:
                    log.warning("a chart could not be drawn", error=repr(error))
                    return None
                if drawn is None:
                    return None
                self._drawn[asked] = drawn
                if len(self._drawn) > KEPT:
                    self._drawn.popitem(last=False)
            return self._drawn[asked]

    async def _run(self, asked: bytes) -> bytes | None:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(Path(__file__).with_name("picture.py")),
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            env=os.environ | {"MPLCONFIGDIR": str(self.cache)},  # noqa: TID251 - handed on as it is
        )
        try:
            async with asyncio.timeout(PATIENCE):
                drawn, said = await process.communicate(asked)
        except BaseException:
            with suppress(ProcessLookupError):
                process.kill()
            # Otherwise its pipes stay open until the event loop notices.
            await process.communicate()
            raise
        if process.returncode or not drawn:
            log.warning("a chart could not be drawn", said=said.decode(errors="replace")[-2000:])
            return None
        return drawn
