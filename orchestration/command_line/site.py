"""`tapewatch site`: the Evidence site over a lake."""

import shutil
from uuid import uuid4

from assets.lake.lake import Lake
from assets.lake.settings import load_settings
from assets.publishing.site.build import PAGES, WORKSHOP, build, is_current
from assets.publishing.site.data import refresh
from orchestration.command_line.dev import home_to_open
from orchestration.command_line.output import errors
from orchestration.command_line.plain_text import said
from orchestration.site_server import serve_site


def open_site(host: str, port: int) -> None:
    """Build, refresh and serve the site of the home that `tapewatch dev` opens."""
    settings = load_settings(home=home_to_open(load_settings()))
    publish_site(Lake(settings))
    _say(f"the site of {settings.root} is open on http://{host}:{port}; Ctrl-C ends it")
    serve_site(settings.site / PAGES, host, port)


def publish_site(lake: Lake) -> None:
    """Build the pages where there are none of this version, and give them the newest facts."""
    lake.require()
    pages, run_id = lake.settings.site / PAGES, str(uuid4())
    if is_current(pages):
        refresh(lake, pages / "data", run_id)
        return
    built = build(lake.settings.site / WORKSHOP, _say)
    refresh(lake, built / "data", run_id)
    shutil.rmtree(pages, ignore_errors=True)
    built.rename(pages)


def _say(step: str) -> None:
    errors.print(said(step), soft_wrap=True)
