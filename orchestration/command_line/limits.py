"""`tapewatch limits`: the limits of a home, and what one can be set on."""

from dataclasses import asdict

from assets.lake.settings import Settings
from assets.risk.limit_measures import MEASURES
from assets.risk.limits import EXAMPLE, FILE, limits_of
from orchestration.command_line.output import console, print_json, print_rows
from orchestration.command_line.plain_text import said

SHOWN = ("name", "unit", "meaning")


def show_limits(settings: Settings, *, as_json: bool) -> None:
    """Print the limits in force and the measures; SettingsError where a limit is wrong."""
    file = settings.root / FILE
    limits = [{**limit.model_dump(), "unit": limit.of.unit} for limit in limits_of(settings.root)]
    measures = [
        {name: text for name, text in asdict(one).items() if name in SHOWN}
        for one in MEASURES.values()
    ]
    if as_json:
        print_json({"file": str(file), "limits": limits, "measures": measures})
        return
    print_rows(limits, title=f"limits of {file}", as_json=False)
    print_rows(measures, title="measures", as_json=False)
    if not limits:
        console.print(said(f"a limit is written into {file} like this:\n\n{EXAMPLE}"))
