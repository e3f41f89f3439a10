# ruff: noqa: RUF001 (dashes as a printer sets them)
"""What the daily report says, in which order, on good days and bad ones."""

import re
from collections.abc import Callable
from datetime import timedelta
from types import ModuleType

import duckdb
import pytest
from duckdb import DuckDBPyConnection

from assets.publishing.verdict import verdict_of
from reports.daily import render_daily_report
from reports.detectors import Verdict
from reports.numbers import amount

Render = Callable[[DuckDBPyConnection], str]
NOTHING_KNOWN = Verdict("unjudged", "No detector is known: nothing was judged.")


def words(document: str) -> str:
    """The text of a document as a reader sees it, blanks folded."""
    body = re.sub("(?s)<(script|style)[^>]*>.*?</\\1>", " ", document)
    return " ".join(
        re.sub("<[^>]+>", " ", body).replace("&#39;", "'").replace("&#34;", '"').split()
    )


def first_screen(document: str) -> str:
    return words(document.partition('<nav id="contents"')[0])


def test_the_first_screen_names_the_failed_detector_and_the_reason(report: str) -> None:
    screen = first_screen(report)
    assert "5 of 6 detectors ran: wash_trading failed." in screen
    assert 'Binder Error: Referenced column "matched_pair_count" not found' in screen
    assert 'class="verdict poor"' in report
    assert "wash_trading: 1 hit is of an earlier run" in screen


def test_the_first_screen_states_insufficient_history(report: str) -> None:
    line = "Not judged: RARE-BTC on kraken by 2 of 6 detectors. No alert there is no all-clear."
    assert line in first_screen(report)
    detail = words(report.partition('id="not-judged"')[2])
    said = "market_anomaly, volume_spike could not judge RARE-BTC on kraken: too little history"
    assert said in detail


def test_over_several_days_history_is_insufficient_where_it_was_on_each(
    empty_lake: DuckDBPyConnection, sample: ModuleType
) -> None:
    earlier = sample.DAY - timedelta(days=1)
    for day, symbol, outcome in (
        (earlier, "NEW-USDT", "insufficient"),
        (sample.DAY, "NEW-USDT", "insufficient"),
        (earlier, "OLD-USDT", "insufficient"),
        (sample.DAY, "OLD-USDT", "ran"),
    ):
        sample.add_run(
            empty_lake, "large_order", outcome, venue="binance", symbol=symbol, trade_day=day
        )
    verdict = verdict_of(empty_lake, [earlier, sample.DAY], [])
    assert [detector.state for detector in verdict.detectors] == ["ran"]
    assert verdict.insufficiency == (
        "no detector could judge NEW-USDT on binance: no reason is recorded",
    )


def test_the_headline_sets_alerts_beside_what_chance_would_give(report: str) -> None:
    screen = first_screen(report)
    assert "6 alerts, where chance alone gives 0.15; what followed confirmed 2; 1 more" in screen


def test_every_detector_that_ran_is_said_in_green(
    empty_lake: DuckDBPyConnection, sample: ModuleType, render: Render
) -> None:
    for described in sample.DETECTORS:
        sample.add_run(empty_lake, described.name, "ran", venue="binance", symbol="BTC-USDT")
    document = render(empty_lake)
    assert "detectors ran" not in first_screen(document)
    quality = document.partition('id="data-quality"')[2]
    assert "6 of 6 detectors ran." in words(quality)
    assert 'class="verdict good"' in quality


def test_a_detector_that_left_no_row_did_not_run(
    empty_lake: DuckDBPyConnection, sample: ModuleType, render: Render
) -> None:
    for described in sample.DETECTORS[1:]:
        sample.add_run(empty_lake, described.name, "ran", venue="binance", symbol="BTC-USDT")
    document = render(empty_lake)
    assert "5 of 6 detectors ran: flash_crash did not run." in first_screen(document)
    assert 'class="verdict poor"' in document


def test_stale_hits_are_a_poor_verdict(
    empty_lake: DuckDBPyConnection, sample: ModuleType, render: Render
) -> None:
    for described in sample.DETECTORS:
        sample.add_run(empty_lake, described.name, "ran", venue="binance", symbol="BTC-USDT")
    sample.insert(
        empty_lake, "alerts.hits", detector="large_order", is_stale=True, trade_day=sample.DAY
    )
    document = render(empty_lake)
    assert "6 of 6 detectors ran: large_order has stale hits." in first_screen(document)
    assert "large_order: 1 hit is of an earlier run, marked stale" in first_screen(document)
    assert 'class="verdict poor"' in document


def test_incidents_and_news_come_first_and_data_quality_after_the_symbols(report: str) -> None:
    order = ["incidents", "changes", "ranking", "symbol-binance-pepe-usdt",
             "symbol-binance-btc-usdt", "symbol-kraken-rare-btc", "data-quality", "detectors",
             "reading"]  # fmt: skip
    places = [report.index(f'id="{anchor}"') for anchor in order]
    assert places == sorted(places)


def test_the_account_of_rows_adds_up(report: str) -> None:
    assert (
        "23,644 rows landed. 21,140 became trades; 143 duplicates (2 aggregates of fills that "
        "another one reports among them), 40 rows repeated at a page edge and 2,310 superseded "
        "by a finer feed were dropped; 11 were rejected"
    ) in words(report)
    assert 21_140 + 143 + 40 + 2_310 + 11 == 23_644


def test_trades_that_ids_prove_missing_are_named(report: str) -> None:
    told = words(report)
    assert "RARE-BTC kraken 15 2024-03-15 06:44:00 2024-03-15 07:16:00" in told


def test_trades_that_no_book_made_are_shown_by_symbol_and_in_all(
    empty_lake: DuckDBPyConnection, sample: ModuleType, render: Render
) -> None:
    columns = ([1.0, 2.0, 3.0, 4.0], [10.0] * 4, [1.0, 2.0, 3.0, 4.0], [True] * 4)
    for symbol in ("A-USD:A-240927", "B-USDT:USDT", "C-BTC"):
        sample.add_trades(empty_lake, "okx", symbol, *map(sample.np.array, columns))
    empty_lake.execute("update lake.core.trades set notional_usd = null where symbol = 'C-BTC'")
    empty_lake.execute(
        "update lake.core.trades set is_on_book = false, condition = case "
        "when symbol = 'C-BTC' then 'settlement' when trade_id < '2' then 'block' else 'adl' end "
        "where trade_id <> '3'"
    )
    empty_lake.execute(sample.BARS)
    told = words(render(empty_lake))
    assert (
        "Trades that no order book made 9 of the accepted trades. They move no price, volume, bar "
        "or detector"
    ) in told
    for row in (
        "A-USD:A-240927 okx block trade 2 30 USD 30",
        "A-USD:A-240927 okx auto-deleveraging 1 30 USD 30",
        "B-USDT:USDT okx block trade 2 30 USDT 30",
        "C-BTC okx settlement 3 60 BTC –",
        "All symbols block trade 4 – 60 All symbols settlement 3 – – "
        "All symbols auto-deleveraging 2 – 60",
    ):
        assert row in told
    assert (
        "No order book made 2 further trades of 30 USDT (block trade), 1 further trade of 30 USDT "
        "(auto-deleveraging). They move no price"
    ) in told


def test_a_day_of_the_book_alone_says_nothing_of_other_trades(report: str) -> None:
    assert "o order book made" not in words(report)


@pytest.mark.slow
def test_a_feed_that_stops_is_silent_until_the_end_of_a_day_that_is_over(
    empty_lake: DuckDBPyConnection, sample: ModuleType, render: Render
) -> None:
    last = [1.0, 302.0]
    for symbol, seconds in (("A-USDT", last), ("B-USDT", [1.0, 3_000.0])):
        columns = (seconds, [1.0, 1.0], [1.0, 1.0], [True, False])
        sample.add_trades(empty_lake, "binance", symbol, *map(sample.np.array, columns))
    empty_lake.execute(sample.BARS)
    # under way: until the last minute in which any symbol traded
    under_way = words(render(empty_lake))
    assert "00:05:02 2 of 1,440 1 45 min from 00:06" in under_way
    sample.insert(empty_lake, "ops.completeness", trade_day=sample.DAY)
    over = words(render(empty_lake))
    assert "00:05:02 2 of 1,440 1 23 h 54 min from 00:06" in over


def test_a_symbol_of_the_day_before_is_silent_from_midnight_on(
    empty_lake: DuckDBPyConnection, sample: ModuleType, render: Render
) -> None:
    evening = sample.MIDNIGHT - timedelta(hours=3)
    for symbol in ("A-USDT", "B-USDT"):
        sample.insert(
            empty_lake, "features.bars_1h", venue="binance", symbol=symbol, cell_start_at=evening
        )
    sample.insert(empty_lake, "ops.completeness", trade_day=sample.DAY)
    columns = ([36_000.0], [1.0], [1.0], [True])
    sample.add_trades(empty_lake, "binance", "A-USDT", *map(sample.np.array, columns))
    empty_lake.execute(sample.BARS)
    told = words(render(empty_lake))
    assert "1 of 1,440 2 13 h 59 min from 10:01" in told
    assert "0 of 1,440 1 24 h from 00:00" in told


def test_a_rejected_row_names_its_reason_file_and_line(report: str) -> None:
    assert "price is not positive 6 binance PEPEUSDT-trades-2024-03-15.csv, line 10,234" in words(
        report
    )


def test_a_symbol_of_several_venues_is_told_apart_where_the_report_is_steered(
    empty_lake: DuckDBPyConnection, sample: ModuleType, render: Render
) -> None:
    for venue, symbol in (("binance", "ETH-USDT"), ("kraken", "ETH-USDT"), ("kraken", "X-USDT")):
        sample.insert(
            empty_lake, "scores.symbol_risk", venue=venue, symbol=symbol, trade_day=sample.DAY
        )
    links = words(render(empty_lake).partition("<nav")[2].partition("</nav>")[0])
    assert "Value at risk ETH-USDT binance ETH-USDT kraken X-USDT Data quality" in links


def test_the_weights_of_the_parts_stand_where_the_ranking_is_explained(
    sample: ModuleType, sample_lake: DuckDBPyConnection
) -> None:
    weights = {"market": 0.2, "abuse": 0.105}
    document = render_daily_report(sample_lake, sample.DAY, NOTHING_KNOWN, risk_weights=weights)
    ranking = words(document.partition('id="ranking"')[2].partition("<table")[0])
    assert "weighed by how certain each is and by its weight: market 20 %, abuse 10.5 %." in ranking
    assert "what was not seen moves no symbol up" in ranking


def test_commands_lead_to_the_lake_of_the_report(
    sample: ModuleType, sample_lake: DuckDBPyConnection
) -> None:
    program = "TAPEWATCH_HOME='a home' tapewatch"
    told = words(render_daily_report(sample_lake, sample.DAY, NOTHING_KNOWN, program=program))
    verbs = re.findall(r"TAPEWATCH_HOME='a home' tapewatch (\w+) [0-9a-f]{32}", told)
    assert verbs.count("explain") == verbs.count("verify") == told.count("Check it yourself")


def test_what_stands_elsewhere_or_is_no_count_is_not_among_the_measured_numbers(
    report: str,
) -> None:
    assert "Usual once in windows" not in words(report)
    assert "Stretches" not in words(report)
    assert "Confirmation trades" not in words(report)


def test_a_part_of_the_risk_without_a_number_says_why(report: str) -> None:
    assert "market only 96 of 288 five-minute bars hold a trade" in words(report)
    assert "total two of five parts are unknown" in words(report)


def test_an_alert_shows_its_evidence_and_how_to_check_it(report: str) -> None:
    told = words(report)
    assert "Chance of this in one look 3.1 × 10⁻⁴⁴ p-value" in told
    assert "Raised where nothing is wrong once in 67 days on a symbol" in told
    assert "What is compared 4.21 measured, from 1 on it is an alert" in told
    assert "Such orders that are usual 0.0471" in told
    assert "Confirmation peak price 0.00000224" in told
    alert_id = re.findall("tapewatch explain ([0-9a-f]{32}) --trades", told)[0]
    assert f"tapewatch verify {alert_id}" in told


def test_an_alert_shows_its_largest_trades_and_no_sql(report: str) -> None:
    told = words(report)
    assert re.search(r"The largest of [\d,]+ trades behind it Time Aggressor Price Quantity", told)
    assert "from core.trades" not in told
    assert "timestamp '" not in told


def test_a_model_alert_shows_what_moved_its_score(report: str) -> None:
    assert "log order count +13.9" in words(report)
    assert "size concentration −1.6" in words(report)
    assert "and 2 smaller ones" in words(report)


def test_a_stale_alert_says_so(report: str) -> None:
    assert "Stale: found by an earlier run. In the last run wash_trading failed" in words(report)


def test_a_superseded_alert_is_told_but_not_counted(report: str) -> None:
    told = words(report)
    assert "Superseded by later data: large order 11:20:00" in told
    assert "A row came twice" not in told


def test_silence_of_a_detector_is_not_read_as_clear(report: str) -> None:
    section = words(report.partition('id="symbol-kraken-rare-btc"')[2].partition("</section>")[0])
    assert "market anomaly, volume spike (too little history); wash trading (failed)" in section
    assert "No alert. That is not a clean bill" in section


def test_a_price_of_a_millionth_is_written_out(report: str) -> None:
    assert "from 0.00000123 to 0.00000161" in words(report)
    assert "e-06" not in words(report)


def test_prices_of_a_symbol_have_the_same_decimals_and_no_idle_zeros(
    empty_lake: DuckDBPyConnection, sample: ModuleType, render: Render
) -> None:
    columns = ([1.0, 61.0], [0.00000599, 0.0000061], [1.0, 1.0], [True, False])
    sample.add_trades(empty_lake, "binance", "DLT-BTC", *map(sample.np.array, columns))
    empty_lake.execute(sample.BARS)
    assert "Open 0.00000599 High 0.00000610" in words(render(empty_lake))


def test_the_limits_of_public_trades_are_named(report: str) -> None:
    assert (
        "On public trades this is market-integrity analytics, not an Art. 92 surveillance system."
        in words(report)
    )


def test_a_day_without_trades_is_not_called_quiet(
    empty_lake: DuckDBPyConnection, render: Render
) -> None:
    document = render(empty_lake)
    assert "0 of 6 detectors ran: there was no trade to judge." in first_screen(document)
    assert 'class="verdict unjudged"' in document
    assert "No row landed for this day." in words(document)
    assert "cdn" not in document
    assert len(document) < 100_000


def test_a_day_on_which_everything_failed_renders_and_says_so(
    empty_lake: DuckDBPyConnection, sample: ModuleType, render: Render
) -> None:
    for described in sample.DETECTORS:
        sample.add_run(empty_lake, described.name, "failed", error="OSError: no space left")
    screen = first_screen(render(empty_lake))
    assert "0 of 6 detectors ran: flash_crash, large_order, market_anomaly" in screen
    assert screen.count("OSError: no space left") == 6


def test_a_lake_that_was_never_built_is_a_failure_not_a_quiet_day(
    sample: ModuleType,
) -> None:
    with duckdb.connect(":memory:") as connection:
        connection.execute("attach ':memory:' as lake")
        document = render_daily_report(connection, sample.DAY, NOTHING_KNOWN)
    assert "the lake has not been built" in words(document)
    assert "core.trades" in words(document)


def test_trades_without_scores_bars_or_detectors_still_make_a_report(
    empty_lake: DuckDBPyConnection, sample: ModuleType, render: Render
) -> None:
    sample.insert(
        empty_lake, "core.trades", venue="file", symbol="X", traded_at=sample.MIDNIGHT,
        trade_day=sample.DAY,
    )  # fmt: skip
    told = words(render(empty_lake))
    assert "0 of 6 detectors ran: flash_crash, large_order" in told
    assert "No symbol was scored for this day" in told
    assert "No price to draw" in told


@pytest.mark.slow
def test_the_same_lake_gives_the_same_document(
    sample: ModuleType, sample_lake: DuckDBPyConnection
) -> None:
    first, second = (render_daily_report(sample_lake, sample.DAY, NOTHING_KNOWN) for _ in range(2))
    assert first == second


def test_the_report_is_light(report: str) -> None:
    assert len(report.encode()) < 6_000_000


def test_alerts_of_one_event_are_one_incident_and_the_gravest_comes_first(report: str) -> None:
    section = words(report.partition('id="incidents"')[2].partition("</section>")[0])
    # the pump, its volume and its large order
    assert section.index("Pump and dump") < section.index("Wash trading")
    assert "market anomaly , volume spike , pump and dump" in section


def test_an_incident_says_what_who_how_much_and_how_sure(report: str) -> None:
    table = report.partition('id="incidents"')[2].partition("<tbody>")[2]
    row = table.partition("<tr>")[2].partition("</tr>")[0]
    assert words(row) == (
        "high 14:00:00 – 14:20:00 Pump and dump 148 buyers' orders swept the book within 20 s "
        "where 0.047 are usual; they paid 41,873 in quote currency within a minute, 11.4 times "
        "what usually trades in an hour, and the price rose by 31.3% from 0.00000123 to "
        "0.00000161. PEPE-USDT binance nobody is named 7,280.28 USDT in 85 trades confirmed by "
        "what followed; by chance once in 67 days on a symbol "
        "market anomaly , volume spike , pump and dump"
    )


def test_the_money_of_an_incident_is_that_of_its_trades(
    report: str, sample: ModuleType, sample_lake: DuckDBPyConnection
) -> None:
    evidence = next(
        one["evidence"] for one in sample.SAMPLE["alerts"] if one["detector"] == "pump_and_dump"
    )
    (selection,) = evidence["trades"]
    ((start, end),) = selection["stretches"]
    money, count = sample_lake.execute(
        "select sum(notional)::double, count(*) from lake.core.trades where venue = 'binance' and "
        "symbol = 'PEPE-USDT' and traded_at >= ? and traded_at < ? and aggressor_side = ?",
        [start, end, selection["side"]],
    ).fetchall()[0]
    assert f"{amount(money)} USDT in {count} trades" in words(report)


def test_incidents_beyond_the_first_screen_follow_and_beyond_the_budget_unfold(
    empty_lake: DuckDBPyConnection, sample: ModuleType, render: Render
) -> None:
    for number in range(12):
        at = sample.MIDNIGHT + timedelta(hours=number)
        sample.add_alert(
            empty_lake, window_start_at=at, window_end_at=at + timedelta(minutes=5),
            severity="high" if number == 7 else "low",
        )  # fmt: skip
    sample.add_incidents(empty_lake)
    document = render(empty_lake)
    first, _, further = document.partition('id="further-incidents"')
    shown, _, unfolded = further.partition("<details>\n    <summary>2 further incidents")
    rows_of = [part.count("<tr>") for part in (first.partition("<nav")[0], shown, unfolded)]
    # each table has a row of its own names
    assert [rows_of[0], rows_of[1], unfolded.partition("</table>")[0].count("<tr>")] == [6, 6, 3]
    assert words(first).index("07:00") < words(first).index("00:00")


def test_broken_limits_are_named_and_no_limits_are_not_mentioned(
    sample: ModuleType, sample_lake: DuckDBPyConnection
) -> None:
    def screen(*, has_limits: bool) -> str:
        return first_screen(
            render_daily_report(sample_lake, sample.DAY, NOTHING_KNOWN, has_limits=has_limits)
        )

    assert "Limits No limit was broken." in screen(has_limits=True)
    assert "Limits" not in screen(has_limits=False)
    said = "amihud of PEPE-USDT at binance was 3, above the limit of 2."
    sample_lake.execute(
        "insert into lake.scores.risk_events (kind, trade_day, sentence) "
        "values ('limit_breach', ?, ?)",
        [sample.DAY, said],
    )
    assert f"Limits {said}" in screen(has_limits=True)


def test_a_report_of_one_symbol_says_what_its_price_did(
    empty_lake: DuckDBPyConnection, sample: ModuleType, render: Render
) -> None:
    columns = ([1.0, 61.0, 200.0], [100.0, 90.0, 110.0], [1.0, 2.0, 1.0], [True, False, True])
    sample.add_trades(empty_lake, "binance", "A-USDT", *map(sample.np.array, columns))
    empty_lake.execute(sample.BARS)
    assert (
        "No incident was found. A-USDT went from 100.00 to 110.00 USDT (+10 %), between 90.00 and "
        "110.00; 390 USDT traded in 3 trades."
    ) in first_screen(render(empty_lake))


@pytest.mark.parametrize("banned", ["nats", "times the threshold", "sigma", "is insufficient:"])
def test_words_of_the_workshop_stay_out_of_the_report(report: str, banned: str) -> None:
    assert banned not in words(report).lower()
