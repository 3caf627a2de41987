"""What is wrong with the messages before the night comes: every mistake at once, each with file and line.

1. read:      message.yaml, phrases and words can be read; templates compile; every name they use exists
2. complete:  each required locale has each medium of message.yaml, the phrases, and the words of each case
3. parity:    the same variables, numbers and links in every locale (parity.py)
4. rendered:  every message in every case renders with plausible values, and fits with the longest plausible ones
5. statement: no promised end, no cause in a first notice; next update and contact are there (statement.py)
6. links:     only to the organisation's own domains
7. recipient: what everybody reads together names nobody
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from incident.errors import Held, Mistake, Mistakes
from incident.message import fit, parity, sample, statement
from incident.message.catalog import GENERAL, LAYOUT, WORDS, Catalog, Message
from incident.message.context import Context
from incident.message.links import foreign_hosts, own_domains
from incident.message.medium import HEADERS, PER_RECIPIENT, PUBLIC
from incident.message.organisation import Organisation
from incident.message.press import TemplateWrong
from incident.message.render import Desk
from incident.message.rendered import Rendered, fill, needed

_NOW = datetime(2026, 7, 3, 6, 20, tzinfo=UTC)
_EXAMPLE_HOST = "unsubscribe.invalid"


def lint(catalog: Catalog, organisation: Organisation, messages: Sequence[str] | None = None) -> list[Mistake]:
    """Every mistake of these messages (default: all), sorted by place. An empty list: they can be sent."""
    found: list[Mistake] = []
    chosen = [known for name in messages or catalog.names() if (known := _read(catalog, name, found))]
    found += _complete_sheets(catalog, organisation)
    found += parity.compare(catalog, chosen)
    for message in chosen:
        found += _missing(catalog, message, organisation)
        if not any(m.code in ("template", "unknown_variable", "missing_words", "missing_phrases") for m in found):
            for locale in organisation.locales:
                found += _rendered(catalog, message, locale, organisation)
    return sorted(set(found))


def _read(catalog: Catalog, name: str, found: list[Mistake]) -> Message | None:
    try:
        return catalog.get(name)
    except Mistakes as wrong:
        found.extend(wrong.mistakes)
        return None


def _complete_sheets(catalog: Catalog, organisation: Organisation) -> Iterator[Mistake]:
    """Phrases and words in every required locale, and in each case every key that `general` has."""
    for locale in organisation.locales:
        try:
            if catalog.phrases(locale) is None:
                yield _whole(f"{LAYOUT}/{locale}.yaml", "missing_phrases", f"There are no phrases in {locale}.")
            for case in catalog.cases():
                if catalog.words(case, locale) is None:
                    name = f"{WORDS}/{case}/{locale}.yaml"
                    yield _whole(name, "missing_words", f"The case '{case}' has no words in {locale}; add this file.")
                else:
                    yield from _missing_keys(catalog, case, locale)
        except Mistakes as wrong:
            yield from wrong.mistakes


def _missing_keys(catalog: Catalog, case: str, locale: str) -> Iterator[Mistake]:
    words, general = catalog.words(case, locale), catalog.words(GENERAL, locale)
    for key in sorted(set(general.values if general else ()) - set(words.values if words else ())):
        file = words.file if words else f"{WORDS}/{case}/{locale}.yaml"
        yield _whole(file, "missing_key", f"'{key}' is missing in the words of '{case}' in {locale}.")


def _missing(catalog: Catalog, message: Message, organisation: Organisation) -> Iterator[Mistake]:
    for locale in organisation.locales:
        for medium in message.about.media:
            if message.template(locale, medium) is None:
                name = f"{message.name}/{locale}/{medium}.j2"
                sentence = f"'{message.name}' has no {medium} in {locale}; add this file."
                yield Mistake(_near(catalog, message, name), 0, 0, "missing_medium", sentence)


def _near(catalog: Catalog, message: Message, name: str) -> str:
    about = catalog.file(f"{message.name}/message.yaml")
    return str(about.parent.parent / name) if about else name


def _rendered(catalog: Catalog, message: Message, locale: str, organisation: Organisation) -> Iterator[Mistake]:
    """Rules 4 to 7 for one locale, in every case, every file of it once."""
    plausible = sample.plausible(message, locale, _NOW)
    contexts = [
        (plausible, True),
        (replace(plausible, next_update=None, contact={}, phase="", drill=True), False),
        (sample.longest(message, locale, organisation), False),
    ]
    for case in catalog.cases() if message.about.words else ("",):
        for context, judged in contexts:
            try:
                desk = Desk.open(catalog, message, case, "", locale, context, organisation)
                for stem in sorted(message.files.get(locale, ())):
                    yield from _file(catalog, desk, stem, context, organisation, judged=judged)
            except TemplateWrong as wrong:
                yield Mistake(wrong.file, wrong.line, 1 if wrong.line else 0, "template", f"{_sentence(wrong.reason)}")
            except Held as held:
                yield _whole(str(catalog.file(f"{message.name}/message.yaml")), "held", held.message)


def _file(
    catalog: Catalog, desk: Desk, stem: str, context: Context, organisation: Organisation, *, judged: bool
) -> Iterator[Mistake]:
    """One template: what `judged` text says, else only whether it fits and where it links."""
    medium, _, network = stem.partition(".")
    name = f"{desk.message.name}/{desk.locale}/{stem}.j2"
    file = str(catalog.file(name))
    rendered = desk.render(name, medium)
    if desk.scope["drill"] and not judged:
        fields = sample.longest_fields(desk.message, desk.locale)
        for place in _networks(desk.message, desk.locale, medium, network):
            yield from _long(file, medium, place, fill(rendered, fields), desk.locale)
    yield from _links(file, rendered, organisation)
    yield from _personal(file, medium, rendered)
    if judged:
        yield from _statement(file, desk, rendered, context)


def _networks(message: Message, locale: str, medium: str, network: str) -> Iterable[str]:
    """Where this file goes: its own network, or every known network of the medium that has no file of its own."""
    if network:
        return (network,)
    of_medium = {
        "social": ("x", "mastodon", "bluesky", "weibo"),
        "chat": ("wecom", "dingtalk", "feishu", "telegram"),
        "push": ("ntfy",),
    }.get(medium, ())
    own = {stem.partition(".")[2] for stem in message.files.get(locale, ()) if stem.startswith(f"{medium}.")}
    return ("", *(name for name in of_medium if name not in own))


def _long(file: str, medium: str, network: str, parts: dict[str, str], locale: str) -> Iterator[Mistake]:
    for part, found in fit.misfits(medium, network, parts).items():
        where = f"{medium} on {network}" if network else medium
        yield _whole(
            file,
            "too_long",
            f"With the longest plausible values {part} is {found} for {where} in {locale}; shorten it.",
        )


def _links(file: str, rendered: Rendered, organisation: Organisation) -> Iterator[Mistake]:
    own = own_domains(organisation) | {_EXAMPLE_HOST}
    filled = fill(rendered, {"unsubscribe_url": f"https://{_EXAMPLE_HOST}/"})
    for text in filled.values():
        for host in foreign_hosts(text, own):
            yield _whole(
                file,
                "foreign_link",
                f"It links to {host}, which is not among organisation.domains; link to your own.",
            )


def _personal(file: str, medium: str, rendered: Rendered) -> Iterator[Mistake]:
    used = needed(rendered)
    for name in sorted(used - set(PER_RECIPIENT)):
        yield _whole(file, "marker", f"A filter changed the open place '{name}'; use the variable as it is.")
    if medium in PUBLIC and used:
        yield _whole(
            file, "personal", f"{medium} is read by all together and cannot hold {', '.join(sorted(used))}; remove it."
        )


def _statement(file: str, desk: Desk, rendered: Rendered, context: Context) -> Iterator[Mistake]:
    """The rules that message.yaml declares, over all parts: each part against the forbidden, all against the needed."""
    rules = desk.message.about.statement
    seen = {part: text for part, text in rendered.parts.items() if part != "html"}
    forbidden = [rule for rule in rules if rule in statement.ADVICE]
    for part, text in seen.items():
        for breach in statement.breaches(text, desk.locale, forbidden):
            yield _whole(file, breach.rule, f"'{breach.words}' in {part} {breach.reason}.")
    bodies = {part: text for part, text in rendered.parts.items() if part not in HEADERS}
    clock = desk.press.filters["clock"](context.next_update)
    wanted = {"next_update": (clock, "when the next word comes"), "contact": (desk.scope["contact"], "whom to ask")}
    for rule, (words, meaning) in wanted.items():
        for part, text in bodies.items():
            if rule in rules and words not in _unescaped(text):
                yield _whole(file, f"no_{rule}", f"{part} does not say {meaning}; add {{{{ phrases.* }}}} or {rule}.")


def _unescaped(text: str) -> str:
    import html

    return html.unescape(text)


def _whole(file: str, code: str, sentence: str) -> Mistake:
    return Mistake(file, 0, 0, code, sentence)


def _sentence(reason: str) -> str:
    return reason if reason.endswith((".", "!", "?")) else f"{reason}."
