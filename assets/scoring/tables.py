"""The tables of scored trades and accounts."""

from assets.lake.tables import Table
from assets.scoring.scored import AccountRisk, TradeRisk

TRADE_RISK = Table.of(
    "scores.trades",
    TradeRisk,
    meaning="Risk of each trade in four parts of 0 to 1, its level, and what was found of it.",
    partitioned_by="trade_day",
)
ACCOUNT_RISK = Table.of(
    "scores.accounts",
    AccountRisk,
    meaning="Risk of each account and day in four parts of 0 to 1, its place, and its flags.",
    partitioned_by="trade_day",
)
