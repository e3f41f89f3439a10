"""Who abuses: accounts that are quiet by themselves, and what they trade honestly beside it."""

import numpy as np

from assets.simulation.background import DAY
from assets.simulation.counterparties import GROUP_SHARES, GROUPS
from assets.simulation.episodes import Severity
from assets.simulation.orders import BUY, NO_ORDERS, SELL, Orders
from assets.simulation.scene import Scene, shares
from assets.simulation.severities import SCALES, Scale

# of all money, what rests for private traders; few trades are large, most accounts have none
RESTS_USUALLY = 0.5 * dict(zip(GROUPS, GROUP_SHARES, strict=True))["retail"]
HONEST_ORDERS = (3, 60)
"""Fewest and most honest orders of an account beside its abuse."""


def drawn(random: np.random.Generator, scale: Scale, name: str) -> int:
    """A whole number from a declared range."""
    least, most = scale.drawn[name]
    return int(random.integers(int(least), int(most) + 1))


def quiet_accounts(
    random: np.random.Generator, scene: Scene, start: int, scale: Scale
) -> np.ndarray:
    """Different private traders, as many as declared, who trade little here on that day."""
    least, most = scale.accounts
    retail = scene.accounts.groups["retail"]
    rarest = retail[len(retail) // 2 :] if len(retail) >= 2 * most else retail
    rows = _day(scene, start)
    size = int(retail.max(initial=0)) + 1
    is_retail = scene.order_accounts[rows] < size
    money = np.bincount(
        scene.order_accounts[rows][is_retail], scene.order_notionals[rows][is_retail], size
    )
    quietest = rarest[np.argsort(money[rarest], kind="stable")]
    count = min(int(random.integers(least, most + 1)), len(quietest))
    return random.choice(quietest[: max(count, len(quietest) // 2)], count, replace=False)


def honest_flow(
    random: np.random.Generator,
    scene: Scene,
    accounts: np.ndarray,
    own_money: float,
    start: int,
    scale: Scale,
) -> Orders:
    """Orders of the accounts over the UTC day, so that the declared share of their money is honest.

    `own_money` is that of their abuse; money that passes between two of them counts for both.
    """
    if scale.honest is None:
        return NO_ORDERS
    share = random.uniform(*scale.honest)
    rows = _day(scene, start)
    seconds, money = scene.order_seconds[rows], scene.order_notionals[rows] * scene.share_kept
    group = scene.accounts.groups["retail"]
    rests = (
        RESTS_USUALLY * scene.accounts.retail_shares[np.isin(group, accounts)].sum() * money.sum()
    )
    anyway = money[np.isin(scene.order_accounts[rows], accounts)].sum() + rests
    wanted = own_money * share / (1 - share) - anyway
    if wanted <= 0 or not len(seconds):
        return NO_ORDERS
    count = len(accounts) * int(np.clip(wanted / money.mean() / len(accounts), *HONEST_ORDERS))
    at_ms = np.sort(random.choice(seconds, count)) * 1_000 + random.integers(0, 1_000, count)
    return Orders.of(
        at_ms,
        np.where(random.random(count) < 0.5, BUY, SELL),
        scene.lots(shares(random, wanted, count, 0.8), at_ms),
        random.permutation(np.resize(accounts, count)),
    )


def arranged(
    at_ms: np.ndarray,
    side: np.ndarray,
    lots: np.ndarray,
    taker: np.ndarray | int,
    maker: np.ndarray | int,
    priced_at_ms: np.ndarray | None = None,
    event: str = "WASH",
) -> Orders:
    """Orders that meet one known counterparty, at the middle price and in one fill each."""
    return Orders.of(
        at_ms,
        side,
        lots,
        np.asarray(taker),
        event=event,
        priced_at_ms=priced_at_ms,
        fills=1,
        crosses=False,
        maker=maker,
    )


def size_of_move(
    random: np.random.Generator, scene: Scene, kind: str, severity: Severity, start: int, over: int
) -> float:
    """A ratio from the declared range, or the declared multiple of the market's volatility."""
    scale = SCALES[kind][severity]
    least, most = scale.move or (0.0, 0.0)
    return max(random.uniform(least, most), scale.sigmas * scene.volatility(start, over))


def _day(scene: Scene, start: int) -> slice:
    first = start // DAY * DAY
    return slice(*np.searchsorted(scene.order_seconds, [first, first + DAY]))
