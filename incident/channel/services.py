"""Facts about the services behind Apprise's URL schemas: what our own judgement needs and Apprise does not tell.

They are published values, gathered 2026-11; vendors change them. Each row says where its numbers come from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from incident.channel.spec import Rate

_MINUTE = timedelta(minutes=1)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One schema. `network` names the lengths to keep; `dialect` the robot whose errors hide behind HTTP 200.

    `most_bytes` is the size (title and text, UTF-8) above which the service or its plug-in would silently make
    something else of a text: cut it, or turn it into an attachment. 0 when a text that is too long is an error there.
    `source` is where its rate is published, or why it has none.
    """

    network: str = ""
    dialect: str = ""
    rates: tuple[Rate, ...] = ()
    most_bytes: int = 0
    idempotent: bool = False
    http: bool = True
    source: str = ""
    extra: Mapping[str, str] | None = None
    """Query parameters that are added unless the URL has them."""


_NTFY = Service(
    network="ntfy",
    dialect="ntfy",
    most_bytes=4096,  # longer becomes an attachment
    source="ntfy server/config.go: your own server's is yours to set; for ntfy.sh write {per: 1m, most: 12}",
)
_GOTIFY = Service(network="gotify", dialect="gotify", source="gotify/server has none")
_FCM = Service(network="fcm", dialect="fcm", source="firebase throttling-and-quotas: 600,000 a minute a project")
_BARK = Service(network="bark", dialect="bark", source="your own server's; github.com/Finb/bark-server has none")
_MASTODON = Service(
    network="mastodon",
    dialect="mastodon",
    idempotent=True,  # docs.joinmastodon.org/methods/statuses: the key is kept about an hour
    rates=(Rate(per=5 * _MINUTE, most=300),),
    source="docs.joinmastodon.org/api/rate-limits",
)
_WECOM = Service(
    network="wecom",
    dialect="wecom",
    rates=(Rate(per=_MINUTE, most=20),),
    most_bytes=2048,
    source="developer.work.weixin.qq.com/document/path/91770",
)
_DINGTALK = Service(
    network="dingtalk",
    dialect="dingtalk",
    rates=(Rate(per=_MINUTE, most=20),),
    source="open.dingtalk.com, custom robot: then blocked for ten minutes",
)
_FEISHU = Service(
    network="feishu",
    dialect="feishu",
    rates=(Rate(per=_MINUTE, most=100), Rate(per=_SECOND, most=5)),
    source="open.larkoffice.com, custom bot",
)
_TELEGRAM = Service(
    network="telegram",
    dialect="telegram",
    rates=(Rate(per=_SECOND, most=30),),
    source="core.telegram.org/bots/faq; one a second a chat, 20 a minute a group",
)
_DISCORD = Service(network="discord", dialect="discord", source="docs.discord.com: none is promised, 429 is obeyed")
_SLACK = Service(
    network="slack",
    dialect="slack",
    rates=(Rate(per=_SECOND, most=1),),
    source="api.slack.com/docs/rate-limits: one a second a channel",
)
_TEAMS = Service(
    network="teams",
    dialect="teams",
    rates=(Rate(per=_SECOND, most=4),),
    source="learn.microsoft.com, incoming webhooks: four a second",
)
_BLUESKY = Service(
    network="bluesky", dialect="bluesky", source="docs.bsky.app: 5,000 points an hour, a post costs 3; 429 is obeyed"
)
_X = Service(network="x", source="docs.x.com: by plan; 429 is obeyed until x-rate-limit-reset")
_MQTT = Service(
    network="mqtt",
    http=False,
    extra={"qos": "1"},  # with qos 0 nobody confirms anything
    source="your own broker's",
)
_QUIET = Service(http=False, source="it does not answer")

_SERVICES: Mapping[str, Service] = {
    **dict.fromkeys(("ntfy", "ntfys"), _NTFY),
    **dict.fromkeys(("gotify", "gotifys"), _GOTIFY),
    "fcm": _FCM,
    **dict.fromkeys(("bark", "barks"), _BARK),
    **dict.fromkeys(("mqtt", "mqtts"), _MQTT),
    "wecombot": _WECOM,
    "wechat": Service(network="wechat", dialect="wecom", source="WeCom's applications: by contract; 45009 is obeyed"),
    "dingtalk": _DINGTALK,
    **dict.fromkeys(("feishu", "lark"), _FEISHU),
    "schan": Service(network="serverchan", dialect="serverchan", source="sct.ftqq.com: by plan; 40002 is obeyed"),
    "pushdeer": Service(network="pushdeer", dialect="pushdeer", source="github.com/easychen/pushdeer has none"),
    "onesignal": Service(network="onesignal", dialect="onesignal", source="documentation.onesignal.com: by plan"),
    "tgram": _TELEGRAM,
    "slack": _SLACK,
    "discord": _DISCORD,
    "workflows": _TEAMS,
    **dict.fromkeys(
        ("synology", "synologys"), Service(network="synology", dialect="synology", source="your own server's")
    ),
    **dict.fromkeys(("mastodon", "mastodons", "toot", "toots"), _MASTODON),
    "bluesky": _BLUESKY,
    **dict.fromkeys(("twitter", "x", "tweet"), _X),
    **dict.fromkeys(("syslog", "rsyslog", "dbus", "glib", "gnome", "kde", "irc", "ircs"), _QUIET),
}

BLIND: Mapping[str, str] = {
    **dict.fromkeys(("xmpp", "xmpps"), "Apprise reports success even when the login was refused"),
    **dict.fromkeys(
        ("mailto", "mailtos"), "Apprise gives one result for all recipients; use `kind: mail` with this URL"
    ),
}
"""Schemas that are not used here, because nobody could tell what became of a message."""


def known() -> Mapping[tuple[str, ...], Service]:
    """Every service of which something is known, by its schemas."""
    schemas: dict[int, tuple[str, ...]] = {}
    for schema, found in _SERVICES.items():
        schemas[id(found)] = (*schemas.get(id(found), ()), schema)
    return {names: _SERVICES[names[0]] for names in schemas.values()}


def service(schema: str) -> Service:
    """What is known of a schema; an unknown one is plain HTTP named by its schema."""
    return _SERVICES.get(schema) or Service(network=schema)
