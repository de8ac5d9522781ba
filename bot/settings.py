"""The settings, read once at startup from the environment and ``.env``.

``.env.example`` has a line for each; a test compares the two.
"""

import unicodedata
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, cast

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    NoDecode,
    SettingsConfigDict,
)
from yarl import URL

from bot.errors import StartError
from bot.proxies import Proxies
from bot.settings_errors import check_env_file, sentences, unknown
from bot.settings_types import (
    Address,
    Api,
    AtLeastOne,
    Bucket,
    Days,
    Endpoint,
    Folder,
    Gigabytes,
    Key,
    Lower,
    Number,
    Proxy,
    Seconds,
    Snowflake,
    Upper,
)

DISCORD_API_URL = "https://discord.com/api/v10"
EVOLINK_API_URL = "https://api.evolink.ai"
EVOLINK_FILES_URL = "https://files-api.evolink.ai"
#: How similar an environment variable must be to a setting to count as a typo (difflib).
_ALIKE = 0.88


class Settings(BaseSettings):
    """The operator's choices. Each field is set by the variable of its name in capitals."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8-sig",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    # Discord
    discord_token: Key
    discord_api_url: Address = DISCORD_API_URL
    #: ``None``: the gateway that Discord names.
    discord_gateway_url: Address | None = None
    operator_channel_id: Snowflake | None = None
    #: The server that has the operator's own commands.
    operator_server: Snowflake | None = None
    #: Server ids, separated by commas; empty: any.
    allowed_servers: Annotated[frozenset[Snowflake], NoDecode] = frozenset()
    #: Whether users may install the bot for themselves and draw anywhere, also in direct messages.
    user_install: bool = False
    #: Whether the bot receives messages, to draw those that mention it where admins allow that.
    mentions: bool = False

    # Evolink
    evolink_api_key: Key
    evolink_api_url: Api = EVOLINK_API_URL
    evolink_files_url: Api = EVOLINK_FILES_URL
    evolink_model: str = "doubao-seedream-4.5"
    #: Whether an unanswered submission may be repeated with its key; see ARCHITECTURE.md.
    evolink_idempotency: Annotated[Literal["untrusted", "trusted"], Lower] = "untrusted"
    #: In which language a prompt asks for several images; see ``Model.several_images``.
    prompt_words: Annotated[Literal["auto", "chinese"], Lower] = "auto"
    #: US dollars per image, for the worst day logged at startup, the metrics and the daily summary.
    image_price: float = Field(default=0.03, ge=0, le=1_000_000, allow_inf_nan=False)
    #: Credits per image, which caps in credits reserve until Evolink says what a task cost.
    image_credits: float = Field(default=2.04, ge=0, le=1_000_000, allow_inf_nan=False)

    # Network
    http_proxy: Proxy | None = None
    https_proxy: Proxy | None = None
    #: Hosts reached without a proxy, separated by commas.
    no_proxy: str = ""
    #: Networks besides the public internet from which results may be downloaded.
    download_networks: Annotated[frozenset[IPv4Network | IPv6Network], NoDecode] = frozenset()

    # Data
    database_url: str = "sqlite+aiosqlite:///data/imagine.db"
    data_dir: Folder = Path("data")
    #: ``None``: results and references are below ``data_dir``.
    storage_url: Bucket | None = None
    #: Named as S3's own tools name them. Without keys, the machine's role provides them.
    aws_endpoint_url: Endpoint | None = None
    aws_region: str = "us-east-1"
    aws_access_key_id: str = ""
    aws_secret_access_key: SecretStr | None = None
    result_days: Days = 7
    #: ``None``: as long as results.
    reference_days: Days | None = None
    #: ``None``: for good.
    prompt_days: Days | None = None
    log_days: Days | None = None
    result_disk_gb: Gigabytes = 10
    reference_disk_gb: Gigabytes = 2

    # Quota
    quota_images: Number = 20
    quota_open_tasks: AtLeastOne = 10
    cap_images_total: Number = 1000
    cap_images_server: Number = 0
    cap_images_user_install: Number = 100

    # Work
    user_running: AtLeastOne = 3
    max_running: AtLeastOne = 20
    queue_limit: AtLeastOne = 1000
    instance: str = Field(default="main", pattern=r"^[A-Za-z0-9._-]{1,40}$")

    # Logs and web
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], Upper] = "INFO"
    log_format: Annotated[Literal["console", "json"], Lower] = "console"
    web_port: int | None = Field(default=None, ge=1, le=65535)
    web_host: str = "0.0.0.0"  # noqa: S104 - a container's server is reached from outside
    public_url: Address | None = None
    metrics_port: int | None = Field(default=None, ge=1, le=65535)
    metrics_host: str = "127.0.0.1"

    # Durations, in seconds
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
        """The address Evolink calls back; ``None``: no callbacks."""
        return self.public_url if self.web_port is not None else None

    @property
    def secrets(self) -> list[str]:
        """Values that must never be logged."""
        keys = [key.get_secret_value() for key in (self.discord_token, self.evolink_api_key)]
        passwords = [URL(proxy).raw_password for proxy in self.proxies.all()]
        if self.aws_secret_access_key is not None:
            keys.append(self.aws_secret_access_key.get_secret_value())
        return [*keys, *(word for word in passwords if word)]

    @property
    def proxies(self) -> Proxies:
        """The proxies for outgoing requests."""
        direct = self.no_proxy.replace(",", " ").split()
        return Proxies(self.http_proxy, self.https_proxy, tuple(direct))

    @model_validator(mode="before")
    @classmethod
    def _strip(cls, data: object) -> object:
        """Strip what gets copied along with a value: line ends, invisible marks of web pages."""
        if not isinstance(data, dict):
            return data
        stripped = {
            name: _stripped(value) if isinstance(value, str) else value
            for name, value in cast("dict[str, Any]", data).items()
        }
        return {name: value for name, value in stripped.items() if value != ""}

    @field_validator("*", mode="before")
    @classmethod
    def _one_line(cls, value: object) -> object:
        if isinstance(value, str) and any(unicodedata.category(each) == "Cc" for each in value):
            raise ValueError("must be one line without control characters")
        return value

    @field_validator("allowed_servers", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return value.replace(",", " ").split() if isinstance(value, str) else value

    @field_validator("download_networks", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return [ip_network(part) for part in value.replace(",", " ").split()]
        except ValueError:
            raise ValueError("must be networks, separated by commas") from None

    @classmethod
    def read(cls) -> "Settings":
        """Read the environment and ``.env``.

        Raises:
            StartError: one line for each missing or wrong variable.
        """
        check_env_file(Path(".env"))
        try:
            return cls.model_validate({})
        except ValidationError as error:
            raise StartError("\n".join(sentences(cls, error))) from None

    @classmethod
    def unknown(cls) -> list[str]:
        """Return a sentence for each unknown name in ``.env`` and each misspelt variable."""
        known = [name.upper() for name in cls.model_fields]
        file = [name.upper() for name in DotEnvSettingsSource(cls).env_vars]
        around = [name.upper() for name in EnvSettingsSource(cls).env_vars]
        return [
            *unknown(file, known, ".env"),
            *unknown(around, known, "The environment", similarity=_ALIKE),
        ]


def _stripped(text: str) -> str:
    """Strip white space and invisible characters (category Cf: U+200B, U+FEFF)."""
    hidden = "".join({each for each in text if unicodedata.category(each) == "Cf"})
    return text.strip(hidden + " \t\r\n\f\v\xa0")
