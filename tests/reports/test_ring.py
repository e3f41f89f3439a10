"""The ring of accounts and the strip of days: the same picture for everyone, and text as text."""

import re
from datetime import date, timedelta

from reports.day_strip import AXIS, DayTraded, day_strip
from reports.ring import MOST, Dealing, accounts_of, ring


def dealing(seller: str, buyer: str, money: float, *, is_inferred: bool = False) -> Dealing:
    return Dealing(seller, buyer, 3, money, 0.5, is_inferred)


def test_accounts_stand_by_share_then_by_id_whatever_the_order_of_dealings() -> None:
    dealings = [dealing("B", "A", 10), dealing("C", "A", 10), dealing("D", "D", 50)]
    assert accounts_of(dealings) == ["D", "A", "B", "C"]
    assert ring(dealings) == ring(dealings[:2] + dealings[2:])
    drawn = str(ring(dealings))
    # the first stands on top; what one trades with itself has no arc
    assert re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', drawn)[0] == ("184", "62")
    assert drawn.count('class="arc known"') == 2


def test_inferred_pairs_are_marked_and_thickness_is_the_root_of_money() -> None:
    drawn = str(ring([dealing("A", "B", 100), dealing("B", "A", 25, is_inferred=True)]))
    assert re.findall(r'class="arc (\w+)".*?stroke-width="([\d.]+)"', drawn) == [
        ("inferred", "3.5"),
        ("known", "7"),
    ]
    assert "B sold to A 3 times, 25, inferred" in drawn


def test_too_many_accounts_and_one_alone_have_no_ring() -> None:
    many = [dealing("hub", f"a{n}", 1.0) for n in range(MOST)]
    assert ring(many) is None
    assert ring(many[:-1]) is not None
    assert ring([dealing("A", "A", 1.0)]) is None
    assert ring([]) is None


def test_hostile_accounts_are_text() -> None:
    drawn = str(ring([dealing("</svg><script>", "<b>\u202e", 1.0)]))
    assert drawn.count("</svg>") == 1
    assert "<script" not in drawn
    assert "<b>" not in drawn
    assert "\u202e" not in drawn


def test_a_strip_has_bought_above_sold_below_and_marks_incidents() -> None:
    last = date(2026, 3, 30)
    days = [
        DayTraded(last, 100.0, 25.0),
        DayTraded(last - timedelta(days=29), 100.0, 0.0),
        # before the strip begins
        DayTraded(last - timedelta(days=30), 900.0, 0.0),
    ]
    marked = {last, last - timedelta(days=40)}
    drawn = str(day_strip(days[:2], last, 30, marked, 300 + AXIS))

    def boxes(kind: str) -> list[list[float]]:
        paths = re.findall(rf'class="{kind}" d="([^"]*)"', drawn)
        found = re.findall(r"M([\d.]+) ([\d.]+)h([\d.]+)v([\d.]+)", "".join(paths))
        return [[float(part) for part in one] for one in found]

    assert boxes("buy") == [[291, 16, 8, 40], [1, 16, 8, 40]]
    assert boxes("sell") == [[291, 56, 8, 20]]
    assert boxes("shade") == [[290, 16, 10, 80]]
    older, without = (day_strip(some, last, 30, [], 364) for some in (days, days[:2]))
    assert older.count("M") == without.count("M")
