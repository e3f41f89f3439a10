"""Who is sent what: the routes that `delivery.toml` in the home lists."""

import os
import tomllib
from collections import Counter
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from string import Template
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from assets.alerts.severity import ORDER, Severity
from assets.delivery.events import KINDS, Event, Kind
from assets.lake.settings import SettingsError

FILE = "delivery.toml"
EXAMPLE = '[[route]]\nname = "desk"\nurl = "slack://${SLACK_TOKENS}"\nevents = ["incident"]'


class Route(BaseModel):
    """A receiver, and which events it is sent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern="^[a-z0-9_-]+$")
    url: SecretStr
    """As apprise writes it; `${NAME}` is the value of that environment variable."""
    events: tuple[Kind, ...] = KINDS
    severity: Severity = "high"
    """The least severity of incidents and breaches; other events have none, and always pass."""
    symbols: tuple[str, ...] = ()
    """Patterns such as BTC-*; an event that names no symbol always passes."""
    venues: tuple[str, ...] = ()

    def takes(self, event: Event) -> bool:
        """Whether an event goes to this route."""
        return (
            event.kind in self.events
            and (event.severity is None or _rank(event.severity) >= _rank(self.severity))
            and _passes(event.symbols, self.symbols)
            and _passes(event.venues, self.venues)
        )

    def address(self) -> SecretStr:
        """The URL with the values of its variables; SettingsError names one that is not set."""
        try:
            return SecretStr(Template(self.url.get_secret_value()).substitute(os.environ))
        except KeyError as error:
            reason = f"the environment variable {error.args[0]} is not set"
        except ValueError:
            reason = "a $ begins no variable: write ${NAME}, and $$ for the sign itself"
        raise SettingsError(f"{FILE}: route {self.name}: url: {reason}")


def routes_of(home: Path) -> tuple[Route, ...]:
    """The routes of the home's `delivery.toml`, none without one; SettingsError says what is wrong.

    No message shows a URL, which may hold a secret.
    """
    path = home / FILE
    if not path.is_file():
        return ()
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        # the error names line and column, and of the text nothing
        raise SettingsError(f"{path}: {error}; a route looks like this:\n{EXAMPLE}") from None
    listed = read.get("route", [])
    if unknown := sorted({*read} - {"route"}):
        raise SettingsError(f"{path}: {', '.join(unknown)}: there are only [[route]] entries")
    if not isinstance(listed, list) or not listed:
        raise SettingsError(f"{path}: it lists no [[route]]; one looks like this:\n{EXAMPLE}")
    routes = [_route(path, number, entry) for number, entry in enumerate(listed, start=1)]
    twice = [name for name, count in Counter(route.name for route in routes).items() if count > 1]
    if twice:
        raise SettingsError(f"{path}: two routes are named {', '.join(twice)}: give each its own")
    return tuple(routes)


def _route(path: Path, number: int, entry: Mapping[str, Any]) -> Route:
    try:
        return Route.model_validate(entry)
    except ValidationError as error:
        problems = error.errors()
    # outside of the handler: pydantic's error holds the URL
    name = entry.get("name") if isinstance(entry, dict) else None
    called = f"route {number}" + (f" ({name})" if isinstance(name, str) else "")
    raise SettingsError("\n".join(f"{path}: {called}: {_described(one)}" for one in problems))


def _described(problem: ErrorDetails) -> str:
    place = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"{place} is no key: they are {', '.join(Route.model_fields)}"
    if problem["type"] == "missing":
        return f"{place} is missing; a route looks like this:\n{EXAMPLE}"
    is_shown = place.partition(".")[0] not in {"", "url"}
    return f"{place}: {problem['msg']}" + (f" (was {problem['input']!r})" if is_shown else "")


def _rank(severity: Severity) -> int:
    return ORDER.index(severity)


def _passes(names: tuple[str, ...], patterns: tuple[str, ...]) -> bool:
    if not patterns or not names:
        return True
    return any(
        fnmatchcase(name.casefold(), pattern.casefold()) for name in names for pattern in patterns
    )
