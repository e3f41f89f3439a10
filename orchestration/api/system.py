"""Routes about the service itself: whether it lives, what it reaches, figures for Prometheus."""

from fastapi import APIRouter, Depends
from fastapi.responses import PlainTextResponse

from orchestration.api.access import Needs
from orchestration.api.answers import Health, Probe
from orchestration.api.metrics import metrics_of
from orchestration.api.probes import Row, probes_of
from orchestration.api.shared_lake import SharedLake


def routes_of_system(lake: SharedLake, needs: Needs) -> APIRouter:
    """`/health` for everybody, the others for callers that may read."""
    router = APIRouter()
    reading = [Depends(needs("read"))]
    probes = probes_of(lake)

    # no thread of its own: it says that the process answers, however many wait for the lake
    @router.get("/health", response_model=Health)
    async def health() -> dict[str, str]:
        """That the service answers."""
        return {"status": "ok"}

    @router.get("/system-status", response_model=list[Probe], dependencies=reading)
    def system_status() -> list[Row]:
        """Store, catalog, broker, registry, Dagster, stream: ok, behind, failed, not configured."""
        return probes.ask()

    @router.get("/metrics", dependencies=reading, response_class=PlainTextResponse)
    def metrics() -> PlainTextResponse:
        """Figures as Prometheus reads them."""
        return PlainTextResponse(metrics_of(lake))

    return router
