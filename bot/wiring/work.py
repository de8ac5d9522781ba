"""What works on tasks."""

from dataclasses import dataclass

from bot.clock import ClockWatch
from bot.services.work.admission import Admission
from bot.services.work.callbacks import Callbacks
from bot.services.work.cap_notices import CapNotices
from bot.services.work.change_notices import ChangeNotices
from bot.services.work.cleanup import Cleanup
from bot.services.work.closing import Closing
from bot.services.work.confirmation import Confirmation
from bot.services.work.credit_watch import CreditWatch
from bot.services.work.daily_summary import DailySummary
from bot.services.work.delete_step import DeleteStep
from bot.services.work.delivery import Delivery
from bot.services.work.erase_step import EraseStep
from bot.services.work.failed_steps import FailedSteps
from bot.services.work.held_tasks import HeldTasks
from bot.services.work.outcome_check import OutcomeCheck
from bot.services.work.overdue import Overdue
from bot.services.work.paid_requests import PaidRequests
from bot.services.work.publish_step import PublishStep
from bot.services.work.remote_ids import RemoteIds
from bot.services.work.remove_step import RemoveStep
from bot.services.work.steps import Steps
from bot.services.work.submission import Submission
from bot.services.work.task_log import TaskLogging
from bot.services.work.transitions import Transitions
from bot.services.work.turns import Turns
from bot.services.work.unknown_outcomes import UnknownOutcomes
from bot.services.work.wakeup import Wakeup
from bot.services.work.worker import Worker
from bot.wiring.resources import Resources
from bot.wiring.shared import Shared


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The parts that others call."""

    worker: Worker
    wakeup: Wakeup
    steps: Steps
    callbacks: Callbacks
    cleanup: Cleanup
    cap_notices: CapNotices
    daily_summary: DailySummary
    change_notices: ChangeNotices
    task_logging: TaskLogging
    credit_watch: CreditWatch


def wire_work(given: Resources, shared: Shared) -> Work:
    """Put them together."""
    basics, config = given.basics, given.config
    alerts, durable, pauses = shared.alerts, shared.durable, shared.pauses
    wakeup, held = Wakeup(given.store.peers.wake), HeldTasks()
    transitions = given.kinds.transitions(
        **basics,
        cards=shared.cards,
        durable=durable,
        wakeup=wakeup,
        measures=given.measures,
        owner=config.owner,
    )
    remote_ids = RemoteIds(given.store, alerts, durable, given.clock)
    paid_requests = given.kinds.paid_requests(given.evolink, remote_ids)
    callbacks = Callbacks(
        store=given.store,
        evolink=given.evolink,
        remote_ids=remote_ids,
        pauses=pauses,
        held=held,
        wakeup=wakeup,
        clock=given.clock,
        public_url=config.callback_url,
    )
    watch = ClockWatch(given.clock, given.clocks.steady, config.durations.patience)
    steps = _steps(given, shared, transitions, paid_requests, callbacks, watch)
    worker = Worker(
        **basics,
        steps=steps,
        failed_steps=_failed_steps(given, shared, transitions, steps, watch),
        turns=Turns(
            **basics,
            pauses=pauses,
            durable=durable,
            owner=config.owner,
            max_running=config.max_running,
            user_running=config.user_running,
        ),
        held=held,
        leases=given.kinds.leases(
            **basics,
            held=held,
            pauses=pauses,
            cards=shared.cards,
            durable=durable,
            measures=given.measures,
            owner=config.owner,
            watch=watch,
        ),
        wakeup=wakeup,
        paid_requests=paid_requests,
        alerts=alerts,
        durable=durable,
    )
    cleanup = Cleanup(
        **basics,
        storage=given.storage,
        cache=shared.cache,
        alerts=alerts,
        is_clock_right=given.is_clock_right,
        max_bytes=config.result_bytes,
    )
    return Work(
        worker=worker,
        wakeup=wakeup,
        steps=steps,
        callbacks=callbacks,
        cleanup=cleanup,
        cap_notices=CapNotices(store=given.store, chat=given.chat, clock=given.clock),
        credit_watch=CreditWatch(store=given.store, account=given.evolink, chat=given.chat),
        daily_summary=DailySummary(
            store=given.store,
            chat=given.chat,
            clock=given.clock,
            image_price=config.image_price,
        ),
        change_notices=ChangeNotices(store=given.store, chat=given.chat, clock=given.clock),
        task_logging=TaskLogging(store=given.store, chat=given.chat, clock=given.clock),
    )


def _steps(  # noqa: PLR0913, PLR0917 - all that the steps share
    given: Resources,
    shared: Shared,
    transitions: Transitions,
    paid_requests: PaidRequests,
    callbacks: Callbacks,
    watch: ClockWatch,
) -> Steps:
    basics, kinds, chat, evolink = given.basics, given.kinds, given.chat, given.evolink
    alerts, pauses, references = shared.alerts, shared.pauses, shared.references
    admission = Admission(store=given.store, limits=given.config.limits, clock=given.clock)
    polling = kinds.polling(
        **basics,
        evolink=evolink,
        transitions=transitions,
        pauses=pauses,
        estimates=shared.estimates,
        alerts=alerts,
        watch=watch,
    )
    outcome_check = OutcomeCheck(
        **given.timed,
        transitions=transitions,
        references=references,
        callbacks=callbacks,
        paid_requests=paid_requests,
        pauses=pauses,
        polling=polling,
        keys_trusted=given.config.keys_trusted,
    )
    refusals = kinds.refusals(
        **basics,
        evolink=evolink,
        transitions=transitions,
        pauses=pauses,
        alerts=alerts,
        durable=shared.durable,
    )
    return kinds.steps(
        confirmation=Confirmation(
            store=given.store,
            chat=chat,
            transitions=transitions,
            admission=admission,
            alerts=alerts,
            clock=given.clock,
        ),
        submission=Submission(
            transitions=transitions,
            references=references,
            admission=admission,
            pauses=pauses,
            durable=shared.durable,
            callbacks=callbacks,
            paid_requests=paid_requests,
            refusals=refusals,
            outcome_check=outcome_check,
            polling=polling,
            clock=given.clock,
        ),
        outcome_check=outcome_check,
        polling=polling,
        delivery=_delivery(given, shared, transitions, watch),
        closing=_closing(given, shared, transitions),
        publish_step=PublishStep(
            **basics, transitions=transitions, chat=chat, results=shared.results
        ),
        delete_step=DeleteStep(**basics, transitions=transitions, chat=chat, storage=given.storage),
        remove_step=RemoveStep(**basics, transitions=transitions, chat=chat, storage=given.storage),
        erase_step=EraseStep(
            store=given.store,
            chat=chat,
            storage=given.storage,
            cache=shared.cache,
            clock=given.clock,
        ),
    )


def _delivery(
    given: Resources, shared: Shared, transitions: Transitions, watch: ClockWatch
) -> Delivery:
    return Delivery(
        **given.basics,
        transitions=transitions,
        chat=given.chat,
        downloads=shared.downloads,
        storage=given.storage,
        cards=shared.cards,
        alerts=shared.alerts,
        measures=given.measures,
        watch=watch,
        started_at=given.clock(),
    )


def _closing(given: Resources, shared: Shared, transitions: Transitions) -> Closing:
    return Closing(
        **given.basics,
        transitions=transitions,
        chat=given.chat,
        cards=shared.cards,
        references=shared.references,
        storage=given.storage,
        alerts=shared.alerts,
        is_clock_right=given.is_clock_right,
        unknown_outcomes=UnknownOutcomes(given.store, given.evolink, shared.alerts),
    )


def _failed_steps(
    given: Resources,
    shared: Shared,
    transitions: Transitions,
    steps: Steps,
    watch: ClockWatch,
) -> FailedSteps:
    overdue = Overdue(
        **given.timed,
        transitions=transitions,
        delivery=steps.delivery,
        closing=steps.closing,
        watch=watch,
    )
    return FailedSteps(
        **given.basics,
        transitions=transitions,
        overdue=overdue,
        alerts=shared.alerts,
        durable=shared.durable,
        owner=given.config.owner,
    )
