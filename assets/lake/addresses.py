"""Addresses as settings hold them: checked when they are read, without repeating a secret."""

from urllib.parse import urlsplit

from pydantic import SecretStr


def catalog_address(said: SecretStr | None) -> SecretStr | None:
    """The address in the form key=value, which DuckDB and psycopg both read, also from a URL."""
    if said is None:
        return None
    import psycopg
    from psycopg.conninfo import make_conninfo

    try:
        return SecretStr(make_conninfo(said.get_secret_value()))
    except psycopg.ProgrammingError:
        # libpq repeats what it cannot read, and that may be the password
        pass
    raise ValueError(
        "cannot be read: write 'dbname=… host=… port=… user=… password=…' (in quotes what holds "
        "a space) or postgresql://user:password@host:port/dbname"
    )


def web_address(said: str | None) -> str | None:
    """An address of the web, or none; the ValueError does not repeat it."""
    if said is not None and not _names_a_host(said):
        raise ValueError("is no http(s)://host:port/path")
    return said


def secret_web_address(said: SecretStr | None) -> SecretStr | None:
    """The same, of an address that is a secret as a whole."""
    if said is not None:
        web_address(said.get_secret_value())
    return said


def endpoint(said: str | None) -> str | None:
    """The address of an S3 server, without path and credentials."""
    if said is None:
        return None
    parts = urlsplit(said)
    if not _names_a_host(said) or parts.username is not None or parts.path not in {"", "/"}:
        raise ValueError("is no http(s)://host:port; credentials stand in AWS_* variables")
    return said.rstrip("/")


def database_address(said: SecretStr | None) -> SecretStr | None:
    """The address of Dagster's PostgreSQL; the ValueError does not repeat it."""
    if said is None:
        return None
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        # `postgresql://` alone stands for another driver, which Dagster does not use
        is_read = make_url(said.get_secret_value()).drivername == "postgresql+psycopg2"
    except (ArgumentError, ValueError):
        is_read = False
    if not is_read:
        raise ValueError("is no postgresql+psycopg2://user:password@host:port/database")
    return said


def _names_a_host(said: str) -> bool:
    try:
        parts = urlsplit(said)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def venue_urls(text: str) -> str:
    """Pairs venue=address with commas between them."""
    for pair in filter(None, (part.strip() for part in text.split(","))):
        venue, _, url = pair.partition("=")
        if not venue:
            raise ValueError(f"{pair!r} is no venue=http(s)://host:port")
        web_address(url)
    return text
