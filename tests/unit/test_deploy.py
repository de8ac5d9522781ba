"""The files for Prometheus, Grafana and Kubernetes name what the bot has."""

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.domain.ids import TaskId
from bot.domain.state import State
from bot.metrics import Metrics, Scrape
from bot.roles import Assignment, Role
from bot.settings import Settings
from bot.store.totals import OpenTasks

ROOT = Path(__file__).parents[2]
ALERTS, DASHBOARD = "deploy/alerts.yaml", "deploy/grafana.json"
CLUSTER, SEVERAL = "deploy/kubernetes.yaml", "deploy/kubernetes.scale.yaml"
#: Of Prometheus itself, of its aggregations, and of its target.
THEIRS = {"le", "instance"}


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _samples() -> dict[str, dict[str, set[str]]]:
    """Return the names of all samples, and the values of each of their labels."""

    async def ready() -> dict[str, bool]:
        return {"discord": True, "database": True, "running": True}

    async def credits_left() -> float:
        return 1.0

    async def open_tasks() -> OpenTasks:
        return OpenTasks({State.QUEUED: 1}, 0, (TaskId(1), 0))

    async def text() -> bytes:
        scrape = Scrape(
            metrics=Metrics(0.03, lambda: 0),
            open_tasks=open_tasks,
            ready=ready,
            credits_left=credits_left,
            clock=lambda: 0,
        )
        scraping = asyncio.create_task(scrape.run())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        try:
            return await scrape.text()
        finally:
            scraping.cancel()

    found = dict[str, dict[str, set[str]]]()
    for family in text_string_to_metric_families(asyncio.run(text()).decode()):
        for sample in family.samples:
            for label, value in sample.labels.items():
                found.setdefault(sample.name, {}).setdefault(label, set()).add(value)
            found.setdefault(sample.name, {})
    return found


def _dashboard() -> list[dict[str, Any]]:
    return json.loads(_read(DASHBOARD))["panels"]


def _queries(name: str) -> Iterator[str]:
    if name == DASHBOARD:
        for panel in _dashboard():
            yield from (target["expr"] for target in panel["targets"])
    else:
        folded = re.sub(r">-\n +", "", re.sub(r"\n +(?=[/a]\S* )", " ", _read(name)))
        yield from re.findall(r"^ +expr: (.+)$", folded, re.MULTILINE)


@pytest.mark.parametrize("name", [ALERTS, DASHBOARD])
def test_queries_ask_for_what_is_measured(name):
    """Each metric, label and value in them exists."""
    samples, queries = _samples(), list(_queries(name))
    assert len(queries) == _read(name).count("expr") > 10
    for query in queries:
        used = re.findall(r"\b((?:imagine|process)_\w+)(?:\{([^}]*)\})?", query)
        assert used, query
        for metric, matchers in used:
            assert metric in samples, query
            for label, values in re.findall(r'(\w+)=~?"([^"]*)"', matchers):
                assert set(values.split("|")) <= samples[metric][label], query
        known = THEIRS.union(*(samples[metric] for metric, _ in used))
        for labels in re.findall(r"\b(?:by|on) \(([^)]*)\)", query):
            assert set(labels.split(", ")) <= known, query


def test_every_metric_is_shown_and_described():
    """On the dashboard and in the manual, under its exact name."""
    ours = {re.sub(r"_(bucket|sum|count)$", "", name) for name in _samples() if "imagine_" in name}
    shown = " ".join(_queries(DASHBOARD))
    assert {name for name in ours if name not in shown} == set()
    table = re.findall(r"^\| (`imagine_.*?) \|", _read("docs/operating.md"), re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", " ".join(table))) == ours


def test_what_the_dashboard_writes_beside_a_line_exists():
    """Every label in a legend is one that its query keeps."""
    for panel in _dashboard():
        for target in panel["targets"]:
            for label in re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]):
                assert label == "instance" or f"by ({label})" in target["expr"]


def test_every_alert_says_what_and_why():
    """A name of its own, a sentence for the person on call, and the reason for its threshold."""
    rules = _read(ALERTS).split("- alert: ")[1:]
    names = [rule.split()[0] for rule in rules]
    assert len(set(names)) == len(rules) == len(list(_queries(ALERTS)))
    for rule in rules:
        assert re.match(r"Imagine\w+\n +# [A-Z0-9].*(?s:.)*\n +summary: .+", rule), rule
        assert re.search(r"severity: (critical|warning) ", rule), rule


def _checked(text: str) -> Settings:
    """Check what all containers at Kubernetes have in common; return the settings of one."""
    given = dict(re.findall(r'- name: ([A-Z_]+)\n +value: "?([^"\n]+)"?$', text, re.MULTILINE))
    keys = {"DISCORD_TOKEN": "x", "EVOLINK_API_KEY": "x"}
    assert set(given) >= {"DATA_DIR", "METRICS_PORT"}
    assert set(given) <= {name.upper() for name in Settings.model_fields}
    settings = Settings.model_validate(
        {name.lower(): value for name, value in (given | keys).items()}
    )
    # Probes and Prometheus use the port that is served, from outside.
    assert set(re.findall(r'(?:containerPort:|/port:) "?(\d+)', text)) == {
        str(settings.metrics_port)
    }
    assert settings.metrics_host == "0.0.0.0"  # noqa: S104 - as in the file
    assert re.findall(r"path: (/\w+z),", text) == ["/healthz", "/healthz", "/readyz"]
    assert f"mountPath: {settings.data_dir}\n" in text
    # Services of the namespace can't set any: each pod's spec says so.
    specs = re.findall(r"\n    spec:\n((?:      .*\n)+)", text)
    assert specs
    assert all("\n      enableServiceLinks: false\n" in spec for spec in specs)
    # It has time to stop, and may write what it has to.
    grace = re.search(r"stop_grace_period: (\d+)s", _read("compose.yaml"))
    assert grace is not None
    assert f"terminationGracePeriodSeconds: {grace[1]}\n" in text
    assert set(re.findall(r"(?:runAsUser|runAsGroup|fsGroup): (\d+)", text)) == set(
        re.findall(r"--[gu]id (\d+)", _read("Dockerfile"))
    )
    return settings


def test_kubernetes_sets_what_the_bot_knows():
    """All settings and values are the bot's; it is stopped and restarted as elsewhere."""
    text = _read(CLUSTER)
    settings = _checked(text)
    # What is stored is on the volume.
    assert settings.database_url.endswith(f"//{settings.data_dir}/imagine.db")
    # SQLite allows only one process at a time.
    assert "type: Recreate" in text
    assert "replicas: 1\n" in text


def test_several_processes_at_kubernetes():
    """One answers, others draw; a successor under its own name takes over before that one ends."""
    roles = set[Role]()
    for text in _read(SEVERAL).split("---\n"):
        _checked(text)
        assert re.search(r"name: INSTANCE\n +valueFrom:\n +fieldRef:\n.* metadata.name\n", text)
        words = re.findall(r"args: \[(.+)\]", text)[0].split(", ")
        assignment = Assignment.read(words[1], None, takes_over="--take-over" in words)
        roles.add(assignment.role)
        assert assignment.answers == assignment.takes_over
        if assignment.answers:
            assert re.search(r"replicas: 1\n(?s:.)*maxSurge: 1\n +maxUnavailable: 0\n", text)
    assert roles == {Role.GATEWAY, Role.WORKER}
