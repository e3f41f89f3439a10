"""A market of windows whose features move together, with and without something planted in them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.special import ndtr
from scipy.stats import t

from ml.anomaly import MarketAnomaly

Floats = NDArray[np.float64]
FEATURES = tuple(f"feature_{number}" for number in range(12))
SYMBOLS = ("binance BTC-USDT", "binance ETH-USDT")


@dataclass(frozen=True)
class Windows:
    values: Floats
    symbols: NDArray[np.str_]


class WindowMaker:
    """Correlated features with heavy tails, some skew, and one that is mostly the same value."""

    def __init__(self, seed: int) -> None:
        self.random: Generator = np.random.default_rng(seed)
        loadings = self.random.normal(size=(len(FEATURES), 4))
        covariance = loadings @ loadings.T + np.eye(len(FEATURES))
        spread = np.sqrt(np.diag(covariance))
        self.root = np.linalg.cholesky(covariance / np.outer(spread, spread))
        self.units = np.exp(self.random.normal(size=len(FEATURES)))

    def quiet(self, count: int) -> Windows:
        return self._windows(self._scores(count))

    def planted(self, count: int, shift: float) -> Windows:
        """Four features of each window, drawn at random, lie `shift` deviations to one side."""
        scores = self._scores(count)
        for row in scores:
            chosen = self.random.choice(len(FEATURES), size=4, replace=False)
            row[chosen] += shift * self.random.choice([-1.0, 1.0], size=4)
        return self._windows(scores)

    def _scores(self, count: int) -> Floats:
        return self.random.normal(size=(count, len(FEATURES))) @ self.root.T

    def _windows(self, scores: Floats) -> Windows:
        values = t(5).ppf(ndtr(np.clip(scores, -8, 8)))
        values[:, ::3] = np.exp(0.8 * np.clip(values[:, ::3], -20, 20))
        values[:, 1] = np.maximum(values[:, 1], 0.2)
        symbols = np.array([SYMBOLS[row % 2] for row in range(len(values))])
        # each symbol has its own level: only its own past tells what is usual
        values[symbols == SYMBOLS[1]] *= 10
        return Windows(values * self.units, symbols)


@pytest.fixture
def make_windows() -> Callable[[int], WindowMaker]:
    return WindowMaker


@pytest.fixture(scope="session")
def maker() -> WindowMaker:
    """One market for all tests that only read the trained model."""
    return WindowMaker(seed=7)


@pytest.fixture(scope="session")
def trained(maker: WindowMaker) -> MarketAnomaly:
    fitted, calibration = maker.quiet(2000), maker.quiet(4000)
    model = MarketAnomaly(features=FEATURES).fit(fitted.values, fitted.symbols)
    return model.calibrate(calibration.values, calibration.symbols)
