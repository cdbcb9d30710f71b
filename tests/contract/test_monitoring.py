"""Alerts, their tests, their pages and the dashboard speak of metrics that exist; promtool says that the rules hold."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.observability.metrics import METRICS

ROOT = Path(__file__).parents[2]
MONITORING = ROOT / "deploy" / "k8s" / "components" / "monitoring"
RUNBOOKS = ROOT / "docs" / "runbooks"
FOREIGN = re.compile(r"up|kube_\w+|process_\w+")
"""Prometheus's own, those of kube-state-metrics, those of the client library."""
WHERE = {"pod", "namespace", "job", "persistentvolumeclaim"}
"""Labels that Prometheus adds."""
SELECTOR = re.compile(r"\b([a-z_][a-z0-9_:]*)\s*(?:\{([^}]*)\})?")
GROUPING = re.compile(r"\b(?:by|on|without)\s*\(([^)]*)\)")
WORDS = {
    "sum",
    "rate",
    "max",
    "avg_over_time",
    "increase",
    "histogram_quantile",
    "by",
    "on",
    "and",
    "or",
    "unless",
    "vector",
    "offset",
    "m",
    "h",
}


@pytest.fixture(scope="module")
def rules() -> dict[str, Any]:
    """What Prometheus reads: the ``spec`` of the manifest."""
    content: dict[str, Any] = yaml.safe_load((MONITORING / "prometheusrule.yaml").read_text())["spec"]
    return content


def all_rules(rules: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for group in rules["groups"]:
        yield from group["rules"]


def known() -> dict[str, set[str]]:
    """Every series of ours with its labels."""
    found: dict[str, set[str]] = {}
    for collector in METRICS.registry._collector_to_names:
        labels = set(getattr(collector, "_labelnames", ()))
        for name in METRICS.registry._collector_to_names[collector]:
            found[name] = labels | ({"le"} if name.endswith("_bucket") else set())
    return found


def objections(expression: str, recorded: set[str]) -> list[str]:
    """What an expression names that does not exist."""
    wrong: list[str] = []
    names = known()
    without_groups = GROUPING.sub("", re.sub(r'"[^"]*"', '""', expression))
    labels: set[str] = set(WHERE)
    for name, matchers in SELECTOR.findall(without_groups):
        if name in WORDS or name in recorded or FOREIGN.fullmatch(name) or re.fullmatch(r"e|\d.*", name):
            continue
        if name not in names:
            wrong.append(f"there is no metric {name}")
            continue
        labels |= names[name]
        asked = set(re.findall(r"([a-z_]+)\s*(?:=~|!~|!=|=)", matchers))
        wrong += [f"{name} has no label {label}" for label in sorted(asked - names[name] - WHERE)]
    if not any(name in expression for name in recorded):
        grouped = {label.strip() for group in GROUPING.findall(expression) for label in group.split(",") if label.strip()}
        wrong += [f"nothing has the label {label}" for label in sorted(grouped - labels)]
    return wrong


def test_rules_name_metrics_and_labels_that_exist(rules: dict[str, Any]) -> None:
    """An alert on a metric that was renamed never comes."""
    recorded = {rule["record"] for rule in all_rules(rules) if "record" in rule}
    assert {rule.get("alert") or rule["record"]: objections(rule["expr"], recorded) for rule in all_rules(rules)} == {
        rule.get("alert") or rule["record"]: [] for rule in all_rules(rules)
    }


@pytest.mark.parametrize(
    "wrong",
    [
        "cary311_spool_size > 1",
        "sum(rate(cary311_dead_letters_count[5m])) > 0",
        'cary311_consumer_lag_seconds{channel="web"} > 1',
        "sum by (mailbox) (cary311_spool_bytes) > 1",
        "cary311:never_recorded:rate5m > 0",
    ],
)
def test_what_does_not_exist_is_found_out(wrong: str) -> None:
    """The check can fail."""
    assert objections(wrong, set())


def test_the_dashboard_shows_what_exists(rules: dict[str, Any]) -> None:
    """A panel of a renamed metric stays empty, and nobody wonders."""
    recorded = {rule["record"] for rule in all_rules(rules) if "record" in rule}
    panels = json.loads((MONITORING / "dashboard.json").read_text())["panels"]
    shown = {panel["title"]: [target["expr"] for target in panel.get("targets", ())] for panel in panels}
    assert len(shown) == len(panels), "two panels have one title"
    assert {
        title: wrong for title, expressions in shown.items() if (wrong := [o for e in expressions for o in objections(e, recorded)])
    } == {}


def test_every_alert_has_a_page_and_a_test(rules: dict[str, Any]) -> None:
    """Whoever is woken finds what to do; and the alert was seen to come."""
    alerts = {rule["alert"] for rule in all_rules(rules) if "alert" in rule}
    assert alerts == {path.stem for path in RUNBOOKS.glob("*.md")}
    tests = yaml.safe_load((MONITORING / "rules.test.yaml").read_text())["tests"]
    seen = {case["alertname"] for test in tests for case in test["alert_rule_test"] if case["exp_alerts"]}
    assert alerts == seen
    for alert in sorted(alerts):
        page = (RUNBOOKS / f"{alert}.md").read_text()
        assert page.startswith(f"# {alert}\n")
        assert all(f"**{part}" in page for part in ("What people notice", "Look", "Do"))
        assert {link for link in re.findall(r"\]\(([^)]+)\)", page) if not (RUNBOOKS / link).exists()} == set()


@pytest.fixture
def plain(rules: dict[str, Any], tmp_path: Path, promtool: str) -> tuple[str, Path]:
    """promtool, and a folder with the rules as it reads them and their tests."""
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(rules))
    shutil.copy(MONITORING / "rules.test.yaml", tmp_path)
    return promtool, tmp_path


def test_alerts_come_when_they_should_and_only_then(plain: tuple[str, Path]) -> None:
    """Prometheus's own tool reads the rules, and runs their tests."""
    promtool, folder = plain
    for command in (["check", "rules", "rules.yaml"], ["test", "rules", "rules.test.yaml"]):
        done = subprocess.run([promtool, *command], cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_rule_that_changed_its_mind_fails_its_test(plain: tuple[str, Path]) -> None:
    """The tests of rules can fail."""
    promtool, folder = plain
    rules, tests = (folder / "rules.yaml").read_text(), yaml.safe_load((folder / "rules.test.yaml").read_text())
    tests["tests"] = [test for test in tests["tests"] if test["alert_rule_test"][0]["alertname"] == "ConsumerBehind"]
    (folder / "rules.yaml").write_text(rules.replace("> 300", "> 30000"))
    (folder / "rules.test.yaml").write_text(yaml.safe_dump(tests))
    done = subprocess.run([promtool, "test", "rules", "rules.test.yaml"], cwd=folder, capture_output=True, text=True, check=False)
    assert "ConsumerBehind" in done.stdout + done.stderr
    assert done.returncode != 0
