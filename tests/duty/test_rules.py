"""Rules of clocks are data: the shipped ones are complete, a workspace's hide them, and mistakes are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from incident.duty import report, rules
from incident.errors import Mistakes, NotFound
from incident.message.catalog import Catalog
from incident.message.locale import nearest
from incident.playbook.clock import ClockRule

SHELF = rules.shelf(Path("nowhere"))
TEMPLATES = report.templates(Catalog.open())


@pytest.fixture(params=sorted(SHELF.files()))
def rule(request: pytest.FixtureRequest) -> ClockRule:
    """Each shipped rule."""
    return SHELF.find(request.param)


def test_these_are_shipped() -> None:
    """The authorities that a wallet meets."""
    assert set(SHELF) >= {
        "cn-pboc-class1",
        "cn-cac-operator",
        "cn-cac-cii",
        "cn-cac-summary",
        "cn-pipl-57-authority",
        "cn-pipl-57-people",
        "eu-gdpr-33",
        "eu-gdpr-34",
        "eu-dora-initial",
        "eu-dora-intermediate",
        "eu-dora-final",
        "eu-nis2-early-warning",
        "eu-nis2-notification",
        "eu-nis2-final",
    }


@pytest.mark.parametrize(
    ("name", "anchor", "within"),
    [
        ("cn-pboc-class1", "occurrence", "2h"),
        ("cn-cac-operator", "awareness", "4h"),
        ("cn-cac-cii", "awareness", "1h"),
        ("cn-cac-summary", "submission", "30d"),
        ("eu-gdpr-33", "awareness", "72h"),
        ("eu-dora-initial", "classification", "4h"),
        ("eu-dora-intermediate", "submission", "72h"),
        ("eu-dora-final", "submission", "1mo"),
        ("eu-nis2-early-warning", "awareness", "24h"),
        ("eu-nis2-notification", "awareness", "72h"),
        ("eu-nis2-final", "submission", "1mo"),
    ],
)
def test_a_shipped_rule_says_what_its_source_says(name: str, anchor: str, within: str) -> None:
    """The numbers that must not change by accident."""
    assert (SHELF[name].anchor, str(SHELF[name].within)) == (anchor, within)


def test_a_shipped_rule_is_complete(rule: ClockRule) -> None:
    """No mistake, a source, a plain warning, somebody to call, and a report in each language that its reader reads."""
    assert rules.lint(SHELF.files()[rule.id], SHELF.files(), TEMPLATES) == []
    assert rule.source.url
    assert "counsel" in rule.counsel.get("en", rule.counsel.get("", ""))
    assert rule.escalate_to
    assert rule.languages
    assert all(nearest(locale, TEMPLATES[rule.template], "") for locale in rule.languages)
    assert {"zh-Hans", "zh-Hant", "en"} <= set(rule.title)


def test_a_number_of_our_own_is_called_so(rule: ClockRule) -> None:
    """Where the law names no number, its words are given."""
    assert rule.statutory or rule.law_says


def test_a_rule_that_nobody_has_checked_for_a_year_is_doubtful(rule: ClockRule) -> None:
    """Laws change."""
    file = SHELF.files()[rule.id]
    old = replace(rule, checked_on=date(2026, 1, 1))
    assert rules.doubts(old, file, date(2027, 1, 1)) == []
    assert [one.code for one in rules.doubts(old, file, date(2027, 1, 2))] == ["check_overdue"]


def test_a_workspace_hides_the_shipped_rule_of_the_same_name(tmp_path: Path) -> None:
    """Counsel's own reading wins; the others stay."""
    folder = tmp_path / "playbooks" / "clocks"
    folder.mkdir(parents=True)
    shipped = SHELF.files()["cn-pboc-class1"].read_text(encoding="utf-8")
    (folder / "cn-pboc-class1.yaml").write_text(shipped.replace("within: 2h", "within: 1h"), encoding="utf-8")
    own = rules.shelf(tmp_path)
    assert str(own["cn-pboc-class1"].within) == "1h"
    assert "eu-gdpr-33" in own


def test_a_broken_rule_is_as_good_as_absent_and_says_why(tmp_path: Path) -> None:
    """It keeps no other from being used; whoever asks for it hears its mistakes."""
    folder = tmp_path / "playbooks" / "clocks"
    folder.mkdir(parents=True)
    (folder / "own.yaml").write_text("schema: incident.clock/v1\nid: own\n", encoding="utf-8")
    own = rules.shelf(tmp_path)
    assert "own" not in own
    assert "cn-pboc-class1" in own
    with pytest.raises(Mistakes, match="'within' is missing"):
        own.find("own")
    with pytest.raises(NotFound, match="cn-pboc-class1"):
        own.find("cn-pboc-clas1")
