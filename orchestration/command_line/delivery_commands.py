"""Commands for what goes out to people: send what is due, list what went where."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from assets.lake.settings import Settings, SettingsError, load_settings
from orchestration.command_line.output import FAILED, OK, errors, print_rows
from orchestration.command_line.plain_text import said
from orchestration.command_line.program import EVERYDAY, AsJson, WrongUsageError, app

COLUMNS = ("found_at", "route", "state", "attempts", "title", "error")


@app.command(rich_help_panel=EVERYDAY)
def deliver(
    test: Annotated[
        str | None, typer.Option(metavar="ROUTE", help="Send this route a test message, now.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Send reports, severe incidents, failed runs, silent feeds and breaches that were not sent.

    To whom says delivery.toml in the home. The sensor `deliveries` does the same every 30 seconds.
    """
    settings = load_settings()
    if test is not None:
        send_test(settings, test)
        print_rows([{"route": test, "sent": 1}], title="test message", as_json=as_json)
        return
    from assets.delivery.routes import EXAMPLE, FILE, routes_of
    from assets.lake.lake import Lake
    from orchestration import dagster_home
    from sensors.deliveries import deliver_all

    if not routes_of(settings.root):
        raise SettingsError(f"{settings.root / FILE} lists nobody; a route looks so:\n{EXAMPLE}")
    passed = deliver_all(Lake(settings), dagster_home.instance(settings))
    print_rows([asdict(passed)], title="deliveries", as_json=as_json)
    raise typer.Exit(FAILED if passed.problems else OK)


@app.command(rich_help_panel=EVERYDAY)
def deliveries(
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Most messages.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List what waits and what was sent, by which route, and why an attempt failed."""
    from assets.delivery.outbox import Outbox
    from assets.delivery.routes import routes_of

    settings = load_settings()
    outbox = Outbox.of(settings)
    names = [route.name for route in routes_of(settings.root)]
    rows = [asdict(one) for one in outbox.latest(limit)]
    print_rows(rows, title="deliveries", as_json=as_json, columns=COLUMNS)
    if lost := outbox.unrouted(names):
        routes = ", ".join(sorted({one.route for one in lost}))
        errors.print(
            said(f"{len(lost):,} wait for routes that delivery.toml does not list: {routes}")
        )


def send_test(settings: Settings, name: str) -> None:
    """Send one message by a route, past the outbox; WrongUsageError where there is none."""
    from assets.delivery.channels import send
    from assets.delivery.events import Event
    from assets.delivery.outbox import delivery_of
    from assets.delivery.routes import FILE, routes_of

    routes = {route.name: route for route in routes_of(settings.root)}
    if name not in routes:
        known = ", ".join(routes) or f"none: {settings.root / FILE} lists them"
        raise WrongUsageError(f"--test names a route ({known}), was {name!r}")
    now = datetime.now(UTC).replace(tzinfo=None)
    event = Event(
        kind="report",
        subject="test",
        revision=now.isoformat(),
        title="tapewatch: a test message",
        text=f"The route {name} reaches you.",
        link=settings.reports_url,
    )
    send(routes[name], delivery_of(event, name, now))


def deliver_after_run(settings: Settings) -> None:
    """Send what a run has brought, where routes are listed; what goes wrong is printed."""
    from assets.delivery.routes import routes_of
    from assets.lake.lake import Lake
    from assets.lake.lock import LockTimeoutError
    from orchestration import dagster_home
    from sensors.deliveries import deliver_all

    try:
        if not routes_of(settings.root):
            return
        passed = deliver_all(Lake(settings), dagster_home.instance(settings))
    except (SettingsError, LockTimeoutError) as error:
        errors.print(said(f"nothing was sent: {error}"))
        return
    errors.print(said(f"deliveries: {passed}"))
