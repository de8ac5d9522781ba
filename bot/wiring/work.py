"""What works on tasks."""

from dataclasses import dataclass

from bot.clock import ClockWatch
from bot.services.work.admission import Admission
from bot.services.work.callbacks import Callbacks
from bot.services.work.cleanup import Cleanup
from bot.services.work.closing import Closing
from bot.services.work.confirmation import Confirmation
from bot.services.work.delete_step import DeleteStep
from bot.services.work.delivery import Delivery
from bot.services.work.failed_steps import FailedSteps
from bot.services.work.held_tasks import HeldTasks
from bot.services.work.leases import Leases
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


def wire_work(given: Resources, shared: Shared) -> Work:
    """Put them together."""
    wakeup, held = Wakeup(), HeldTasks()
    transitions = given.kinds.transitions(
        store=given.store,
        cards=shared.cards,
        durable=shared.durable,
        wakeup=wakeup,
        durations=given.durations,
        clock=given.clock,
        owner=given.config.owner,
    )
    remote_ids = RemoteIds(given.store, shared.alerts, shared.durable, given.clock)
    paid_requests = given.kinds.paid_requests(given.evolink, remote_ids)
    callbacks = Callbacks(
        store=given.store,
        evolink=given.evolink,
        remote_ids=remote_ids,
        held=held,
        wakeup=wakeup,
        clock=given.clock,
        public_url=given.config.callback_url,
    )
    steps = _steps(given, shared, transitions, paid_requests, callbacks)
    worker = Worker(
        store=given.store,
        steps=steps,
        failed_steps=_failed_steps(given, shared, transitions, steps),
        turns=_turns(given, shared),
        held=held,
        leases=_leases(given, shared, held),
        wakeup=wakeup,
        paid_requests=paid_requests,
        alerts=shared.alerts,
        durable=shared.durable,
        durations=given.durations,
        clock=given.clock,
    )
    return Work(
        worker=worker,
        wakeup=wakeup,
        steps=steps,
        callbacks=callbacks,
        cleanup=_cleanup(given, shared),
    )


def _failed_steps(
    given: Resources, shared: Shared, transitions: Transitions, steps: Steps
) -> FailedSteps:
    return FailedSteps(
        store=given.store,
        transitions=transitions,
        overdue=Overdue(
            transitions=transitions,
            delivery=steps.delivery,
            closing=steps.closing,
            durations=given.durations,
            clock=given.clock,
        ),
        alerts=shared.alerts,
        durable=shared.durable,
        durations=given.durations,
        clock=given.clock,
        owner=given.config.owner,
    )


def _turns(given: Resources, shared: Shared) -> Turns:
    return Turns(
        store=given.store,
        pauses=shared.pauses,
        durable=shared.durable,
        durations=given.durations,
        clock=given.clock,
        owner=given.config.owner,
        max_running=given.config.max_running,
        user_running=given.config.user_running,
    )


def _leases(given: Resources, shared: Shared, held: HeldTasks) -> Leases:
    return given.kinds.leases(
        store=given.store,
        held=held,
        pauses=shared.pauses,
        durable=shared.durable,
        durations=given.durations,
        clock=given.clock,
        owner=given.config.owner,
        watch=ClockWatch(given.clock, given.clocks.steady),
    )


def _cleanup(given: Resources, shared: Shared) -> Cleanup:
    return Cleanup(
        store=given.store,
        storage=given.storage,
        cache=shared.cache,
        alerts=shared.alerts,
        durations=given.durations,
        clock=given.clock,
        max_bytes=given.config.result_bytes,
    )


def _steps(
    given: Resources,
    shared: Shared,
    transitions: Transitions,
    paid_requests: PaidRequests,
    callbacks: Callbacks,
) -> Steps:
    admission = Admission(given.store, given.config.limits)
    polling = _polling(given, shared, transitions)
    outcome_check = OutcomeCheck(
        transitions=transitions,
        references=shared.references,
        callbacks=callbacks,
        paid_requests=paid_requests,
        polling=polling,
        durations=given.durations,
        clock=given.clock,
        keys_trusted=given.config.keys_trusted,
    )
    return given.kinds.steps(
        confirmation=Confirmation(
            store=given.store,
            chat=given.chat,
            transitions=transitions,
            admission=admission,
            alerts=shared.alerts,
            clock=given.clock,
        ),
        submission=Submission(
            transitions=transitions,
            references=shared.references,
            admission=admission,
            pauses=shared.pauses,
            durable=shared.durable,
            callbacks=callbacks,
            paid_requests=paid_requests,
            refusals=_refusals(given, shared, transitions),
            outcome_check=outcome_check,
            polling=polling,
            clock=given.clock,
        ),
        outcome_check=outcome_check,
        polling=polling,
        delivery=_delivery(given, shared, transitions),
        closing=_closing(given, shared, transitions),
        publish_step=_publish_step(given, shared, transitions),
        delete_step=_delete_step(given, transitions),
    )


def _polling(given: Resources, shared: Shared, transitions: Transitions) -> Polling:
    return given.kinds.polling(
        store=given.store,
        evolink=given.evolink,
        transitions=transitions,
        pauses=shared.pauses,
        estimates=shared.estimates,
        durations=given.durations,
        clock=given.clock,
    )


def _refusals(given: Resources, shared: Shared, transitions: Transitions) -> Refusals:
    return given.kinds.refusals(
        store=given.store,
        evolink=given.evolink,
        transitions=transitions,
        pauses=shared.pauses,
        alerts=shared.alerts,
        durations=given.durations,
        clock=given.clock,
    )


def _delivery(given: Resources, shared: Shared, transitions: Transitions) -> Delivery:
    return Delivery(
        store=given.store,
        transitions=transitions,
        chat=given.chat,
        downloads=shared.downloads,
        storage=given.storage,
        cards=shared.cards,
        alerts=shared.alerts,
        durations=given.durations,
        clock=given.clock,
        started_at=given.clock(),
    )


def _closing(given: Resources, shared: Shared, transitions: Transitions) -> Closing:
    return Closing(
        store=given.store,
        transitions=transitions,
        cards=shared.cards,
        references=shared.references,
        storage=given.storage,
        alerts=shared.alerts,
        unknown_outcomes=UnknownOutcomes(given.store, given.evolink, shared.alerts),
        durations=given.durations,
        clock=given.clock,
    )


def _publish_step(given: Resources, shared: Shared, transitions: Transitions) -> PublishStep:
    return given.kinds.publish_step(
        store=given.store,
        transitions=transitions,
        chat=given.chat,
        results=shared.results,
        durations=given.durations,
        clock=given.clock,
    )


def _delete_step(given: Resources, transitions: Transitions) -> DeleteStep:
    return DeleteStep(
        store=given.store,
        transitions=transitions,
        chat=given.chat,
        storage=given.storage,
        durations=given.durations,
        clock=given.clock,
    )
