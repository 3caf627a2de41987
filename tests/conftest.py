"""Fixtures that all tests share: real databases, each test in a fresh one, and a clock that moves by hand."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from incident.store import Store, migrate, open_store
from tests import postgresql
from tests.clock import START, MovableClock
from tests.tally import Tally, told

# A gate must not be decided by luck: the same examples each time. `make soak` explores, with new ones.
settings.register_profile("fixed", derandomize=True)
settings.register_profile("explore", max_examples=1_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))

DATABASES = ("sqlite", "postgresql")


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Tally:
    """Counts what a long test did, for the end of the run."""
    return Tally(request.node.user_properties)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """After long runs: what they did, in numbers."""
    lines = told(terminalreporter.getreports("passed")) if config.option.markexpr == "soak" else []
    if lines:
        terminalreporter.section("what was done")
        terminalreporter.write("".join(f"{line}\n" for line in lines))


@pytest.fixture
def clock() -> MovableClock:
    """A movable clock, at 3 a.m."""
    return MovableClock()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[postgresql.Server]:
    """One server for this process (each xdist worker has its own), started at the first test that needs it."""
    try:
        with postgresql.running() as server:
            yield server
    except postgresql.Unavailable as reason:
        pytest.skip(f"PostgreSQL: {reason}")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'incident.db'}"


@pytest.fixture
def postgresql_url(postgresql_server: postgresql.Server) -> Iterator[str]:
    """The URL of an empty PostgreSQL database."""
    name = postgresql_server.create()
    yield postgresql_server.url(name)
    postgresql_server.drop(name)


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[Store]:
    """A migrated SQLite file."""
    store = open_store(sqlite_url, make=True)
    migrate(store, START)
    yield store
    store.close()


@pytest.fixture
def postgresql_store(postgresql_server: postgresql.Server) -> Iterator[Store]:
    """A migrated PostgreSQL database, a copy of one that was migrated once."""
    name = postgresql_server.create("incident_template", _fill)
    store = open_store(postgresql_server.url(name))
    yield store
    store.close()
    postgresql_server.drop(name)


@pytest.fixture(params=DATABASES)
def store(request: pytest.FixtureRequest) -> Store:
    """A fresh, migrated database; the test runs once on each kind."""
    opened: Store = request.getfixturevalue(f"{request.param}_store")
    return opened


@pytest.fixture(params=DATABASES)
def empty_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database without any table; the test runs once on each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


def _fill(url: str) -> None:
    store = open_store(url)
    migrate(store, START)
    store.close()
