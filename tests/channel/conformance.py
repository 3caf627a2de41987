"""What every kind of channel promises. A kind joins in one line:

class TestMail(Conformance, rig=MailRig): ...
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Protocol

import pytest

from incident.channel.port import ADDRESSES, MEDIA, Channel, Deferred, Outcome, Refused, Sent
from tests.channel.setup import Unhurried, delivery, outcomes

SECRET = "c4nary-s3cret"


class Rig(Protocol):
    """A channel with its server, set up by the kind under test; used as a context manager around one test."""

    channel: Channel
    refuses: bool
    """Whether the other side can refuse one address (the one of `bad`)."""

    def __init__(self, folder: Path) -> None: ...
    def __enter__(self) -> Rig: ...
    def __exit__(self, *error: object) -> None: ...
    def address(self, no: int) -> str: ...
    def bad(self) -> str: ...
    def arrived(self) -> list[str]:
        """The addresses that got something, in order; for a channel without addresses, one '' each."""

    def dead(self) -> Channel | None:
        """The same kind of channel, aimed at nobody; None when nobody can be missing."""


class Conformance:
    """The promises, one a test."""

    rig_class: ClassVar[type[Rig]]

    def __init_subclass__(cls, *, rig: type[Rig]) -> None:
        cls.rig_class = rig

    @pytest.fixture
    def rig(self, tmp_path: Path) -> Iterator[Rig]:
        with self.rig_class(tmp_path) as rig:
            yield rig
            rig.channel.close()

    def test_one_outcome_per_delivery(self, rig: Rig) -> None:
        """Each delivery gets exactly one outcome, and each address exactly one message."""
        sent = outcomes(rig.channel, [delivery(no, rig.address(no)) for no in range(8)])
        assert set(sent) == set(range(8))
        assert all(isinstance(outcome, Sent) for outcome in sent.values()), sent
        assert sorted(rig.arrived()) == sorted(rig.address(no) for no in range(8))

    def test_refused_recipient_is_alone(self, rig: Rig) -> None:
        """A recipient that is refused does not affect those before and behind."""
        if not rig.refuses:
            pytest.skip("this kind has nobody who could refuse")
        sent = outcomes(rig.channel, [delivery(no, rig.bad() if no == 2 else rig.address(no)) for no in range(5)])
        assert isinstance(sent.pop(2), Refused)
        assert all(isinstance(outcome, Sent) for outcome in sent.values()), sent
        assert rig.bad() not in rig.arrived()

    def test_stop_starts_nothing_further(self, rig: Rig) -> None:
        """After a stop no further delivery is started, and what was not yielded was not sent."""
        heard: list[Outcome] = []
        sending = rig.channel.send([delivery(no, rig.address(no)) for no in range(60)], lambda: bool(heard))
        for _, outcome in sending:
            heard.append(outcome)
        assert len(heard) < 60
        assert len(rig.arrived()) == len(heard)

    def test_waits_until_the_next_is_due(self, rig: Rig) -> None:
        """A supply says when the next delivery may start; none is taken before, and none is left behind."""
        supply = Unhurried([delivery(no, rig.address(no)) for no in range(4)])
        sent = dict(rig.channel.send(supply, lambda: False))
        assert set(sent) == set(range(4))
        assert supply.taken_early == []

    def test_stopped_before_it_began(self, rig: Rig) -> None:
        """A channel that is stopped from the start sends nothing."""
        assert list(rig.channel.send([delivery(1, rig.address(1))], lambda: True)) == []
        assert rig.arrived() == []

    def test_nothing_to_send(self, rig: Rig) -> None:
        """An empty batch is fine."""
        assert outcomes(rig.channel, []) == {}

    def test_dead_server_defers_all(self, rig: Rig) -> None:
        """A server that is not there is Deferred for everybody, and no exception."""
        dead = rig.dead()
        if dead is None:
            pytest.skip("this kind has no server")
        sent = outcomes(dead, [delivery(no, rig.address(no)) for no in range(5)])
        assert {(type(outcome), outcome.reason) for outcome in sent.values()} == {(Deferred, "unreachable")}

    def test_secrets_do_not_print(self, rig: Rig) -> None:
        """Neither the channel, nor a delivery, nor an outcome, nor a finding shows a secret or an address."""
        addressed = delivery(1, rig.address(1))
        refused = delivery(2, rig.bad())
        shown = [repr(rig.channel), repr(addressed), repr(vars(rig.channel).get("_spec"))]
        shown += [repr(outcome) for outcome in outcomes(rig.channel, [addressed, refused]).values()]
        shown += [repr(finding) for finding in rig.channel.check()]
        for text in shown:
            assert SECRET not in text
            assert not rig.address(1) or rig.address(1) not in text
            assert not rig.bad() or rig.bad() not in text

    def test_check_sends_nothing(self, rig: Rig) -> None:
        """`check` finds something to say, and nobody gets a message."""
        assert all(finding.message for finding in rig.channel.check())
        assert rig.arrived() == []

    def test_used_again_after_close(self, rig: Rig) -> None:
        """A closed channel can be used again."""
        outcomes(rig.channel, [delivery(1, rig.address(1))])
        rig.channel.close()
        assert isinstance(outcomes(rig.channel, [delivery(2, rig.address(2))])[2], Sent)

    def test_describes_itself(self, rig: Rig) -> None:
        """What the ledger asks of a channel has a value that it knows."""
        assert rig.channel.medium in MEDIA
        assert rig.channel.address in ADDRESSES
        assert rig.channel.reach in ("each", "once")
        assert rig.channel.on_unknown in ("resend", "hold")
