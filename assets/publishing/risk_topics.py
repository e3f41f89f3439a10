"""Risk out: events of risk to the topic risk_events, scored trades to risk_analyzed_trades."""

from pathlib import Path

from assets.publishing.row_topic import row_topic
from assets.risk.risk_events import RiskEvent
from assets.risk.tables import RISK_EVENTS as EVENTS
from assets.scoring.scored import TradeRisk
from assets.scoring.tables import TRADE_RISK

FOLDER = Path(__file__).parent

RISK_EVENTS = row_topic(
    "risk_events",
    RiskEvent,
    record="RiskEvent",
    doc="An episode of unusual volatility, or a limit that a symbol's day passed. Of several "
    "messages of one event the last is valid. Version 1.",
    source=EVENTS.name,
    columns={},
    key=lambda row: row["event_id"],
    version=lambda row: ("level", row["level"]),
)
RISK_ANALYZED_TRADES = row_topic(
    "risk_analyzed_trades",
    TradeRisk,
    record="RiskAnalyzedTrade",
    doc="A trade's risk in parts and in all. Of several messages of one trade the last is valid. "
    "Version 1.",
    source=TRADE_RISK.name,
    columns={},
    key=lambda row: f"{row['venue']}/{row['symbol']}/{row['trade_id']}",
    version=lambda row: ("trade_day", row["trade_day"].isoformat()),
)
SCHEMA_FILES = {
    FOLDER / "risk_event.v1.avsc": RISK_EVENTS,
    FOLDER / "risk_analyzed_trade.v1.avsc": RISK_ANALYZED_TRADES,
}

if __name__ == "__main__":
    for file, topic in SCHEMA_FILES.items():
        file.write_text(topic.schema)
