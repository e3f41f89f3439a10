"""Requests of the launcher to the warm process: one JSON line each way over a Unix socket."""

import json
import socket
from pathlib import Path
from typing import Literal, TypedDict

ANSWER_SECONDS = 2.0

Operation = Literal["run", "cancel", "status"]


class Request(TypedDict):
    """`run`: take this run; `cancel`: stop it; `status`: is it under way?"""

    operation: Operation
    run_id: str


class WarmProcessError(Exception):
    """The warm process does not answer."""


def ask(path: Path, operation: Operation, run_id: str) -> bool:
    """Whether the warm process takes, stops or works on the run; WarmProcessError without it."""
    request: Request = {"operation": operation, "run_id": run_id}
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(ANSWER_SECONDS)
            connection.connect(str(path))
            connection.sendall(json.dumps(request).encode() + b"\n")
            answer = connection.makefile().readline()
        return json.loads(answer) is True
    except (OSError, ValueError) as error:
        raise WarmProcessError(f"{path} does not answer: {error}") from None
