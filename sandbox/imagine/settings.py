"""The settings that point the bot at the sandbox."""

from sandbox.discord.server import Discord
from sandbox.evolink.server import Evolink


def settings_for(discord: Discord, evolink: Evolink) -> dict[str, str]:
    """Return the environment variables that lead a bot to these stand-ins."""
    return {
        "DISCORD_TOKEN": discord.token,
        "DISCORD_API_URL": discord.api_url,
        "DISCORD_GATEWAY_URL": discord.gateway_url,
        "EVOLINK_API_KEY": evolink.key,
        "EVOLINK_API_URL": evolink.url,
        "EVOLINK_FILES_URL": evolink.url,
        # The stand-ins are on this machine, whatever proxy leads out of it.
        "NO_PROXY": "127.0.0.1",
    }
