"""`tapewatch simulate`: a market of several venues, as files or into Kafka."""

from dataclasses import asdict

from assets.simulation.market_files import WrittenMarket
from orchestration.command_line.output import console, print_json, print_rows


def show_market(market: WrittenMarket, *, as_json: bool) -> None:
    """What was written, and what to do with it."""
    row = {name: str(value) if name.endswith(("folder", "file")) else value
           for name, value in asdict(market).items()}  # fmt: skip
    if as_json:
        print_json(row)
        return
    print_rows([row], title="simulated market", as_json=False)
    console.print(f"next: tapewatch run --input {market.trades_folder}", highlight=False)
