"""The settings of the demonstration: a wallet, two people, three real channels."""

from __future__ import annotations

from pathlib import Path
from string import Template

from incident.people import os_user
from tests.demo.servers import Servers
from tests.servers import mastodon, ntfy

_SETTINGS = Template("""\
organisation:
  name: {zh-Hans: 示例钱包, zh-Hant: 示例錢包, en: Example Wallet}
  contact: {zh-Hans: 应用内“我的 > 客服”, zh-Hant: App 內「我的 > 客服」, en: "the app, under Me > Help"}
  hours: {zh-Hans: 每天 24 小时, zh-Hant: 每天 24 小時, en: 24 hours a day}
  legal_footer: {zh-Hans: 示例钱包有限公司, zh-Hant: 示例錢包有限公司, en: Example Wallet Ltd.}
  status_page: https://status.wallet.example
  domains: [wallet.example]
  locales: [zh-Hans, zh-Hant, en]
  time_zone: Asia/Shanghai
  time_zone_name: {zh-Hans: 北京时间, zh-Hant: 北京時間, en: Beijing time}

people:
  li:                                # on call: declares, writes
    name: Li Na
    locale: zh-Hans
    os_users: ['$user']
    contacts: [email]
    email: li@wallet.example
  wang:                              # the second person: reads and approves
    name: Wang Fang
    locale: en
    os_users: ['$user']
    contacts: [email]
    email: wang@wallet.example

channels:
  email: {kind: mail, url: "$mail"}
  push: {kind: apprise, url: "$push"}
  social: {kind: apprise, url: "$social"}

delivery:
  retry: {attempts: 5, first: 1s, longest: 5s}
  unsubscribe_url: https://wallet.example/unsubscribe/{recipient}
""")


def write_settings(workspace: Path, servers: Servers) -> None:
    """Puts the demonstration's incident.yaml in place of the one that `incident init` wrote."""
    text = _SETTINGS.substitute(
        user=os_user().replace("'", "''"),
        mail=servers.mail.url,
        push=ntfy.url(servers.push),
        social=mastodon.url(servers.social),
    )
    (workspace / "incident.yaml").write_text(text, encoding="utf-8")
