"""Composing: complete or held, and what comes from outside stays data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from incident.errors import Held, NotFound
from incident.message.catalog import Catalog
from incident.message.context import Context, Slot
from incident.message.organisation import Organisation
from incident.message.render import compose
from incident.message.rendered import Rendered, fill
from tests.message.conftest import LOCALES, SLOTS

CASES = ("payment-failure", "datacenter-loss", "cyber-attack", "general")
CUSTOMERS = ("first-notice", "update", "resolved", "holding-statement", "correction")
STAFF = ("page", "approval-request")


def _compose(
    catalog: Catalog, message: str, context: Context, organisation: Organisation, case: str = "payment-failure"
) -> dict[tuple[str, str], Rendered]:
    media = catalog.get(message).about.media
    slots = [slot for slot in SLOTS if slot.medium in media]
    return compose(catalog, message, case, "", slots, LOCALES, context, organisation)


@pytest.mark.parametrize("message", CUSTOMERS)
@pytest.mark.parametrize("case", CASES)
def test_every_notice_carries_the_incidents_own_contact(
    shipped: Catalog, context: Context, organisation: Organisation, message: str, case: str
) -> None:
    """Each medium in each language says whom to ask, as this incident's commander decided."""
    for (channel, locale), rendered in _compose(shipped, message, context, organisation, case).items():
        body = rendered.parts.get("body") or rendered.parts["text"]
        assert "dial 95000, then 9" in body, (channel, locale)


def test_without_its_own_contact_the_organisations_is_told(
    shipped: Catalog, context: Context, organisation: Organisation
) -> None:
    """With its hours, which an incident's own line need not have."""
    plain = _compose(shipped, "first-notice", replace(context, contact={}), organisation)["email", "en"]
    assert "in the app, Me > Help (24 hours a day)" in plain.parts["text"]
    assert "in the app, Me &gt; Help (24 hours a day)" in plain.parts["html"]


@pytest.mark.parametrize("message", STAFF)
def test_staff_messages_need_no_words_of_a_case(
    shipped: Catalog, context: Context, organisation: Organisation, message: str
) -> None:
    """A page goes out whatever the case, in the only language somebody wrote."""
    only = replace(context, texts={"en": "Take command."})
    for rendered in _compose(shipped, message, only, organisation, "no-such-case").values():
        assert "Take command." in " ".join(rendered.parts.values())


def test_words_from_outside_are_never_rendered(shipped: Catalog, context: Context, organisation: Organisation) -> None:
    """Braces in what staff wrote are text, tags are escaped, marks cannot be forged."""
    hostile = "{{ organisation.name }} <script>x</script> \ue000name\ue001 {% raw %}"
    rendered = _compose(shipped, "update", replace(context, texts=dict.fromkeys(LOCALES, hostile)), organisation)
    parts = fill(rendered["email", "en"], {"name": "{{ 7*7 }}"})
    assert "{{ organisation.name }} <script>x</script> name {% raw %}" in parts["text"]
    assert "Dear {{ 7*7 }}," in parts["text"]
    assert "<script>" not in parts["html"]
    assert "&lt;script&gt;" in parts["html"]


def test_times_are_told_in_the_organisations_time_zone(
    shipped: Catalog, context: Context, organisation: Organisation
) -> None:
    """Each locale in its own way, with the day and the zone."""
    texts = {
        locale: r.parts["text"]
        for (c, locale), r in _compose(shipped, "first-notice", context, organisation).items()
        if c == "email"
    }
    assert "Jul 3, 3:10 PM (GMT+8)" in texts["en"]
    assert "7月3日 15:10（GMT+8）" in texts["zh-Hans"]
    assert "7月3日 下午3:10（GMT+8）" in texts["zh-Hant"]


def test_a_drill_says_so_in_every_text(shipped: Catalog, context: Context, organisation: Organisation) -> None:
    """Nobody may take an exercise for the real thing, on any channel."""
    for (_, locale), rendered in _compose(shipped, "first-notice", replace(context, drill=True), organisation).items():
        mark = {"en": "[EXERCISE] "}.get(locale, "【演练】" if locale == "zh-Hans" else "【演練】")
        first = next(iter(rendered.parts.values()))
        assert first.startswith(mark)
        assert mark.strip() in rendered.parts.get("html", mark)


def test_without_a_next_update_no_time_is_promised(
    shipped: Catalog, context: Context, organisation: Organisation
) -> None:
    """The sentence is another one; it does not end in the middle."""
    rendered = _compose(shipped, "first-notice", replace(context, next_update=None), organisation)["email", "en"]
    assert "as soon as there is something new." in rendered.parts["text"]


class _Balance(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("meta", "br", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("message", CUSTOMERS + STAFF)
def test_html_mails_are_well_formed(
    shipped: Catalog, context: Context, organisation: Organisation, message: str
) -> None:
    """Every tag is closed in order, the language is named, and both colour schemes are declared."""
    for (channel, locale), rendered in _compose(shipped, message, context, organisation).items():
        if channel == "email":
            page = fill(rendered, {"name": "<i>", "unsubscribe_url": "https://example.com/u?a=1&b=2"})["html"]
            parser = _Balance()
            parser.feed(page)
            assert parser.open == []
            assert f'lang="{locale}"' in page
            assert "prefers-color-scheme: dark" in page


def test_the_way_to_stop_notices_is_there_only_when_there_is_one(
    shipped: Catalog, context: Context, organisation: Organisation
) -> None:
    """No link that leads nowhere."""
    mail = _compose(shipped, "first-notice", context, organisation)["email", "en"]
    assert "Stop notices" not in fill(mail, {})["text"] + fill(mail, {})["html"]
    assert (
        'href="https://example.com/u?a=1&amp;b=2"'
        in fill(mail, {"unsubscribe_url": "https://example.com/u?a=1&b=2"})["html"]
    )


def test_case_falls_back_to_kind_and_then_to_general(shipped: Catalog) -> None:
    """An incident without words of its own still has words."""
    assert shipped.case_for("payment-failure", "outage") == "payment-failure"
    assert shipped.case_for("sh1-fire", "cyber_attack") == "cyber-attack"
    assert shipped.case_for("sh1-fire", "outage") == "general"


def test_hong_kong_reads_traditional_chinese(shipped: Catalog, context: Context, organisation: Organisation) -> None:
    """The nearest locale of the same script is used; the result stands under the locale that was asked for."""
    composed = compose(shipped, "first-notice", "general", "", SLOTS[:1], ["zh-HK", "en-GB"], context, organisation)
    assert "部分服務" in composed["email", "zh-HK"].parts["subject"]
    assert ("email", "en-GB") in composed


def test_a_workspace_hides_single_files(
    shipped: Catalog, context: Context, organisation: Organisation, tmp_path: object
) -> None:
    """One line of one's own does not mean copying everything."""
    folder = tmp_path / "templates"  # type: ignore[operator]
    (folder / "first-notice" / "en").mkdir(parents=True)
    (folder / "first-notice" / "en" / "sms.j2").write_text("Ours. {{ contact }}")
    catalog = Catalog.open([folder, *shipped.folders])
    assert (
        _compose(catalog, "first-notice", context, organisation)["sms", "en"].parts["text"]
        == "Ours. dial 95000, then 9"
    )


def test_an_unknown_message_names_the_nearest(shipped: Catalog) -> None:
    """Whoever mistyped is helped."""
    with pytest.raises(NotFound, match="Did you mean 'first-notice'"):
        shipped.get("first-notise")


@pytest.mark.parametrize(
    ("path", "old", "new", "words"),
    [
        ("first-notice/en/sms.j2", "", "", "no sms in en"),
        ("words/payment-failure/en.yaml", "", "", "no words for the case 'payment-failure' in en"),
        ("first-notice/en/sms.j2", "", "{{ oops }}", "sms.j2:2"),
        ("first-notice/en/sms.j2", "", "{% if %}", "sms.j2:2"),
        ("layout/email.html.j2", "", "{% endif %}", "email.html.j2"),
        ("words/payment-failure/en.yaml", "about: the payment problem", "about: 7", "is held"),
        ("first-notice/en/email.j2", "block preheader", "block preface", "'preheader' is missing"),
        ("first-notice/en/push.j2", "{% block title %}", "{% block title %}" + "long " * 12, "title is 10"),
    ],
)
def test_what_is_missing_or_broken_holds_the_notice(
    broken: Callable[..., Catalog],
    context: Context,
    organisation: Organisation,
    path: str,
    old: str,
    new: str,
    words: str,
) -> None:
    """The sentence says which message, language and place; nothing is composed in part or cut."""
    with pytest.raises(Held, match="first-notice") as held:
        _compose(broken(path, old, new), "first-notice", context, organisation)
    assert words in held.value.message


def test_an_update_without_words_in_one_language_is_held(
    shipped: Catalog, context: Context, organisation: Organisation
) -> None:
    """Parity is a gate: two languages out of three are none."""
    with pytest.raises(Held, match="needs your words in zh-Hant"):
        _compose(shipped, "update", replace(context, texts={"en": "a", "zh-Hans": "b"}), organisation)


def test_a_channel_without_network_uses_the_mediums_own_limit(
    shipped: Catalog, context: Context, organisation: Organisation
) -> None:
    """A long post fits the medium and does not fit X."""
    long = replace(context, contact=dict.fromkeys(LOCALES, "word " * 40))
    compose(shipped, "first-notice", "general", "", [Slot("social", "social")], ["en"], long, organisation)
    with pytest.raises(Held, match="for social on x: text is"):
        compose(shipped, "first-notice", "general", "", [Slot("x", "social", "x")], ["en"], long, organisation)


def test_a_case_may_say_a_shared_phrase_in_its_own_words(
    broken: Callable[..., Catalog], context: Context, organisation: Organisation
) -> None:
    """Under the same key; other cases keep the phrase that all share."""
    catalog = broken("words/general/en.yaml", new="label_resolved: Over\n")
    titles = [
        _compose(catalog, "resolved", context, organisation, case)["email", "en"].parts["subject"]
        for case in ("general", "payment-failure")
    ]
    assert [title.partition(": ")[2].partition(":")[0] for title in titles] == ["Over", "Resolved"]


def test_words_may_read_the_words_above_them_and_the_parameters(
    broken: Callable[..., Catalog], context: Context, organisation: Organisation
) -> None:
    """A name is spelled out once per language and used in several sentences."""
    extra = 'house: "{{ params.bank|default(\'a bank\') }}"\nlabel_resolved: "Back at {{ words.house }}"\n'
    catalog = broken("words/general/en.yaml", new=extra)
    told = [
        _compose(catalog, "resolved", replace(context, params=params), organisation, "general")["email", "en"]
        for params in ({}, {"bank": "First Bank"})
    ]
    assert ["Back at a bank:" in told[0].parts["subject"], "Back at First Bank:" in told[1].parts["subject"]] == [
        True
    ] * 2
