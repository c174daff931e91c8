"""Alert rules and dashboard of ops/, compared with the metrics of the site and the runbook."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from recognizer.models import User
from tests.fixtures.broker_process import BrokerProcess
from tests.fixtures.users import SignIn

ROOT = Path(__file__).resolve().parents[2]
PROMETHEUS = ROOT / "ops" / "prometheus"
OF_PROMETHEUS = {"up", "ALERTS"}
STAGES = {"write", "send", "answer"}


def alert_rules() -> list[dict[str, Any]]:
    [group] = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"]
    rules: list[dict[str, Any]] = group["rules"]
    return rules


def dashboard() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((ROOT / "ops/grafana/digitsite.json").read_text())
    return loaded


def panels() -> list[dict[str, Any]]:
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in alert_rules())
    yield from (target["expr"] for panel in panels() for target in panel["targets"])
    yield from (found["expr"] for found in dashboard()["annotations"]["list"])


def metric_names(expression: str) -> set[str]:
    """Return the names of an expression that are followed by the labels in braces."""
    return set(re.findall(r"\b([A-Za-z_]\w*)\{", expression))


def served_names(text: str) -> set[str]:
    """Return the names of all samples that the metrics of a scrape can have."""
    suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}
    return {
        family.name + suffix
        for family in text_string_to_metric_families(text)
        for suffix in suffixes.get(family.type, [""])
    }


@pytest.mark.django_db
def test_every_metric_is_served(admin: User, sign_in: SignIn, valkey: BrokerProcess) -> None:
    text = sign_in(admin).get("/metrics").content.decode()
    used = set().union(*map(metric_names, expressions()))
    assert len(used) > 10
    assert used - served_names(text) - OF_PROMETHEUS == set()


def test_every_metric_names_the_job() -> None:
    for expression in expressions():
        for labels in re.findall(r"\{([^}]*)\}", expression):
            assert "job=" in labels, expression
        bare = re.sub(r"\w+\{[^}]*\}", "", expression)
        assert not re.search(r"digitsite_|process_", bare), expression


def test_every_stage_is_measured() -> None:
    found = {stage for it in expressions() for stage in re.findall(r'stage="(\w+)"', it)}
    code = "".join(path.read_text() for path in (ROOT / "recognizer").rglob("*.py"))
    measured = set(re.findall(r'STAGE_SECONDS\.labels\("(\w+)"\)', code))
    assert measured == STAGES
    assert found <= measured


def section_of_runbook(anchor: str) -> str:
    """Return the section whose heading has the anchor that GitHub derives from it."""
    sections = re.split(r"^## ", (ROOT / "docs/runbook.md").read_text(), flags=re.M)[1:]
    by_anchor = {
        re.sub(r"[^\w -]", "", text.splitlines()[0].lower()).replace(" ", "-"): text
        for text in sections
    }
    return by_anchor[anchor]


@pytest.mark.parametrize("rule", alert_rules(), ids=lambda rule: rule["alert"])
def test_every_alert_has_a_section_of_the_runbook(rule: dict[str, Any]) -> None:
    path, anchor = rule["annotations"]["runbook"].split("#")
    assert path == "docs/runbook.md"
    assert f"`{rule['alert']}`" in section_of_runbook(anchor)


def test_every_alert_has_a_unit_test() -> None:
    tests = (PROMETHEUS / "alerts_test.yml").read_text()
    assert [rule["alert"] for rule in alert_rules() if rule["alert"] not in tests] == []


def run_promtool(*arguments: str, folder: Path = PROMETHEUS) -> None:
    done = subprocess.run(
        ["promtool", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_accepts_the_rules() -> None:
    run_promtool("check", "rules", "alerts.yml")
    run_promtool("test", "rules", "alerts_test.yml")


def test_promtool_accepts_the_expressions_of_the_dashboard(tmp_path: Path) -> None:
    rules = [
        {"record": f"panel{number}", "expr": expression.replace("$job", "digitsite")}
        for number, expression in enumerate(expressions())
    ]
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    run_promtool("check", "rules", str(file))


def test_promtool_accepts_the_scrape_configuration(tmp_path: Path) -> None:
    for name in ("alerts.yml", "prometheus.yml"):
        (tmp_path / name).write_text((PROMETHEUS / name).read_text())
    (tmp_path / "metrics-token").write_text("token")
    run_promtool("check", "config", "prometheus.yml", folder=tmp_path)


def test_panels_are_described_and_do_not_overlap() -> None:
    cells: set[tuple[int, int]] = set()
    for panel in dashboard()["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        taken = {
            (place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])
        }
        assert not cells & taken, panel["title"]
        cells |= taken
    for panel in panels():
        assert panel["description"], panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
    ids = [panel["id"] for panel in dashboard()["panels"]]
    assert len(set(ids)) == len(ids)
