"""The operator's channel."""

import asyncio
from dataclasses import dataclass, field


@dataclass
class FakeOperatorChannel:
    """What was read there."""

    read: list[str] = field(default_factory=list[str])
    is_there: bool = True
    #: Whether it never answers.
    hangs: bool = False

    async def tell_operator(self, text: str) -> bool:
        if self.hangs:
            await asyncio.Event().wait()
        if self.is_there:
            self.read.append(text)
        return self.is_there
