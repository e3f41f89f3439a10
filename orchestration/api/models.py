"""Routes about who judges: every detector and model, and whether an alert can be derived again."""

from http import HTTPStatus
from threading import Lock
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from assets.detection.detector import detectors
from assets.lake.lake import Lake
from assets.publishing.model_catalogue import catalogue, described
from orchestration.api.access import Needs
from orchestration.api.problems import Refusal
from orchestration.api.reading import Id, Row, Text
from orchestration.verify_alert import verify_alert


def routes_of_models(lake: Lake, needs: Needs) -> APIRouter:
    """The routes, each for callers that may read."""
    router = APIRouter(dependencies=[Depends(needs("read"))])
    verifying = Lock()

    @router.get("/models")
    def models() -> list[Row]:
        """Every detector, and the models of the last day that has scores."""
        return catalogue(lake, detectors())

    @router.get("/model-info")
    def model_info(
        name: Annotated[
            Text, Query(description="A detector's name; a model's id, or its beginning.")
        ],
    ) -> Row:
        """One detector or model: thresholds or parameters, what it reads, how it last did."""
        found = described(lake, detectors(), name)
        if found is None:
            raise Refusal(
                HTTPStatus.NOT_FOUND, f"no detector or model is named {name!r}: see /models"
            )
        return found

    @router.get("/alerts/{alert_id}/verify")
    def verify(alert_id: Id) -> Row:
        """Derive an alert again from the trades of its snapshot: identical, different, or why not.

        It computes the features of some days anew, which takes seconds.
        """
        # one takes a core and some memory; readers must not be able to take them all
        if not verifying.acquire(blocking=False):
            raise Refusal(
                HTTPStatus.TOO_MANY_REQUESTS,
                "another alert is being verified: ask again when it is done",
                {"Retry-After": "5"},
            )
        try:
            outcome = verify_alert(lake, alert_id)
        finally:
            verifying.release()
        return {
            "alert_id": outcome.alert_id,
            "verdict": outcome.verdict,
            "reason": outcome.reason,
            "differences": list(outcome.differences),
        }

    return router
