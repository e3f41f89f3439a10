"""The progress of a fetch, in a file from which an interrupted fetch resumes."""

from pathlib import Path

import msgspec

from assets.landing.venues.gaps import Gap, Mark
from assets.landing.venues.venue import Parameters, Venue


class Fetched(msgspec.Struct):
    """The progress of a fetch so far."""

    pages: int = 0
    trades: int = 0
    quantity: str = "0"
    """The sum of the trades' amounts in base units, exact."""
    unreadable: int = 0
    gaps: list[Gap] = msgspec.field(default_factory=list)
    objects: list[str] = msgspec.field(default_factory=list)
    resumed: bool = False


class Checkpoint(msgspec.Struct):
    """The window in ms, the next page (None: all pages have landed), and the last page's end."""

    window: tuple[int, int]
    parameters: Parameters | None
    fetched: Fetched = msgspec.field(default_factory=Fetched)
    edge: Mark | None = None
    reached: int | None = None
    """The time of the oldest trade so far, for a venue whose pages go back in time."""
    last_ids: list[str] = msgspec.field(default_factory=list)
    """Ids of the page before: the next page may repeat them at its edge."""

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".new")
        unfinished.write_bytes(msgspec.json.encode(self))
        unfinished.replace(path)


def checkpoint_path(home: Path, venue: Venue, symbol: str, span: str) -> Path:
    """The file of a fetch: the same if it is repeated, by whoever does so."""
    return home / "fetches" / f"{venue.name}_{symbol.replace('/', '-')}_{span}.json"


def read_checkpoint(path: Path) -> Checkpoint | None:
    """The checkpoint of an interrupted or a finished fetch, if there is one that can be read."""
    if not path.exists():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=Checkpoint)
    except msgspec.DecodeError:
        return None  # damaged: the fetch begins again, and lands nothing twice
