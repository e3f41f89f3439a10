"""JSON that is an array, or spread over lines: each object is a row, whatever stands around it."""

import json
import tracemalloc
from pathlib import Path

import pytest

from assets.landing.files.importer import land_files
from assets.landing.files.json_objects import read_objects
from assets.landing.files.report import LandingError


def trade(number: int, **more: object) -> dict[str, object]:
    return {
        "trade_id": f"t{number}",
        "timestamp": "2025-03-01T10:00:00Z",
        "symbol": "BTC/USDT",
        "price": 60000.1,
        "quantity": 0.5,
        "side": "BUY",
        **more,
    }


TRADES = [trade(number) for number in range(1, 6)]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(TRADES),
        json.dumps(TRADES, indent=2),
        json.dumps(TRADES, separators=(",", ":")) + "\n",
        "\ufeff  \n[\n" + ",\n".join(map(json.dumps, TRADES)) + "\n]\n",
        "[\r\n" + ",\r\n".join(map(json.dumps, TRADES)) + "\r\n]\r\n",
        "\n".join(json.dumps(one, indent=1) for one in TRADES),
        json.dumps([trade(n, note='a "brace}" \\ {[') for n in range(1, 6)]),
        json.dumps([trade(n, more={"deep": [{}, {"x": 1}]}) for n in range(1, 6)]),
    ],
)
@pytest.mark.parametrize("name", ["trades.json", "trades.json.gz"])
def test_each_object_is_a_row_and_its_place_is_its_line(land, write, rows_of, name, text) -> None:
    report = land(write(name, text))
    assert (report.rows, report.rejected, report.problems) == (5, 0, ())
    rows = rows_of(report)
    assert [row["trade_id"] for row in rows] == [f"t{n}" for n in range(1, 6)]
    assert [row["source_line"] for row in rows] == [1, 2, 3, 4, 5]
    assert {(row["price"], row["quantity"]) for row in rows} == {("60000.1", "0.5")}


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        ('{"trade_id": nope}', "the line is not JSON"),
        ("17", "the line is JSON, but no object"),
        ("nonsense", "the line is not JSON"),
        ('{"trade_id": "a\nb"}', "the line is not JSON"),
        (json.dumps(trade(2, timestamp="yesterday")), "timestamp"),
    ],
)
def test_what_is_no_trade_is_named_by_its_place_and_the_others_land(
    land, write, rows_of, bad, error
) -> None:
    text = f"[{json.dumps(TRADES[0])}, {bad}, {json.dumps(TRADES[2])}]"
    report = land(write("trades.json", text))
    assert (report.rows, report.rejected) == (3, 1)
    (problem,) = report.problems
    assert (problem.line, error in problem.what) == (2, True)
    assert [row["trade_id"] for row in rows_of(report) if row["error"] is None] == ["t1", "t3"]


def test_the_objects_before_a_cut_land(land, write) -> None:
    text = json.dumps(TRADES)
    report = land(write("trades.json", text[: text.index("t4")]))
    assert (report.rows, report.rejected) == (4, 1)
    assert report.problems[0].line == 4
    assert "ends within this object" in report.problems[0].what


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("[]", "nothing in the file"),
        ("[1, 2, 3]", "no known format"),
        ("[[1, 2], [3, 4]]", "no known format"),
        ("{", "the file ends within this object"),
        ('[{"a": 1}]', "no known format: 'a'"),
        ('{"data": [{"trade_id": 1}]}', "no known format: 'data'"),
    ],
)
def test_json_without_trades_is_refused(land, write, text, error) -> None:
    with pytest.raises(LandingError, match=error) as refused:
        land(write("trades.json", text))
    assert refused.value.line == 1


@pytest.mark.parametrize("step", [1, 7, 64])
def test_blocks_do_not_depend_on_how_the_bytes_come(step: int) -> None:
    text = json.dumps([trade(n, note='}{"\\') for n in range(40)]).encode()
    pieces = [text[at : at + step] for at in range(0, len(text), step)]
    blocks = list(read_objects(pieces, size=300))
    assert blocks == list(read_objects([text], size=300))
    found = [json.loads(line) for block in blocks for line in block.lines()]
    assert [one["trade_id"] for one in found] == [f"t{n}" for n in range(40)]
    assert [block.first_line for block in blocks] == [
        1 + sum(earlier.line_count for earlier in blocks[:n]) for n in range(len(blocks))
    ]


def test_an_endless_object_is_one_fault() -> None:
    blocks = list(read_objects([b'[{"a": 1}, {"b": "' + b"x" * 2_000], size=300))
    assert [block.fault is None for block in blocks] == [True, False]
    assert "does not end within a block" in str(blocks[1].fault)


def test_an_array_takes_the_memory_of_a_block_not_of_the_file() -> None:
    one = json.dumps(trade(1)).encode()
    count = 300_000

    def chunks():
        yield b"["
        for _ in range(count // 1_000):
            yield (one + b",") * 1_000
        yield b"]"

    tracemalloc.start()
    found = sum(block.line_count for block in read_objects(chunks(), 1 << 20))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == count
    assert peak < 20_000_000 < len(one) * count


def test_of_a_folder_arrays_are_read_and_other_json_is_named(write, store, tmp_path: Path) -> None:
    write("trades.json", json.dumps(TRADES))
    write("metadata.json", '{"venue": "kraken"}')
    reports = land_files([tmp_path / "input"], store, scratch=tmp_path / "scratch")
    by_name = {Path(report.file).name: report for report in reports}
    assert by_name["trades.json"].rows == 5
    (problem,) = by_name["metadata.json"].problems
    assert "it is JSON, but no array of objects" in problem.what
    assert "name it .jsonl" in problem.cure
