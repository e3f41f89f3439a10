"""What mock trading is asked for: its rate, users, symbols, exchanges and planted abuse."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from assets.simulation.mock_abuse import PATTERNS
from assets.simulation.trade_requests import EXCHANGES, SYMBOLS, Name, one_of

LONGEST_RATE_MS = 3_600_000
MOST_USERS = 1_000


def _listed(value: object) -> object:
    """Texts with commas between their parts as one list, in order and each part once."""
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
        return value
    return tuple(dict.fromkeys(part.strip() for text in texts for part in text.split(",")))


Listed = BeforeValidator(_listed)


class MockTradingRequest(BaseModel):
    """How mock trades are made; what is not asked for is as usual, and no abuse is planted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rateMs: Annotated[int, Field(ge=1, le=LONGEST_RATE_MS)] = 500
    users: Annotated[tuple[Name, ...], Listed, Field(min_length=1, max_length=MOST_USERS)] = (
        "user-1",
        "user-2",
        "user-3",
        "user-4",
        "user-5",
    )
    symbols: Annotated[
        tuple[Annotated[str, one_of("a symbol", SYMBOLS)], ...], Listed, Field(min_length=1)
    ] = SYMBOLS[:5]
    exchanges: Annotated[
        tuple[Annotated[str, one_of("an exchange", EXCHANGES)], ...], Listed, Field(min_length=1)
    ] = ("BINANCE", "COINBASE", "KRAKEN", "KUCOIN", "OKX")
    pattern: Annotated[str, one_of("a pattern", tuple(PATTERNS))] | None = None
