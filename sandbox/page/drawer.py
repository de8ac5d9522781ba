"""The drawer behind the scenes: troubles, the clock, the bot's process, the requests."""

from sandbox.discord.wire import Json
from sandbox.page import wire
from sandbox.page.troubles import Troubles
from sandbox.person import Refused
from sandbox.stand_ins import StandIns

#: Bytes of the bot's log that the page shows.
_LOG = 16 * 1024


class Drawer:
    """Shared by all tabs: what is switched in one shows in the others."""

    def __init__(self, stand_ins: StandIns) -> None:
        self._stand_ins = stand_ins
        self._troubles = Troubles(stand_ins)

    def status(self) -> Json:
        """Return the state of the bot, the clock and the troubles."""
        bot = self._stand_ins.bot
        return {
            "online": self._stand_ins.discord.gateway.is_connected,
            "bot": "elsewhere" if bot is None else "up" if bot.running else "down",
            "speed": self._stand_ins.clock.speed,
            "troubles": self._troubles.state(),
        }

    async def trouble(self, data: Json) -> None:
        """Switch a trouble on or off."""
        self._troubles.switch(data["key"], on=bool(data["on"]))

    async def speed(self, data: Json) -> None:
        """Set the speed of the stand-ins' clock."""
        self._stand_ins.clock.speed = max(0.1, min(100.0, float(data["speed"])))

    async def bot(self, data: Json) -> None:
        """Kill the bot, stop it, or start it again."""
        bot = self._stand_ins.bot
        if bot is None:
            raise Refused("the bot was started elsewhere")
        match data["do"]:
            case "kill":
                await bot.kill()
            case "stop":
                await bot.stop()
            case "start" if not bot.running:
                await bot.start()
            case _:
                pass

    async def log(self, _: Json) -> str:
        """Return the end of the bot's log."""
        bot = self._stand_ins.bot
        if bot is None or not bot.log.exists():
            return ""
        return bot.log.read_bytes()[-_LOG:].decode(errors="replace")

    async def wire(self, data: Json) -> list[Json]:
        """Return what went over the wire about a message, or lately."""
        wanted = data.get("message")
        if wanted is None:
            return wire.latest(self._stand_ins)
        every = self._stand_ins.discord.books.messages
        message = next((m for m in every if str(m.id) == wanted), None)
        return wire.about(self._stand_ins, message) if message else []
