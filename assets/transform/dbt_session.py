"""What dbt's own connection needs from us: the lake, and the window as session variables.

dbt-duckdb opens a cursor a thread and a task, and session variables live on a cursor; a plugin is
its public way to reach each of them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection

Variables = dict[str, object]


@dataclass
class Session:
    """How to attach the lake, and the variables of the window being built."""

    attach: Callable[[DuckDBPyConnection], None]
    variables: Variables = field(default_factory=dict)


def attach_nothing(connection: DuckDBPyConnection) -> None:
    """An empty database in the lake's place: enough to parse and compile."""
    connection.execute("attach ':memory:' as lake")


_session = Session(attach_nothing)


@contextmanager
def session(attach: Callable[[DuckDBPyConnection], None], variables: Variables) -> Iterator[None]:
    """Let dbt's connections use this lake and window; closes them at the end."""
    global _session
    _session = Session(attach, variables)
    try:
        yield
    finally:
        # two attaches of one lake in a process conflict, so dbt's must not outlive its build
        if DuckDBConnectionManager._ENV is not None:
            DuckDBConnectionManager._ENV.close()
        DuckDBConnectionManager.close_all_connections()
        _session = Session(attach_nothing)


def set_variables(connection: DuckDBPyConnection, variables: Variables) -> None:
    """Set DuckDB session variables, typed as Python has them."""
    for name, value in variables.items():
        connection.execute(f"set variable {name} = ?", [value])


class Plugin(BasePlugin):
    """Found by dbt-duckdb through the module's name in profiles.yml."""

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        _session.attach(conn)

    def configure_cursor(self, cursor: DuckDBPyConnection) -> None:
        set_variables(cursor, _session.variables)
