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
    """

    network: str = ""
    dialect: str = ""
    rates: tuple[Rate, ...] = ()
    most_bytes: int = 0
    idempotent: bool = False
    http: bool = True
    extra: Mapping[str, str] | None = None
    """Query parameters that are added unless the URL has them."""


_NTFY = Service(network="ntfy", dialect="ntfy", most_bytes=4096)  # ntfy server/config.go: longer becomes an attachment
_MASTODON = Service(
    network="mastodon",
    dialect="mastodon",
    idempotent=True,  # docs.joinmastodon.org/methods/statuses: the key is kept about an hour
    rates=(Rate(per=5 * _MINUTE, most=300),),  # docs.joinmastodon.org/api/rate-limits
)
_WECOM = Service(
    network="wecom",
    dialect="wecom",
    rates=(Rate(per=_MINUTE, most=20),),  # work.weixin.qq.com/document/path/91770
    most_bytes=2048,
)
_DINGTALK = Service(
    network="dingtalk",
    dialect="dingtalk",
    rates=(Rate(per=_MINUTE, most=20),),  # open.dingtalk.com: then blocked for 10 minutes
)
_FEISHU = Service(
    network="feishu",
    dialect="feishu",
    rates=(Rate(per=_MINUTE, most=100), Rate(per=_SECOND, most=5)),  # open.larkoffice.com custom bot
)
_MQTT = Service(network="mqtt", http=False, extra={"qos": "1"})  # with qos 0 nobody confirms anything
_TELEGRAM = Service(
    network="telegram",
    dialect="telegram",
    rates=(Rate(per=_SECOND, most=30),),  # core.telegram.org/bots/faq
)
_DISCORD = Service(
    network="discord",
    dialect="discord",
    rates=(Rate(per=2 * _SECOND, most=5),),  # seen in X-RateLimit-*; docs.discord.com says to obey 429, not a number
)
_SLACK = Service(
    network="slack",
    dialect="slack",
    rates=(Rate(per=_SECOND, most=1),),  # api.slack.com/docs/rate-limits: one a second a channel
)

_SERVICES: Mapping[str, Service] = {
    **dict.fromkeys(("ntfy", "ntfys"), _NTFY),
    **dict.fromkeys(("mastodon", "mastodons", "toot", "toots"), _MASTODON),
    **dict.fromkeys(("mqtt", "mqtts"), _MQTT),
    "wecombot": _WECOM,
    "dingtalk": _DINGTALK,
    "feishu": _FEISHU,
    "lark": _FEISHU,
    "schan": Service(network="serverchan", dialect="serverchan"),
    **dict.fromkeys(("bark", "barks"), Service(network="bark", dialect="bark")),
    "onesignal": Service(network="onesignal", dialect="onesignal"),
    "tgram": _TELEGRAM,
    "discord": _DISCORD,
    "slack": _SLACK,
    "workflows": Service(network="teams", dialect="teams"),
    "pushdeer": Service(network="pushdeer", dialect="pushdeer"),
    **dict.fromkeys(("synology", "synologys"), Service(network="synology", dialect="synology")),
    "wechat": Service(network="wechat", dialect="wecom"),  # WeCom's applications answer as its robots do
    "twitter": Service(network="x"),
    "bluesky": Service(network="bluesky", dialect="bluesky"),
    **dict.fromkeys(("gotify", "gotifys"), Service(network="gotify", dialect="gotify")),
    "fcm": Service(network="fcm", dialect="fcm"),
    **dict.fromkeys(("syslog", "rsyslog", "dbus", "glib", "gnome", "kde", "irc", "ircs"), Service(http=False)),
}

BLIND: Mapping[str, str] = {
    **dict.fromkeys(("xmpp", "xmpps"), "Apprise reports success even when the login was refused"),
    **dict.fromkeys(
        ("mailto", "mailtos"), "Apprise gives one result for all recipients; use `kind: mail` with this URL"
    ),
}
"""Schemas that are not used here, because nobody could tell what became of a message."""


def service(schema: str) -> Service:
    """What is known of a schema; an unknown one is plain HTTP named by its schema."""
    return _SERVICES.get(schema) or Service(network=schema)
