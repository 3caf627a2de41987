"""Destination domains are spared: so many at once, so many in so long, shared among processes."""

from __future__ import annotations

from datetime import timedelta

from incident.channel.spec import DomainLimit, Rate
from incident.delivery.brakes import DomainGate

TWO = DomainLimit(concurrency=2)


def test_so_many_at_once() -> None:
    """The third waits until one of the first two is through; other domains have no limit."""
    gate = DomainGate({"example.com": TWO})
    assert [gate.take("example.com") for _ in range(3)] == [True, True, False]
    assert [gate.take("example.org") for _ in range(9)] == [True] * 9
    gate.give_back("example.com")
    assert [gate.take("example.com"), gate.take("example.com")] == [True, False]


def test_each_other_domain_has_the_stars_limit() -> None:
    """The star is a limit for each domain that has none of its own, not one for all of them together."""
    gate = DomainGate({"*": DomainLimit(concurrency=1), "example.com": TWO})
    assert [gate.take(domain) for domain in ("a.example", "b.example", "a.example")] == [True, True, False]
    assert [gate.take("example.com") for _ in range(3)] == [True, True, False]


def test_a_domain_is_the_same_in_any_case() -> None:
    """Capitals and the dot of the root are the same domain."""
    gate = DomainGate({"Example.com": DomainLimit(concurrency=1)})
    assert [gate.take("EXAMPLE.COM"), gate.take("example.com.")] == [True, False]


def test_processes_share_a_limit() -> None:
    """Each takes its part, and at least one."""
    limits = {"example.com": DomainLimit(concurrency=8), "example.org": TWO}
    gate = DomainGate(limits, share=4)
    assert [gate.take("example.com") for _ in range(3)] == [True, True, False]
    assert [gate.take("example.org") for _ in range(2)] == [True, False]


def test_so_many_in_so_long() -> None:
    """A rate counts starts, not what is under way; it says when the next may start."""
    seconds = 0.0
    rate = Rate(per=timedelta(minutes=1), most=2)
    gate = DomainGate({"example.com": DomainLimit(rate=(rate,))}, now=lambda: seconds)
    for _ in range(2):
        assert gate.take("example.com")
        gate.give_back("example.com")
    assert not gate.take("example.com")
    assert gate.due("example.com") == 60.0
    seconds = 60.0
    assert gate.take("example.com")


def test_what_is_idle_is_forgotten() -> None:
    """A million destination domains do not stay in memory; one that was just used does."""
    seconds = 0.0
    gate = DomainGate({"*": DomainLimit(rate=(Rate(per=timedelta(seconds=1), most=1),))}, now=lambda: seconds)
    for number in range(30_000):
        seconds += 0.001
        assert gate.take(f"{number}.example")
        gate.give_back(f"{number}.example")
    assert len(gate._paces) <= 10_001
    assert not gate.take("29999.example")
