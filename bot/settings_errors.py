"""Sentences about missing, wrong and unknown settings, and about an unreadable ``.env``."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_core import ErrorDetails, PydanticUndefined

from bot.errors import StartError

#: Byte order marks of UTF-16, which Windows editors write.
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
#: Characters of a wrong value that are quoted.
_SHOWN = 40
#: For settings whose default is missing or makes a poor example.
_EXAMPLES = {
    "DISCORD_TOKEN": "MTIzNDU2Nzg5.GhIjKl.mNoPqRsTuVwXyZ",
    "EVOLINK_API_KEY": "sk-AbCdEfGhIjKl",
    "DISCORD_GATEWAY_URL": "wss://gateway.discord.gg",
    "HTTP_PROXY": "http://127.0.0.1:7890",
    "HTTPS_PROXY": "http://127.0.0.1:7890",
    "DOWNLOAD_NETWORKS": "198.18.0.0/15",
    "OPERATOR_SERVER": "123456789012345678",
    "OPERATOR_CHANNEL_ID": "123456789012345678",
    "ALLOWED_SERVERS": "123456789012345678,234567890123456789",
    "WEB_PORT": "8080",
    "PUBLIC_URL": "https://bot.example.com",
    "METRICS_PORT": "9464",
    "STORAGE_URL": "s3://imagine",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9000",
    "REFERENCE_DAYS": "30",
    "PROMPT_DAYS": "30",
    "LOG_DAYS": "30",
}
#: By the kind of error: https://docs.pydantic.dev/latest/errors/validation_errors/
_MUST = {
    "int": "must be a whole number",
    "float": "must be a number",
    "finite_number": "must be a number",
    "bool": "must be true or false",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
    "string_pattern_mismatch": "must have 1 to 40 letters, digits, dots, dashes or underscores",
}


def sentences(model: type[BaseModel], error: ValidationError) -> list[str]:
    """Return a sentence for each wrong setting, with an example; secrets are never quoted."""
    # pydantic reports each wrong part of a setting; one sentence is enough.
    wrong = {str(each["loc"][0]): each for each in reversed(error.errors(include_url=False))}
    return [_sentence(model, name, wrong[name]) for name in model.model_fields if name in wrong]


def check_env_file(path: Path) -> None:
    """Check that the file, if there is one, is UTF-8, with or without a byte order mark.

    Raises:
        StartError: it isn't, or can't be read.
    """
    if not path.is_file():
        return
    try:
        data = path.read_bytes()
    except OSError as error:
        raise StartError(
            f"{path} can't be read ({error.strerror}). Run this as the user that the bot runs as."
        ) from error
    if data.startswith(_UTF_16) or b"\0" in data:
        raise StartError(f"{path} is saved as UTF-16. Save it again as UTF-8.")
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise StartError(f"{path} isn't UTF-8 (line {line}). Save it again as UTF-8.") from None


def unknown(
    names: Iterable[str], known: Iterable[str], where: str, *, similarity: float = 0.0
) -> list[str]:
    """Return a sentence for each name that isn't a setting, with the most similar setting.

    Names less similar to every setting than ``similarity`` (difflib's ratio) are ignored.
    """
    settings = list(known)
    return [
        _unknown(name, settings, where)
        for name in names
        if name not in settings and get_close_matches(name, settings, 1, similarity)
    ]


def _sentence(model: type[BaseModel], name: str, problem: ErrorDetails) -> str:
    field, variable = model.model_fields[name], name.upper()
    default = field.default
    usual = "" if default in {None, PydanticUndefined, frozenset[int]()} else str(default)
    example = f"Example: {variable}={_EXAMPLES.get(variable, usual)}"
    if problem["type"] == "missing":
        return f"{variable} is not set. Put it into .env or the environment. {example}"
    must = _must(problem["type"], problem.get("ctx", {}))
    given = (
        ""
        if field.annotation is SecretStr or "value_error" in problem["type"]
        else (f", not “{str(problem['input'])[:_SHOWN]}”")
    )
    return f"{variable} {must}{given}. {example}"


def _must(kind: str, context: Mapping[str, Any]) -> str:
    if kind == "value_error":
        return str(context["error"])
    must = _MUST.get(kind) or _MUST.get(kind.split("_", maxsplit=1)[0], "must be a valid value")
    plain = {name: str(value).replace("'", "") for name, value in context.items()}
    return must.format_map(plain)


def _unknown(name: str, settings: list[str], where: str) -> str:
    near = get_close_matches(name, settings, 1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"{where} sets {name}, which isn't a setting of the bot.{hint}"
