"""Volume spike, against what the symbol itself trades at that time of day."""

from duckdb import DuckDBPyRelation
from pydantic import Field

from assets.detector import DetectorParams, detector
from assets.evidence import trades_predicate

# what makes a median absolute deviation a standard deviation, where values are normal
NORMAL_SCALE = 1.4826
# at most twenty trades can each hold a twentieth of a cell
LARGE_PRINTS = 20


class Params(DetectorParams):
    """How unusual is too much, and what history a judgement needs."""

    min_notional_score: float = Field(
        6.0, gt=0, description="Robust score of the logarithm of the notional of five minutes."
    )
    min_notional_score_trailing: float = Field(
        8.0, gt=0, description="The same where only the last 24 hours serve as a baseline."
    )
    min_count_score: float = Field(
        3.0, gt=0, description="Robust score of the number of trades, from which it is a burst."
    )
    max_count_score: float = Field(
        1.0, description="Below this the number is usual: the excess is in few large prints."
    )
    mad_floor: float = Field(
        0.05, gt=0, description="Least median absolute deviation of a logarithm that is believed."
    )
    min_days: int = Field(10, ge=2, le=28, description="Days with a trade at that time of day.")
    min_cells: int = Field(20, ge=2, description="Cells with a trade at that time of day.")
    min_cells_trailing: int = Field(
        72, ge=12, le=288, description="Cells with a trade in the last 24 hours."
    )


@detector(
    version=1,
    typology="volume_spike",
    scope=("venue", "symbol"),
    grid="5 minutes",
    look_back="5 minutes",
    references=(
        "Field practice: log volume, median and MAD at the same time of day, no mean and sigma",
        "Regulation (EU) 2023/1114 (MiCA), Article 92, prevention and detection",
    ),
    judgeable=(
        "(time_of_day_day_count >= {min_days} and time_of_day_cell_count >= {min_cells}) "
        "or trailing_cell_count >= {min_cells_trailing}"
    ),
    null_rate_per_symbol_day=0.003,
    description=(
        "{notional:,.6g} (quote currency) traded in five minutes, {times_usual:.3g} times the "
        "usual {usual_notional:,.6g}, in {trade_count} trades where {usual_trade_count:.3g} are "
        "usual ({branch}; robust scores {notional_score:.2g} and {count_score:.2g} against "
        "{baseline_cells} cells of {baseline})."
    ),
    recommended_action=(
        "Look for news, a listing or liquidations at that minute and at other venues first; if "
        "none, see who traded the largest prints and whether the price moved with them."
    ),
)
def volume_spike(volume_baselines_5m: DuckDBPyRelation, params: Params) -> DuckDBPyRelation:
    return volume_baselines_5m
