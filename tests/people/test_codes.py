"""One-time codes: right ones once, wrong ones few."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from incident.errors import NotAllowed
from incident.journal import Actor, read
from incident.people import Person, codes, identify, identify_by_code
from incident.people.totp import counter_of, is_secret, new_secret, square, uri
from incident.settings import Secret
from incident.store import Store
from tests.clock import START, MovableClock

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # RFC 6238, appendix B
BOB = Person(id="bob", totp=Secret("file:bob", SECRET))
LI = Actor(person="bob", os_user="li", login="li", proof="totp")


def code(clock: MovableClock, steps: int = 0) -> str:
    """Bob's code, so many steps of 30 s from now."""
    return pyotp.TOTP(SECRET).at(clock() + timedelta(seconds=30 * steps))


def use(store: Store, clock: MovableClock, given: str) -> None:
    proof = codes.check(store, BOB, given, LI, clock())
    with store.transaction():
        proof.use(store)


def test_a_code_is_that_of_the_rfc() -> None:
    """RFC 6238, appendix B: 287082 belongs to the 59th second of 1970, which is step 1."""
    assert counter_of(SECRET, "287082", datetime.fromtimestamp(59, UTC)) == 1


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_phone_may_be_half_a_minute_off(store: Store, clock: MovableClock, steps: int) -> None:
    """One step before and one after are taken."""
    use(store, clock, code(clock, steps))


def test_full_width_digits_are_the_same_code() -> None:
    """As a Chinese keyboard types them, with its blank."""
    assert counter_of(SECRET, "２８７\u3000０８２", datetime.fromtimestamp(59, UTC)) == 1


@pytest.mark.parametrize("given", ["二八七零八二", "28708\u0662", "\udcff87082", "é", ""])
def test_what_is_no_digit_is_a_wrong_code(given: str) -> None:
    """Not a crash."""
    assert counter_of(SECRET, given, datetime.fromtimestamp(59, UTC)) is None


def test_a_secret_that_cannot_be_read_here_lets_no_code_pass(store: Store, clock: MovableClock) -> None:
    """It says whose, and why."""
    bob = Person(id="bob", totp=Secret("file:bob", "", "the file bob cannot be read"))
    with pytest.raises(NotAllowed, match="of bob cannot be checked by this login: the file bob cannot be read"):
        codes.check(store, bob, "", LI, clock())


@pytest.mark.parametrize("steps", [-2, 2, 100])
def test_other_codes_are_wrong(store: Store, clock: MovableClock, steps: int) -> None:
    """Two steps are too far."""
    with pytest.raises(NotAllowed, match="no code of bob"):
        codes.check(store, BOB, code(clock, steps), LI, clock())


def test_a_code_is_used_once(store: Store, clock: MovableClock) -> None:
    """Neither it nor an older one that is still in its time is taken again; the next one is."""
    older, given = code(clock, -1), code(clock)
    use(store, clock, given)
    for one in (given, older):
        with pytest.raises(NotAllowed, match="used already"):
            use(store, clock, one)
    clock.advance("30s")
    use(store, clock, code(clock))


def test_of_two_who_use_a_code_at_once_one_wins(store: Store, clock: MovableClock) -> None:
    """Both have looked at it before either used it."""
    first = codes.check(store, BOB, code(clock), LI, clock())
    second = codes.check(store, BOB, code(clock), LI, clock())
    first.use(store)
    with pytest.raises(NotAllowed, match="used already"):
        second.use(store)


def test_an_act_that_comes_to_nothing_costs_no_code(store: Store, clock: MovableClock) -> None:
    """What is undone with the act is the use, too."""
    given = code(clock)
    with pytest.raises(KeyError), store.transaction():  # noqa: PT012
        codes.check(store, BOB, given, LI, clock()).use(store)
        raise KeyError
    use(store, clock, given)


def test_guesses_are_few(store: Store, clock: MovableClock) -> None:
    """After five wrong codes none is looked at, not even the right one; a quarter of an hour later it is."""
    for _ in range(codes.TRIES):
        with pytest.raises(NotAllowed, match="no code of bob"):
            codes.check(store, BOB, "000000", LI, clock())
        clock.advance("1s")
    with pytest.raises(NotAllowed, match="Too many wrong codes"):
        codes.check(store, BOB, code(clock), LI, clock())
    clock.advance(codes.WINDOW)
    use(store, clock, code(clock))


def test_wrong_codes_stand_in_the_journal(store: Store, clock: MovableClock) -> None:
    """With who typed them; the code itself is not written down."""
    with pytest.raises(NotAllowed):
        codes.check(store, BOB, "123123", LI, clock())
    (entry,) = read(store)
    assert (entry.kind, entry.actor, entry.os_user, entry.detail) == ("code.wrong", "li", "li", {"person": "bob"})


def test_without_a_secret_there_is_no_code(store: Store) -> None:
    """And the way to one is told."""
    with pytest.raises(NotAllowed, match="incident person totp enrol"):
        codes.check(store, Person(id="li"), "000000", LI, START)


def test_a_secret_is_long_and_new() -> None:
    """160 bits, another one each time; too short ones are none."""
    assert len(new_secret()) == 32
    assert new_secret() != new_secret()
    assert is_secret(new_secret())
    assert not is_secret("ABCDEFGH")
    assert not is_secret("not base 32!")


def test_what_a_phone_reads() -> None:
    """The address that authenticator apps know, and a square of half blocks."""
    address = uri(SECRET, "bob", "Example Wallet")
    assert address == f"otpauth://totp/Example%20Wallet:bob?secret={SECRET}&issuer=Example%20Wallet"
    assert len(square(address).splitlines()) > 15


PEOPLE = {
    "li": Person(id="li", os_users=("li",)),
    "bob": BOB,
    "wang": Person(id="wang", os_users=("li",)),
}


def test_who_acts_for_somebody_else_is_marked() -> None:
    """Whose login it was and why it was believed; whoever acts as themselves is not."""
    assert identify_by_code(PEOPLE, "li", "bob").marks == {"acted_by": {"login": "li", "proof": "totp"}}
    assert identify(PEOPLE, "li", "wang").marks == {"acted_by": {"login": "li", "proof": "os_users"}}
    assert identify(PEOPLE, "li", None).marks == identify(PEOPLE, "li", "li").marks == {}


@pytest.mark.parametrize(
    ("user", "wanted", "words"),
    [("eve", "bob", "eve is nobody here"), ("li", None, "--as PERSON"), ("li", "carol", "no person 'carol'")],
)
def test_a_code_needs_somebody_who_types_it(user: str, wanted: str | None, words: str) -> None:
    """And says whose it is."""
    with pytest.raises(NotAllowed, match=words):
        identify_by_code(PEOPLE, user, wanted)
