"""Commands of the HTTP service: serve it; create, list and revoke its keys."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from assets.lake.settings import SettingsError, load_settings
from orchestration.command_line.output import console, print_rows
from orchestration.command_line.plain_text import said
from orchestration.command_line.program import EVERYDAY, HELP, AsJson, app, one_of

# a page that is open and live would be waited for without end
STOP_SECONDS = 5
keys = typer.Typer(help="Keys of the HTTP service.", no_args_is_help=True, context_settings=HELP)
app.add_typer(keys, name="keys", rich_help_panel=EVERYDAY)


@app.command(rich_help_panel=EVERYDAY)
def serve(
    host: Annotated[str, typer.Option(help="Other machines reach it with a key alone.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8090,
) -> None:
    """Serve alerts, incidents and decisions over HTTP; /docs describes it."""
    import uvicorn

    from assets.web.client_limits import CONNECTIONS, HeadLimit
    from orchestration.api.access import refuse_open_service
    from orchestration.api.app import api
    from orchestration.api.live_feed import MOST as LISTENERS

    settings = load_settings()
    refuse_open_service(settings, host)
    console.print(said(f"http://{host}:{port}/docs describes the service; Ctrl-C ends it"))
    try:
        uvicorn.run(
            api(settings), host=host, port=port, http=HeadLimit, log_level="warning",
            limit_concurrency=CONNECTIONS + LISTENERS,
            timeout_graceful_shutdown=STOP_SECONDS,
        )  # fmt: skip
    except SystemExit:
        # what uvicorn raises where the port is taken, after a line that says so
        raise SettingsError(f"{host}:{port} cannot be served: choose another --port") from None


@keys.command("create")
def create(
    owner: Annotated[str, typer.Option(help="Whose it is: decisions carry the name.")],
    scope: Annotated[str, typer.Option(help="read, decide or admin.")] = "read",
) -> None:
    """Create a key and print it once; only a digest of it is stored."""
    from orchestration.api.keys import SCOPES, create_key

    one_of("--scope", scope, SCOPES)
    secret = create_key(load_settings(), owner, scope, datetime.now(UTC))  # type: ignore[arg-type]
    typer.echo(secret)


@keys.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """List the keys, revoked ones too."""
    from orchestration.api.keys import keys_of

    rows = [asdict(key) for key in keys_of(load_settings())]
    for row in rows:
        del row["digest"]
    print_rows(rows, title="keys", as_json=as_json)


@keys.command("revoke")
def revoke(key_id: Annotated[str, typer.Argument(help="The key's id, or its beginning.")]) -> None:
    """Revoke a key: from the next request on it is refused."""
    from orchestration.api.keys import revoke_key

    key = revoke_key(load_settings(), key_id, datetime.now(UTC))
    console.print(said(f"key {key.key_id} of {key.owner} is revoked"))
