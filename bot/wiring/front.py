"""What answers people."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.charts.drawing import Drawing
from bot.domain.models import Model
from bot.interactions.intake import Intake
from bot.interactions.mentions import Mentions
from bot.interactions.panels import Panels
from bot.services.front.acceptance import Acceptance
from bot.services.front.cancellation import Cancellation
from bot.services.front.charts import Charts
from bot.services.front.defaults import OwnDefaults
from bot.services.front.deletion import Deletion
from bot.services.front.drafts import Drafts
from bot.services.front.export import Export
from bot.services.front.history import History
from bot.services.front.operator import Operator
from bot.services.front.overview import Overview
from bot.services.front.own_results import OwnResults
from bot.services.front.privacy import Privacy
from bot.services.front.publishing import Publishing
from bot.services.front.quota import Quota
from bot.services.front.removal import Removal
from bot.services.front.servers import Servers
from bot.services.front.task_lookup import TaskLookup
from bot.services.front.tray import Tray
from bot.services.shared.references import References
from bot.services.shared.results import Results
from bot.services.shared.visibility import Visibility
from bot.wiring.resources import Resources
from bot.wiring.shared import Shared


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What cogs may use."""

    acceptance: Acceptance
    cancellation: Cancellation
    task_lookup: TaskLookup
    history: History
    results: Results
    own_results: OwnResults
    visibility: Visibility
    publishing: Publishing
    deletion: Deletion
    quota: Quota
    overview: Overview
    charts: Charts
    export: Export
    operator: Operator
    intake: Intake
    mentions: Mentions
    panels: Panels
    references: References
    drafts: Drafts
    tray: Tray
    servers: Servers
    defaults: OwnDefaults
    privacy: Privacy
    removal: Removal
    #: The model for new requests.
    model: Model
    #: Milliseconds for which results are kept.
    keep: int


def wire_front(given: Resources, shared: Shared, *, nudge: Callable[[], None]) -> Services:
    """Put them together; ``nudge`` wakes the worker."""
    store, clock, config = given.store, given.clock, given.config
    results, visibility = shared.results, shared.visibility
    drafts, servers = Drafts(store, clock), Servers(store)
    quota = Quota(store=store, limits=config.limits, clock=clock, nudge=nudge)
    drawing = Drawing(given.storage.root / "charts")
    acceptance = given.kinds.acceptance(
        **given.basics,
        servers=servers,
        references=shared.references,
        cards=shared.cards,
        estimates=shared.estimates,
        measures=given.measures,
        limits=config.limits,
        owner=config.owner,
        nudge=nudge,
    )
    timeout = config.outcome_seconds
    deletion = Deletion(store, clock, nudge, timeout)
    defaults = OwnDefaults(store, config.model, clock)
    own_results = OwnResults(store, given.chat, results, visibility)
    return Services(
        acceptance=acceptance,
        cancellation=given.kinds.cancellation(
            store=store, cards=shared.cards, clock=clock, nudge=nudge, timeout=timeout
        ),
        task_lookup=TaskLookup(store),
        history=History(store, given.storage),
        results=results,
        own_results=own_results,
        visibility=visibility,
        publishing=Publishing(
            store=store, results=results, clock=clock, nudge=nudge, timeout=timeout
        ),
        deletion=deletion,
        removal=Removal(store=store, deletion=deletion, chat=given.chat, posting=given.chat),
        overview=Overview(store=store, limits=config.limits, clock=clock),
        operator=Operator(
            store=store, account=given.evolink, limits=config.limits, clock=clock, nudge=nudge
        ),
        export=Export(store=store, storage=given.storage, quota=quota, clock=clock),
        charts=Charts(store=store, quota=quota, clock=clock, picture=drawing.draw),
        quota=quota,
        intake=Intake(
            acceptance=acceptance,
            cards=shared.cards,
            drafts=drafts,
            quota=quota,
            model=config.model,
            clocks=given.clocks,
            answer_seconds=config.answer_seconds,
            user_install=config.user_install,
        ),
        mentions=Mentions(
            store=store,
            chat=given.chat,
            acceptance=acceptance,
            cards=shared.cards,
            servers=servers,
            drafts=drafts,
            defaults=defaults,
            results=results,
            own_results=own_results,
            visibility=visibility,
            measures=given.measures,
            model=config.model,
        ),
        panels=Panels(),
        references=shared.references,
        drafts=drafts,
        tray=Tray(store, visibility, clock),
        servers=servers,
        defaults=defaults,
        privacy=Privacy(**given.basics, storage=given.storage, nudge=nudge),
        model=config.model,
        keep=config.durations.keep,
    )
