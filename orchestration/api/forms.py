"""What every form of the desk shares: who posts it, what it says, what is refused."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from urllib.parse import parse_qsl

from fastapi import Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from orchestration.api.access import Caller
from orchestration.api.page import to_sign_in
from orchestration.api.problems import Refusal
from orchestration.api.sessions import Sessions

CHANNEL = "page"
LONGEST_REQUEST_ID = 100


class Form(dict[str, str]):
    """The fields that a form posts; `every` has each value of a field that is there twice."""

    def __init__(self, pairs: list[tuple[str, str]]):
        super().__init__(pairs)
        self._pairs = pairs

    def every(self, name: str) -> list[str]:
        """All values of a field, in order."""
        return [value for key, value in self._pairs if key == name]

    @property
    def request_id(self) -> str:
        """The same for a double click."""
        return self.get("request_id", "")[:LONGEST_REQUEST_ID]

    @property
    def note(self) -> str:
        """Plain text."""
        return self.get("note", "").replace("\0", "").replace("\r\n", "\n")


def text_of(form: Mapping[str, str], name: str) -> str:
    """A field of one line."""
    return form.get(name, "").replace("\0", "").strip()[:200]


def whole(text: str | None) -> int | None:
    """A number of a hidden field; None where it is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None


async def posted(
    request: Request,
    sessions: Sessions,
    answer: Callable[[Form, Caller], Response],
    back: str,
) -> Response:
    """Answer a form of somebody who may decide; others sign in, and come back to a page."""
    body = (await request.body()).decode("utf-8", "replace")
    form = Form(parse_qsl(body, keep_blank_values=True))

    def work() -> Response:
        caller = sessions.caller(request)
        if caller is None:
            return to_sign_in(back)
        if caller.scope == "read":
            raise Refusal(HTTPStatus.FORBIDDEN, "your key reads; to decide takes another")
        return answer(form, caller)

    return await run_in_threadpool(work)
