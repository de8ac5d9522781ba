"""Discord's ids begin with the time: https://docs.discord.com/developers/reference#snowflakes."""

#: When they begin, in epoch milliseconds.
_EPOCH = 1_420_070_400_000
#: Bits below the time.
_BITS = 22


def first_id(time: int) -> int:
    """Return the smallest id of a moment (epoch milliseconds); 0 before there were ids."""
    return max(0, time - _EPOCH) << _BITS


def time_of(number: int) -> int:
    """Return when an id was made, in epoch milliseconds."""
    return (number >> _BITS) + _EPOCH
