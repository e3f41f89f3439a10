"""Local receivers."""

from collections.abc import Iterator

import pytest

from tests.delivery.receivers import Mail, Web


@pytest.fixture
def web() -> Iterator[Web]:
    server = Web()
    yield server
    server.close()


@pytest.fixture
def mail() -> Iterator[Mail]:
    server = Mail()
    yield server
    server.close()
