"""The command against a real broker: live trades in, a cut, a graceful end, all of it landed."""

import io
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from assets.lake.settings import load_settings
from assets.landing.kafka.cadence import Cadence
from assets.landing.kafka.lander import Lander
from assets.landing.kafka.service import lander_of

TAPEWATCH = Path(sys.executable).parent / "tapewatch"
CUT = None

pytestmark = pytest.mark.services


def test_streamed_trades_are_in_the_topic_once_and_land(
    service_environment, live_venue, documented, tmp_path, monkeypatch
):
    base = 100 * int(time.time())  # ids that no earlier test sent to this broker
    known = documented["kraken"]

    def live(*numbers: int) -> dict:
        one = known["live"]["data"][0]
        listed = [
            {**one, "trade_id": base + n, "timestamp": f"2023-11-14T22:13:{20 + n:02d}.250000Z"}
            for n in numbers
        ]
        return {**known["live"], "data": listed}

    rows = [["1.30", "1", 1700000000.25 + n, "s", "m", "", base + n] for n in range(2, 6)]
    page = {"error": [], "result": {"XBTUSDT": rows, "last": "1700000005250000000"}}
    plays = [[live(1, 2), live(2), CUT], [live(2), live(5, 6)]]
    venue = live_venue("kraken", plays, [page])
    monkeypatch.setenv("TAPEWATCH_HOME", str(tmp_path))
    monkeypatch.setenv("TAPEWATCH_S3_PREFIX", uuid.uuid4().hex)
    monkeypatch.setenv("TAPEWATCH_VENUE_URLS", f"kraken={venue.url}")
    streaming = subprocess.Popen(
        [TAPEWATCH, "stream", "kraken", "BTC-USDT", "--format", "avro", "--json"],
        env=dict(os.environ),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + 60
        while (venue.plays or not venue.asked) and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(2)
        streaming.send_signal(signal.SIGTERM)
        said, _ = streaming.communicate(timeout=60)
    finally:
        streaming.kill()
    assert streaming.returncode == 0
    (row,) = json.loads(said)
    assert (row["sent"], row["filled"], row["open_gaps"]) == (6, 2, [])

    lander = lander_of(load_settings(), "trades", Cadence(1.0, 50_000), "auto")
    lander.run(Lander.has_landed_to_the_end)
    landed = [
        trade
        for key in lander.store.list("landing/trades/topic=trades/")
        for trade in pq.read_table(io.BytesIO(lander.store.read(key))).to_pylist()
        if trade["venue"] == "kraken" and base < int(trade["trade_id"] or 0) <= base + 6
    ]
    assert sorted(int(trade["trade_id"]) - base for trade in landed) == [1, 2, 3, 4, 5, 6]
    assert {(trade["error"], trade["side"]) for trade in landed} == {(None, "seller")}
    assert [trade["received_at"] is None for trade in landed].count(True) == 2
