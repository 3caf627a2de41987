"""The review tells what happened and how well it went, for people, for paper and for scripts."""

from __future__ import annotations

import hashlib
import re
import tracemalloc
from datetime import timedelta
from html import escape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from incident import lifecycle
from incident.errors import Conflict, NotFound, WrongState
from incident.now import ms
from incident.review import figures, html, markdown, report
from incident.review.document import Document, Section, table
from incident.review.figures import reach
from incident.run import acts, roles
from incident.store import Store
from tests.cli.program import run
from tests.clock import START
from tests.flow.night import Night
from tests.run import house


def found(night: Night) -> lifecycle.Incident:
    return lifecycle.get(night.console.store, night.incident, 2026)


def gathered(night: Night) -> report.Review:
    return report.gather(night.console.store, found(night), "The data centre", night.clock())


def over(night: Night) -> Night:
    """Declared at 3:00, taken at 3:02, first notice at 3:05, over at 3:45."""
    night.declare("datacenter-loss")
    night.clock.advance("2m")
    night.act(acts.acknowledge)
    night.clock.advance("3m")
    night.approve("first-notice")
    night.work()
    night.clock.advance("40m")
    night.request("resolved")
    night.work()
    return night


def test_times_count_from_the_declaration(night: Night) -> None:
    """To acknowledge, to the first notice that was accepted, to the end."""
    over(night)
    got = figures.figures(night.console.store, found(night), night.clock())
    assert (got.to_acknowledge, got.acknowledged_by) == (timedelta(minutes=2), "wang")
    assert got.to_first_notice == timedelta(minutes=5)
    assert got.to_resolve == timedelta(minutes=45)
    assert got.gates == {"approved": 1}


def test_what_has_not_happened_is_not_zero(night: Night) -> None:
    """Before anybody did anything, the figures say so."""
    night.declare("datacenter-loss")
    got = figures.figures(night.console.store, found(night), night.clock())
    assert (got.to_acknowledge, got.to_first_notice, got.to_resolve) == (None, None, None)


def test_a_role_that_is_claimed_acknowledges(night: Night) -> None:
    """Whoever takes the command has taken the call."""
    night.declare("datacenter-loss")
    night.clock.advance("90s")
    roles.claim(night.office, night.incident, night.actor("chen"), night.console.people["chen"], "commander")
    got = figures.figures(night.console.store, found(night), night.clock())
    assert (got.to_acknowledge, got.acknowledged_by) == (timedelta(seconds=90), "chen")


def broadcast(store: Store, no: int, people: int) -> None:
    """A notice that was frozen at the start and accepted one row a millisecond."""
    store.execute(
        """INSERT INTO broadcast (no, id, lane, incident, step, revision, message, audience, people, hash, critical,
        thread, state, frozen_at) VALUES (:no, :id, 1, 'INC-2026-001', :id, 1, 'first-notice', 'everyone', :people, '',
        0, '', 'finished', :at)""",
        {"no": no, "id": f"b{no}", "people": people, "at": ms(START)},
    )
    store.execute(
        """WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :people)
        INSERT INTO delivery (broadcast, no, recipient, channel, locale, address, name, state, ended_at)
        SELECT :no, i, 'r' || i, 'email', CASE WHEN i % 10 = 0 THEN 'en' ELSE 'zh-Hans' END, '', '', 'accepted', :at + i
        FROM n""",
        {"no": no, "people": people, "at": ms(START)},
    )


def test_time_to_reach_is_the_nearest_rank(store: Store) -> None:
    """Of each channel and language: half, 95 and 99 in a hundred, on both databases; one row is all of them."""
    broadcast(store, 1, 1_000)
    broadcast(store, 2, 1)
    told = {(one.step, one.locale): one for one in reach(store, "INC-2026-001")}
    english = told["b1", "en"]
    assert (english.accepted, english.p50, english.p95, english.p99) == (
        100,
        timedelta(milliseconds=500),
        timedelta(milliseconds=950),
        timedelta(milliseconds=990),
    )
    single = told["b2", "zh-Hans"]
    assert single.p50 == single.p99 == timedelta(milliseconds=1)


def test_time_to_reach_counts_from_the_approval(night: Night) -> None:
    """Not from the declaration, and not from when the senders had time."""
    night.declare("datacenter-loss")
    night.approve("first-notice")
    night.clock.advance("30s")
    night.work()
    (one, *_) = list(reach(night.console.store, night.incident))
    assert (one.step, one.p50) == ("first-notice", timedelta(seconds=30))


def test_time_to_reach_takes_no_memory(sqlite_store: Store) -> None:
    """The database sorts; a hundred thousand rows bring no more here than ten."""
    broadcast(sqlite_store, 1, 100_000)
    tracemalloc.start()
    assert len(list(reach(sqlite_store, "INC-2026-001"))) == 2
    assert tracemalloc.get_traced_memory()[1] < 2_000_000
    tracemalloc.stop()


def test_the_review_tells_everything_once(night: Night) -> None:
    """As Markdown: figures, notices, time-to-reach, approvals, promises, actions, what happened."""
    over(night)
    store, clock = night.console.store, night.clock
    lifecycle.add_action(
        store, night.actor("li"), clock(), night.incident, "second feed", "wang", clock() + timedelta(14)
    )
    text = markdown.write(report.document(gathered(night), str, lambda entry: ""))
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == [
        "Figures",
        "What the public read",
        "What went out",
        "Time to reach, from approval to acceptance",
        "Approvals",
        "Promises",
        "Deadlines of authorities",
        "Follow-up actions",
        "What happened",
    ]
    assert "| time to first notice | 5m |" in text
    assert "second feed" in text


def test_one_person_alone_is_told_in_red(night: Night) -> None:
    """A gate that one person opened stands out in the review."""
    night.declare("datacenter-loss")
    night.break_glass("first-notice", "nobody answers")
    document = report.document(gathered(night), str, lambda entry: "")
    text = html.write(document)
    assert '<p class="warning">1 gate(s) were opened by one person alone.</p>' in text
    assert '<td class="loud">approved, BREAK-GLASS</td>' in text
    assert "| **approved, BREAK-GLASS** |" in markdown.write(document)


def test_an_answer_stands_with_the_gate_that_it_was_given_to(night: Night) -> None:
    """What it would send has changed, in the same moment: the void gate was answered by nobody."""
    night.declare("datacenter-loss")
    house.import_people(night.console, 1)
    with pytest.raises(Conflict):
        night.approve("first-notice")
    night.approve("first-notice")
    told = {gate["state"]: [answer["by"] for answer in gate["answers"]] for gate in gathered(night).gates}
    assert told == {"void": [], "approved": ["wang"]}


class Links(HTMLParser):
    """Everything that a browser would fetch, and elements that were left open."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fetched += [f"{tag} {name}" for name, _ in attrs if name in ("src", "href", "srcset", "data")]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_fetches_nothing_and_is_whole(night: Night) -> None:
    """One file for paper; what people wrote cannot become markup."""
    over(night)
    lifecycle.note(night.console.store, night.actor("li"), night.clock(), night.incident, "<script src=//x>&")
    page = html.write(report.document(gathered(night), str, lambda entry: str(entry.detail.get("text", ""))))
    parser = Links()
    parser.feed(page)
    assert (parser.fetched, parser.open) == ([], [])
    assert "<script" not in page
    assert "url(" not in page


def test_what_the_public_read_keeps_its_lines(night: Night) -> None:
    """Each notice in the language that is asked for, as a quotation; for scripts as it is."""
    over(night)
    review = report.gather(night.console.store, found(night), "x", night.clock(), "en")
    assert len(review.spoken) > 1
    first = review.spoken[0]
    assert (first.people, len(first.text.splitlines()) > 3) == (3, True)
    document = report.document(review, str, lambda entry: "")
    assert f"> {markdown.escaped(first.text.splitlines()[0])}\n" in markdown.write(document)
    assert f"<blockquote>{escape(first.text)}</blockquote>" in html.write(document)
    assert review.to_json()["spoken"][0]["text"] == first.text


def test_cells_are_told_apart_for_the_eye() -> None:
    """Figures are cards, numbers stand under each other, what was broken is red; an empty column is no number."""
    rows = [["2026-11-21 03:10", "1,204", "1m57s", "broken", ""], ["x", "7", "0.4s", "kept", ""]]
    sections = (
        Section(heading="a", table=table(("when", "n", "took", "state", "why"), rows)),
        Section(heading="b", table=table(("figure", "value"), [["time to resolve", "45m"]], figures=True)),
    )
    page = html.write(Document(title="t", sections=sections))
    for part in (
        '<td class="time">2026-11-21 03:10</td><td class="number">1,204</td><td class="number">1m57s</td>',
        '<td class="bad">broken</td><td></td>',
        '<td class="good">kept</td><td></td>',
        "<dt>time to resolve</dt><dd>45m</dd>",
        "<th>state</th><th>why</th>",
    ):
        assert part in page


def test_markdown_cannot_be_steered() -> None:
    """A cell keeps its place whatever stands in it."""
    written = markdown.write(
        Document(title="a\n# b", sections=(Section(heading="h", table=table(("x",), [["a|b\n| c `*"]])),))
    )
    assert written == "# a \\# b\n\n## h\n\n| x |\n| --- |\n| a\\|b \\| c \\`\\* |\n"


def test_actions_are_tracked_to_done(night: Night) -> None:
    """Numbered within the incident, found by due day, done once; those of an ended incident too."""
    over(night)
    store, clock, li = night.console.store, night.clock, night.actor("li")
    later, sooner = clock() + timedelta(days=14), clock() + timedelta(days=7)
    lifecycle.add_action(store, li, clock(), night.incident, "second feed", "wang", later)
    lifecycle.add_action(store, li, clock(), night.incident, "test the words", "chen", sooner)
    assert [one.no for one in lifecycle.open_actions(store)] == [2, 1]
    lifecycle.end_action(store, li, clock(), night.incident, 2, state="done", reason=None)
    assert [(one.no, one.state) for one in lifecycle.actions(store, night.incident)] == [(1, "open"), (2, "done")]
    with pytest.raises(WrongState, match="is done already, by li"):
        lifecycle.end_action(store, li, clock(), night.incident, 2, state="done", reason=None)
    with pytest.raises(NotFound, match="no action 9"):
        lifecycle.end_action(store, li, clock(), night.incident, 9, state="done", reason=None)


def test_by_hand(tmp_path: Path) -> None:
    """Typed: the review in three forms, actions added, listed and ticked off, figures in show."""
    folder = tmp_path / "oncall"
    run("init", folder)
    run("declare", "datacenter-loss", "--param", "dc=sh1", "--workspace", folder)
    person = run("role", "claim", "1", "commander", "--output", "json", "--workspace", folder).json["person"]
    added = run("action", "add", "1", "second feed", "--owner", person, "--due", "14d", "--workspace", folder)
    assert added.exit == 0, added.err
    past = run("action", "add", "1", "x", "--owner", person, "--due", "2020-01-01T00:00:00Z", "--workspace", folder)
    assert past.exit == 18
    listed = run("action", "list", "--output", "json", "--workspace", folder).json["actions"]
    assert [(one["text"], one["state"]) for one in listed] == [("second feed", "open")]
    assert run("action", "done", "1", "1", "--workspace", folder).exit == 0
    made = run("review", "1", "--format", "html", "--to", tmp_path / "review.html", "--workspace", folder)
    assert (made.exit, made.out) == (0, "")
    assert "<h2>Figures</h2>" in (tmp_path / "review.html").read_text(encoding="utf-8")
    assert run("review", "1", "--workspace", folder).out.startswith("# Review of INC-")
    shown = run("show", "1", "--output", "json", "--workspace", folder).json
    assert shown["figures"]["acknowledged_by"] == person


def test_audiences_have_the_same_hash_on_both_databases(store: Store) -> None:
    """Sorted byte by byte, whatever the database's own order; and what was counted adds up."""
    broadcast(store, 1, 30)
    queries = store.queries("incident.review")
    found = queries.recipients_of(broadcast=1)
    expected = "\n".join(sorted(f"r{number}" for number in range(1, 31)))
    assert hashlib.sha256(found["ids"].encode()).digest() == hashlib.sha256(expected.encode()).digest()
    assert found["rows_"] == 30
    assert sum(int(row["rows_"]) for row in queries.kinds_of(broadcast=1)) == 30
