"""The night itself: the commands that two people type, chapter by chapter."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.demo.people import NUMBER, fates_counted, subscribers, write_csv
from tests.demo.servers import Servers
from tests.demo.stage import Stage, StoryBroken, the_count
from tests.demo.terminal import Ran
from tests.demo.workspace import write_settings

LI, WANG = ("--as", "li"), ("--as", "wang")
NOT_ALLOWED, HELD, NOT_CONFIRMED = 12, 17, 20

UPDATE = {
    "zh-Hans": "整座机房停电，我们正在把服务切换到另一座机房。已有一部分用户可以正常付款。",
    "zh-Hant": "整座機房停電，我們正在把服務切換到另一座機房。已有一部分用戶可以正常付款。",
    "en": "A whole data centre has lost power. We are moving the service to another one; some payments work again.",
}
LAST_WORD = {
    "zh-Hans": "受影响的付款已经全部核对完毕，没有一笔丢失。",
    "zh-Hant": "受影響的付款已經全部核對完畢，沒有一筆遺失。",
    "en": "All affected payments have been checked; not one was lost.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """What the story leaves to look at."""

    incident: str


def play(stage: Stage, folder: Path, servers: Servers) -> Night:
    """The whole story. Raises StoryBroken when the program does something else."""
    prepare(stage, folder, servers)
    night = declare(stage)
    approve(stage, night)
    organise(stage, night)
    told = update(stage, night)
    resolve(stage, night, told)
    account(stage, night)
    return night


def prepare(stage: Stage, folder: Path, servers: Servers) -> None:
    stage.chapter("By day: a workspace and its audience")
    stage.type("init", stage.workspace)
    write_settings(stage.workspace, servers)
    stage.say(
        "Its incident.yaml is now one with two people, li (on call) and wang (the second person), and with\n"
        f"three real servers on this machine:\n\n{servers.told()}"
    )
    file = folder / "people.csv"
    people = subscribers()
    write_csv(people, file)
    fates = ", ".join(f"{number} {fate}" for fate, number in fates_counted(people).items())
    stage.say(f"{NUMBER} subscribers in three languages. What must become of a mail to each: {fates}.")
    stage.type("audience", "import", file)
    stage.type("audience", "count", "everyone")


def declare(stage: Stage) -> Night:
    stage.chapter("At night a data centre is lost. li declares; the first notice waits for a second person")
    ran = stage.type("declare", "datacenter-loss", "--param", "dc=sh1", *LI)
    return Night(incident=_found(r"(INC-\d{4}-\d{3,})", ran))


def approve(stage: Stage, night: Night) -> None:
    stage.chapter("Whoever declares may not approve; whoever approves sees the words and the count first")
    stage.type("approve", night.incident, "first-notice", "--yes", str(NUMBER), *LI, expect=NOT_ALLOWED)
    stage.say("wang reads it, and does not send it yet:")
    stage.type("approve", night.incident, "first-notice", *WANG, expect=NOT_CONFIRMED)
    stage.say("wang approves, repeating the count:")
    stage.type("approve", night.incident, "first-notice", "--yes", str(NUMBER), *WANG)
    stage.say("The command tried again where a server was busy or hung up; a worker finds nothing left to do:")
    stage.type("work", "--until-idle", "--wait", "20s")


def organise(stage: Stage, night: Night) -> None:
    stage.chapter("Who does what")
    stage.type("ack", night.incident, *WANG)
    stage.type("role", "claim", night.incident, "commander", *WANG)
    stage.type("role", "claim", night.incident, "comms", *LI)
    stage.type("note", night.incident, "the power company: feeder 2 has burnt", *WANG)
    stage.type("answer", night.incident, "confirm-impact", "est_affected_users=480", "cause_known=true", *WANG)


def update(stage: Stage, night: Night) -> int:
    """Returns how many people the program counted."""
    stage.chapter("The cause is known: an update, in every language or not at all")
    line = ("update", night.incident, "--phase", "identified", *LI)
    stage.type(*line, "--text", f"en={UPDATE['en']}", expect=HELD)
    stage.say("With all three, typing the count when asked:")
    ran = stage.type(*line, *_texts(UPDATE), asked=the_count)
    return int(_found(r"number of people \((\d+)\)", ran))


def resolve(stage: Stage, night: Night, told: int) -> None:
    stage.chapter("It is over: the last word goes to everybody who was told before")
    stage.type("resolve", night.incident, "--yes", str(told), *_texts(LAST_WORD), *LI)


def account(stage: Stage, night: Night) -> None:
    stage.chapter("What happened, and every person accounted for")
    stage.type("timeline", night.incident)
    stage.type("reconcile", night.incident)


def _texts(words: Mapping[str, str]) -> list[str]:
    return [part for locale, text in words.items() for part in ("--text", f"{locale}={text}")]


def _found(pattern: str, ran: Ran) -> str:
    """What the pattern's group matches in a command's output. Raises StoryBroken when it is not there."""
    match = re.search(pattern, ran.text)
    if match is None:
        raise StoryBroken(f"Nothing like {pattern} in:\n{ran.text}")
    return match[1]
