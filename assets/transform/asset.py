"""The dbt models as assets, in two builds: normalise what landed, then measure it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg

from assets.lake.connection import one_thread
from assets.lake.lake import Lake
from assets.lake.partitions import by_day, daily, whole_range
from assets.lake.previews import table_metadata
from assets.lake.resource import LakeResource, Run, run_of
from assets.lake.settings import load_settings
from assets.landing.readable_copies import REFUSAL, make_copies, paths_of
from assets.landing.reader import landed_objects, objects_for_days, objects_without_day
from assets.landing.schema import COLUMNS_KEY, TRADES
from assets.landing.streams import StreamDays, stream_days, stream_objects_for_days
from assets.landing.writer import put_columns
from assets.market.window import Window
from assets.transform import late_data
from assets.transform.asset_specs import TABLE_NAME, UNIQUE_ID, specs_of, with_every_landing
from assets.transform.batches import batches
from assets.transform.build import build
from assets.transform.compiled_models import models
from assets.transform.dbt_project import NodeResult, manifest_path
from assets.transform.ledger import vanished_objects
from assets.transform.small_build import build_small
from assets.transform.tables import OWN_TABLES

NORMALISE = ("seeds", "staging", "intermediate", "core", "quarantine", "labels", "ops")
FEATURES = ("features", "marts")
# what one build holds at once in memory: landed rows, typed and with their keys; trades in bars of
# one second; baselines of symbols
LANDED_ROWS_A_BUILD = 3_000_000
TRADES_A_BUILD = 6_000_000
SYMBOL_DAYS_A_BUILD = 3_000
# the share of it up to which the rows cost less CPU than dbt itself: a hundred thousand landed rows
SMALL = 1 / 30
FINE = {"success", "pass"}

MANIFEST: Path = manifest_path(load_settings().root)


def _stage(name: str, folders: Sequence[str]) -> Callable[[Callable[..., Any]], Any]:
    """A build of some folders as an asset a model, and a check a data test."""
    specs, check_specs = specs_of(MANIFEST, folders)
    return dg.multi_asset(
        name=name,
        specs=[with_every_landing(spec) for spec in specs],
        check_specs=check_specs,
        can_subset=True,
        partitions_def=daily,
        backfill_policy=whole_range,
        allow_arbitrary_check_specs=True,
    )


@_stage("normalise", NORMALISE)
def normalise(context: dg.AssetExecutionContext, lake: LakeResource) -> Iterator[Any]:
    """Typed, keyed, deduplicated trades from landed objects; a rejected row keeps its reason."""
    run = run_of(context, lake)
    results = normalise_days(run, context.selected_asset_keys)
    yield from by_day(results, run.window, dg.AssetKey("normalise"))


def normalise_days(run: Run, selected: AbstractSet[dg.AssetKey]) -> Iterator[Any]:
    """Replace the trades of the run's days by what has landed of them."""
    opened, window, info = run.lake, run.window, run.commit_info
    results: list[NodeResult] = []
    # a first run may come from the UI, which makes no lake
    opened.create(OWN_TABLES)
    refuse_vanished(opened, window)
    # before the first row: who finds nothing noted of a window need not look for rows of it
    late_data.record(opened, window, info)
    stream = stream_days(opened)
    costs = landed_costs(opened, window, stream)
    built = builder(costs)
    for part in batches(window, costs):
        run.log.info(f"normalise {part}")
        landed = landed_paths(opened, part, stream)
        made = built(opened, NORMALISE, part, landed=landed, commit_info=info)
        if any(REFUSAL in one.message for one in made) and make_copies(opened, landed):
            landed = landed_paths(opened, part, stream)
            made = built(opened, NORMALISE, part, landed=landed, commit_info=info)
        results += made
    yield from events(normalise, selected, results, previews_of(opened, window, results))


def refuse_vanished(lake: Lake, window: Window) -> None:
    """Fail where an object of the days is gone: replacing its rows by none would lose them."""
    landed = landed_objects(lake.objects, TRADES)
    with lake.connect() as connection:
        vanished = vanished_objects(connection, landed, window.days)
    if vanished:
        raise dg.Failure("\n".join(map(str, vanished)), allow_retries=False)


@_stage("features", FEATURES)
def features(context: dg.AssetExecutionContext, lake: LakeResource) -> Iterator[Any]:
    """Bars and what is measured on them, point in time; later days that look back are redone."""
    run = run_of(context, lake)
    results = measure_days(run, context.selected_asset_keys)
    yield from by_day(results, run.window, dg.AssetKey("features"))


def measure_days(run: Run, selected: AbstractSet[dg.AssetKey]) -> Iterator[Any]:
    """Replace the features of the run's days, and of the later ones that look back on them."""
    opened = run.lake
    window = late_data.reopened(opened, run.window, run.run_id)
    results: list[NodeResult] = []
    costs = feature_costs(opened, window)
    built = builder(costs)
    for part in batches(window, costs):
        run.log.info(f"features {part}")
        results += built(opened, FEATURES, part, commit_info=run.commit_info)
    yield from events(features, selected, results, previews_of(opened, window, results))


def is_small(lake: Lake, window: Window) -> bool:
    """Whether so few rows of the window have landed that dbt and Dagster would cost more."""
    return sum(landed_costs(lake, window, stream_days(lake)).values()) <= SMALL


def builder(costs: Mapping[date, float]) -> Callable[..., list[NodeResult]]:
    """How days of these costs are built: with dbt, or without it where they hold few rows."""
    return build_small if sum(costs.values()) <= SMALL else build


def landed_paths(lake: Lake, window: Window, stream: StreamDays) -> list[str]:
    """What staging reads: the objects of the days, those of rejected rows, the list of columns."""
    # a newer version has other columns than the one that landed the objects
    put_columns(lake.objects, lake.settings.scratch)
    keys = [
        COLUMNS_KEY,
        *objects_for_days(lake.objects, TRADES, window.days),
        *objects_without_day(lake.objects, TRADES),
        *stream_objects_for_days(stream, window.days),
    ]
    return paths_of(lake, keys)


def landed_costs(lake: Lake, window: Window, stream: StreamDays) -> dict[date, float]:
    """The share of what one build of trades can hold that each landed day takes."""
    costs: dict[date, float] = {}
    with lake.reader() as connection:
        for day in window.days:
            keys = objects_for_days(lake.objects, TRADES, [day])
            keys += stream_objects_for_days(stream, [day])
            paths = [lake.objects.path(key) for key in keys]
            if paths:
                rows = connection.execute(
                    "select sum(num_rows) from parquet_file_metadata(?)", [paths]
                ).fetchall()[0][0]
                costs[day] = rows / LANDED_ROWS_A_BUILD
    return costs


def feature_costs(lake: Lake, window: Window) -> dict[date, float]:
    """The share of what one build of features can hold that each day takes."""
    with lake.connect() as connection:
        counted = connection.execute(
            """
            select trade_day, count(*), count(distinct (venue, symbol)) from lake.core.trades
            where trade_day between ? and ? group by trade_day
            """,
            [window.days[0], window.days[-1]],
        ).fetchall()
    return {
        day: max(trades / TRADES_A_BUILD, symbols / SYMBOL_DAYS_A_BUILD)
        for day, trades, symbols in counted
    }


def previews_of(lake: Lake, window: Window, results: Sequence[NodeResult]) -> dict[str, Any]:
    """Metadata of each table that was built, by dbt's unique id."""
    built = {result.unique_id for result in results if result.status in FINE}
    with lake.connect() as connection:
        one_thread(connection)
        # each transaction asks the catalog for its snapshot: one for all
        connection.execute("begin")
        shown = {
            model.unique_id: table_metadata(
                lake, connection, model.table.name, window, model.window_column
            )
            for model in models(lake.settings.root)
            if model.window_column and model.unique_id in built
        }
        connection.execute("rollback")
    return shown


def key_of_table(table: str) -> dg.AssetKey:
    """The asset that makes a table of the lake; its key differs where its label would be taken."""
    return _keys_by_table().get(table) or dg.AssetKey(table.split("."))


@cache
def _keys_by_table() -> dict[str, dg.AssetKey]:
    specs = [spec for made in (normalise, features) for spec in made.specs]
    return {spec.metadata[TABLE_NAME].partition(".")[2]: spec.key for spec in specs}


def events(
    made: dg.AssetsDefinition,
    selected: AbstractSet[dg.AssetKey],
    results: Sequence[NodeResult],
    previews: dict[str, Any],
) -> Iterator[Any]:
    """Tell Dagster what was built and what each test said; raise if anything that blocks failed."""
    by_id = {result.unique_id: result for result in results}
    worst = {result.unique_id: result for result in results if result.status not in FINE}
    # Dagster wants parents first
    place = {model.unique_id: n for n, model in enumerate(models(MANIFEST.parents[2]))}
    for spec in sorted(made.specs, key=lambda one: place[one.metadata[UNIQUE_ID]]):
        unique_id = spec.metadata[UNIQUE_ID]
        result = worst.get(unique_id) or by_id.get(unique_id)
        if spec.key in selected and result is not None and result.status in FINE:
            seconds = sum(r.seconds for r in results if r.unique_id == unique_id)
            yield dg.MaterializeResult(
                asset_key=spec.key,
                metadata={"seconds": round(seconds, 3), **previews.get(unique_id, {})},
            )
    blocked: list[str] = [
        f"{result.unique_id.split('.')[2]}: {result.message}"
        for result in worst.values()
        if result.status in {"error", "fail", "runtime error"}
    ]
    for check in made.check_specs:
        named = [r for r in results if r.unique_id.split(".")[2] == check.name]
        matching = [result for result in named if result.unique_id.startswith("test.")]
        if matching:
            bad = [result for result in matching if result.status not in FINE]
            yield dg.AssetCheckResult(
                asset_key=check.asset_key,
                check_name=check.name,
                passed=not bad,
                severity=dg.AssetCheckSeverity.WARN
                if bad and all(r.status == "warn" for r in bad)
                else dg.AssetCheckSeverity.ERROR,
                metadata={"failing_rows": sum(result.failures for result in matching)},
            )
    if blocked:
        raise dg.Failure(
            "dbt could not build or a blocking check failed:\n"
            + "\n".join(blocked)
            + "\n`tapewatch doctor` names what is damaged in the lake, if anything is"
        )
