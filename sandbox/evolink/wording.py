"""Evolink's error messages: refused requests, and reasons of failed tasks."""

from dataclasses import dataclass

#: What ends a task, by code (docs.evolink.ai, error codes). A newline in a message is intended.
TASK_ERRORS = {
    "content_policy_violation": (
        "Content policy violation.\nYour request was blocked by safety filters."
    ),
    "invalid_parameters": "Invalid parameters.\nPlease check your request parameters.",
    "image_processing_error": "Image processing error.\nThe image could not be fetched or read.",
    "image_dimension_mismatch": "Image dimension mismatch.\nThe size or ratio is not supported.",
    "request_cancelled": "Request cancelled.\nThe task was cancelled before it completed.",
    "resource_not_found": "Resource not found.\nThe requested resource does not exist.",
    "service_error": "Service error.\nPlease try again later.",
    "generation_timeout": "Generation timeout.\nThe task took too long. Please try again.",
    "resource_exhausted": "Resource exhausted.\nThe service is busy. Please try again later.",
    "quota_exceeded": "Quota exceeded.\nThe provider's quota is used up. Please try again later.",
    "service_unavailable": "Service unavailable.\nPlease try again later.",
    "generation_failed_no_content": "Generation failed.\nThe model returned no content.",
    "unknown_error": "Unknown error.\nPlease contact support.",
}


@dataclass
class Refused(Exception):
    """The request is answered with ``{"error": {code, message, type, param}}`` instead."""

    status: int
    code: str
    message: str
    type: str = "invalid_request_error"
    param: str | None = None

    def body(self) -> dict[str, object]:
        """Return the response; ``param`` is left out if no field is at fault."""
        error = {"code": self.code, "message": self.message, "type": self.type}
        return {"error": error if self.param is None else {**error, "param": self.param}}


def invalid(param: str, message: str, code: str = "invalid_request") -> Refused:
    """Return the refusal for one field."""
    return Refused(400, code, message, param=param)


def unauthorized() -> Refused:
    """Return the response to a missing or wrong key."""
    return Refused(401, "unauthorized", "Invalid or expired token", "authentication_error")


def insufficient_quota() -> Refused:
    """Return the response to a submission without enough credits."""
    message = "Insufficient quota. Please top up your account."
    return Refused(402, "insufficient_quota", message, "insufficient_quota")


@dataclass
class FileRefused(Exception):
    """The file service's refusal: ``{"success": false, "code", "msg", "data": null}``."""

    code: int
    message: str
    status: int = 400

    def body(self) -> dict[str, object]:
        """Return the answer."""
        return {"success": False, "code": self.code, "msg": self.message, "data": None}
