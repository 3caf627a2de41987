"""A push through a real MQTT broker: Debian's Mosquitto."""

from __future__ import annotations

import queue
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from incident.channel.port import Deferred, Sent, Unknown
from tests.channel.setup import channel, closed_port, delivery, one, outcomes

MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed: apt-get install mosquitto"),
]
PASSWORD = "br0ker-pass"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[int]:
    """A broker of its own on a free port, that wants a password; its port."""
    port = closed_port()
    passwords = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-c", "-b", str(passwords), "desk", PASSWORD], check=True, capture_output=True)
    passwords.chmod(0o644)
    tmp_path.chmod(0o755)
    config = tmp_path / "mosquitto.conf"
    # `user root`: the broker would otherwise become `mosquitto`, who may not read this folder.
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous false\npassword_file {passwords}\nuser root\n")
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen([str(MOSQUITTO), "-c", str(config)], stdout=log, stderr=log)
        try:
            _until_listening(port, process, tmp_path / "log")
            yield port
        finally:
            process.terminate()
            process.wait(10)


def _until_listening(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    import socket

    for _ in range(100):
        if process.poll() is not None:
            pytest.fail(f"mosquitto ended: {log.read_text()}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    pytest.fail("mosquitto does not listen")


@pytest.fixture
def phone(broker: int) -> Iterator[queue.Queue[tuple[str, str]]]:
    """A subscriber to everything: a queue of (topic, text)."""
    from paho.mqtt import client as mqtt

    heard: queue.Queue[tuple[str, str]] = queue.Queue()
    ready: queue.Queue[bool] = queue.Queue()
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.username_pw_set("desk", PASSWORD)
    client.on_message = lambda _client, _data, message: heard.put((message.topic, message.payload.decode()))
    client.on_subscribe = lambda *_: ready.put(True)
    client.connect("127.0.0.1", broker)
    client.subscribe("#", qos=1)
    client.loop_start()
    ready.get(timeout=10)
    yield heard
    client.disconnect()
    client.loop_stop()


def test_push_arrives(broker: int, phone: queue.Queue[tuple[str, str]], tmp_path: Path) -> None:
    """Each person's topic gets its text, in Chinese, once, confirmed by the broker."""
    url = f"mqtt://desk:{PASSWORD}@127.0.0.1:{broker}/{{push}}"
    sending = channel(f'{{kind: apprise, url: "{url}"}}', tmp_path)
    parts = {"title": "支付服务中断", "body": "您的资金安全。"}
    sent = outcomes(sending, [delivery(no, f"phone-{no}", parts=parts) for no in range(3)])
    assert all(isinstance(outcome, Sent) for outcome in sent.values()), sent
    got = sorted(phone.get(timeout=10) for _ in range(3))
    assert got == [(f"phone-{no}", "支付服务中断\r\n您的资金安全。") for no in range(3)]
    time.sleep(0.2)
    assert phone.empty()


def test_topic_with_a_path(broker: int, phone: queue.Queue[tuple[str, str]], tmp_path: Path) -> None:
    """An address that is a path stays one topic; a wildcard is no address."""
    sending = channel(f'{{kind: apprise, url: "mqtt://desk:{PASSWORD}@127.0.0.1:{broker}/{{push}}"}}', tmp_path)
    assert isinstance(one(sending, delivery(1, "cn/sh/42", parts={"body": "x"})), Sent)
    assert phone.get(timeout=10) == ("cn/sh/42", "x")
    assert not isinstance(one(sending, delivery(2, "cn/#", parts={"body": "x"})), Sent)


def test_refused_login_is_not_success(broker: int, tmp_path: Path) -> None:
    """A wrong password is never Sent."""
    sending = channel(f'{{kind: apprise, timeout: 2s, url: "mqtt://desk:wr0ng@127.0.0.1:{broker}/{{push}}"}}', tmp_path)
    outcome = one(sending, delivery(1, "phone-1", parts={"body": "x"}))
    assert isinstance(outcome, Deferred | Unknown), outcome


def test_no_broker(tmp_path: Path) -> None:
    """No broker is Deferred."""
    sending = channel(f'{{kind: apprise, url: "mqtt://127.0.0.1:{closed_port()}/{{push}}"}}', tmp_path)
    outcome = one(sending, delivery(1, "phone-1", parts={"body": "x"}))
    assert isinstance(outcome, Deferred)
    assert outcome.reason == "unreachable"
