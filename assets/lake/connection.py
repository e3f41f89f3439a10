"""Connections of DuckDB that can attach the lake: extensions, limits and credentials."""

import importlib.resources
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from duckdb import DuckDBPyConnection
from pydantic import SecretStr

from assets.lake import LakeError
from assets.lake.settings import Settings

EXTENSIONS = ("ducklake", "sqlite_scanner", "postgres_scanner", "httpfs")
# the name under which the lake is attached
ALIAS = "lake"
# pip has checked the hashes of the extensions: DuckDB's own check would read each file again, which
# costs a third of a CPU second per connection
TRUSTING: dict[str, bool | int | float | str | list[str]] = {"allow_unsigned_extensions": "true"}


def one_thread(connection: DuckDBPyConnection) -> None:
    """Use one thread: over few rows, several threads spend more time waiting for each other."""
    connection.execute("set threads = 1")


def load_extensions(connection: DuckDBPyConnection, names: Sequence[str] = EXTENSIONS) -> None:
    """Load DuckDB extensions from the installed wheels, without a network."""
    version = connection.sql("pragma version").fetchall()[0][0]
    for name in names:
        package = importlib.resources.files(f"duckdb_extension_{name}")
        binary = Path(str(package)) / "extensions" / version / f"{name}.duckdb_extension"
        connection.load_extension(str(binary))


def configure(connection: DuckDBPyConnection, settings: Settings) -> None:
    """Set limits, load extensions and give credentials, for any connection to a lake."""
    # DuckDB makes the folder that it spills into, but none above; what only reads makes no home
    spill = Path(tempfile.gettempdir()) / f"tapewatch-{os.getuid()}"
    if settings.root.exists():
        settings.scratch.mkdir(exist_ok=True)
        spill = settings.scratch / "spill"
    load_extensions(connection, _needed(settings))
    connection.execute(f"set memory_limit = '{settings.memory_limit}'")
    connection.execute(f"set threads = {settings.threads}")
    connection.execute(f"set temp_directory = {literal(str(spill))}")
    extensions = literal(str(settings.scratch / "extensions"))
    connection.execute(f"set extension_directory = {extensions}")
    connection.execute("set autoinstall_known_extensions = false")
    connection.execute("set autoload_known_extensions = false")
    # DuckDB writes its bar into standard output, among the rows of a CSV
    connection.execute("set enable_progress_bar = false")
    connection.execute("set preserve_insertion_order = false")
    # an ASOF join over few rows otherwise falls back to comparing each row with each
    connection.execute("set asof_loop_join_threshold = 0")
    connection.execute("set ducklake_max_retry_count = 100")
    if settings.catalog is None:
        # else each scan of the catalog has a connection of its own, which sees what others commit
        # within this transaction: rows that were deleted come back. Global, for DuckLake's session
        connection.execute("set global sqlite_disable_multithreaded_scans = true")
    if settings.s3_bucket:
        _use_bucket(connection, settings)


def read_objects(connection: DuckDBPyConnection, settings: Settings) -> None:
    """Let a connection that attaches no lake read the store's objects; it was made `TRUSTING`."""
    if settings.s3_bucket:
        load_extensions(connection, ["httpfs"])
        _use_bucket(connection, settings)


def _needed(settings: Settings) -> list[str]:
    # each extension costs a tenth of a second per connection: load only those that are needed
    catalog = "sqlite_scanner" if settings.catalog is None else "postgres_scanner"
    return ["ducklake", catalog, *(["httpfs"] if settings.s3_bucket else [])]


def _use_bucket(connection: DuckDBPyConnection, settings: Settings) -> None:
    import boto3

    credentials = boto3.Session().get_credentials()
    if credentials is None:
        raise LakeError(
            f"no credentials for bucket {settings.s3_bucket!r}: set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY, or a profile or role of the standard chain"
        )
    frozen = credentials.get_frozen_credentials()
    options = {
        "key_id": frozen.access_key or "",
        "secret": frozen.secret_key or "",
        "session_token": frozen.token or "",
        "region": settings.s3_region,
    }
    endpoint = settings.s3_endpoint
    if endpoint:
        scheme, _, address = endpoint.partition("://")
        options |= {"endpoint": address, "url_style": "path", "use_ssl": str(scheme == "https")}
    pairs = ", ".join(f"{name} {literal(value)}" for name, value in options.items() if value)
    connection.execute(f"create or replace secret tapewatch (type s3, {pairs})")
    # objects never change: what was read of one stays valid
    connection.execute("set validate_external_file_cache = 'NO_VALIDATION'")
    connection.execute("set enable_http_metadata_cache = true")


def use_password(connection: DuckDBPyConnection, catalog: SecretStr) -> str:
    """The catalog's address without its password, which DuckDB stores as a secret.

    Errors repeat an address, and `duckdb_databases()` shows it to anybody who queries the lake.
    """
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    address = conninfo_to_dict(catalog.get_secret_value())
    password = address.pop("password", None)
    if password is not None:
        connection.execute(
            f"create or replace secret (type postgres, password {literal(str(password))})"
        )
    return make_conninfo("", **address)


def literal(text: str) -> str:
    """The text as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"
