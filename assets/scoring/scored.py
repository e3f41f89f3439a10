"""The rows of scored trades and accounts."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated


@dataclass(frozen=True, kw_only=True, slots=True)
class TradeRisk:
    """A trade's risk; what is said of its accounts is in `scores.accounts`."""

    venue: str
    """Market with its own id space."""
    symbol: str
    """Base-quote, upper case."""
    trade_id: str
    """As in core.trades."""
    buyer_account_id: str | None
    """Account that bought, where the source tells."""
    seller_account_id: str | None
    """Account that sold, where the source tells."""
    score: float | None
    """Risk of the trade, 0 to 1, higher is riskier; null where no part is known."""
    level: str | None
    """LOW, MEDIUM, HIGH or CRITICAL."""
    certainty: float
    """Share of the parts' weights that is known, 0 to 1."""
    volume: float | None
    """Part: how rare such a size is in the symbol, 0 to 1."""
    behaviour: float | None
    """Part: what detectors found of its accounts, and how busy these are, 0 to 1."""
    market_impact: float | None
    """Part: how far the price went with it, and its share of the minute, 0 to 1."""
    compliance: float | None
    """Part: its dollars against the reporting threshold, 0 to 1."""
    unknown: str | None
    """Which parts are not known or not whole, each with its reason."""
    notional: float
    """Price times quantity, quote currency."""
    notional_usd: float | None
    """The same in US dollars; null where the quote is no dollar coin."""
    volume_percentile: float | None
    """Share of the symbol's trades before that were smaller, 0 to 1."""
    volume_z: float | None
    """Distance of the notional's logarithm from the median before, in robust deviations."""
    trading_velocity: int | None
    """Trades in this hour of its busier account; null where none is named."""
    velocity_ratio: float | None
    """The same against that account's usual hour with trades; null without six of them."""
    price_slippage: float | None
    """Log distance of the price from the first of its second, to the cost of who took."""
    price_move: float | None
    """Log move from there to the close of its minute, the taker's way, in usual minutes' moves."""
    liquidity_consumption: float | None
    """Its share of the notional that the order book traded in its minute, 0 to 1."""
    triggered_patterns: Annotated[list[str], "varchar[]"]
    """Typologies of the hits whose evidence selects the trade."""
    compliance_flags: Annotated[list[str], "varchar[]"]
    """REPORTING_THRESHOLD, TIER_LIMIT_24H, and NOT_CHECKED with what could not be."""
    mitigation_actions: Annotated[list[str], "varchar[]"]
    """What to do: WATCH, MANUAL_REVIEW, ESCALATE, CHECK_REPORTING."""
    traded_at: datetime
    """When it happened, UTC."""
    trade_day: date
    """UTC day."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountRisk:
    """The risk of an account on a day on which it traded."""

    venue: str
    """Market with its own id space."""
    account_id: str
    """As in core.trades."""
    owner_id: str | None
    """Who stands behind it, as in core.accounts."""
    trade_day: date
    """UTC day."""
    rank: int
    """Its place among the day's accounts by score, alerts, dollars and trades; 1 leads."""
    score: float | None
    """Risk of the account, 0 to 1, higher is riskier; null where no part is known."""
    level: str | None
    """LOW, MEDIUM, HIGH or CRITICAL."""
    certainty: float
    """Share of the parts' weights that is known, 0 to 1."""
    volume: float | None
    """Part: how far the day's dollars are above the median day, 0 to 1."""
    behaviour: float | None
    """Part: the chance that any alert of the day that names it is right, by severity, 0 to 1."""
    velocity: float | None
    """Part: its busiest hour against its usual one, 0 to 1."""
    compliance: float | None
    """Part: its dollars against thresholds and the limits of its tier, 0 to 1."""
    unknown: str | None
    """Which parts are not known, each with its reason."""
    trade_count: int
    """Trades of the day, on either side."""
    notional_usd: float | None
    """Their notional, US dollars; null where none is known."""
    mean_notional_usd: float | None
    """Mean of those with known dollars, US dollars."""
    largest_notional_usd: float | None
    """The largest of them, US dollars."""
    notional_usd_24h: float | None
    """The most in 24 hours that end in the day, in whole hours, US dollars."""
    notional_usd_30d: float | None
    """In the 30 days up to the day's end, US dollars."""
    trading_velocity: int
    """Trades in its busiest hour of the day."""
    velocity_ratio: float | None
    """The same against its usual hour with trades of the 29 days before; null without six."""
    kyc_tier: str | None
    """How far its holder was identified, as a file says."""
    is_new: bool | None
    """Whether it had not traded in the 29 days before; null where the lake has no earlier day."""
    alert_count: int
    """Current alerts that overlap the day and name it."""
    former_alert_count: int
    """Current alerts that name it and ended before the day."""
    triggered_patterns: Annotated[list[str], "varchar[]"]
    """Typologies of the day's alerts."""
    compliance_flags: Annotated[list[str], "varchar[]"]
    """REPORTING_THRESHOLD, TIER_LIMIT_24H, TIER_LIMIT_30D; NOT_CHECKED with what could not be."""
