"""`tapewatch alerts` and `tapewatch explain`: the alerts and their evidence."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from assets.alerts.reading import (
    ID_SHOWN,
    Explanation,
    Wanted,
    absent_words,
    trades_behind,
)
from assets.alerts.tables import ALERTS
from assets.cases.filtering import Asker, filtered_alerts
from assets.cases.filters import Filter
from assets.lake.lake import Lake
from orchestration.command_line.output import (
    console,
    errors,
    print_csv,
    print_json,
    print_rows,
    shown,
)
from orchestration.command_line.plain_text import escape, said

# an alert's own columns, shown beside the numbers of its evidence
STATED = ("statistic", "threshold", "p_value", "null_rate_per_symbol_day", "hit_count")
# columns of a trade that buyer and seller tell already: JSON and CSV have them
REPORTED = ("account_id", "counterparty_account_id")


def show_alerts(
    lake: Lake,
    wanted: Wanted,
    rest: Filter,
    asker: Asker,
    *,
    sort: str,
    limit: int | None,
    style: str,
) -> None:
    """Print a table of the main columns, or every column as CSV or JSON."""
    found = filtered_alerts(lake, wanted, rest, asker, sort)
    for sentence in absent_words(lake, wanted):
        errors.print(said(sentence, "yellow"), soft_wrap=True)
    shown_alerts = found[:limit]
    if style == "csv":
        print_csv(shown_alerts, ALERTS.column_names)
    elif style == "json":
        print_json(shown_alerts)
    else:
        print_alerts(shown_alerts)
    if len(shown_alerts) < len(found):
        errors.print(f"{len(shown_alerts):,} of {len(found):,} alerts", highlight=False)


def print_alerts(alerts: Sequence[Mapping[str, Any]]) -> None:
    """Print alerts as a table that fits into a terminal of 80 columns."""
    listed = [
        {
            "alert_id": alert["alert_id"],
            "severity": alert["severity"],
            "score": alert["score"],
            "detector": alert["detector"],
            "subject": subject_words(alert),
            "from": alert["window_start_at"],
        }
        for alert in alerts
    ]
    print_rows(listed, title="alerts", as_json=False)


def show_trades(lake: Lake, explanation: Explanation) -> None:
    """Print every trade behind an alert as CSV, by time."""
    columns, trades = trades_behind(lake, explanation.alert)
    print_csv(trades, columns)


def subject_words(alert: Mapping[str, Any]) -> str:
    """An alert's subject: `binance BTC-USDT`, or `account T0007, binance BTC-USDT`."""
    market = " ".join(name for name in (alert["venue"], alert["symbol"]) if name)
    if alert["subject_kind"] == "market":
        return market
    return ", ".join(
        one for one in (f"{alert['subject_kind']} {alert['subject_id']}", market) if one
    )


def _measured(evidence: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """The numbers of the evidence by name, nested ones by their path; without its trades."""
    for name, value in evidence.items():
        if name == "trades":
            continue
        if path == "" and name == "confirmation":
            yield from _measured(value, "confirmation_")
        else:
            yield path + name, value


def show_explanation(explanation: Explanation, program: str, *, as_json: bool) -> None:
    """Print the description, the measured numbers, and the largest trades.

    `program` is how a shell calls tapewatch over the lake that the alert is in.
    """
    if as_json:
        impact = asdict(explanation.impact) if explanation.impact else None
        print_json(
            vars(explanation) | {"parties": explanation.parties.as_record(), "impact": impact}
        )
        return
    alert = explanation.alert
    console.print(
        f"[bold]{alert['detector']}[/bold] {escape(subject_words(alert))} "
        f"{shown(alert['window_start_at'])} to {shown(alert['window_end_at'])} UTC, "
        f"{alert['severity']}, score {shown(alert['score'])}, data tier {alert['data_tier']}",
        highlight=False,
    )
    console.print(said(alert["description"]))
    if explanation.impact is not None:
        console.print(said(explanation.impact.sentence))
    for sentence in explanation.parties.sentences:
        console.print(said(sentence))
    console.print(said(f"To do: {alert['recommended_action']}"))
    for one in json.loads(alert["further_subjects"]):
        console.print(said(f"{one['role']}: {one['kind']} {one['id']}"))
    numbers = [
        {"measured": name, "value": shown(value, name)}
        for name, value in _measured(explanation.evidence)
        if name not in STATED
    ]
    stated = [{"measured": name, "value": shown(alert[name], name)} for name in STATED]
    print_rows(stated + numbers, title="evidence, measures rounded", as_json=False)
    # a table shows a venue's values with every digit, and recognises them by their type
    trades = [
        {
            name: Decimal(str(v)) if isinstance(v, float) else v
            for name, v in trade.items()
            if name not in REPORTED
        }
        for trade in explanation.trades
    ]
    print_rows(
        trades,
        title=f"the largest of {explanation.trade_count:,} trades",
        as_json=False,
    )
    if explanation.trades:
        console.print(
            said(f"all of them: {program} explain {alert['alert_id'][:ID_SHOWN]} --trades"),
            soft_wrap=True,
        )
    console.print(
        said(
            f"derived at snapshot {alert['input_snapshot_id']} by code {alert['code_version']}, "
            f"run {alert['run_id']}; check it: {program} verify {alert['alert_id']}"
        ),
        soft_wrap=True,
    )
