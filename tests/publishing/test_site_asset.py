"""A home without a site needs no Node, and the asset says how to have one."""

import logging
from datetime import date
from pathlib import Path

import pytest

from assets.lake.lake import Lake
from assets.lake.resource import Run
from assets.market.window import Window
from assets.publishing.site.asset import refresh_site
from assets.publishing.site.build import SiteError, find_node


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder of programs, beside Python too; empty."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    return tmp_path


def test_a_home_without_a_site_is_left_without_one(lake: Lake, programs: Path) -> None:
    run = Run(lake, Window.of_day(date(2024, 8, 9)), "run", logging.getLogger())
    result = refresh_site(run)
    assert result.metadata is not None
    assert "`make site` builds it" in str(result.metadata["skipped"])
    assert "install Node 20 or newer" in str(result.metadata["skipped"])
    assert not lake.settings.site.exists()


@pytest.mark.parametrize(("version", "is_enough"), [("v18.20.4", False), ("v20.0.0", True)])
def test_node_is_taken_from_version_20_on(programs: Path, version: str, is_enough: bool) -> None:
    for name in ("node", "npm"):
        (programs / name).write_text(f"#!/bin/sh\necho {version}\n")
        (programs / name).chmod(0o755)
    if is_enough:
        assert find_node() == programs / "node"
        return
    with pytest.raises(SiteError, match=r"needs Node 20 or newer, .* is 18\.20\.4"):
        find_node()
