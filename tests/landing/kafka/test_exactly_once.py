"""With a real broker and store: each message lands exactly once, whatever is done to landers."""

import random
import signal
import threading
import time
import uuid

import pytest

from assets.lake.settings import Settings, load_settings
from assets.landing.kafka.registry import IncompatibleSchemaError, SchemaRegistry
from assets.landing.messages import AVRO_SCHEMA
from tests.landing.kafka.stream import Stream, kill, stop

pytestmark = [pytest.mark.services, pytest.mark.slow]

OFTEN = ("--max-seconds", "0.2")


@pytest.fixture
def real_settings(service_environment, tmp_path, monkeypatch) -> Settings:
    """Real servers, with a home and a prefix in the bucket of the test's own."""
    monkeypatch.setenv("TAPEWATCH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TAPEWATCH_S3_PREFIX", f"test-{uuid.uuid4().hex}")
    return load_settings()


@pytest.fixture
def real_registry(real_settings) -> SchemaRegistry:
    return SchemaRegistry(real_settings.schema_registry)


@pytest.fixture
def stream(real_settings, real_registry) -> Stream:
    topic = f"trades_{uuid.uuid4().hex[:8]}"
    return Stream(real_settings, topic, real_registry.register(f"{topic}-value", AVRO_SCHEMA))


def test_json_avro_and_bad_messages_land_and_a_second_start_adds_nothing(stream):
    stream.send(5_000, bad_share=0.01)
    for _ in range(2):
        assert stop_at_end(stream) == 0
        stream.assert_landed_exactly_once()
    assert stream.bad
    assert stream.dead_letters() == stream.bad


def stop_at_end(stream: Stream) -> int:
    process = stream.lander("--until-end")
    _, said = process.communicate(timeout=60)
    print(said.decode())  # noqa: T201 (shown where the test fails)
    return process.returncode


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_lands_what_is_at_hand(stream, number):
    lander = stream.lander("--max-seconds", "3600")
    stream.send(1_000)
    time.sleep(6)
    assert stream.objects() == []
    stop(lander, number)
    stream.assert_landed_exactly_once()


def test_kills_pauses_and_rebalances_neither_lose_nor_repeat(stream):
    draw = random.Random(20)
    sending = threading.Thread(
        target=stream.send, args=(100_000,), kwargs={"bad_share": 0.001, "rate": 3_000}
    )
    landers = [stream.lander(*OFTEN), stream.lander(*OFTEN)]
    sending.start()
    try:
        for _ in range(5):
            time.sleep(draw.uniform(1.5, 4))
            kill(landers.pop(draw.randrange(2)))
            landers.append(stream.lander(*OFTEN))
        # beyond the session's timeout: it comes back and thinks that its partitions are its own
        landers[0].send_signal(signal.SIGSTOP)
        time.sleep(12)
        landers[0].send_signal(signal.SIGCONT)
        # one more member, one fewer: partitions move while messages flow
        landers.append(stream.lander(*OFTEN))
        time.sleep(4)
        stop(landers.pop(1))
        sending.join(timeout=60)
        stream.await_landed(60)
    finally:
        for lander in landers:
            kill(lander)
    assert stream.sent == 100_000
    stream.assert_landed_exactly_once()
    letters = stream.dead_letters()
    assert letters == stream.bad


def test_a_bad_evolution_is_refused_by_the_registry(real_registry):
    from tests.landing.kafka.test_schemas import grown, required

    subject = f"test-{uuid.uuid4().hex}-value"
    first = real_registry.register(subject, AVRO_SCHEMA)
    real_registry.demand_backward(subject)
    assert real_registry.register(subject, AVRO_SCHEMA) == first
    assert real_registry.register(subject, grown(AVRO_SCHEMA)) != first
    for bad in (required(AVRO_SCHEMA), AVRO_SCHEMA.replace('"name": "price"', '"name": "cost"')):
        with pytest.raises(IncompatibleSchemaError, match=subject):
            real_registry.register(subject, bad)
    assert SchemaRegistry(real_registry.url).schema(first)
