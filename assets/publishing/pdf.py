"""A document as PDF, printed by the Chromium of this machine."""

import os
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from reports.plotly import plotly_script

SCRIPT_BESIDE = "plotly.js"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
TIMEOUT_SECONDS = 120
# charts are drawn when they come near the screen: printing draws all, for which it takes time
BUDGET_MS = 20_000


class PdfError(Exception):
    """The PDF could not be printed; the message says why and what to do."""


def print_pdf(document: str, path: Path) -> None:
    """Print a document, which may load plotly.js from `SCRIPT_BESIDE`, to a file that is whole.

    Raises
    ------
    PdfError
        No browser is found, or it failed.
    """
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        raise PdfError(
            f"no browser prints PDF here: none of {', '.join(BROWSERS)} is on the PATH. Install "
            "Chromium, or print the page of `tapewatch report --single-file` from a browser"
        )
    with TemporaryDirectory(prefix="tapewatch-") as scratch:
        page, printed = Path(scratch) / "report.html", Path(scratch) / "report.pdf"
        page.write_text(document, encoding="utf-8")
        page.with_name(SCRIPT_BESIDE).write_text(plotly_script(), encoding="utf-8")
        command = [
            *(browser, "--headless", "--disable-gpu", f"--user-data-dir={scratch}/profile"),
            *("--no-pdf-header-footer", f"--virtual-time-budget={BUDGET_MS}"),
            *(f"--print-to-pdf={printed}", page.as_uri()),
        ]
        if _is_root():
            # Chromium has no sandbox for root; the page runs our own scripts alone
            command.insert(1, "--no-sandbox")
        try:
            done = subprocess.run(  # noqa: S603 (a browser of a fixed list over our own page)
                command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise PdfError(f"{browser} did not print within {TIMEOUT_SECONDS} s") from None
        if done.returncode or not printed.exists():
            (*_, reason) = done.stderr.strip().splitlines() or ["it said nothing"]
            raise PdfError(f"{browser} did not print (exit code {done.returncode}): {reason}")
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"{path.name}.unfinished")
        shutil.copyfile(printed, unfinished)
        unfinished.replace(path)


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0
