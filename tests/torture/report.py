"""The result of a run, in numbers, and the whole stories of what went wrong."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from typing_extensions import override

from sandbox.discord.server import Discord
from sandbox.evolink.server import Evolink
from tests.torture.audit import Finding, Rows, audit
from tests.torture.books import asked
from tests.torture.story import story

#: How many findings are reported in full.
STORIES = 5


@dataclass(frozen=True, kw_only=True)
class Report:
    """What came of it."""

    seed: int
    seconds: float
    #: Tasks whose card was shown.
    accepted: int
    #: Commands and presses that the bot did not answer in time, mostly since it was dead.
    unanswered: int
    pictures: int
    submissions: int
    uploads: int
    #: Uploads that Evolink still keeps: the answer with the id was lost, at every try. They expire
    #: after 72 hours; there is room for a hundred.
    left_there: int
    #: By moment or kind.
    kills: Counter[str]
    #: By state and reason.
    ends: Counter[str]
    #: Requests that met a fault.
    faults: int
    findings: Sequence[Finding]
    #: The whole stories of the first few findings.
    stories: str

    @override
    def __str__(self) -> str:
        kills = ", ".join(f"{moment}: {count}" for moment, count in self.kills.most_common())
        ends = ", ".join(f"{end}: {count}" for end, count in self.ends.most_common())
        return (
            f"seed {self.seed}, {self.seconds:.0f} s\n"
            f"{self.accepted} tasks accepted, {self.submissions} submitted, "
            f"{self.pictures} pictures posted, {self.faults} faults met, "
            f"{self.unanswered} commands and presses unanswered, "
            f"{self.left_there} of {self.uploads} uploads left at Evolink\n"
            f"{self.kills.total()} kills: {kills}\nends: {ends}\n"
            f"{len(self.findings)} broken promises\n{self.stories}"
        )


def report(
    *,
    discord: Discord,
    evolink: Evolink,
    rows: Rows,
    told: Sequence[str],
    logs: Sequence[Path],
    seed: int,
    seconds: float,
    unanswered: int,
    kills: Counter[str],
    faults: int,
    exits: Sequence[int],
    quota: int | None = None,
) -> Report:
    """Audit a bot that has come to rest; ``exits`` are those that nobody asked for."""
    requests = asked(discord, evolink)
    findings = [
        *audit(discord, evolink, rows, told, quota),
        *(Finding("the bot goes on", f"it ended by itself, with {code}") for code in exits),
    ]
    return Report(
        seed=seed,
        seconds=seconds,
        accepted=sum(one.card is not None for one in requests.values()),
        unanswered=unanswered,
        pictures=len({shown.picture for one in requests.values() for shown in one.posted}),
        submissions=len(evolink.books.submissions),
        uploads=len(evolink.books.uploads),
        left_there=sum(one.deleted_at is None for one in evolink.books.uploads),
        kills=kills,
        ends=Counter(f"{row['state']} {row['reason'] or ''}".strip() for row in rows.tasks),
        faults=faults,
        findings=findings,
        stories="\n".join(
            line for one in findings[:STORIES] for line in story(one, discord, evolink, rows, *logs)
        ),
    )
