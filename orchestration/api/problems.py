"""Errors of the service as RFC 9457 says: what was wrong, where, and what to do."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from assets.alerts.reading import AlertIdError
from assets.cases.chain import ChainError
from assets.cases.decision import DecisionError
from assets.lake import LakeError, NoLakeError
from assets.lake.lock import CatalogError, LockTimeoutError
from assets.lake.objects.object_store import ObjectStoreError

MEDIA_TYPE = "application/problem+json"
STATUS: dict[type[Exception], HTTPStatus] = {
    AlertIdError: HTTPStatus.NOT_FOUND,
    ChainError: HTTPStatus.SERVICE_UNAVAILABLE,
    DecisionError: HTTPStatus.UNPROCESSABLE_ENTITY,
    NoLakeError: HTTPStatus.SERVICE_UNAVAILABLE,
    LakeError: HTTPStatus.NOT_FOUND,
    LockTimeoutError: HTTPStatus.SERVICE_UNAVAILABLE,
    CatalogError: HTTPStatus.SERVICE_UNAVAILABLE,
    ObjectStoreError: HTTPStatus.SERVICE_UNAVAILABLE,
}


class Problem(BaseModel):
    """What was wrong, where, and what to do."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[dict[str, str]] | None = None


def _described(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    content = {MEDIA_TYPE: {"schema": Problem.model_json_schema()}}
    return {status.value: {"description": status.phrase, "content": content} for status in statuses}


PROBLEMS: dict[int | str, dict[str, Any]] = _described(
    HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
)  # fmt: skip
"""The problems that any route may answer with, for its description."""


class Refusal(Exception):
    """A request that is answered with a problem."""

    def __init__(self, status: HTTPStatus, detail: str, headers: dict[str, str] | None = None):
        super().__init__(detail)
        self.status, self.headers = status, headers or {}


def problem(
    status: int, detail: str, headers: dict[str, str] | None = None, **more: Any
) -> JSONResponse:
    """The answer: title, status and detail, and further members."""
    title = HTTPStatus(status).phrase
    content = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return JSONResponse(content, status, headers, media_type=MEDIA_TYPE)


def answer_problems(app: FastAPI) -> None:
    """Answer every known error, and what the framework refuses, as a problem."""

    @app.exception_handler(Refusal)
    def refuse(_: Request, error: Refusal) -> JSONResponse:
        return problem(error.status, str(error), error.headers)

    @app.exception_handler(RequestValidationError)
    def reject(_: Request, error: RequestValidationError) -> JSONResponse:
        wrong = [
            {"where": ".".join(map(str, one["loc"])), "what": one["msg"]} for one in error.errors()
        ]
        said = "; ".join(f"{one['where']}: {one['what']}" for one in wrong)
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, said, errors=wrong)

    @app.exception_handler(HTTPException)
    def pass_on(_: Request, error: HTTPException) -> JSONResponse:
        return problem(error.status_code, str(error.detail), dict(error.headers or {}))

    for kind, status in STATUS.items():
        app.add_exception_handler(kind, _answering(status))


def _answering(status: HTTPStatus) -> Any:
    def answer(_: Request, error: Exception) -> JSONResponse:
        return problem(status, str(error))

    return answer


def silent_lake() -> Refusal:
    """What to answer where the lake does not answer and memory has not what is asked for."""
    return Refusal(
        HTTPStatus.SERVICE_UNAVAILABLE, "the lake does not answer: the page of the system says why"
    )
