"""Texts as people have them: folders, archives and single files, all as one table."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.archives import tarred, zipped

from pellucid import DataError, DataWarning
from pellucid.data.conversion import convert
from pellucid.data.schema import infer_schema
from pellucid.data.sources import archives, text_files
from pellucid.data.sources.files import check_sources
from pellucid.data.sources.folder_sources import folder_source
from pellucid.data.sources.media import TEXTS
from pellucid.data.sources.table import Table, read_blocks, read_table

PROSE = "I like this film very much."


def put(path: Path, content: bytes | str = PROSE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def fill(folder: Path, *paths: str) -> Path:
    """Write a text to each path, which says where it stands."""
    for path in paths:
        put(folder / path, f"This is the text of {path}")
    return folder


def rows(table: Table) -> dict[str, Any]:
    """The class of each file."""
    return dict(zip(table.row_names, table.frame["label"], strict=True))


def test_a_folder_for_each_class(tmp_path: Path) -> None:
    fill(tmp_path, "good/1.txt", "good/2.TXT", "bad/1.md", "bad/2.html", "bad/old.eml")
    table = read_table(tmp_path)
    assert rows(table) == {
        "bad/1.md": "bad",
        "bad/2.html": "bad",
        "bad/old.eml": "bad",
        "good/1.txt": "good",
        "good/2.TXT": "good",
    }
    assert table.frame.columns == ["text", "label"]
    assert table.frame["text"][0] == "This is the text of bad/1.md"
    assert (table.declared, table.parts, table.consists_of) == (("label",), None, "text")
    assert table.notes == ("classes by folder: bad, good",)


def test_files_need_no_endings(tmp_path: Path) -> None:
    """As in newsgroups and collections of mail: numbers, dates, digests."""
    names = ("sci.space/61154", "sci.med/1.", "sci.med/00001.7c53336b37003a9286aba55d2945844c")
    table = read_table(fill(tmp_path, *names))
    assert sorted(rows(table).values()) == ["sci.med", "sci.med", "sci.space"]


def test_folders_of_parts_above_those_of_classes(tmp_path: Path) -> None:
    fill(tmp_path, *[f"{part}/{k}/1.txt" for part in ("train", "dev", "test") for k in "ab"])
    table = read_table(tmp_path)
    assert table.frame["label"].to_list() == ["a", "b"] * 3
    assert table.parts.tolist() == ["validation"] * 2 + ["test"] * 2 + ["train"] * 2


def test_a_set_of_reviews_as_it_is_published(tmp_path: Path) -> None:
    """What says something of the whole is no text of a class; nor is what has no class."""
    for part in ("train", "test"):
        fill(tmp_path / "aclImdb", *[f"{part}/{k}/{i}.txt" for k in ("neg", "pos") for i in "012"])
        fill(tmp_path / "aclImdb", f"{part}/urls_pos.txt")
        put(tmp_path / "aclImdb" / part / "labeledBow.feat", "9 0:9")
    fill(tmp_path / "aclImdb", "README", "imdbEr.txt", *[f"train/unsup/{i}_0.txt" for i in "01"])
    table = read_table(tmp_path)
    assert set(table.frame["label"]) == {"neg", "pos"}
    assert len(table.frame) == 12
    left = "2 texts left out, in no folder of train, val or test: the folder itself"
    none = "2 texts left out, in folders of what has no class: "
    beside = "2 texts left out, beside the folders of classes: aclImdb/test/urls_pos.txt, "
    other = "2 other files left out: aclImdb/test/labeledBow.feat, "
    for told in (left, none, beside, other):
        assert any(note.startswith(told) for note in table.notes), told


def test_a_readme_above_the_classes_is_no_text(tmp_path: Path) -> None:
    table = read_table(fill(tmp_path, "README.md", "LICENSE", "a/1.txt", "a/2.txt", "b/1.txt"))
    assert rows(table) == {"a/1.txt": "a", "a/2.txt": "a", "b/1.txt": "b"}
    assert table.notes[1:] == (
        "2 texts left out, beside the folders of classes: LICENSE, README.md",
    )


def test_folders_further_down_count_to_the_class(tmp_path: Path) -> None:
    table = read_table(fill(tmp_path, "a/2021/may/1.txt", "a/2.txt", "a/3.txt", "b/1.txt"))
    assert sorted(table.frame["label"]) == ["a", "a", "a", "b"]
    assert "1 text in folders further down: the class is the first folder" in table.notes


def test_a_folder_without_texts_is_no_class(tmp_path: Path) -> None:
    fill(tmp_path, "a/1.txt", "b/1.txt")
    (tmp_path / "c").mkdir()
    table = read_table(tmp_path)
    assert set(table.frame["label"]) == {"a", "b"}
    assert "1 folder without texts: c" in table.notes


def test_texts_without_classes(tmp_path: Path) -> None:
    table = read_table(fill(tmp_path, "1.txt", "2.txt"))
    assert table.frame.columns == ["text"]
    assert table.row_names.to_list() == ["1.txt", "2.txt"]


def test_a_text_that_says_na_is_a_text(tmp_path: Path) -> None:
    """Cells of a table that say so are missing; and whoever made a folder wrote no mark."""
    put(tmp_path / "a" / "1.txt", " NA\n")
    put(tmp_path / "b" / "1.txt")
    assert read_table(tmp_path).frame["text"].to_list() == [" NA\n", PROSE]


ENCODED = {
    "ascii": ("plain text", "ascii"),
    "utf-8": ("caf\u00e9 \u4f60\u597d \U0001f600", "utf-8"),
    "utf-8 with a mark": ("caf\u00e9", "utf-8-sig"),
    "utf-16 with a mark": ("caf\u00e9 \u4f60", "utf-16"),
    "utf-16 without a mark": ("a plain text of words", "utf-16-le"),
    "utf-32": ("caf\u00e9 \u4f60", "utf-32"),
    "latin-1": ("un caf\u00e9 tr\u00e8s bon", "latin-1"),
    "windows-1252": ("\u201cquoted\u201d \u2013 5 \u20ac", "cp1252"),
}


def test_each_file_has_its_own_encoding(tmp_path: Path) -> None:
    for name, (text, encoding) in ENCODED.items():
        put(tmp_path / "a" / name, text.encode(encoding))
    put(tmp_path / "b" / "1.txt")
    table = read_table(tmp_path)
    found = dict(zip(table.row_names, table.frame["text"], strict=True))
    assert {f"a/{name}": text for name, (text, _) in ENCODED.items()}.items() <= found.items()
    told = "2 texts not UTF-8, read as Windows-1252: a/latin-1, a/windows-1252"
    assert told in table.notes


def test_an_encoding_that_is_given_is_that_of_all(tmp_path: Path) -> None:
    put(tmp_path / "a" / "1.txt", "\u043f\u0440\u0438\u0432\u0435\u0442".encode("koi8-r"))
    put(tmp_path / "b" / "1.txt")
    table = read_table(tmp_path, encoding="koi8-r")
    assert table.frame["text"][0] == "\u043f\u0440\u0438\u0432\u0435\u0442"


def test_bytes_that_an_encoding_does_not_have_are_shown(tmp_path: Path) -> None:
    put(tmp_path / "a" / "1.txt", "\u4f60\u597d\u5417 caf\u00e9".encode() + b" \xff bad")
    put(tmp_path / "b" / "1.txt")
    table = read_table(tmp_path)
    assert table.frame["text"][0] == "\u4f60\u597d\u5417 caf\u00e9 \ufffd bad"
    assert table.notes[1].startswith("1 text with bytes that its encoding does not have, shown as")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"one\r\ntwo\rthree\n", "one\ntwo\nthree\n"),
        (b"From: a@b.c\r\n\r\nHello", "From: a@b.c\n\nHello"),
        (b"a good\0film", "a good film"),
        (b"red \x1b[31mink", "red \x1b[31mink"),
        ("\u05e9\u05dc\u05d5\u05dd \u202eabc".encode(), "\u05e9\u05dc\u05d5\u05dd \u202eabc"),
        (b"half \xed\xa0\x80 a pair", "half \ufffd\ufffd\ufffd a pair"),
        (b"  <p>kept &amp; kept</p> ", "  <p>kept &amp; kept</p> "),
    ],
)
def test_nothing_is_taken_away_from_a_text(data: bytes, text: str) -> None:
    """But a zero byte is a blank, and lines end alike."""
    encoding = "utf-8" if b"\xed" in data else None
    assert text_files.decode_text(data, encoding).text == text


def test_empty_texts_are_missing(tmp_path: Path) -> None:
    fill(tmp_path, "a/1.txt", "b/1.txt")
    put(tmp_path / "b" / "2.txt", "")
    put(tmp_path / "b" / "3.txt", " \n\t ")
    table = read_table(tmp_path)
    assert table.frame["text"].is_null().to_list() == [False, False, True, True]
    assert "2 texts empty, counted as missing: b/2.txt, b/3.txt" in table.notes


def test_what_is_left_aside_is_named_and_counted(tmp_path: Path) -> None:
    fill(tmp_path, *[f"{kind}/{i}.txt" for kind in "ab" for i in range(10)])
    put(tmp_path / "a" / "photo.jpg", b"\xff\xd8\xff")
    put(tmp_path / "a" / ".DS_Store", b"\0\0\0\1Bud1")
    put(tmp_path / "a" / "scan", b"\x89PNG\r\n" + bytes(range(256)))
    put(tmp_path / "a" / "paper.txt", "%PDF-1.4 and so on")
    put(tmp_path / "b" / "letter.docx", b"PK")
    put(tmp_path / "index.csv", "a,b\n1,2\n")
    table = read_table(tmp_path)
    assert len(table.frame) == 20
    assert table.notes[1:] == (
        "1 text of a kind that is not read left out: b/letter.docx",
        "3 other files left out: index.csv, a/.DS_Store, a/photo.jpg",
        "2 broken texts left out: a/paper.txt is a PDF document, a/scan is no text",
    )


def test_a_mail_with_control_characters_is_a_text() -> None:
    """A real signature holds fifty of one kind."""
    assert text_files.decode_text(b"georgel | " + b"\x02 " * 50).text is not None
    assert text_files.decode_text(bytes(range(256)) * 20).text is None
    assert text_files.decode_text(bytes(100)).text is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes and links")
def test_pipes_and_links_that_lead_outside_are_left_out(tmp_path: Path) -> None:
    outside = fill(tmp_path / "outside", "secret.txt")
    texts = fill(tmp_path / "texts", "a/1.txt", "b/1.txt")
    (texts / "a" / "link.txt").symlink_to(outside / "secret.txt")
    (texts / "b" / "near.txt").symlink_to(texts / "a" / "1.txt")
    os.mkfifo(texts / "b" / "pipe.txt")
    table = read_table(texts)
    assert set(rows(table)) == {"a/1.txt", "b/1.txt", "b/near.txt"}
    assert "1 link to elsewhere left out: a/link.txt" in table.notes
    assert "1 broken text left out: b/pipe.txt is no file" in table.notes


def test_what_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path, "a/1.txt", "b/1.txt", "c/1.txt", "c/secret.txt")
    scan, read = os.scandir, text_files.decode_text

    def scandir(path: Any) -> Any:
        if Path(path).name == "b":
            raise PermissionError(13, "Permission denied")
        return scan(path)

    def decode(data: bytes, encoding: str | None = None) -> Any:
        if b"secret" in data:
            raise PermissionError(13, "Permission denied")
        return read(data, encoding)

    monkeypatch.setattr("pellucid.data.sources.folders.os.scandir", scandir)
    monkeypatch.setattr("pellucid.data.sources.text_tables.decode_text", decode)
    table = read_table(tmp_path)
    assert set(rows(table)) == {"a/1.txt", "c/1.txt"}
    assert "1 folder that may not be read left out: b" in table.notes
    told = "1 broken text left out: c/secret.txt cannot be opened (Permission denied)"
    assert told in table.notes


def test_of_a_very_long_text_the_beginning_is_read(tmp_path: Path) -> None:
    """All the same how long it is: no more than a character can have bytes is asked for."""
    put(tmp_path / "a" / "1.txt", "word " * 30_000)
    put(tmp_path / "a" / "2.txt", "\u4f60\u597d" * 100_000)
    put(tmp_path / "b" / "1.txt", "word " * 20_000)
    told = r"2 texts of .* are longer than 100,000 characters, .* not read: a/1.txt, a/2.txt"
    with pytest.warns(DataWarning, match=told):
        table = read_table(tmp_path)
    assert table.frame["text"].str.len_chars().to_list() == [100_000] * 3


def test_of_a_very_long_cell_the_beginning_is_read() -> None:
    """Its kind tells of it, and which row it is."""
    table = read_table([PROSE, "word " * 20_001, "\u4f60" * 50_000])
    schema = infer_schema(table)
    with pytest.warns(DataWarning, match=r"1 text of list of texts is longer .* not read: row 2\."):
        convert(table, schema)


def test_no_file_is_asked_for_its_properties(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a million files each question takes seconds: what a folder tells is enough."""
    fill(tmp_path, *[f"{kind}/{i}.txt" for kind in "ab" for i in range(50)])
    asked = []
    for name in ("stat", "lstat"):
        own = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *a, own=own, **k: asked.append(a[0]) or own(*a, **k))
    assert len(read_table(tmp_path).frame) == 100
    assert len([path for path in asked if str(path).endswith(".txt")]) <= 2 * 20


def test_blocks_of_a_folder(tmp_path: Path) -> None:
    fill(tmp_path, *[f"{part}/{k}/{i}" for part in ("train", "val") for k in "ab" for i in "12"])
    put(tmp_path / "train" / "a" / "2", bytes(50))
    whole, blocks = read_table(tmp_path), list(read_blocks(tmp_path, rows_per_block=3))
    assert [block.frame.height for block in blocks] == [3, 3, 1]
    assert pl.concat([block.frame for block in blocks]).equals(whole.frame)
    assert np.concatenate([b.parts for b in blocks]).tolist() == whole.parts.tolist()
    names = [name for block in blocks for name in block.row_names]
    assert names == whole.row_names.to_list()
    assert "1 broken text left out: train/a/2 is no text" in whole.notes


def test_rows_keep_their_names(tmp_path: Path) -> None:
    table = read_table(fill(tmp_path, "a/1.txt", "a/2.txt", "b/1.txt"))
    assert table.take(np.array([2, 0])).row_names.to_list() == ["b/1.txt", "a/1.txt"]


ARCHIVES = {"news.zip": zipped, "news.tar": tarred, "news.tar.gz": tarred}
MEMBERS = {
    "news/train/sci.med/2": b"Take two of them daily.",
    "news/train/sci.med/1": b"Take one of them daily.",
    "news/train/rec.autos/1": b"The car is red.",
    "news/test/rec.autos/1": "Das Auto f\u00e4hrt.".encode("latin-1"),
    "news/test/sci.med/1": bytes(100),
    "__MACOSX/news/._1": b"x",
    "news/README": b"All about it.",
    "news/plot.png": b"\x89PNG",
    "../outside/1.txt": b"Not of this folder.",
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_of_a_folder(tmp_path: Path, name: str) -> None:
    path = ARCHIVES[name](tmp_path / name, MEMBERS)
    check_sources(str(path))
    table = read_table(path)
    assert rows(table) == {
        "news/test/rec.autos/1": "rec.autos",
        "news/train/rec.autos/1": "rec.autos",
        "news/train/sci.med/1": "sci.med",
        "news/train/sci.med/2": "sci.med",
    }
    assert table.parts.tolist() == ["test", "train", "train", "train"]
    assert table.frame["text"][0] == "Das Auto f\u00e4hrt."
    assert table.name == name
    for told in (
        "1 entry left out, links or out of the folder: ../outside/1.txt",
        "1 broken text left out: news/test/sci.med/1 is no text",
        "1 other file left out: news/plot.png",
    ):
        assert told in table.notes


@pytest.mark.parametrize("name", ARCHIVES)
def test_texts_of_an_archive_are_not_written_to_the_disk(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    path = ARCHIVES[name](tmp_path / name, MEMBERS)
    table = read_table(path)
    assert (list(tmp_path.iterdir()), table.folder) == ([path], None)


def test_an_archive_that_unpacks_to_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = {f"{kind}/1.txt": b"word " * 100_000 for kind in "ab"}
    path = zipped(tmp_path / "texts.zip", members)
    monkeypatch.setattr(archives, "MOST_UNPACKED_BYTES", 1_000)
    monkeypatch.setattr(archives, "MOST_TIMES", 10)
    with pytest.raises(DataError, match=r"The texts of texts.zip unpack to more than 10 times"):
        read_table(path)


@pytest.mark.parametrize("name", ["news.zip", "news.tar.gz"])
def test_an_archive_that_is_cut_off(tmp_path: Path, name: str) -> None:
    noise = "".join(map(chr, np.random.default_rng(0).integers(97, 123, 20_000)))
    path = ARCHIVES[name](tmp_path / name, {"a/1.txt": noise.encode(), "b/1.txt": noise.encode()})
    path.write_bytes(path.read_bytes()[:3_000])
    with pytest.raises(DataError):
        read_table(path)


TABLES_AND_TEXTS = {
    "x.csv": "x,y\n1,2\n",
    "x.parquet": "PAR1",
}


@pytest.mark.parametrize("beside", [(), ("README.md",), ("LICENSE", "docs/notes.md")])
@pytest.mark.parametrize("table", TABLES_AND_TEXTS)
def test_a_folder_of_tables_is_none_of_texts(
    tmp_path: Path, table: str, beside: tuple[str, ...]
) -> None:
    put(tmp_path / table, TABLES_AND_TEXTS[table])
    assert folder_source(fill(tmp_path, *beside)) is None


def test_text_tables_without_a_telling_name_are_tables(tmp_path: Path) -> None:
    for name in ("2021/jan.txt", "2022/feb.txt"):
        put(tmp_path / name, "day\tsold\n1\t20\n2\t30\n3\t40\n4\t10\n")
    assert folder_source(tmp_path) is None
    assert folder_source(tmp_path / "2021" / "jan.txt") is None


def test_a_zip_of_a_table_beside_its_readme_is_a_table(tmp_path: Path) -> None:
    lines = b"ham\tSee you at home then\nspam\tYou have won a prize, call now\n" * 3
    path = zipped(tmp_path / "sms.zip", {"SMSSpamCollection.csv": lines, "readme": PROSE.encode()})
    assert folder_source(path) is None
    assert read_table(path, header=False).frame.shape == (6, 2)


def test_captions_of_pictures_do_not_make_them_texts(tmp_path: Path) -> None:
    for number in range(3):
        put(tmp_path / "images" / f"{number}.jpg", b"\xff\xd8\xff")
        put(tmp_path / "captions" / f"{number}.txt")
    assert folder_source(tmp_path).medium is not TEXTS


@pytest.mark.parametrize("name", ["note.txt", "note", "note.md", "page.html", "mail.eml"])
def test_a_single_text(tmp_path: Path, name: str) -> None:
    path = put(tmp_path / name, "Dear all,\n\nI like it, really.\nSo does he.\n")
    table = read_table(path)
    assert table.frame.to_dicts() == [{"text": path.read_text()}]
    assert (table.row_names.to_list(), table.consists_of) == ([str(path)], "text")


@pytest.mark.parametrize(
    "content",
    [
        "x,y\n1,2\n2,3\n",
        "name\nAda\nBob\n",
        "age\n1\n2\n",
        "ham\tSee you at home\nspam\tYou have won a prize\nham\tSee you\n",
        "Ada Lovelace of Kent       12   3\nGrace Hopper of York       14   2\n",
        "name;said\nAda;I like it very much\nBob;So do I, now and then\n",
        "",
    ],
)
def test_a_text_table_called_txt_is_none(tmp_path: Path, content: str) -> None:
    assert folder_source(put(tmp_path / "t.txt", content)) is None


def test_whoever_says_how_a_table_is_written_has_one(tmp_path: Path) -> None:
    path = put(tmp_path / "lines.txt", "I like it very much\nI do not like it\n")
    assert read_table(path, header=False).frame["column_1"].len() == 2
    assert read_table(path, delimiter=";").frame.columns == ["I like it very much"]


def test_patterns_of_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(fill(tmp_path, "new/1.txt", "new/2.txt"))
    table = read_table("new/*.txt")
    assert table.row_names.to_list() == ["new/1.txt", "new/2.txt"]
    assert table.frame.columns == ["text"]


def test_a_folder_of_nothing_that_is_a_text(tmp_path: Path) -> None:
    put(tmp_path / "papers" / "a" / "1.txt", "%PDF-1.4")
    put(tmp_path / "papers" / "b" / "1.md", bytes(100))
    with pytest.raises(DataError) as caught:
        read_table(tmp_path / "papers")
    assert str(caught.value) == (
        "papers has no text that can be read. 2 broken texts left out: a/1.txt is a PDF document, "
        "b/1.md is no text. Give files of plain text, such as .txt or .html, that lie in the "
        "folder themselves."
    )
