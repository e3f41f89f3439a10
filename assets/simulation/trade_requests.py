"""The requests of the producing service: one trade per request, validated against lists."""

import re
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from assets.landing.messages import TradeMessage

SYMBOLS = tuple(
    f"{base}/USDT"
    for base in ("BTC", "ETH", "SOL", "ADA", "DOT", "BNB", "XRP", "DOGE", "MATIC", "LTC")
)
ORDER_TYPES = ("MARKET", "LIMIT", "STOP_LOSS", "TAKE_PROFIT")
EXCHANGES = (
    *("BINANCE", "COINBASE", "KRAKEN", "FTX", "KUCOIN"),
    *("GEMINI", "BITSTAMP", "HUOBI", "OKX"),
)
WALLET = re.compile(r"0x[0-9a-fA-F]{40}|(?=.{26,62}$)(bc1|1|3)[0-9a-zA-Z]+")


def one_of(name: str, known: tuple[str, ...]) -> AfterValidator:
    """Refuses a value that is not known, and lists those that are."""

    def check(value: str) -> str:
        if value not in known:
            raise ValueError(f"{name} is one of {', '.join(known)}, was {value!r}")
        return value

    return AfterValidator(check)


def _wallet(value: str | None) -> str | None:
    if value is not None and not WALLET.fullmatch(value):
        raise ValueError(
            "a wallet is 0x and 40 hexadecimal digits, or 26 to 62 letters and digits that begin "
            f"with bc1, 1 or 3; was {value!r}"
        )
    return value


def _name(value: str) -> str:
    if not value.isprintable():
        raise ValueError("a name has letters, digits and signs that can be printed")
    return value


Name = Annotated[str, Field(min_length=1, max_length=256), AfterValidator(_name)]
# what the platform takes of a price and a quantity: 1e-999999999 would be written digit by digit
Number = Annotated[Decimal, Field(gt=0, lt=Decimal("1e14"), decimal_places=18, allow_inf_nan=False)]


class TradeRequest(BaseModel):
    """One trade to produce, with the field names of the service's callers."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    userId: Name
    customerId: Name
    symbol: Annotated[str, one_of("a symbol", SYMBOLS)]
    side: Literal["BUY", "SELL"]
    quantity: Number
    price: Number
    orderType: Annotated[str, one_of("an order type", ORDER_TYPES)] = "LIMIT"
    exchange: Annotated[str, one_of("an exchange", EXCHANGES)] = "BINANCE"
    walletAddress: Annotated[str | None, AfterValidator(_wallet)] = None

    @property
    def notional(self) -> Decimal:
        """Notional in quote currency, from this price and quantity."""
        return self.price * self.quantity

    def message(self, trade_id: str, at_us: int) -> TradeMessage:
        """The trade as the platform's message; the user is the taker's account."""
        side = "buyer" if self.side == "BUY" else "seller"
        return TradeMessage(
            venue=self.exchange.lower(),
            symbol=self.symbol.replace("/", "-"),
            trade_id=trade_id,
            traded_at=at_us,
            price=f"{self.price:f}",
            quantity=f"{self.quantity:f}",
            side=side,
            order_type=self.orderType,
            account_id=self.userId,
            customer_id=self.customerId,
            wallet_address=self.walletAddress,
        )
