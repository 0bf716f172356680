"""What reading a file promises: every line is a row, a fault, or blank; a useless file is refused in words."""

import gzip
from pathlib import Path

import pytest

from hemoflow.connectors import blocks, quoting, streams
from hemoflow.connectors.reading import read_rows
from hemoflow.domain.errors import InputError

TABLE = "id,name,dose\n1,iron,10\n2,,20\n3,epoetin,30\n"


def put(folder: Path, text: str, name: str = "drugs.csv") -> Path:
    data = text.encode()
    (folder / name).write_bytes(gzip.compress(data, mtime=0) if name.endswith(".gz") else data)
    return folder


@pytest.mark.parametrize("name", ["drugs.csv", "drugs.csv.gz"])
def test_rows_are_text_under_their_line_number(tmp_path, name):
    raw = read_rows(put(tmp_path, TABLE, name), "drugs", ["dose", "name"])
    assert raw.file == name
    assert raw.broken == ()
    assert raw.frame["dose"].to_dict() == {2: "10", 3: "20", 4: "30"}
    assert raw.frame["name"].isna().to_dict() == {2: False, 3: True, 4: False}


def test_only_rows_that_pass_every_test_are_kept(tmp_path):
    where = {"name": lambda name: name != "", "dose": {"20", "30"}.__contains__}
    assert read_rows(put(tmp_path, TABLE), "drugs", ["id"], where).frame["id"].to_dict() == {4: "3"}


def test_chunks_join_without_a_seam(tmp_path, monkeypatch):
    monkeypatch.setattr(blocks, "CHUNK_ROWS", 2)
    monkeypatch.setattr(streams, "BLOCK_BYTES", 5)
    assert read_rows(put(tmp_path, TABLE), "drugs", ["id"]).frame["id"].to_dict() == {2: "1", 3: "2", 4: "3"}


def test_quotes_byte_order_mark_and_windows_line_ends_are_understood(tmp_path):
    put(tmp_path, '\ufeffid,name\r\n1,"iron, oral"\r\n2,"say ""no"""\r\n')
    frame = read_rows(tmp_path, "drugs", ["id", "name"]).frame
    assert frame["name"].tolist() == ["iron, oral", 'say "no"']
    assert frame["id"].tolist() == ["1", "2"]


def test_a_broken_line_is_named_and_the_lines_around_it_go_on(tmp_path):
    put(tmp_path, 'id,name\n1,a\n2\n\n3,"c\n4,d,e\n5,f\n')
    raw = read_rows(tmp_path, "drugs", ["id"])
    assert raw.frame["id"].to_dict() == {2: "1", 7: "5"}
    assert [(line.line, line.reason) for line in raw.broken] == [
        (3, "1 fields instead of 2"),
        (5, "a quotation mark is not closed"),
        (6, "3 fields instead of 2"),
    ]


def test_a_header_without_rows_is_a_table_without_rows(tmp_path):
    assert read_rows(put(tmp_path, "id,name\n"), "drugs", ["name"]).frame.empty


def test_a_cut_gzip_file_gives_its_whole_lines_and_says_where_it_ends(tmp_path):
    text = "id,name\n" + "".join(f"{number},{number * 7919 % 10007}\n" for number in range(5000))
    packed = gzip.compress(text.encode())
    (tmp_path / "drugs.csv.gz").write_bytes(packed[: len(packed) // 2])
    raw = read_rows(tmp_path, "drugs", ["id", "name"])
    assert 0 < len(raw.frame) < 5000
    assert [f"{row.id},{row.name}" for row in raw.frame.itertuples(index=False)] == text.split("\n")[
        1 : len(raw.frame) + 1
    ]
    assert [line.line for line in raw.broken] == [len(raw.frame) + 2]
    assert "damaged" in raw.broken[0].reason


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"\n1,2\n", "is empty"),
        (b"id\n1\n", "lacks the columns dose, name"),
        (b"id,n\xe9me,dose\n1,iron,1\n", "not UTF-8 in line 1"),
    ],
)
def test_a_useless_file_is_refused_in_words(tmp_path, data, words):
    (tmp_path / "drugs.csv").write_bytes(data)
    raw = read_rows(tmp_path, "drugs", ["name", "dose"])
    assert raw.frame.empty
    assert [line.line for line in raw.broken] == [1]
    assert words in raw.broken[0].reason
    with pytest.raises(InputError, match=words):
        raw.usable()


@pytest.mark.parametrize("block", [5, 2**18])
def test_a_line_in_another_encoding_costs_only_itself(tmp_path, monkeypatch, block):
    monkeypatch.setattr(streams, "BLOCK_BYTES", block)
    (tmp_path / "drugs.csv").write_bytes("id,name\n1,før\n".encode() + b"2,f\xf8r\n3,iron\n")
    raw = read_rows(tmp_path, "drugs", ["name"])
    assert raw.frame["name"].to_dict() == {2: "før", 4: "iron"}
    assert [(line.line, line.reason) for line in raw.broken] == [(3, "not UTF-8")]


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"drugs\.csv\.gz is not in the folder"):
        read_rows(tmp_path, "drugs", ["id"])


def test_a_file_that_is_no_gzip_is_refused(tmp_path):
    (tmp_path / "drugs.csv.gz").write_bytes(TABLE.encode())
    assert "damaged" in read_rows(tmp_path, "drugs", ["id"]).broken[0].reason


def test_a_zip_bomb_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(streams, "EXPANSION_FLOOR", 10_000)
    put(tmp_path, "id,name\n" + "0,0\n" * 1_000_000, "drugs.csv.gz")
    (fault,) = read_rows(tmp_path, "drugs", ["id"], {"id": "never".__eq__}).broken
    assert fault.reason == "unpacks to over 100 times its size"


@pytest.mark.parametrize("block", [2**18, 2**22])
def test_a_line_beyond_all_measure_costs_only_itself(tmp_path, monkeypatch, block):
    monkeypatch.setattr(streams, "BLOCK_BYTES", block)
    (tmp_path / "drugs.csv").write_bytes(b"id,name\n1,a\n2," + b"x" * (2**24 + 2**23) + b"\n3,c\n4,d\n")
    raw = read_rows(tmp_path, "drugs", ["id"])
    assert raw.frame["id"].to_dict() == {2: "1", 4: "3", 5: "4"}
    assert [(line.line, line.reason) for line in raw.broken] == [(3, "a line over 16 MiB")]


def test_names_of_files_and_columns_may_differ_in_case_and_a_column_may_be_optional(tmp_path):
    put(tmp_path, "ID, Name\n1,iron\n", "DRUGS.CSV")
    frame = read_rows(tmp_path, "drugs", ["name", "id"], optional=["dose"]).frame
    assert frame[["id", "name"]].to_numpy().tolist() == [["1", "iron"]]
    assert frame["dose"].isna().all()


def test_a_line_of_another_width_in_another_encoding_is_a_fault_and_nothing_is_printed(tmp_path, capfd):
    (tmp_path / "drugs.csv").write_bytes(b"id,name\n1,a\n\xed\xa0\x80,b,c\n3,d\n")
    raw = read_rows(tmp_path, "drugs", ["id"])
    assert raw.frame["id"].to_dict() == {2: "1", 4: "3"}
    assert [(line.line, line.reason) for line in raw.broken] == [(3, "not UTF-8")]
    assert capfd.readouterr() == ("", "")


def test_a_header_may_run_over_lines_and_so_may_a_field(tmp_path):
    put(tmp_path, '"unit\nid",name\r\n1,"iron,\r\noral"\r\n2,plain\r\n')
    raw = read_rows(tmp_path, "drugs", ["unit id", "name"])
    assert raw.broken == ()
    assert raw.frame["name"].to_dict() == {3: "iron,\noral", 5: "plain"}
    assert raw.frame["unit id"].tolist() == ["1", "2"]


def test_a_quotation_mark_that_never_closes_is_named_in_the_header_and_below(tmp_path):
    assert "quotation mark" in read_rows(put(tmp_path, '"id,name\n1,a\n'), "drugs", ["id"]).broken[0].reason
    put(tmp_path, "id,name\n" + '1,"a\n' + "2,b\n" * (quoting.MOST_LINES + 5), "other.csv")
    raw = read_rows(tmp_path, "other", ["id"])
    assert [line.line for line in raw.broken] == [2]
    assert len(raw.frame) == quoting.MOST_LINES + 5


def test_a_file_full_of_open_quotation_marks_is_read_to_its_end(tmp_path):
    put(tmp_path, "id,name\n" + 'x","z\n' * 3000)
    raw = read_rows(tmp_path, "drugs", ["id"])
    assert len(raw.broken) == 3000
