"""The message that everybody sends: about 2 kB as a mail, in English and in Chinese, the person's name in its text."""

from __future__ import annotations

from collections.abc import Mapping

from incident.message import marker
from incident.message.rendered import Rendered, fill

NAME = marker.place("name")
TEXTS = {
    "en": Rendered(
        "email",
        {
            "subject": "Payments are down: your money is safe",
            "text": f"Dear {NAME},\n" + "Payments do not work for now. Your money is safe.\n" * 12,
            "html": f"<p>Dear {NAME},</p>\n" + "<p>Payments do not work for now.</p>\n" * 14,
        },
    ),
    "zh-Hans": Rendered(
        "email",
        {
            "subject": "支付服务中断：您的资金安全",
            "text": f"尊敬的{NAME}：\n" + "支付服务暂时不可用，您的资金安全。\n" * 8,
            "html": f"<p>尊敬的{NAME}：</p>\n" + "<p>支付服务暂时不可用。</p>\n" * 10,
        },
    ),
}


def person(no: int) -> tuple[str, Mapping[str, str]]:
    """Locale and fields of the no-th person; every second one reads Chinese."""
    return ("zh-Hans", {"name": f"李小龙{no}"}) if no % 2 else ("en", {"name": f"Li Xiaolong {no}"})


def address(no: int) -> str:
    return f"li{no}@example.com"


def with_marks(mark: str) -> dict[str, dict[str, str]]:
    """The parts by locale for a program that puts the names in itself, where `mark` stands."""
    return {locale: fill(rendered, {"name": mark}) for locale, rendered in TEXTS.items()}
