"""The recorded stream of a real venue, with its clock that goes before ours, cut and spoilt."""

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest

from assets.landing.venues.known import VENUES

# in the repository, under MIT: assets/recordings/metadata.json
RECORDING = Path(__file__).resolve().parents[3] / "assets/recordings/spot_ethusdt_20240809.gz"
CUT = None

# the recording is of single trades, the venue file asks for aggregates: the same but for the name
SINGLE = replace(
    VENUES["binance"],
    id_prefix="",
    options={"fetchMarkets": {"types": ["spot"]}, "watchTrades": {"name": "trade"}},
)


def recorded() -> list[dict]:
    with gzip.open(RECORDING, "rt") as lines:
        found = (json.loads(line.split(" ", 1)[1]) for line in lines)
        return [one["data"] for one in found if one["stream"] == "ethusdt@trade"]


def page(trades: list[dict]) -> list[dict]:
    """The same trades as the venue's pages have them, made from its documentation."""
    return [
        {"a": t["t"], "f": t["t"], "l": t["t"], **{key: t[key] for key in "pqTmM"}} for t in trades
    ]


@pytest.mark.slow
def test_every_recorded_trade_is_sent_once_through_cuts_repeats_and_spoilt_messages(
    stream, documented
):
    trades = recorded()
    # the 400 trades behind the first part come while nobody is connected
    first, second, third = trades[:3000], trades[3400:6000], trades[6000:]
    # another message than a trade, a repeat, two that came in the wrong order, and half a message
    first = [*first[:10], {"e": "depthUpdate", "s": "ETHUSDT"}, *first[10:], first[-1]]
    first[100], first[101] = first[101], first[100]
    plays = [[*first, CUT], [*second, '{"e": "trade", "s'], third]
    market = documented["binance"]["markets"]["/api/v3/exchangeInfo"]["symbols"][0]
    market |= {"symbol": "ETHUSDT", "baseAsset": "ETH"}
    # a cut may also lose what was just being sent
    pages = [page(trades[1000:3401])]
    streamed, messages, _ = stream(
        "binance", plays, pages, until=len(trades), venue=SINGLE, symbols=("ETH-USDT",)
    )
    assert streamed.open_gaps == []
    sent = {(m["trade_id"], m["price"], m["quantity"], m["side"], m["traded_at"]) for m in messages}
    assert sent == {
        (str(t["t"]), t["p"], t["q"], "seller" if t["m"] else "buyer", t["T"] * 1000)
        for t in trades
    }
    assert (len(messages), streamed.sent) == (len(trades), len(trades))
    assert streamed.filled >= 400
    assert {m["symbol"] for m in messages} == {"ETH-USDT"}
