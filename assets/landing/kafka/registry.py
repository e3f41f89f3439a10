"""The schema registry (Confluent's interface): schemas by id, and ours under its subject."""

from dataclasses import dataclass, field
from typing import Any

import httpx

from assets.lake.settings import Settings, SettingsError
from assets.landing.kafka import StreamError

LARGEST_ID = 2**31 - 1
TIMEOUT_SECONDS = 10


class UnknownSchemaError(Exception):
    """No message can be read with this schema; the message says why."""


class IncompatibleSchemaError(Exception):
    """The registry refuses a schema: earlier messages could not be read with it."""


class RegistryError(StreamError):
    """The registry is unreachable; the message says which and what to do. The id may exist."""


def registry_of(settings: Settings) -> "SchemaRegistry":
    """The settings' registry, for callers that need one; SettingsError names the variable."""
    if settings.schema_registry is None:
        raise SettingsError("Avro needs TAPEWATCH_SCHEMA_REGISTRY, the registry's URL")
    return SchemaRegistry(settings.schema_registry)


@dataclass
class SchemaRegistry:
    """Schemas of a registry, each fetched once; without a url every id is unknown."""

    url: str | None
    _schemas: dict[int, str] = field(default_factory=dict)

    def schema(self, schema_id: int) -> str:
        """The Avro schema with this id; UnknownSchemaError, or RegistryError if unreachable."""
        if schema_id not in self._schemas:
            self._schemas[schema_id] = self._asked(schema_id)
        return self._schemas[schema_id]

    def register(self, subject: str, schema: str) -> int:
        """The id of a schema under a subject; registered if new, refused if incompatible."""
        answer = self._call("POST", f"/subjects/{subject}/versions", {"schema": schema})
        if answer.status_code in {httpx.codes.CONFLICT, httpx.codes.UNPROCESSABLE_ENTITY}:
            raise IncompatibleSchemaError(
                f"the schema of {subject} is refused: {answer.text[:500]}; give every new field a "
                "default, and keep the names and types of the old ones"
            )
        return self._read(answer)["id"]

    def subjects(self) -> list[str]:
        """The names under which schemas are registered."""
        return self._read(self._call("GET", "/subjects"))

    def demand_backward(self, subject: str) -> None:
        """Make the registry refuse versions that cannot read messages of the version before."""
        self._read(self._call("PUT", f"/config/{subject}", {"compatibility": "BACKWARD"}))

    def _asked(self, schema_id: int) -> str:
        if self.url is None:
            raise UnknownSchemaError("Avro, but TAPEWATCH_SCHEMA_REGISTRY is not set")
        if not 0 < schema_id <= LARGEST_ID:
            raise UnknownSchemaError(f"{schema_id} is no schema id")
        answer = self._call("GET", f"/schemas/ids/{schema_id}")
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise UnknownSchemaError(f"the registry has no schema {schema_id}")
        found = self._read(answer)
        # the type is only given where it is another
        if found.get("schemaType", "AVRO") != "AVRO":
            raise UnknownSchemaError(f"schema {schema_id} is {found['schemaType']}, not Avro")
        return found["schema"]

    def _call(self, method: str, path: str, body: dict[str, str] | None = None) -> httpx.Response:
        # credentials go in a header: httpx logs the URL and stores it in its errors
        url = httpx.URL(self.url or "")
        auth = (url.username, url.password) if url.userinfo else None
        try:
            return httpx.request(
                method, self.place + path, auth=auth, json=body, timeout=TIMEOUT_SECONDS
            )
        except (httpx.TransportError, httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            reason = str(error)
        # outside of the handler: httpx's error holds the request with its credentials
        raise RegistryError(
            f"cannot reach the schema registry at {self.place} ({reason}): is it up and "
            "TAPEWATCH_SCHEMA_REGISTRY right?"
        )

    def _read(self, answer: httpx.Response) -> Any:
        if not answer.is_success:
            raise RegistryError(
                f"the schema registry at {self.place} answers {answer.status_code}: "
                f"{answer.text[:200]}"
            )
        return answer.json()

    @property
    def place(self) -> str:
        """The registry's address without credentials."""
        return str(httpx.URL(self.url or "").copy_with(userinfo=b"")).rstrip("/")
