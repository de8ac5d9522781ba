"""Everything that can be configured, read once at start from the environment and ``.env``.

``.env.example`` has a line for each; a test compares the two.
"""

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from yarl import URL

from bot.errors import StartError

DISCORD_API_URL = "https://discord.com/api/v10"
EVOLINK_API_URL = "https://api.evolink.ai"
EVOLINK_FILES_URL = "https://files-api.evolink.ai"

Seconds = Annotated[float, Field(gt=0)]


def is_loopback(url: str) -> bool:
    """Tell whether the address is this machine."""
    host = URL(url).host or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _address(url: str) -> str:
    """Take https and wss anywhere, http and ws on this machine only."""
    parsed = URL(url)
    if not parsed.host or parsed.scheme not in {"https", "wss", "http", "ws"}:
        raise ValueError("it must be an address that begins with https://")
    if parsed.scheme in {"http", "ws"} and not is_loopback(url):
        raise ValueError("only https is taken for another machine")
    return url.rstrip("/")


Address = Annotated[str, AfterValidator(_address)]


class Settings(BaseSettings):
    """What the operator has decided. A field's name in capitals is the variable's name."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    # Discord
    discord_token: SecretStr
    discord_api_url: Address = DISCORD_API_URL
    #: Empty: the one that Discord names.
    discord_gateway_url: Address | None = None
    operator_channel_id: int | None = None
    #: Server ids, separated by commas; empty: any.
    allowed_servers: Annotated[frozenset[int], NoDecode] = frozenset()
    #: Whether users may install the bot to themselves, and draw in direct messages and anywhere.
    user_install: bool = False

    # Evolink
    evolink_api_key: SecretStr
    evolink_api_url: Address = EVOLINK_API_URL
    evolink_files_url: Address = EVOLINK_FILES_URL
    evolink_model: str = "doubao-seedream-4.5"
    #: What a submission without an answer means; see ARCHITECTURE.md.
    evolink_idempotency: Literal["untrusted", "trusted"] = "untrusted"
    #: US dollars an image, for the worst day that start-up tells.
    image_price: float = Field(default=0.03, ge=0)

    # Data
    database_url: str = "sqlite+aiosqlite:///data/imagine.db"
    data_dir: Path = Path("data")
    result_days: float = Field(default=7, gt=0)
    result_disk_gb: float = Field(default=10, gt=0)
    reference_disk_gb: float = Field(default=2, gt=0)

    # Quota
    quota_images: int = Field(default=20, ge=0)
    quota_open_tasks: int = Field(default=10, ge=1)
    cap_images_total: int = Field(default=1000, ge=0)
    cap_images_server: int = Field(default=0, ge=0)
    cap_images_user_install: int = Field(default=100, ge=0)

    # Work
    user_running: int = Field(default=3, ge=1)
    max_running: int = Field(default=20, ge=1)
    queue_limit: int = Field(default=1000, ge=1)
    instance: str = Field(default="main", pattern=r"^[A-Za-z0-9._-]{1,40}$")

    # Logs and web
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["console", "json"] = "console"
    web_port: int | None = Field(default=None, ge=1, le=65535)
    web_host: str = "0.0.0.0"  # noqa: S104 - a container's server is reached from outside
    public_url: Address | None = None

    # Waits, in seconds
    answer_seconds: Seconds = 1.5
    lease_seconds: Seconds = 60
    edit_seconds: Seconds = 2.5
    poll_floor_seconds: Seconds = 2.5
    poll_ceiling_seconds: Seconds = 20
    callback_floor_seconds: Seconds = 10
    slow_after_seconds: Seconds = 600
    give_up_seconds: Seconds = 24 * 60 * 60
    unknown_after_seconds: Seconds = 600
    retry_seconds: Seconds = 1
    pause_seconds: Seconds = 60
    estimate_seconds: Seconds = 20
    stop_seconds: Seconds = 10
    evolink_timeout_seconds: Seconds = 60
    discord_timeout_seconds: Seconds = 120

    @property
    def callback_url(self) -> str | None:
        """Where Evolink shall call back; ``None``: nowhere."""
        return self.public_url if self.web_port is not None else None

    @field_validator("allowed_servers", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return frozenset(part for part in value.replace(",", " ").split())

    @classmethod
    def read(cls) -> "Settings":
        """Read the environment and ``.env``.

        Raises:
            StartError: it names each variable that is missing or wrong.
        """
        try:
            return cls.model_validate({})
        except ValidationError as error:
            wrong = "; ".join(
                f"{str(problem['loc'][0]).upper()}: {_plain(problem['type'], problem['msg'])}"
                for problem in error.errors(include_url=False, include_input=False)
            )
            raise StartError(f"Settings: {wrong}. See .env.example.") from None


def _plain(kind: str, message: str) -> str:
    if kind == "missing":
        return "is not set; put it into .env or the environment"
    return message.removeprefix("Value error, ")
