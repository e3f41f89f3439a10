"""Blocks of lines, and the two ways of reading them, which must agree."""

import csv
import gzip
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.landing.files import csv_rows
from assets.landing.files.containers import DamagedFileError, open_container
from assets.landing.files.lines import CUT_OFF, ENDLESS, Block, read_blocks

NAMES = ("a", "b", "c")

lines = st.lists(
    st.one_of(
        st.just(b""),
        st.just(b"one,two,three"),
        st.just(b"too,few"),
        st.just(b"\xff,b,c"),
        st.text('ab," \r', max_size=12).map(str.encode),
    ),
    max_size=30,
)
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=6)


@given(lines, st.lists(st.integers(1, 9)), st.integers(4, 40))
def test_blocks_depend_on_the_content_alone(content, cuts, size):
    data = b"\n".join(content)
    pieces, start = [], 0
    for cut in cuts:
        pieces.append(data[start : start + cut])
        start += cut
    pieces.append(data[start:])
    assert list(read_blocks(pieces, size)) == list(read_blocks([data], size))


@given(lines, st.integers(16, 60))
def test_blocks_know_the_lines_they_hold(content, size):
    data = b"".join(line.replace(b"\n", b"") + b"\n" for line in content)
    expected = data.split(b"\n")[:-1]
    for block in read_blocks([data], size):
        own = block.data.split(b"\n")[:-1]
        assert len(own) == block.line_count
        assert own == expected[block.first_line - 1 : block.first_line - 1 + len(own)]


def test_a_line_longer_than_a_block_is_one_faulty_line():
    blocks = list(read_blocks([b"a\n", b"b" * 50, b"\nc\n"], size=10))
    assert [(block.first_line, block.fault) for block in blocks] == [
        (1, None),
        (2, ENDLESS),
        (3, None),
    ]


def test_what_is_left_at_a_break_is_a_faulty_line():
    def broken():
        yield b"a\nb\nc"
        raise DamagedFileError("gone")

    blocks = read_blocks(broken())
    assert next(blocks) == Block(b"a\nb\n", 1, 2)
    assert next(blocks) == Block(b"c\n", 3, 1, CUT_OFF)
    with pytest.raises(DamagedFileError):
        next(blocks)


@pytest.mark.slow
@given(st.lists(st.tuples(texts, texts, texts), min_size=1, max_size=20), st.booleans())
def test_fields_come_back_as_they_were_written(rows, is_quoted):
    written = io.StringIO()
    quoting = csv.QUOTE_ALL if is_quoted else csv.QUOTE_MINIMAL
    csv.writer(written, quoting=quoting, lineterminator="\n").writerows(rows)
    data = written.getvalue().encode()
    block = Block(data, 1, data.count(b"\n"))
    expected = [tuple(field or None for field in row) for row in rows]
    for read in (csv_rows._rows_at_once, csv_rows._rows_by_line):
        batch = read(block, NAMES, ",")
        found = [tuple(row.values()) for row in batch.fields.to_pylist()]
        assert found == expected
        assert batch.lines.tolist() == list(range(1, len(rows) + 1))


@pytest.mark.slow
@given(lines)
def test_every_line_is_a_row_or_bad_or_blank(content):
    data = b"".join(line + b"\n" for line in content)
    block = Block(data, 1, len(content))
    batch = csv_rows._rows_by_line(block, NAMES, ",")
    accounted = batch.fields.num_rows + len(batch.bad) + batch.skipped[csv_rows.BLANK]
    assert accounted == len(content)


@given(lines)
def test_what_can_be_read_at_once_reads_the_same_line_by_line(content):
    data = b"".join(line + b"\n" for line in content if line.count(b'"') % 2 == 0)
    block = Block(data, 1, data.count(b"\n"))
    at_once = csv_rows._rows_at_once(block, NAMES, ",")
    by_line = csv_rows._rows_by_line(block, NAMES, ",")
    if at_once and not by_line.bad:
        assert at_once.fields.to_pylist() == by_line.fields.to_pylist()
        assert at_once.lines.tolist() == by_line.lines.tolist()


@pytest.mark.parametrize("members", [1, 3])
@pytest.mark.parametrize("size", [1, 65_535, 65_536, 65_537, 1_000_003])
def test_a_gzip_gives_all_it_holds_however_well_it_was_packed(tmp_path, size, members):
    content = b"x" * size
    path = tmp_path / "packed.gz"
    path.write_bytes(gzip.compress(content) * members + b"\0" * 512)
    with open_container(path) as container:
        assert b"".join(container.chunks()) == content * members


@pytest.mark.parametrize("size", [1, 65_536, 1_000_003])
def test_a_zip_gives_all_it_holds(tmp_path, size):
    path = tmp_path / "packed.zip"
    for kind in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
        with zipfile.ZipFile(path, "w", kind) as archive:
            archive.writestr("folder/readme.md", "no table")
            archive.writestr("folder/table.csv", b"x" * size)
        with open_container(path) as container:
            assert b"".join(container.chunks()) == b"x" * size
            assert container.member == "folder/table.csv"


def test_a_wrong_checksum_is_told(tmp_path):
    path = tmp_path / "packed.gz"
    packed = bytearray(gzip.compress(b"x" * 100))
    packed[-8] ^= 1
    path.write_bytes(packed)
    with (
        open_container(path) as container,
        pytest.raises(DamagedFileError, match="incorrect data check"),
    ):
        list(container.chunks())
