"""Evolink's error codes by what they mean; from its documents and from clients made of its code."""

#: The request may have been drawn and charged, whatever the status says.
UNKNOWN = frozenset({"idempotency_conflict", "paid_outcome_unknown"})
#: The prompt or a picture breaks the content rules.
CONTENT = frozenset(
    {
        "content_policy_violation",
        "content_filter",
        "sensitive_content",
        "moderation_blocked",
        "input_moderation_failed",
    }
)
#: A reference cannot be used, whatever the status.
PICTURES = frozenset({"invalid_media_url", "image_processing_error", "image_dimension_mismatch"})
#: The account's, the key's or the key's daily credits are used up.
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
#: The key, or the account that it belongs to, is of no use.
KEY = frozenset({"unauthorized", "invalid_api_key", "key_disabled", "key_expired", "user_disabled"})
#: The key may not do this, or not from here.
ACCESS = frozenset({"model_access_denied", "key_model_not_allowed", "ip_restricted"})
#: A rate, not the balance.
RATE = frozenset({"rate_limit_exceeded", "quota_exceeded"})
#: Nothing that could draw is there now; told before anything is charged.
ABSENT = frozenset({"model_unavailable", "no_available_channel"})
#: The same, of all codes that begin so: "channel_selection_failed" …
ABSENT_PREFIX = "channel_"


def is_absent(code: str) -> bool:
    """Tell whether a code says that nothing that could draw is there now."""
    return code in ABSENT or code.startswith(ABSENT_PREFIX)
