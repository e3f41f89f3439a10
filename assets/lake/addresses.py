"""Addresses in settings: checked when they are read; no error repeats a secret."""

from urllib.parse import urlsplit

from pydantic import SecretStr


def catalog_address(address: SecretStr | None) -> SecretStr | None:
    """The address in the form key=value, which DuckDB and psycopg both read, also from a URL."""
    if address is None:
        return None
    import psycopg
    from psycopg.conninfo import make_conninfo

    try:
        return SecretStr(make_conninfo(address.get_secret_value()))
    except psycopg.ProgrammingError:
        # libpq's error repeats the text that it cannot parse, which may contain the password
        pass
    raise ValueError(
        "cannot be read: write 'dbname=… host=… port=… user=… password=…' (in quotes what contains "
        "a space) or postgresql://user:password@host:port/dbname"
    )


def web_address(address: str | None) -> str | None:
    """An http(s) URL, or empty; the ValueError does not repeat it."""
    if address is not None and not _names_a_host(address):
        raise ValueError("is not http(s)://host:port/path")
    return address


def endpoint(address: str | None) -> str | None:
    """The address of an S3 server, without path and credentials."""
    if address is None:
        return None
    parts = urlsplit(address)
    if not _names_a_host(address) or parts.username is not None or parts.path not in {"", "/"}:
        raise ValueError("is not http(s)://host:port; credentials belong in AWS_* variables")
    return address.rstrip("/")


def database_address(address: SecretStr | None) -> SecretStr | None:
    """The address of Dagster's PostgreSQL; the ValueError does not repeat it."""
    if address is None:
        return None
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        # `postgresql://` alone means another driver, which Dagster does not use
        is_read = make_url(address.get_secret_value()).drivername == "postgresql+psycopg2"
    except (ArgumentError, ValueError):
        is_read = False
    if not is_read:
        raise ValueError("is not postgresql+psycopg2://user:password@host:port/database")
    return address


def _names_a_host(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def venue_urls(text: str) -> str:
    """Pairs venue=address with commas between them."""
    for pair in filter(None, (part.strip() for part in text.split(","))):
        venue, _, url = pair.partition("=")
        if not venue:
            raise ValueError(f"{pair!r} is not venue=http(s)://host:port")
        web_address(url)
    return text
