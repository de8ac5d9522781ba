"""Checks what the bot sends against Discord's own OpenAPI document."""

import json
from pathlib import Path

import jsonschema_rs

from sandbox.discord import errors
from sandbox.discord.wire import Json, dumps

#: The schema of an answer to an interaction, by its type.
CALLBACKS = {
    4: "CreateMessageInteractionCallbackRequest",
    5: "CreateMessageInteractionCallbackRequest",
    6: "UpdateMessageInteractionCallbackRequest",
    7: "UpdateMessageInteractionCallbackRequest",
    8: "ApplicationCommandAutocompleteCallbackRequest",
    9: "ModalInteractionCallbackRequest",
}
NEW_MESSAGE = "MessageCreateRequest"
EDIT = "MessageEditRequestPartial"
FOLLOW_UP = "IncomingWebhookRequestPartial"
EDIT_BY_TOKEN = "IncomingWebhookUpdateRequestPartial"  # noqa: S105  (a schema's name)
COMMANDS = "bulk_set_application_commands"


class OpenApi:
    """The document's schemas, each compiled when first needed (about 10 ms).

    Without a document every body passes.
    """

    def __init__(self, path: Path | str | None, violations: list[str]) -> None:
        self._violations = violations
        self._components: Json | None = None
        self._compiled: dict[str, jsonschema_rs.Draft202012Validator] = {}
        if path is not None:
            self._components = json.loads(Path(path).read_text())["components"]
            # discord.py sends ids as integers in places; Discord takes both.
            self._schemas["SnowflakeType"] = {
                "type": ["string", "integer"],
                "pattern": "^(0|[1-9][0-9]*)$",
            }
            self._schemas[COMMANDS] = {
                "type": "array",
                "items": {"$ref": "#/components/schemas/ApplicationCommandUpdateRequest"},
                "maxItems": 130,
            }

    @property
    def _schemas(self) -> Json:
        return self._components["schemas"] if self._components else {}

    def check(self, schema: str, body: object) -> None:
        """Raise a 50035 and record a violation unless the body fits the schema."""
        if self._components is None:
            return
        validator = self._compiled.get(schema)
        if validator is None:
            root = {"$ref": f"#/components/schemas/{schema}", "components": self._components}
            validator = self._compiled[schema] = jsonschema_rs.Draft202012Validator(root)
        error = next(iter(validator.iter_errors(body)), None)
        if error is not None:
            place = "/".join(str(key) for key in error.instance_path)
            self._violations.append(f"{schema} at {place}: {error.message}"[:2000])
            found = dumps(error.instance)[:300]
            raise errors.invalid(
                tuple(error.instance_path), "SCHEMA", f"{error.message[:300]} ({found})"
            )
