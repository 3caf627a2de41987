"""The section `organisation` of incident.yaml: names, contacts and languages that reach every message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from incident.shape import Field, ListOf, Locale, LocalText, Section, Text, TimeZone, choose

LocalField = Literal[
    "name", "short_name", "from_name", "contact", "hours", "legal_footer", "status_page", "time_zone_name"
]

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """Who speaks. Each text is {locale: text}; under the empty locale stands what is the same in all."""

    name: Texts
    short_name: Texts
    from_name: Texts
    contact: Texts
    hours: Texts
    legal_footer: Texts
    status_page: Texts
    domains: tuple[str, ...]
    locales: tuple[str, ...]
    time_zone: str
    time_zone_name: Texts

    @property
    def default_locale(self) -> str:
        return self.locales[0] if self.locales else "en"

    def text(self, field: LocalField, locale: str) -> str:
        """The text in `locale`, else along its chain, else the same in all, the default locale's, any; else ''."""
        from incident.message.locale import chain  # the CLDR is for those who write, not for `incident list`

        texts: Texts = getattr(self, field)
        if locale in texts:
            return texts[locale]
        return choose(texts, (*chain(locale), "", self.default_locale))


_APP = {"zh-Hans": "应用内“我的 > 客服”", "zh-Hant": "App 內「我的 > 客服」", "en": "in the app, Me > Help"}
_DOMAIN = Text(pattern=r"[a-z0-9-]+(?:\.[a-z0-9-]+)+", hint="a domain name such as example.com")

FIELDS: Mapping[str, Field] = {
    "name": Field(
        shape=LocalText(),
        help="The organisation's full name, per locale.",
        default={"zh-Hans": "数字钱包", "zh-Hant": "數位錢包", "en": "Digital Wallet"},
    ),
    "short_name": Field(
        shape=LocalText(), help="How customers call you; begins SMS and subjects. Default: the name.", default={}
    ),
    "from_name": Field(shape=LocalText(), help="The sender's name in mail. Default: the name.", default={}),
    "contact": Field(
        shape=LocalText(), help="Whom customers ask, and how: a hotline, a path in the app, or both.", default=_APP
    ),
    "hours": Field(shape=LocalText(), help="When the contact answers.", default={}),
    "legal_footer": Field(
        shape=LocalText(), help="The last lines of every mail: company, address, licence.", default={}
    ),
    "status_page": Field(shape=LocalText(), help="The page that shows how things stand (https://…).", default={}),
    "domains": Field(
        shape=ListOf(item=_DOMAIN), help="Your own domains: a message links to these and nowhere else.", default=()
    ),
    "locales": Field(
        shape=ListOf(item=Locale(), least=1),
        help="The languages every public notice needs; the first is the default.",
        default=("zh-Hans", "zh-Hant", "en"),
    ),
    "time_zone": Field(shape=TimeZone(), help="The time zone of all times shown.", default="Asia/Shanghai"),
    "time_zone_name": Field(
        shape=LocalText(), help="How you call it, e.g. 北京时间. Default: its offset, GMT+8.", default={}
    ),
}


def _organisation(**values: Any) -> Organisation:
    values["short_name"] = values["short_name"] or values["name"]
    values["from_name"] = values["from_name"] or values["name"]
    return Organisation(**values)


DEFAULT = _organisation(**{name: declared.default for name, declared in FIELDS.items()})

SECTION = Field(
    shape=Section(fields=FIELDS, into=_organisation, name="the organisation: names, contacts, languages"),
    help="Names, contacts, hours, languages and links that reach every message.",
    default=DEFAULT,
)
