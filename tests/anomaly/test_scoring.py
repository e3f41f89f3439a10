"""Training, storing and scoring, on made-up inputs of three symbols."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from duckdb import DuckDBPyConnection

from assets.anomaly.features import FEATURE_NAMES, POOLED_NAMES
from assets.anomaly.models import DayModels, load, models_of, save
from assets.anomaly.pooling import POOL, pooled_set_of
from assets.anomaly.scoring import score_window, scores_of
from assets.anomaly.tables import ANOMALY
from assets.anomaly.training import TrainingPolicy, estimator_of, past_of, training_set_of
from assets.lake.objects.object_store import LocalObjectStore
from assets.market.window import Window
from ml.registry import ModelCard, ModelError

FIRST_DAY = datetime(2024, 3, 1)
JUDGED = date(2024, 3, 15)
ODD_AT = datetime(2024, 3, 15, 9, 30)
SPARSE_AT = datetime(2024, 3, 15, 12)
FIVE_MINUTES = timedelta(minutes=5)


def inputs(seed: int = 0) -> pa.Table:
    """Fifteen days of two old symbols and one that is new; a planted window and a sparse one."""
    random = np.random.default_rng(seed)
    loadings = random.normal(size=(len(FEATURE_NAMES), 4))
    parts = []
    for symbol, first in (("AAA-USDT", 0), ("BBB-USDT", 0), ("NEW-USDT", 12)):
        count = (15 - first) * 288
        starts = [
            FIRST_DAY + timedelta(days=first) + number * FIVE_MINUTES for number in range(count)
        ]
        values = random.normal(size=(count, 4)) @ loadings.T
        values += random.normal(size=(count, len(FEATURE_NAMES)))
        if symbol == "AAA-USDT":
            values[starts.index(ODD_AT), :4] += [9.0, -9.0, 9.0, -9.0]
            values[starts.index(SPARSE_AT), :5] = np.nan
        parts.append(
            pa.table(
                {
                    "venue": ["simulated"] * count,
                    "symbol": [symbol] * count,
                    **{name: values[:, n] for n, name in enumerate(FEATURE_NAMES)},
                    "cell_start_at": pa.array(starts, pa.timestamp("us")),
                    "cell_end_at": pa.array(
                        [at + FIVE_MINUTES for at in starts], pa.timestamp("us")
                    ),
                    "trade_day": [at.date() for at in starts],
                },
            )
        )
    made = pa.concat_tables(parts)
    # NaN stands for null in what was drawn
    columns = [
        pa.array(column.to_numpy(), from_pandas=True)
        if pa.types.is_floating(column.type)
        else column
        for column in made.columns
    ]
    return pa.table(dict(zip(made.column_names, columns, strict=True)))


def opened(rows: pa.Table) -> DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    connection.execute("attach ':memory:' as lake")
    connection.execute("create schema lake.features; create schema lake.scores")
    connection.register("rows", rows)
    connection.execute("create table lake.features.anomaly_inputs_5m as select * from rows")
    connection.execute(f"create table lake.{ANOMALY.name} ({', '.join(ANOMALY.columns)})")
    return connection


@pytest.fixture(scope="module")
def market() -> pa.Table:
    return inputs()


@pytest.fixture
def connection(market: pa.Table) -> DuckDBPyConnection:
    return opened(market)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> LocalObjectStore:
    """One store for the module: a model once made is read, as between two runs."""
    return LocalObjectStore(tmp_path_factory.mktemp("objects"))


def models(
    connection: DuckDBPyConnection, objects: LocalObjectStore, policy: TrainingPolicy | None = None
) -> DayModels:
    """The models that the judged day's symbols need, the young one's too."""
    symbols = np.array([f"simulated {name}-USDT" for name in ("AAA", "BBB", "NEW")])
    return models_of(connection, JUDGED, symbols, objects, policy or TrainingPolicy())


def own_model(
    connection: DuckDBPyConnection, objects: LocalObjectStore, policy: TrainingPolicy | None = None
) -> ModelCard:
    """The judged day's model of symbols with a past of their own."""
    card = models(connection, objects, policy).own
    assert card is not None
    return card


def stored(connection: DuckDBPyConnection) -> list[tuple]:
    return connection.execute(f"from lake.{ANOMALY.name} order by all").fetchall()


@pytest.mark.slow
def test_every_window_of_the_day_has_a_score_or_a_reason(connection, kept):
    assert score_window(connection, Window.of_day(JUDGED), kept) == 3 * 288
    counted = dict(
        connection.execute(
            "select coalesce(reason, if(is_pooled, 'pooled', 'scored')), count(*) "
            f"from lake.{ANOMALY.name} "
            "where (score is null) = (reason is not null) and (score is null) = (p_value is null) "
            "group by all"
        ).fetchall()
    )
    missing = f"features missing: {', '.join(FEATURE_NAMES[:5])}"
    assert counted == {
        "scored": 2 * 288 - 1,
        "pooled": 288,
        missing: 1,
    }


def test_the_planted_window_is_by_far_the_oddest(connection, kept):
    score_window(connection, Window.of_day(JUDGED), kept)
    first, second = connection.execute(
        f"select symbol, cell_start_at, p_value, contributions from lake.{ANOMALY.name} "
        "where score is not null order by score desc limit 2"
    ).fetchall()
    assert first[:2] == ("AAA-USDT", ODD_AT)
    assert first[2] < 1e-4 < second[2]
    contributions = json.loads(first[3])
    assert set(contributions) == set(FEATURE_NAMES)
    strongest = sorted(contributions, key=contributions.__getitem__)[-3:]
    assert set(strongest) <= set(FEATURE_NAMES[:4])


def test_contributions_add_up_to_the_distance_behind_the_score(connection, kept):
    score_window(connection, Window.of_day(JUDGED), kept)
    card = own_model(connection, kept)
    model = estimator_of(card)
    for symbol, contributions, p_value in connection.execute(
        f"select venue || ' ' || symbol, contributions, p_value from lake.{ANOMALY.name} "
        "where score is not null limit 50"
    ).fetchall():
        distance = sum(json.loads(contributions).values())
        # rounding a distance may move it past one calibration window
        expected = model.tails_[symbol].p_values(np.array([distance * 0.999, distance * 1.001]))
        assert expected[1] - 1e-9 <= p_value <= expected[0] + 1e-9


@pytest.mark.slow
def test_the_day_itself_and_what_follows_teach_nothing(market, kept):
    scores = []
    for last in (datetime(2024, 3, 15, 10), datetime(2024, 3, 16)):
        connection = opened(market)
        connection.execute(
            "delete from lake.features.anomaly_inputs_5m where cell_start_at >= ?", [last]
        )
        score_window(connection, Window(datetime(2024, 3, 15), datetime(2024, 3, 15, 10)), kept)
        scores.append(stored(connection))
    assert scores[0] == scores[1]


@pytest.mark.slow
def test_the_order_of_days_and_the_cut_of_windows_do_not_matter(market, kept, tmp_path):
    whole, parts = opened(market), opened(market)
    score_window(whole, Window.of_days(date(2024, 3, 14), JUDGED), kept)
    bounds = [
        (datetime(2024, 3, 15, 7, 3), datetime(2024, 3, 16)),
        (datetime(2024, 3, 14), datetime(2024, 3, 14, 1)),
        (datetime(2024, 3, 15, 0, 0), datetime(2024, 3, 15, 7, 3)),
        (datetime(2024, 3, 14, 1), datetime(2024, 3, 15)),
    ]
    fresh = LocalObjectStore(tmp_path)
    for start_at, end_at in bounds:
        score_window(parts, Window(start_at, end_at), fresh)
    assert stored(parts) == stored(whole)


@pytest.mark.slow
def test_rows_in_another_order_make_the_same_model(market, connection, tmp_path):
    shuffled = opened(market.take(np.random.default_rng(1).permutation(len(market))))
    ids = []
    for number, source in enumerate((connection, shuffled)):
        made = models(source, LocalObjectStore(tmp_path / str(number)))
        assert made.own is not None
        assert made.pooled is not None
        ids.append((made.own.model_id, made.pooled.model_id))
    assert ids[0] == ids[1]


@pytest.mark.slow
def test_scoring_again_replaces(connection, kept):
    score_window(connection, Window.of_day(JUDGED), kept)
    once = stored(connection)
    score_window(connection, Window.of_day(JUDGED), kept)
    assert stored(connection) == once


def test_a_model_is_kept_as_a_document_and_not_trained_twice(connection, kept, monkeypatch):
    card = own_model(connection, kept)
    assert kept.exists(f"models/market_anomaly/{card.model_id}.json")
    monkeypatch.setattr("assets.anomaly.models.train", lambda *_: pytest.fail("trained again"))
    again = own_model(connection, kept)
    assert again == card


def test_a_stored_model_scores_like_the_one_in_memory(connection, kept):
    card = own_model(connection, kept)
    read = load(kept, card.model_id)
    training_set = training_set_of(
        past_of(connection, JUDGED, TrainingPolicy()), JUDGED, TrainingPolicy()
    )
    values, symbols = training_set.calibration.values, training_set.calibration.symbols
    ours, theirs = (estimator_of(one).score(values, symbols) for one in (card, read))
    assert (ours.scores == theirs.scores).all()
    assert (ours.contributions == theirs.contributions).all()


def test_a_changed_model_is_refused(connection, kept, tmp_path):
    card = own_model(connection, kept)
    elsewhere = LocalObjectStore(tmp_path)
    save(elsewhere, card)
    path = Path(elsewhere.path(f"models/market_anomaly/{card.model_id}.json"))
    path.write_bytes(path.read_bytes().replace(b'"seed":0', b'"seed":1'))
    with pytest.raises(ModelError, match="was changed after it was saved"):
        load(elsewhere, card.model_id)


def test_a_card_says_what_the_model_was_made_of(connection, kept):
    made = models(connection, kept)
    card = made.own
    assert card is not None
    assert card.features == FEATURE_NAMES
    assert card.data_window == {
        "start_at": "2024-03-01T00:00:00",
        "calibrate_from": "2024-03-09T00:00:00",
        "end_at": "2024-03-15T00:00:00",
    }
    assert set(card.libraries) == {"numpy", "scipy", "scikit-learn", "pyod"}
    assert card.metrics["fit_windows"] == 2 * 8 * 288
    assert card.metrics["calibration_windows"] == 2 * 6 * 288
    assert card.metrics["recall_of_planted_windows"] > 0.5
    assert made.reasons == {"simulated NEW-USDT": "insufficient history: 2 of 10 days"}


@pytest.mark.slow
def test_other_training_is_another_model(connection, kept):
    first = own_model(connection, kept)
    second = own_model(connection, kept, TrainingPolicy(seed=1))
    assert first.model_id != second.model_id


def test_calibration_comes_after_all_that_was_learnt_from(connection):
    training_set = training_set_of(
        past_of(connection, JUDGED, TrainingPolicy()), JUDGED, TrainingPolicy()
    )
    assert training_set.fitted.starts.max() < training_set.calibration.starts.min()
    assert training_set.calibration.starts.max() < np.datetime64(JUDGED)


def test_a_day_without_past_has_reasons_only(connection, kept):
    rows = scores_of(connection, Window.of_day(FIRST_DAY.date()), kept)
    assert {row["reason"] for row in rows} == {
        "insufficient history: 0 of 10 days, and 0 of 1,250 windows of all symbols together"
    }
    assert {row["score"] for row in rows} == {None}


def test_a_symbol_too_young_is_judged_by_what_all_symbols_have_in_common(connection, kept):
    connection.execute(
        "update lake.features.anomaly_inputs_5m "
        "set mean_trade_z = 30, largest_order_share = -30, notional_z = null, trade_count_z = null "
        "where symbol = 'NEW-USDT' and cell_start_at = ?",
        [ODD_AT],
    )
    score_window(connection, Window.of_day(JUDGED), kept)
    rows = connection.execute(
        "select cell_start_at, p_value, contributions, model_id "
        f"from lake.{ANOMALY.name} where is_pooled order by p_value"
    ).fetchall()
    assert len(rows) == 288
    (at, p_value, contributions, model_id), (_, second, _, _) = rows[:2]
    assert at == ODD_AT
    assert p_value < 0.1 / 288 < second
    assert set(json.loads(contributions)) <= set(POOLED_NAMES)
    card = models(connection, kept).pooled
    assert card is not None
    assert card.model_id == model_id
    assert list(card.state["scales"]) == [POOL]
    # neither slice is larger than a symbol's own would be at most
    assert card.metrics["calibration_windows"] <= 1_728


@pytest.mark.parametrize(("symbols", "days", "reason"), [
    (1, 5, "1,152 of 1,250 windows of all symbols together"), (1, 6, None), (2, 4, None),
])  # fmt: skip
def test_the_pooled_model_needs_so_many_windows_of_all_symbols(symbols, days, reason):
    connection = opened(inputs())
    connection.execute(
        "delete from lake.features.anomaly_inputs_5m where cell_start_at >= ? or symbol > ?",
        [FIRST_DAY + timedelta(days=days - 1), "AAA-USDT" if symbols == 1 else "BBB-USDT"],
    )
    day, policy = (FIRST_DAY + timedelta(days=days - 1)).date(), TrainingPolicy()
    made = pooled_set_of(past_of(connection, day, policy), day, policy)
    assert made.reasons == ({POOL: reason} if reason else {})
    assert made.fitted.starts.max() < made.calibration.starts.min()


def test_where_every_symbol_has_a_past_no_pooled_model_is_made(connection, kept):
    symbols = np.array(["simulated AAA-USDT", "simulated BBB-USDT"])
    assert models_of(connection, JUDGED, symbols, kept, TrainingPolicy()).pooled is None


def test_too_few_windows_are_a_reason(connection, kept):
    training = TrainingPolicy(min_calibration_windows=2000)
    reasons = models(connection, kept, training).reasons
    assert reasons["simulated AAA-USDT"] == (
        "insufficient history: 1728 of 2000 windows to calibrate on"
    )


@pytest.mark.slow
def test_a_feature_that_the_past_lacks_is_the_reason(connection, kept):
    connection.execute(
        "update lake.features.anomaly_inputs_5m set flow_imbalance_5m = null, rush_rate = null "
        "where symbol = 'BBB-USDT'"
    )
    reasons = models(connection, kept).reasons
    assert reasons["simulated BBB-USDT"] == (
        "features missing in the past: flow_imbalance_5m, rush_rate"
    )


def test_no_label_and_no_alert_is_read(connection, kept):
    """The connection holds neither schema: what reads them fails."""
    present = connection.execute(
        "select distinct schema_name from duckdb_tables() where database_name = 'lake'"
    ).fetchall()
    assert {name for (name,) in present} == {"features", "scores"}
    assert score_window(connection, Window.of_day(JUDGED), kept) > 0


def test_an_empty_window_has_no_rows(connection, kept):
    assert scores_of(connection, Window.of_day(date(2025, 1, 1)), kept) == []
