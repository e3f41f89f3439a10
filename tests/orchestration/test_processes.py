"""Which processes a stream has, and which of them people look at."""

from pathlib import Path

import pytest

from assets.lake.settings import Settings
from orchestration.command_line.processes import Processes, start_stream


class Recorded(Processes):
    """Processes that are noted instead of started."""

    def __init__(self, logs: Path) -> None:
        super().__init__(logs, {})
        self.started: dict[str, tuple[str, ...]] = {}

    def start(self, name: str, program: str, *arguments: str) -> None:  # type: ignore[override]
        self.started[name] = (program, *arguments)


@pytest.mark.parametrize(
    ("ports", "looked_at"),
    [
        ({}, set()),
        ({"ui_port": 3000}, {"ui", "reports"}),
        ({"ui_port": 3000, "desk_port": 8099}, {"ui", "reports", "desk"}),
    ],
)
def test_a_stream_starts_what_people_look_at_where_it_has_a_port(
    settings: Settings, tmp_path: Path, ports: dict[str, int], looked_at: set[str]
) -> None:
    processes = Recorded(tmp_path / "logs")
    start_stream(processes, settings, **ports)
    assert set(processes.started) == {"code", "daemon", "land"} | looked_at
    assert processes.started.get("desk") in (None, ("tapewatch", "serve", "--port", "8099"))
