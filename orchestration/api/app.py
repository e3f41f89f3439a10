"""The service: its routes with and without `/api`, over one lake."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import to_thread
from fastapi import FastAPI

from assets.lake.settings import Settings
from assets.web.client_limits import CONNECTIONS, ClientLimits
from assets.web.described import describe
from orchestration.api.access import Rates, admitting
from orchestration.api.case_pages import routes_of_cases
from orchestration.api.deciding import routes_of_deciding
from orchestration.api.incident_form import routes_of_incident
from orchestration.api.live import EVENTS, routes_of_live
from orchestration.api.models import routes_of_models
from orchestration.api.mute_pages import routes_of_mutes
from orchestration.api.pages import routes_of_pages
from orchestration.api.problems import PROBLEMS, answer_problems
from orchestration.api.queue_page import routes_of_queue
from orchestration.api.reading import routes_of_reading
from orchestration.api.reports_page import routes_of_reports
from orchestration.api.scores import routes_of_scores
from orchestration.api.search_page import routes_of_search
from orchestration.api.sessions import Sessions
from orchestration.api.shared_lake import SharedLake
from orchestration.api.subject_pages import routes_of_subject_pages
from orchestration.api.subjects import routes_of_subjects
from orchestration.api.system import routes_of_system
from orchestration.api.system_page import routes_of_system_page
from orchestration.api.unchanged import answer_unchanged


def api(settings: Settings) -> FastAPI:
    """The application over the lake of the settings; stopping it closes its connection."""
    lake = SharedLake(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        # who waits for a turn to read the lake holds a thread: others must not wait for one
        to_thread.current_default_thread_limiter().total_tokens = CONNECTIONS
        lake.watch()
        yield
        lake.close()

    app = FastAPI(
        title="tapewatch", lifespan=lifespan, docs_url=None, redoc_url=None, responses=PROBLEMS
    )
    app.add_middleware(ClientLimits, unending=(EVENTS,))
    answer_problems(app)
    answer_unchanged(app)
    needs = admitting(settings, Rates())
    for routes in (
        routes_of_system,
        routes_of_reading,
        routes_of_scores,
        routes_of_models,
        routes_of_deciding,
    ):
        app.include_router(routes(lake, needs))
    app.include_router(routes_of_subjects(lake, needs))
    sessions = Sessions(settings)
    for pages in (
        routes_of_pages,
        routes_of_queue,
        routes_of_incident,
        routes_of_cases,
        routes_of_mutes,
        routes_of_live,
        routes_of_system_page,
        routes_of_subject_pages,
        routes_of_search,
        routes_of_reports,
    ):
        app.include_router(pages(lake, sessions))
    describe(app, "/docs")
    return app
