"""Wallets and honest transfers: few large wallets, many small amounts, round sums."""

from dataclasses import dataclass, fields

import numpy as np

from assets.simulation.episodes import Severity

CHAIN = "ethereum"
ASSETS = ("USDT", "USDC", "ETH")
ASSET_SHARES = (0.5, 0.2, 0.3)
USD_A_UNIT = (1.0, 1.0, 2_640.0)
SANCTIONED = 12
ADDRESS_BYTES = 20
MEDIAN_USD, USD_DEVIATION = 350.0, 1.7
ROUND_SHARE = 0.3
SMURFS_AT_MOST = 60


@dataclass(frozen=True)
class Wallets:
    """Wallet numbers; the last ones are on a list of sanctions."""

    count: int

    @property
    def sanctioned(self) -> np.ndarray:
        return np.arange(self.count - SANCTIONED, self.count)

    def some(self, random: np.random.Generator, count: int) -> np.ndarray:
        """Different wallets that are not sanctioned."""
        return random.choice(self.count - SANCTIONED, count, replace=False)

    def addresses(self, random: np.random.Generator) -> list[str]:
        """`0x` and 40 hexadecimal digits for each number."""
        digits = random.bytes(self.count * ADDRESS_BYTES).hex()
        width = 2 * ADDRESS_BYTES
        return ["0x" + digits[at : at + width] for at in range(0, len(digits), width)]


@dataclass(frozen=True)
class Transferred:
    """Transfers as columns: time in ms since the first midnight, wallets, asset, US cents."""

    at_ms: np.ndarray
    sender: np.ndarray
    receiver: np.ndarray
    asset: np.ndarray
    cents: np.ndarray

    @classmethod
    def of(
        cls,
        at_ms: np.ndarray,
        sender: np.ndarray | int,
        receiver: np.ndarray | int,
        asset: np.ndarray | int,
        usd: np.ndarray | float,
    ) -> "Transferred":
        """Transfers; scalars count for every row, and the least amount is a dollar."""
        cents = np.maximum(np.rint(np.asarray(usd) * 100), 100)
        columns = (at_ms, sender, receiver, asset, cents)
        return cls(*(np.broadcast_to(one, len(at_ms)).astype(np.int64) for one in columns))

    @classmethod
    def together(cls, parts: "list[Transferred]") -> "Transferred":
        """All rows of all parts, part by part."""
        return cls(
            *(
                np.concatenate([getattr(part, field.name) for part in parts])
                for field in fields(cls)
            )
        )

    def __len__(self) -> int:
        return len(self.at_ms)


@dataclass(frozen=True)
class PlantedTransfers:
    """The transfers of one abuse, the wallets in its label, and the label's description."""

    transferred: Transferred
    typology: str
    culprits: np.ndarray
    severity: Severity
    description: str


def honest_transfers(
    random: np.random.Generator, wallets: Wallets, at_ms: np.ndarray
) -> Transferred:
    """A transfer at each of these times; a few wallets (exchanges, shops) are in most of them."""
    count = len(at_ms)
    known = wallets.count - SANCTIONED
    weights = 1.0 / (3.0 + np.arange(known))
    shares = weights / weights.sum()
    sender = random.choice(known, count, p=shares)
    receiver = random.choice(known, count, p=shares)
    receiver = np.where(receiver == sender, (receiver + 1) % known, receiver)
    usd = MEDIAN_USD * random.lognormal(0.0, USD_DEVIATION, count)
    digit = 10.0 ** np.floor(np.log10(usd))
    usd = np.where(random.random(count) < ROUND_SHARE, np.rint(usd / digit) * digit, usd)
    asset = random.choice(len(ASSETS), count, p=ASSET_SHARES)
    return Transferred.of(at_ms, sender, receiver, asset, usd)
