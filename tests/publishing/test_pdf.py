"""PDF by the browser of this machine, and what is said where there is none."""

import shutil
from pathlib import Path

import pytest

from assets.publishing.pdf import BROWSERS, PdfError, print_pdf


def test_without_a_browser_the_cure_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PdfError, match=r"none of chromium.*Install Chromium.*--single-file"):
        print_pdf("<p>a report</p>", tmp_path / "report.pdf")
    assert not list(tmp_path.iterdir())


def test_a_browser_that_fails_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\necho no display >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(PdfError, match=r"exit code 3.*no display"):
        print_pdf("<p>a report</p>", tmp_path / "report.pdf")
    assert not (tmp_path / "report.pdf").exists()


@pytest.mark.slow
@pytest.mark.skipif(
    not any(shutil.which(name) for name in BROWSERS), reason="no browser on this machine"
)
def test_a_document_is_printed_whole(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "report.pdf"
    print_pdf("<!doctype html><title>t</title><p>a report", path)
    assert path.read_bytes().startswith(b"%PDF-")
    assert path.read_bytes().rstrip().endswith(b"%%EOF")
    assert [one.name for one in path.parent.iterdir()] == ["report.pdf"]
