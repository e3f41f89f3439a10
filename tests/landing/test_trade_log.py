"""The log of an exchange's own trades."""

from datetime import date

HEADER = "trade_id,timestamp,symbol,price,quantity,side,trader_id,order_id,event_type\n"
LINE = (
    "9cb7653c-60ee-3a8c-cfa7-4226d47d2fc2,2025-03-01T23:59:59.999999,BTCUSDT,60000.10,0.5000,"
    "BUY,T0181,7d92163d-6207-de15-ad7e-e1337e83cf4b,TRADE\n"
)


def test_every_field_is_kept(land, write, rows_of):
    report = land(write("trades.csv", HEADER + LINE))
    assert (report.format, report.venue, report.rows) == ("trade_log", "file", 1)
    row = rows_of(report)[0]
    kept = ",".join(row[name] for name in HEADER.strip().split(","))
    assert kept == LINE.strip()
    assert (row["source_file"], row["source_line"]) == ("trades.csv", 2)
    assert row["error"] is None
    assert row["raw"] is None


def test_a_log_of_a_public_feed_has_no_traders(land, write, rows_of):
    header = "trade_id,timestamp,symbol,price,quantity,side\n"
    report = land(write("trades.csv", header + "1,2025-03-01T10:00:00,BTCUSDT,1,2,SELL\n"))
    assert report.format == "trade_log"
    assert rows_of(report)[0]["side"] == "SELL"


def test_a_time_without_zone_is_utc_and_with_zone_is_turned_to_utc(land, write):
    with_zone = LINE.replace("23:59:59.999999", "23:59:59.999999-01:00")
    report = land(write("trades.csv", HEADER + LINE + with_zone))
    assert report.dates == (date(2025, 3, 1), date(2025, 3, 2))


def test_rows_of_several_days_in_any_order_go_to_their_days(land, write, rows_of):
    days = ["2025-03-02", "2025-03-01", "2025-03-03", "2025-03-01"]
    lines = "".join(LINE.replace("2025-03-01", day) for day in days)
    report = land(write("trades.csv", HEADER + lines))
    assert [day.isoformat() for day in report.dates] == sorted(set(days))
    assert len(report.objects) == 3
    assert [row["timestamp"][:10] for row in rows_of(report)] == days


def test_quotes_are_undone(land, write, rows_of):
    quoted = ",".join(f'"{field}"' for field in LINE.strip().split(",")) + "\n"
    report = land(write("trades.csv", HEADER + quoted + LINE))
    first, second = rows_of(report)
    assert first | {"source_line": 3} == second


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm(land, write, rows_of):
    content = "\ufeff" + (HEADER + LINE + LINE).replace("\n", "\r\n")
    report = land(write("trades.csv", content))
    assert (report.rows, report.rejected) == (2, 0)
    assert rows_of(report)[0]["event_type"] == "TRADE"


def test_the_last_line_needs_no_end(land, write):
    assert land(write("trades.csv", HEADER + LINE + LINE.strip())).rows == 2
