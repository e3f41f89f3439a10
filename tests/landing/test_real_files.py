"""Real recordings, where they are present."""

import gzip
import json

import pytest

from assets.landing.files.importer import land_file, land_files

PUMP_ROWS = 539_535


def test_all_pump_files_land_whole(shared_data, store):
    folders = [shared_data / "pump_trades_2018_19", shared_data / "pump_trades_2020_22"]
    reports = land_files(folders, store)
    assert len(reports) == 25
    assert sum(report.rows for report in reports) == PUMP_ROWS
    assert {(report.format, report.venue, report.rejected) for report in reports} == {
        ("ccxt", "file", 0)
    }


@pytest.mark.parametrize(
    ("name", "venue"),
    [
        ("spot_ethusdt_20240808.gz", "binance"),
        ("usdm_btcusdt_20240719.gz", "binance_usdm"),
        ("cm_btcusd_perp_20240809.gz", "binance_coinm"),
    ],
)
def test_every_line_of_a_capture_is_a_row_or_skipped(shared_data, store, rows_of, name, venue):
    path = shared_data / "binance_ws_raw" / name
    lines = gzip.decompress(path.read_bytes()).splitlines()
    report = land_file(path, store)
    assert report.venue == venue
    assert report.rejected == 0
    assert report.rows + sum(report.skipped.values()) == len(lines)
    for row in rows_of(report)[::500]:
        line = lines[row["source_line"] - 1].decode()
        assert f'"t":{row["trade_id"]},"p":"{row["price"]}","q":"{row["quantity"]}"' in line
        assert f'"m":{row["is_buyer_maker"]}' in line


def test_the_capture_of_hyperliquid_lands_each_trade_with_both_users(shared_data, store, rows_of):
    path = shared_data / "binance_ws_raw" / "hyperliquid_btcusd_20250126.gz"
    report = land_file(path, store)
    assert (report.format, report.rows, report.rejected) == ("hyperliquid", 64, 0)
    assert report.skipped == {"l2Book": 46}
    users = [json.loads(row["users"]) for row in rows_of(report)]
    assert all(len(both) == 2 and len(set(both)) == 2 for both in users)
