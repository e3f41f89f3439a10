"""Binance's daily archives of aggregate trades, landed only if their checksum matches."""

import hashlib
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import httpx
import msgspec

from assets.lake.objects.object_store import ObjectStore
from assets.landing.files.importer import land_file
from assets.landing.files.report import LandingError
from assets.landing.venues.paging import ATTEMPTS, LONGEST_WAIT_SECONDS, FetchError, Sleep, log

TIMEOUT_SECONDS = 60.0
BUSY = {429, *range(500, 600)}
SHA256_DIGITS = 64


class ArchiveDay(msgspec.Struct):
    """The outcome of a day: `landed`, `landed before`, `missing`, `refused` or `unreadable`, and
    why."""

    file: str
    state: str
    rows: int = 0
    sha256: str = ""
    objects: list[str] = msgspec.field(default_factory=list)
    detail: str = ""


def fetch_archives(
    symbol: str,
    days: list[date],
    base: str,
    store: ObjectStore,
    memory: Path,
    sleep: Sleep = time.sleep,
) -> Iterator[ArchiveDay]:
    """Land the archives of `BTC-USDT`, one day after another, from below the url `base`.

    `memory` is a folder that records the checksum of each landed archive, which is not loaded
    again. A file whose checksum does not match is refused, one of which nothing can be read is
    unreadable; the other days land. Raises FetchError after 6 failed attempts at one file.
    """
    with httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=True) as client:
        for day in days:
            market = symbol.replace("-", "").replace("/", "")
            name = f"{market}-aggTrades-{day}.zip"
            url = f"{base.rstrip('/')}/data/spot/daily/aggTrades/{market}/{name}"
            yield _fetch_day(client, url, name, store, memory / f"{name}.json", sleep)


def days_between(first: date, end: date) -> list[date]:
    """The days from the first to the end, the end excluded."""
    return [first + timedelta(days=n) for n in range((end - first).days)]


def _fetch_day(
    client: httpx.Client, url: str, name: str, store: ObjectStore, memory: Path, sleep: Sleep
) -> ArchiveDay:
    with tempfile.TemporaryDirectory(prefix="archive-") as folder:
        checksum_file = Path(folder) / "CHECKSUM"
        if not _load(client, f"{url}.CHECKSUM", checksum_file, sleep):
            return ArchiveDay(name, "missing", detail="Binance has no archive of this day (yet)")
        expected = checksum_file.read_text(errors="replace").split(maxsplit=1)[:1]
        if not expected or len(expected[0]) != SHA256_DIGITS:
            return _refused(name, "its .CHECKSUM contains no SHA-256")
        if known := _known(memory, expected[0], store):
            return known
        path = Path(folder) / name
        if not _load(client, url, path, sleep):
            return ArchiveDay(name, "missing", detail="there is a .CHECKSUM but no file")
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != expected[0].lower():
            return _refused(name, f"its SHA-256 is {found}, its .CHECKSUM says {expected[0]}")
        try:
            report = land_file(path, store)
        except LandingError as error:
            # as Binance has it: an archive may be empty, or no archive at all
            what = f"{name}{_line(error)}: {error.problem.what}; fetch the day without --archive"
            return ArchiveDay(name, "unreadable", detail=what)
        problems = "; ".join(problem.what for problem in report.problems)
        landed = ArchiveDay(
            name, "landed", report.rows, expected[0], list(report.objects), problems
        )
        memory.parent.mkdir(parents=True, exist_ok=True)
        memory.write_bytes(msgspec.json.encode(landed))
        return landed


def _line(error: LandingError) -> str:
    return "" if error.line is None else f", line {error.line}"


def _refused(name: str, why: str) -> ArchiveDay:
    cure = "nothing of it landed: fetch it again; if it stays so, fetch the day without --archive"
    return ArchiveDay(name, "refused", detail=f"{why}; {cure}")


def _known(memory: Path, sha256: str, store: ObjectStore) -> ArchiveDay | None:
    if not memory.exists():
        return None
    try:
        known = msgspec.json.decode(memory.read_bytes(), type=ArchiveDay)
    except msgspec.DecodeError:
        return None  # half written: the day is fetched again, which adds nothing twice
    if known.sha256 != sha256 or not all(map(store.exists, known.objects)):
        return None
    return msgspec.structs.replace(known, state="landed before")


def _load(client: httpx.Client, url: str, path: Path, sleep: Sleep) -> bool:
    """Download a file; False if there is none."""
    failure = ""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with client.stream("GET", url) as answer:
                if answer.status_code == httpx.codes.NOT_FOUND:
                    return False
                answer.raise_for_status()
                with path.open("wb") as file:
                    for piece in answer.iter_bytes():
                        file.write(piece)
                return True
        except httpx.HTTPStatusError as error:
            if error.response.status_code not in BUSY:
                raise FetchError(f"{url} answers {error.response.status_code}") from None
            failure = f"it answers {error.response.status_code}"
        except (httpx.TransportError, httpx.DecodingError) as error:
            failure = f"{type(error).__name__}: {error}"
        if attempt < ATTEMPTS:
            wait = min(2.0 ** (attempt - 1), LONGEST_WAIT_SECONDS)
            log.warning(
                "%s: attempt %d of %d failed: %s; the next in %g s",
                path.name, attempt, ATTEMPTS, failure, wait,
            )  # fmt: skip
            sleep(wait)
    raise FetchError(f"{url}: {ATTEMPTS} attempts failed, the last: {failure}; run it again")
