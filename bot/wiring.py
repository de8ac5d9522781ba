"""The one place that puts the parts together: for the program, the simulation and the tests."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.clock import SYSTEM, Clocks, ClockWatch
from bot.domain.durations import Durations, PollSchedule
from bot.domain.models import SEEDREAM_4_5, Model, model_of
from bot.domain.quota import Limits
from bot.files import FileStorage
from bot.interactions.intake import Intake
from bot.services.front.acceptance import Acceptance
from bot.services.front.cancellation import Cancellation
from bot.services.front.deletion import Deletion
from bot.services.front.drafts import Drafts
from bot.services.front.history import History
from bot.services.front.own_results import OwnResults
from bot.services.front.publishing import Publishing
from bot.services.front.quota import Quota
from bot.services.front.servers import Servers
from bot.services.front.task_lookup import TaskLookup
from bot.services.front.tray import Tray
from bot.services.shared.alerts import Alerts
from bot.services.shared.card_updates import CardUpdates
from bot.services.shared.downloads import ResultDownloads
from bot.services.shared.durable_writes import DurableWrites
from bot.services.shared.estimates import Estimates
from bot.services.shared.pauses import Pauses
from bot.services.shared.ports import Chat, EvolinkApi
from bot.services.shared.reference_cache import ReferenceCache
from bot.services.shared.references import References
from bot.services.shared.results import Results
from bot.services.shared.visibility import Visibility
from bot.services.work.admission import Admission
from bot.services.work.callbacks import Callbacks
from bot.services.work.cleanup import Cleanup
from bot.services.work.closing import Closing
from bot.services.work.confirmation import Confirmation
from bot.services.work.delete_step import DeleteStep
from bot.services.work.delivery import Delivery
from bot.services.work.outcome_check import OutcomeCheck
from bot.services.work.overdue import Overdue
from bot.services.work.paid_requests import PaidRequests
from bot.services.work.polling import Polling
from bot.services.work.publish_step import PublishStep
from bot.services.work.refusals import Refusals
from bot.services.work.remote_ids import RemoteIds
from bot.services.work.steps import Steps
from bot.services.work.submission import Submission
from bot.services.work.transitions import Transitions
from bot.services.work.unknown_outcomes import UnknownOutcomes
from bot.services.work.worker import Worker
from bot.settings import Settings
from bot.store.store import Store

#: References downloaded or uploaded at a time.
TRANSFERS = 8
#: Seconds a stop leaves for writing Evolink's last answer; compose.yaml gives 90 in all.
LAST_WRITES = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What the settings mean to the services. Sizes are bytes."""

    durations: Durations
    limits: Limits
    #: "instance/start": who this process is in the rows.
    owner: str
    max_running: int
    user_running: int
    #: New requests go to it.
    model: Model = SEEDREAM_4_5
    keys_trusted: bool = False
    callback_url: str | None = None
    reference_bytes: int = 10**9
    result_bytes: int = 10**9
    #: Seconds before an answer is announced ("thinking…").
    answer_seconds: float = 1.5
    user_install: bool = False
    #: Seconds a press waits for the worker to do it.
    outcome_seconds: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinds:
    """The classes the bot is made of. A test swaps one to see what breaks without it."""

    durable_writes: type[DurableWrites] = DurableWrites
    pauses: type[Pauses] = Pauses
    visibility: type[Visibility] = Visibility
    transitions: type[Transitions] = Transitions
    publish_step: type[PublishStep] = PublishStep
    polling: type[Polling] = Polling
    paid_requests: type[PaidRequests] = PaidRequests
    refusals: type[Refusals] = Refusals
    steps: type[Steps] = Steps
    worker: type[Worker] = Worker
    acceptance: type[Acceptance] = Acceptance
    cancellation: type[Cancellation] = Cancellation


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What cogs may use."""

    cancellation: Cancellation
    task_lookup: TaskLookup
    history: History
    results: Results
    own_results: OwnResults
    visibility: Visibility
    publishing: Publishing
    deletion: Deletion
    quota: Quota
    intake: Intake
    references: References
    drafts: Drafts
    tray: Tray
    servers: Servers
    #: New requests go to it.
    model: Model
    #: Milliseconds for which results are kept.
    keep: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The bot without Discord's client: what answers people, and what works on their tasks."""

    services: Services
    acceptance: Acceptance
    worker: Worker
    delivery: Delivery
    cards: CardUpdates
    cleanup: Cleanup
    callbacks: Callbacks
    alerts: Alerts
    delete_step: DeleteStep


def wire(  # noqa: PLR0913 - the one place that knows every part
    *,
    store: Store,
    chat: Chat,
    evolink: EvolinkApi,
    storage: FileStorage,
    config: Config,
    clocks: Clocks = SYSTEM,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    kinds: Kinds = Kinds(),
) -> Parts:
    """Put the parts together; nothing runs yet."""
    durations, limits, clock = config.durations, config.limits, clocks.wall
    alerts = Alerts(store, chat, clock)
    durable = kinds.durable_writes(alerts, sleep)
    pauses = kinds.pauses(
        store=store,
        alerts=alerts,
        storage=storage,
        durations=durations,
        clock=clock,
        blocked_seconds=lambda: evolink.blocked_seconds,
    )
    estimates = Estimates(store, durations)
    cards = CardUpdates(
        store=store,
        chat=chat,
        pauses=pauses,
        durations=durations,
        clock=clock,
        max_running=config.max_running,
        user_running=config.user_running,
    )
    cache = ReferenceCache(
        store=store,
        storage=storage,
        durations=durations,
        clock=clock,
        max_bytes=config.reference_bytes,
    )
    visibility = kinds.visibility(store, chat, lambda: clocks.steady() / 1000)
    references = References(
        store=store,
        chat=chat,
        evolink=evolink,
        storage=storage,
        gate=asyncio.Semaphore(TRANSFERS),
        cache=cache,
        visibility=visibility,
    )
    downloads = ResultDownloads(store, evolink, storage)
    results = Results(
        store=store,
        storage=storage,
        downloads=downloads,
        visibility=visibility,
        durations=durations,
        clock=clock,
    )
    transitions = kinds.transitions(
        store=store, cards=cards, durable=durable, durations=durations, clock=clock
    )
    remote_ids = RemoteIds(store, alerts, durable, clock)
    callbacks = Callbacks(
        store=store,
        evolink=evolink,
        remote_ids=remote_ids,
        clock=clock,
        public_url=config.callback_url,
    )
    delivery = Delivery(
        store=store,
        transitions=transitions,
        chat=chat,
        downloads=downloads,
        storage=storage,
        cards=cards,
        alerts=alerts,
        durations=durations,
        clock=clock,
        started_at=clock(),
    )
    closing = Closing(
        store=store,
        transitions=transitions,
        cards=cards,
        references=references,
        storage=storage,
        alerts=alerts,
        unknown_outcomes=UnknownOutcomes(store, evolink, alerts),
        durations=durations,
        clock=clock,
    )
    delete_step = DeleteStep(
        store=store,
        transitions=transitions,
        chat=chat,
        storage=storage,
        durations=durations,
        clock=clock,
    )
    publish_step = kinds.publish_step(
        store=store,
        transitions=transitions,
        chat=chat,
        results=results,
        durations=durations,
        clock=clock,
    )
    admission = Admission(store, limits)
    polling = kinds.polling(
        store=store,
        evolink=evolink,
        transitions=transitions,
        pauses=pauses,
        estimates=estimates,
        durations=durations,
        clock=clock,
    )
    paid_requests = kinds.paid_requests(evolink, remote_ids)
    outcome_check = OutcomeCheck(
        transitions=transitions,
        references=references,
        callbacks=callbacks,
        paid_requests=paid_requests,
        polling=polling,
        durations=durations,
        clock=clock,
        keys_trusted=config.keys_trusted,
    )
    refusals = kinds.refusals(
        store=store,
        evolink=evolink,
        transitions=transitions,
        pauses=pauses,
        alerts=alerts,
        durations=durations,
        clock=clock,
    )
    steps = kinds.steps(
        confirmation=Confirmation(
            store=store,
            chat=chat,
            transitions=transitions,
            admission=admission,
            alerts=alerts,
            clock=clock,
        ),
        submission=Submission(
            transitions=transitions,
            references=references,
            admission=admission,
            pauses=pauses,
            durable=durable,
            callbacks=callbacks,
            paid_requests=paid_requests,
            refusals=refusals,
            outcome_check=outcome_check,
            polling=polling,
            clock=clock,
        ),
        outcome_check=outcome_check,
        polling=polling,
        delivery=delivery,
        closing=closing,
        publish_step=publish_step,
        delete_step=delete_step,
    )
    worker = kinds.worker(
        store=store,
        steps=steps,
        transitions=transitions,
        paid_requests=paid_requests,
        overdue=Overdue(
            transitions=transitions,
            delivery=delivery,
            closing=closing,
            durations=durations,
            clock=clock,
        ),
        pauses=pauses,
        alerts=alerts,
        durable=durable,
        durations=durations,
        clock=clock,
        owner=config.owner,
        max_running=config.max_running,
        user_running=config.user_running,
        watch=ClockWatch(clock, clocks.steady),
    )
    drafts, servers = Drafts(store, clock), Servers(store, clock)
    acceptance = kinds.acceptance(
        store=store,
        servers=servers,
        references=references,
        cards=cards,
        estimates=estimates,
        limits=limits,
        durations=durations,
        clock=clock,
        owner=config.owner,
        nudge=worker.nudge,
    )
    services = Services(
        cancellation=kinds.cancellation(store, cards, clock, worker.nudge),
        task_lookup=TaskLookup(store),
        history=History(store, storage),
        results=results,
        own_results=OwnResults(store, chat, results, visibility),
        visibility=visibility,
        publishing=Publishing(
            store=store,
            results=results,
            clock=clock,
            nudge=worker.nudge,
            timeout=config.outcome_seconds,
        ),
        deletion=Deletion(store, clock, worker.nudge, config.outcome_seconds),
        quota=Quota(store, limits, clock, worker.nudge),
        intake=Intake(
            acceptance=acceptance,
            cards=cards,
            drafts=drafts,
            model=config.model,
            answer_seconds=config.answer_seconds,
            user_install=config.user_install,
        ),
        references=references,
        drafts=drafts,
        tray=Tray(store, visibility, clock),
        servers=servers,
        model=config.model,
        keep=durations.keep,
    )
    return Parts(
        services=services,
        acceptance=acceptance,
        worker=worker,
        delivery=delivery,
        cards=cards,
        cleanup=Cleanup(
            store=store,
            storage=storage,
            cache=cache,
            alerts=alerts,
            durations=durations,
            clock=clock,
            max_bytes=config.result_bytes,
        ),
        callbacks=callbacks,
        alerts=alerts,
        delete_step=delete_step,
    )


def config_of(settings: Settings) -> Config:
    """Translate the settings: seconds to milliseconds, gigabytes to bytes."""
    return Config(
        durations=_durations(settings),
        limits=_limits(settings),
        # Each start is an owner of its own, so that what an earlier one held can be told apart.
        owner=f"{settings.instance}/{secrets.token_hex(4)}",
        max_running=settings.max_running,
        user_running=settings.user_running,
        model=model_of(settings.evolink_model),
        keys_trusted=settings.evolink_idempotency == "trusted",
        callback_url=settings.callback_url,
        reference_bytes=_bytes(settings.reference_disk_gb),
        result_bytes=_bytes(settings.result_disk_gb),
        answer_seconds=settings.answer_seconds,
        user_install=settings.user_install,
    )


def _bytes(gigabytes: float) -> int:
    return round(gigabytes * 1_000_000_000)


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _limits(settings: Settings) -> Limits:
    return Limits(
        images=settings.quota_images,
        open_tasks=settings.quota_open_tasks,
        cap_total=settings.cap_images_total,
        cap_server=settings.cap_images_server,
        cap_user_install=settings.cap_images_user_install,
        allowed_servers=settings.allowed_servers,
        queue=settings.queue_limit,
    )


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
        estimate=_ms(settings.estimate_seconds),
        keep=_ms(settings.result_days * 24 * 60 * 60),
        stop=_ms(settings.stop_seconds),
        last=_ms(settings.evolink_timeout_seconds + LAST_WRITES),
    )
