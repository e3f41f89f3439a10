"""Time and memory of landing one large file.

Run it as `python tests/benchmarks/landing_memory.py --rows 20000000`: it writes an archive of so
many trades as Binance does, lands it in a process of its own, and says what that took. `--days`
spreads the rows over days, `--disorder` puts them in no order of time, `--file` lands another file.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

ROWS_AT_ONCE = 100_000
START = np.datetime64("2012-01-01T00:00:00", "us")
MICROSECONDS_PER_DAY = 86_400_000_000


def times(rows: int, days: int, is_disordered: bool) -> Iterator[np.ndarray]:
    """Microseconds since the epoch, even over the days, in pieces."""
    numbers = np.random.default_rng(1)
    span = days * MICROSECONDS_PER_DAY
    for first in range(0, rows, ROWS_AT_ONCE):
        count = min(ROWS_AT_ONCE, rows - first)
        if is_disordered:
            offsets = numbers.integers(0, span, count)
        else:
            offsets = np.arange(first, first + count) * (span // rows)
        yield START.astype(np.int64) + offsets


def archive_lines(rows: int, days: int, is_disordered: bool) -> Iterator[str]:
    """The lines of Binance's archive of trades."""
    numbers = np.random.default_rng(2)
    trade_id = 1
    for piece in times(rows, days, is_disordered):
        prices = 60_000 + numbers.normal(0, 50, len(piece))
        quantities = numbers.exponential(0.01, len(piece))
        makers = np.where(numbers.random(len(piece)) < 0.5, "True", "False")
        yield "".join(
            f"{trade_id + place},{price:.8f},{quantity:.8f},{price * quantity:.8f},"
            f"{at},{maker},True\n"
            for place, (price, quantity, at, maker) in enumerate(
                zip(prices, quantities, piece, makers, strict=True)
            )
        )
        trade_id += len(piece)


def write_file(folder: Path, arguments: argparse.Namespace) -> Path:
    """Write the file that is to be landed."""
    path = folder / "BTCUSDT-trades-2025-03.zip"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("BTCUSDT-trades-2025-03.csv", "w", force_zip64=True) as member,
    ):
        for lines in archive_lines(arguments.rows, arguments.days, arguments.disorder):
            member.write(lines.encode())
    return path


def land(path: Path) -> dict[str, object]:
    """Land the file in this process; what that took."""
    from assets.lake.objects.object_store import LocalObjectStore
    from assets.landing.files.importer import land_file

    wall, processor = time.monotonic(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        report = land_file(path, LocalObjectStore(Path(folder) / "objects"), scratch=Path(folder))
    return {
        "rows": report.rows,
        "rejected": report.rejected,
        "objects": len(report.objects),
        "file_mb": round(path.stat().st_size / 1e6),
        "wall_s": round(time.monotonic() - wall, 1),
        "cpu_s": round(time.process_time() - processor, 1),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=1)
    parser.add_argument("--disorder", action="store_true")
    parser.add_argument("--file", type=Path, help="land this file instead")
    parser.add_argument("--land", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.land:
        sys.stdout.write(json.dumps(land(arguments.land)) + "\n")
        return
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.file or write_file(Path(folder), arguments)
        # a process of its own: the peak of memory is then that of landing alone
        subprocess.run([sys.executable, __file__, "--land", str(path)], check=True)


if __name__ == "__main__":
    main()
