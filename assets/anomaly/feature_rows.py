"""Windows with their features, as arrays: what models learn from and judge."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from duckdb import DuckDBPyConnection
from numpy.typing import NDArray

from assets.anomaly.features import FEATURE_NAMES


@dataclass(frozen=True)
class FeatureRows:
    """Five-minute windows of several symbols, ordered by symbol and time; NaN where missing."""

    symbols: NDArray[np.str_]
    starts: NDArray[np.datetime64]
    values: NDArray[np.float64]

    def where(self, rows: NDArray[np.bool_]) -> "FeatureRows":
        """Some of the windows, in the same order."""
        return FeatureRows(self.symbols[rows], self.starts[rows], self.values[rows])

    @property
    def by_time(self) -> "FeatureRows":
        """The same windows in order of time; those of one time in the order that they had."""
        order = np.argsort(self.starts, kind="stable")
        return FeatureRows(self.symbols[order], self.starts[order], self.values[order])

    @property
    def days(self) -> NDArray[np.datetime64]:
        """The UTC day of each window."""
        return self.starts.astype("datetime64[D]")

    @property
    def complete(self) -> NDArray[np.bool_]:
        """Whether a window has every feature."""
        return np.all(np.isfinite(self.values), axis=1)

    @property
    def digest(self) -> str:
        """Hash of every symbol, time and value."""
        content = hashlib.sha256("\n".join(self.symbols.tolist()).encode())
        content.update(self.starts.astype("<i8").tobytes())
        content.update(self.values.astype("<f8").tobytes())
        return content.hexdigest()


def read_feature_rows(
    connection: DuckDBPyConnection, start_at: datetime, end_at: datetime
) -> FeatureRows:
    """Read the windows that start in `[start_at, end_at)` from the model's inputs."""
    read = connection.execute(
        f"""
        select
            venue || ' ' || symbol as symbol,
            cell_start_at,
            {", ".join(FEATURE_NAMES)}
        from lake.features.anomaly_inputs_5m
        where cell_start_at >= ? and cell_start_at < ?
        order by venue, symbol, cell_start_at
        """,
        [start_at, end_at],
    ).fetchnumpy()
    columns = [
        np.ma.filled(np.ma.asarray(read[name], dtype=float), np.nan) for name in FEATURE_NAMES
    ]
    return FeatureRows(
        symbols=np.asarray(read["symbol"], dtype=np.str_),
        starts=np.asarray(read["cell_start_at"], dtype="datetime64[us]"),
        values=np.column_stack(columns),
    )
