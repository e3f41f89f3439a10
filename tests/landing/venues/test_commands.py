"""The commands: what they land, say and refuse, and how they end."""

import hashlib
import json

import pytest
from typer.testing import CliRunner

from assets.lake.settings import Settings, SettingsError, load_settings
from orchestration.command_line.app import app
from orchestration.command_line.program import WrongUsageError

START = 1_700_000_000_000
WINDOW = ["--from", "2023-11-14T22:13:20", "--to", "2023-11-14T22:14:20"]


@pytest.fixture
def command(settings: Settings, monkeypatch):
    def run(*words: str, **variables: str):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return CliRunner().invoke(app, list(words))

    return run


def test_a_window_is_fetched_once_and_what_is_missing_is_said(command, pages_of, documented):
    page = documented["binance"]["page"]
    gapped = [page[0], {**page[1], "a": 10}]
    url, asked = pages_of("binance", [gapped, [], page, []])
    urls = {"TAPEWATCH_VENUE_URLS": f"binance={url}"}
    result = command("fetch", "binance", "BTC-USDT", *WINDOW, "--json", **urls)
    assert result.exit_code == 0, result.output
    assert "served none of the 2 trades with ids 8 to 9" in result.stderr
    (row,) = json.loads(result.stdout)
    assert (row["trades"], row["gaps"], row["resumed"]) == (2, 1, False)
    again = command("fetch", "binance", "BTC-USDT", *WINDOW, "--json")
    assert json.loads(again.stdout)[0] | {"objects": 1} == row | {"gaps": 0, "objects": 1}
    count = len(asked)
    third = command("fetch", "binance", "BTC-USDT", *WINDOW, "--json")
    assert json.loads(third.stdout)[0]["resumed"]
    assert len(asked) == count


def test_the_last_minutes_are_other_ones_each_time(command, pages_of, documented):
    url, asked = pages_of("binance", [])
    urls = {"TAPEWATCH_VENUE_URLS": f"binance={url}, kraken=http://127.0.0.1:1"}
    for _ in range(2):
        result = command("fetch", "binance", "BTC-USDT", "--minutes", "5", "--json", **urls)
        assert result.exit_code == 0, result.output
    assert len(asked) == 2
    assert asked[0]["startTime"] < asked[1]["startTime"]


def test_an_archive_with_a_wrong_checksum_fails_and_the_others_land(command, http):
    data = b"1,60000.1,0.5,1,1,1723161600000,true,true\n"

    def answer(path, query):
        if "2024-08-11" in path:
            return 404, {}, {}
        digest = hashlib.sha256(data if "08-09" in path else b"").hexdigest()
        return f"{digest}  x".encode() if path.endswith(".CHECKSUM") else data

    words = ["binance", "BTC-USDT", "--archive", "--from", "2024-08-09", "--to", "2024-08-12"]
    result = command("fetch", *words, "--json", TAPEWATCH_BINANCE_ARCHIVE_URL=http(answer))
    states = [row["state"] for row in json.loads(result.stdout)]
    assert (result.exit_code, states) == (1, ["landed", "refused", "missing"])
    assert "BTCUSDT-aggTrades-2024-08-10.zip: refused its SHA-256 is" in result.stderr


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["fetch", "binance", "BTC-USDT"], "give --minutes N, or --from and a later --to"),
        (["fetch", "binance", "BTC-USDT", "--minutes", "5", *WINDOW], "give --minutes"),
        (["fetch", "mtgox", "BTC-USD", "--minutes", "5"], "the venue is one of binance, bitstamp"),
        (["fetch", "kraken", "BTC-USD", "--archive", *WINDOW], "--archive needs binance"),
        (["fetch", "binance", "BTC-USDT", "--archive", *WINDOW], "archives are whole days"),
        (["stream", "binance", "BTC-USDT"], "TAPEWATCH_KAFKA_BOOTSTRAP is not set"),
        (["stream", "mtgox", "BTC-USDT"], "the venue is one of"),
        (["stream", "binance", "BTC-USDT", "--format", "xml"], "--format is json or avro"),
    ],
)
def test_wrong_usage_says_what_is_right(command, monkeypatch, words, what):
    monkeypatch.delenv("TAPEWATCH_KAFKA_BOOTSTRAP", raising=False)
    result = command(*words)
    assert isinstance(result.exception, SettingsError | WrongUsageError)
    assert what in str(result.exception)


def test_mirrors_are_checked_and_settings_stay_hashable(settings, monkeypatch):
    monkeypatch.setenv("TAPEWATCH_VENUE_URLS", "binance=http://127.0.0.1:1, okx=https://x")
    found = load_settings()
    assert hash(found) != hash(settings)
    urls = [found.venue_url(name) for name in ("binance", "okx", "kraken")]
    assert urls == ["http://127.0.0.1:1", "https://x", None]
    monkeypatch.setenv("TAPEWATCH_VENUE_URLS", "binance:http://127.0.0.1:1")
    with pytest.raises(SettingsError, match="TAPEWATCH_VENUE_URLS"):
        load_settings()
