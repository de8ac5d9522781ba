"""Refusals because of quotas, blocks and caps: how much is used, and when more comes back."""

from bot.domain.window import Window
from bot.refusals import Blocked, CapReached, QuotaReached, Scope
from bot.ui import quota, wording
from bot.ui.texts import N_, Texts

_CAPS = {
    Scope.SERVER: N_("This server's daily limit"),
    Scope.ADMINS: N_("The limit that this server's admins have set"),
    Scope.TOTAL: N_("The bot's daily limit for everyone"),
    Scope.MONTH: N_("The bot's monthly limit for everyone"),
    Scope.AWAY: N_("The bot's daily limit outside its servers"),
}


def quota_reached(error: QuotaReached, t: Texts) -> str:
    """Say what is left, when more comes back, and which limit it is."""
    window = Window(error.window)
    small = [t("Not charged"), quota.rule(error.scope, error.images, window, t)]
    if error.drawing:
        small.append(t("{n} being drawn", n=error.drawing))
    if error.weight > 1:
        small.append(t("each image counts as {n}", n=error.weight))
    used = [f"-# {_bar(error, t)}"] if error.images else []
    return "\n".join((*_what_is_left(error, t), *used, f"-# {' · '.join(small)}"))


def blocked(error: Blocked, t: Texts) -> str:
    """Say until when, and why."""
    said = t("An admin has blocked you from drawing here.")
    return "\n".join((said, *quota.end_and_reason(error.until, error.reason, t)))


def bar_line(used: int, limit: int, unit: str = "") -> str:
    """Return a bar of how much of a limit is used, in small print on a line of its own."""
    return f"\n-# {quota.bar(used, limit)}{unit}"


def cap_reached(error: CapReached, t: Texts) -> str:
    """Say whose limit it is, whether it is used up, and when more comes back."""
    limit = t(_CAPS[error.scope])
    if error.used + error.least <= error.limit:
        said = t("{limit} has no room for this. Ask for fewer images.", limit=limit)
    else:
        said = t("{limit} is used up.", limit=limit)
    if error.resets_at is None:
        back = t("Images come back over time.")
    else:
        back = t("It resets {when}.", when=wording.since(error.resets_at))
    return _both(said, back, t) + bar_line(error.used, error.limit)


def _both(first: str, second: str, t: Texts) -> str:
    """Join two sentences; not every language puts a space between them."""
    return t("{first} {second}", first=first, second=second)


def _bar(error: QuotaReached, t: Texts) -> str:
    said = quota.bar(error.used, error.images)
    if not error.granted:
        return said
    return f"{said} · {t.plural('{n} extra image', '{n} extra images', error.granted)}"


def _what_is_left(error: QuotaReached, t: Texts) -> tuple[str, ...]:
    window = Window(error.window)
    if not error.images and not error.left:
        # Waiting for a reset would not help.
        return (t("Your limit here is {amount}.", amount=quota.amount(0, window, t)),)
    back = wording.since(error.resets_at)
    unused = max(0, error.images - error.used) + error.granted
    never = error.weight > error.images + error.granted
    if not error.left and error.weight > 1 and (unused or never):
        said = quota.counts_as(error.weight, unused, window, t)
        if never:
            return said, t("That's more than your whole limit. Use 2K, or leave pictures out.")
        return (_both(said, quota.comes_back(window, back, t), t),)
    if not error.left:
        return (_used_up(window, back, t),)
    asked, left = wording.images(error.asked, t), quota.count_left(error.left, window, t)
    instead = (
        t(
            "Ask for {left} or fewer, or wait: some images come back {when}.",
            left=error.left,
            when=back,
        )
        if window.is_rolling
        else t(
            "Ask for {left} or fewer, or wait until it resets {when}.", left=error.left, when=back
        )
    )
    return t("You asked for {asked}; {left}.", asked=asked, left=left), instead


def _used_up(window: Window, resets: str, t: Texts) -> str:
    if window is Window.DAY:
        return t("You've used all your images for today. You can draw again {when}.", when=resets)
    return t("You've used all your images for now. You can draw again {when}.", when=resets)
