"""Evolink's error codes by meaning, from its documentation and from clients' source."""

#: The images may have been drawn and charged, whatever the HTTP status is.
UNKNOWN = frozenset({"idempotency_conflict", "paid_outcome_unknown"})
#: The prompt or a picture violates the content rules.
CONTENT = frozenset(
    {
        "content_policy_violation",
        "content_filter",
        "sensitive_content",
        "moderation_blocked",
        "input_moderation_failed",
    }
)
#: A reference can't be used, whatever the HTTP status is.
PICTURES = frozenset({"invalid_media_url", "image_processing_error", "image_dimension_mismatch"})
#: The credits of the account or of the key are used up, for today or altogether.
CREDITS = frozenset(
    {
        "insufficient_quota",
        "insufficient_user_quota",
        "insufficient_token_quota",
        "account_balance_insufficient",
        "quota_not_enough",
        "key_quota_exhausted",
        "key_daily_quota_exhausted",
        "token_daily_quota_exceeded",
    }
)
#: The key or its account isn't valid.
KEY = frozenset({"unauthorized", "invalid_api_key", "key_disabled", "key_expired", "user_disabled"})
#: The key lacks permission, or isn't allowed from this address.
ACCESS = frozenset({"model_access_denied", "key_model_not_allowed", "ip_restricted"})
#: Too many requests; not a matter of credits, despite the second name.
RATE = frozenset({"rate_limit_exceeded", "quota_exceeded"})
#: No provider is available. Evolink says so before it charges anything.
ABSENT = frozenset({"model_unavailable", "no_available_channel"})
#: Any code with this prefix means the same: "channel_selection_failed" …
ABSENT_PREFIX = "channel_"


def is_absent(code: str) -> bool:
    """Tell whether a code means that no provider is available."""
    return code in ABSENT or code.startswith(ABSENT_PREFIX)
