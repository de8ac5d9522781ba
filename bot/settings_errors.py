"""Sentences about missing or wrong settings, each with an example."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_core import ErrorDetails, PydanticUndefined

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
    "OPERATOR_CHANNEL_ID": "123456789012345678",
    "ALLOWED_SERVERS": "123456789012345678,234567890123456789",
    "WEB_PORT": "8080",
    "PUBLIC_URL": "https://bot.example.com",
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
    """Return a sentence for each wrong setting; the values of secrets are never quoted."""
    # pydantic reports each wrong part of a setting; one sentence is enough.
    wrong = {str(each["loc"][0]): each for each in reversed(error.errors(include_url=False))}
    return [_sentence(model, name, wrong[name]) for name in model.model_fields if name in wrong]


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
    told = {name: str(value).replace("'", "") for name, value in context.items()}
    return must.format_map(told)
