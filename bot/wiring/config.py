"""What the settings mean to the services."""

import secrets
from dataclasses import dataclass, replace

from bot.domain.durations import Durations, PollSchedule
from bot.domain.ids import ServerId
from bot.domain.models import SEEDREAM_4_5, Model, model_of
from bot.domain.quota_settings import CREDIT, Limits
from bot.services.work.cleanup import EVENTS_KEPT
from bot.settings import Settings

#: Seconds a stop leaves for writing Evolink's last answer; compose.yaml gives 90 in all.
LAST_WRITES = 15
#: A process follows a task for at least 1/PATIENT of GIVE_UP_SECONDS before it gives it up: ten
#: minutes of a day.
PATIENT = 144


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Sizes are bytes."""

    durations: Durations
    limits: Limits
    #: "instance/start": who this process is in the rows.
    owner: str
    max_running: int
    user_running: int
    #: The model for new requests.
    model: Model = SEEDREAM_4_5
    keys_trusted: bool = False
    callback_url: str | None = None
    reference_bytes: int = 10**9
    result_bytes: int = 10**9
    #: US dollars.
    image_price: float = 0.0
    #: Seconds before an answer is announced ("thinking…").
    answer_seconds: float = 1.5
    user_install: bool = False
    #: Seconds that a press waits for the worker to act on it.
    outcome_seconds: float = 10.0


def config_of(settings: Settings) -> Config:
    """Translate the settings: seconds to milliseconds, gigabytes to bytes."""
    return Config(
        durations=_durations(settings),
        limits=_limits(settings),
        # Each start is an owner of its own, so we can tell what an earlier one held.
        owner=f"{settings.instance}/{secrets.token_hex(4)}",
        max_running=settings.max_running,
        user_running=settings.user_running,
        model=_model(settings),
        keys_trusted=settings.evolink_idempotency == "trusted",
        callback_url=settings.callback_url,
        reference_bytes=_bytes(settings.reference_disk_gb),
        result_bytes=_bytes(settings.result_disk_gb),
        image_price=settings.image_price,
        answer_seconds=settings.answer_seconds,
        user_install=settings.user_install,
    )


def _bytes(gigabytes: float) -> int:
    return round(gigabytes * 1_000_000_000)


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _days(days: float) -> int:
    return _ms(days * 24 * 60 * 60)


def _limits(settings: Settings) -> Limits:
    return Limits(
        images=settings.quota_images,
        open_tasks=settings.quota_open_tasks,
        cap_total=settings.cap_images_total,
        cap_server=settings.cap_images_server,
        cap_user_install=settings.cap_images_user_install,
        allowed_servers=frozenset(map(ServerId, settings.allowed_servers)),
        queue=settings.queue_limit,
        image_credits=round(settings.image_credits * CREDIT),
    )


def _model(settings: Settings) -> Model:
    model = model_of(settings.evolink_model)
    if settings.prompt_words == "auto":
        return model
    return replace(model, several_images=model.several_images_chinese)


def _durations(settings: Settings) -> Durations:
    polling = PollSchedule(
        floor=_ms(settings.poll_floor_seconds),
        ceiling=_ms(settings.poll_ceiling_seconds),
        slow_after=_ms(settings.slow_after_seconds),
    )
    if settings.callback_url is not None:
        polling = polling.called_back(floor=_ms(settings.callback_floor_seconds))
    return Durations(
        polling=polling,
        lease=_ms(settings.lease_seconds),
        edit=_ms(settings.edit_seconds),
        retry=_ms(settings.retry_seconds),
        pause=_ms(settings.pause_seconds),
        unknown_after=_ms(settings.unknown_after_seconds),
        give_up=_ms(settings.give_up_seconds),
        patience=_ms(settings.give_up_seconds / PATIENT),
        estimate=_ms(settings.estimate_seconds),
        keep=_days(settings.result_days),
        keep_references=_days(settings.reference_days or settings.result_days),
        keep_prompts=max(_days(settings.prompt_days), EVENTS_KEPT) if settings.prompt_days else 0,
        keep_log=_days(settings.log_days or 0),
        stop=_ms(settings.stop_seconds),
        last=_ms(settings.evolink_timeout_seconds + LAST_WRITES),
    )
