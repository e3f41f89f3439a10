"""A micro-batch: the path of a day over a narrow window, on one connection, in two commits.

The same SQL, detectors and joins as the daily assets.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from assets.market.window import Window
from assets.stream.facts import write_facts
from assets.stream.judging import Judged, judge_batch
from assets.stream.stream import Stream, advance, place, set_threads
from assets.transform.ledger import known_objects


@dataclass(frozen=True)
class MicroBatch:
    """What a window brought: rows by table, and what was judged of them."""

    window: Window
    touched: Window
    """The window and the later ones that look back on it."""
    objects: Sequence[str]
    row_counts: dict[str, int]
    judged: Judged

    @property
    def failed(self) -> list[str]:
        """The detectors that could not judge."""
        return [name for name, one in self.judged.judgements.items() if one.error is not None]


def run_window(
    stream: Stream, window: Window, objects: Sequence[str], commit_info: dict[str, str]
) -> MicroBatch:
    """Normalise, measure and judge a window of landed objects.

    Parameters
    ----------
    objects
        Keys of the objects that may hold trades of the window; those that the ledger knows of are
        added. Running a window again, with the same objects or more, replaces its rows.
    """
    lake, connection = stream.lake, stream.connection
    with lake.lock():
        set_threads(stream, window)
        writer, recent = place(stream, window)
        read = sorted({*objects, *known_objects(connection, window, writer)})
        touched, row_counts, recent = write_facts(stream, window, read, commit_info, writer, recent)
        judged = judge_batch(lake, connection, touched, commit_info, writer, recent)
        advance(stream, window, writer, recent)
    return MicroBatch(window, touched, read, row_counts, judged)
