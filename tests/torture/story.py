"""What one needs to understand a finding: a task's whole story, from all books."""

from collections.abc import Iterator
from pathlib import Path

from sandbox.discord.server import Discord
from sandbox.evolink.server import Evolink
from tests.torture.audit import Finding, Rows
from tests.torture.books import asked

#: The newest lines of the log about one task.
LINES = 12


def story(
    finding: Finding, discord: Discord, evolink: Evolink, rows: Rows, *logs: Path
) -> Iterator[str]:
    """Tell it, a line each."""
    yield f"{finding.promise}: {finding.detail} (task {finding.task})"
    for row in (row for row in rows.tasks if row["id"] == finding.task):
        yield f"  row: {row}"
    for event in (event for event in rows.events if event["task_id"] == finding.task):
        yield f"  {event['at']} {event['kind']} {event['actor']} {event['detail']}"
    yield from (f"  page: {post}" for post in rows.posts if post["task_id"] == finding.task)
    request = asked(discord, evolink).get(finding.interaction or 0)
    if request is not None:
        yield from (f"  Evolink: {submission}" for submission in request.submissions)
        messages = {one.message for one in (*request.posted, *request.fetched)}
        shown = [request.interaction.message, *sorted(messages, key=lambda message: message.id)]
        for message in (message for message in shown if message is not None):
            yield from (f"  | {line}" for line in message.picture().splitlines())
    if finding.task is not None:
        about = f'"task": {finding.task},'
        lines = [line for log in logs for line in log.read_text().splitlines() if about in line]
        yield from (f"  log: {line[:600]}" for line in lines[-LINES:])
