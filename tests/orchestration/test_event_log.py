"""Events of a step that are stored together: nobody sees a part, and an error loses none."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from orchestration.event_log import in_one_transaction

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("breaks", [False, True])
def test_events_of_a_block_are_stored_at_its_end(tmp_path: Path, *, breaks: bool) -> None:
    meanwhile: list[int] = []

    def stored() -> int:
        with dg.DagsterInstance.local_temp(str(tmp_path)) as reader:
            return len(reader.fetch_materializations(dg.AssetKey("a"), limit=9).records)

    @dg.op(out=dg.Out(dg.Nothing))
    def note(context: dg.OpExecutionContext) -> Iterator[Any]:
        with in_one_transaction(context.instance.event_log_storage):
            yield dg.AssetMaterialization("a", partition="2024-03-01")
            yield dg.AssetMaterialization("a", partition="2024-03-02")
            meanwhile.append(stored())
            if breaks:
                raise ValueError
        yield dg.AssetMaterialization("a", partition="2024-03-03")
        meanwhile.append(stored())
        yield dg.Output(None)

    @dg.job
    def noting() -> None:
        note()

    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        ended = noting.execute_in_process(instance=instance, raise_on_error=False)
        assert ended.success is not breaks
        assert meanwhile == ([0] if breaks else [0, 3])
        assert len(instance.get_materialized_partitions(dg.AssetKey("a"))) == (2 if breaks else 3)
        assert len(ended.get_asset_materialization_events()) == (2 if breaks else 3)


def test_a_storage_that_is_no_file_stores_as_ever() -> None:
    with dg.DagsterInstance.ephemeral() as instance, in_one_transaction(instance.event_log_storage):
        instance.report_runless_asset_event(dg.AssetMaterialization("a"))
        assert instance.get_latest_materialization_event(dg.AssetKey("a")) is not None
