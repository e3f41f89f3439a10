"""How far a fetch has come, in a file: a fetch that was cut off goes on there."""

from pathlib import Path

import msgspec

from assets.landing.venues.gaps import Gap, Mark
from assets.landing.venues.venue import Parameters


class Fetched(msgspec.Struct):
    """What a fetch has done so far."""

    pages: int = 0
    trades: int = 0
    unreadable: int = 0
    gaps: list[Gap] = msgspec.field(default_factory=list)
    objects: list[str] = msgspec.field(default_factory=list)
    resumed: bool = False


class Checkpoint(msgspec.Struct):
    """The window in ms, the page that comes next (None: all are landed), and the last one's end."""

    window: tuple[int, int]
    parameters: Parameters | None
    fetched: Fetched = msgspec.field(default_factory=Fetched)
    edge: Mark | None = None
    reached: int | None = None
    """The time of the oldest trade so far, where pages go back in time."""
    last_ids: list[str] = msgspec.field(default_factory=list)
    """Ids of the page before: a page's edge may show them again."""

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".new")
        unfinished.write_bytes(msgspec.json.encode(self))
        unfinished.replace(path)


def read_checkpoint(path: Path) -> Checkpoint | None:
    """What a fetch left behind, if it was cut off or has landed all of its window."""
    return msgspec.json.decode(path.read_bytes(), type=Checkpoint) if path.exists() else None
