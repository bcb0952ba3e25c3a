"""Pictures as people have them: folders, archives, idx files and single ones, all as one table."""

from __future__ import annotations

import gzip
import io
import os
import stat
import struct
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from PIL import Image
from tests.archives import tarred, zipped

from pellucid import DataError
from pellucid.data.pictures.decoding import read_pictures
from pellucid.data.sources import archives, unpacking
from pellucid.data.sources.files import check_sources
from pellucid.data.sources.folder_sources import folder_source
from pellucid.data.sources.table import Table, read_blocks, read_table


def picture(kind: str = "PNG", shade: int = 100) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (6, 6), (shade, 50, 50)).save(file, kind)
    return file.getvalue()


def fill(folder: Path, *paths: str, **contents: bytes) -> Path:
    """Write a picture to each path, of the format that its ending says."""
    kinds = {".jpg": "JPEG", ".jpeg": "JPEG", ".gif": "GIF"}
    for path in paths:
        put(folder / path, picture(kinds.get(Path(path).suffix.lower(), "PNG")))
    return folder


def put(path: Path, content: bytes | str = b"") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def rows(table: Table) -> dict[str, Any]:
    """The class of each picture."""
    return dict(table.frame.select("image", "label").iter_rows())


def test_a_folder_for_each_class(tmp_path: Path) -> None:
    fill(tmp_path, "cats/1.jpg", "cats/2.JPG", "dogs/1.jpeg", "dogs/old.gif", "dogs/3.png")
    table = read_table(tmp_path)
    assert rows(table) == {
        "cats/1.jpg": "cats",
        "cats/2.JPG": "cats",
        "dogs/1.jpeg": "dogs",
        "dogs/3.png": "dogs",
        "dogs/old.gif": "dogs",
    }
    assert (table.folder, table.parts, table.name) == (tmp_path, None, tmp_path.name)
    assert table.notes == ("classes by folder: cats, dogs",)


@pytest.mark.parametrize("names", [("train", "val", "test"), ("Training", "valid", "testing")])
def test_folders_of_parts_above_those_of_classes(tmp_path: Path, names: tuple[str, ...]) -> None:
    fill(tmp_path, *[f"{part}/{kind}/1.png" for part in names for kind in ("ants", "bees")])
    table = read_table(tmp_path)
    assert table.frame["label"].to_list() == ["ants", "bees"] * 3
    by_part = dict(zip(table.frame["image"], table.parts.tolist(), strict=True))
    assert by_part[f"{names[0]}/ants/1.png"] == "train"
    assert by_part[f"{names[1]}/bees/1.png"] == "validation"
    assert by_part[f"{names[2]}/bees/1.png"] == "test"


def test_classes_may_be_called_like_parts(tmp_path: Path) -> None:
    table = read_table(fill(tmp_path, "train/1.png", "car/1.png", "test/1.png"))
    assert sorted(table.frame["label"]) == ["car", "test", "train"]
    assert table.parts is None


def test_test_pictures_need_no_class(tmp_path: Path) -> None:
    fill(tmp_path, "train/a/1.png", "train/b/1.png", "test/1.png", "samples/a/1.png")
    table = read_table(tmp_path)
    assert rows(table) == {"test/1.png": None, "train/a/1.png": "a", "train/b/1.png": "b"}
    left = "1 picture left out, in no folder of train, val or test: samples"
    assert left in table.notes


@pytest.mark.parametrize("beside", ["extra/1.png", "extra/a/1.png"])
def test_a_folder_called_train_that_holds_classes_is_a_part(tmp_path: Path, beside: str) -> None:
    table = read_table(fill(tmp_path, "train/a/1.png", "train/b/1.png", beside))
    assert rows(table) == {"train/a/1.png": "a", "train/b/1.png": "b"}
    assert table.parts.tolist() == ["train", "train"]
    assert "1 picture left out, in no folder of train, val or test: extra" in table.notes


def test_parts_that_only_judge(tmp_path: Path) -> None:
    table = read_table(fill(tmp_path, "test/a/1.png", "test/b/1.png", "val/a/1.png"))
    assert table.frame["label"].to_list() == ["a", "b", "a"]
    assert table.parts.tolist() == ["test", "test", "validation"]


def test_names_that_are_no_text_are_left_out(tmp_path: Path) -> None:
    fill(tmp_path, "a/1.png", "b/1.png")
    for odd in (b"caf\xe9", b"a/\xe9.png"):
        path = tmp_path / os.fsdecode(odd)
        put(path if path.suffix else path / "1.png", picture())
    table = read_table(tmp_path)
    assert rows(table) == {"a/1.png": "a", "b/1.png": "b"}
    assert r"2 names that are not UTF-8 left out: caf\xe9, a/\xe9.png" in table.notes


def test_folders_further_down_count_to_the_class(tmp_path: Path) -> None:
    fill(tmp_path, "cats/2021/may/1.png", "cats/2.png", "dogs/1.png")
    table = read_table(tmp_path)
    assert sorted(table.frame["label"]) == ["cats", "cats", "dogs"]
    assert "1 picture in folders further down: the class is the first folder" in table.notes


def test_a_folder_that_holds_all_others_is_no_class(tmp_path: Path) -> None:
    table = read_table(fill(tmp_path, "download/photos/a/1.png", "download/photos/b/1.png"))
    assert table.frame["label"].to_list() == ["a", "b"]


def test_one_class_stays_one(tmp_path: Path) -> None:
    table = read_table(fill(tmp_path, "cats/1.png", "cats/2.png"))
    assert table.frame["label"].to_list() == ["cats", "cats"]


def test_pictures_without_classes(tmp_path: Path) -> None:
    table = read_table(fill(tmp_path, "1.png", "2.png"))
    assert table.frame.columns == ["image"]
    assert table.declared == ()


def test_classes_called_like_numbers_or_like_nothing(tmp_path: Path) -> None:
    table = read_table(fill(tmp_path, "7/1.png", "NA/1.png"))
    assert table.frame["label"].to_list() == ["7", "NA"]
    assert table.declared == ("label",)


def test_what_is_left_aside_is_named_and_counted(tmp_path: Path) -> None:
    fill(tmp_path, "a/1.png", "b/1.png")
    put(tmp_path / "a" / "empty.png")
    put(tmp_path / "a" / "text.PNG", "a text")
    put(tmp_path / "b" / "cut.jpg", picture("JPEG")[:-100])
    put(tmp_path / "b" / "phone.heic", b"\0\0\0\x18ftypheic")
    for name in (".DS_Store", "Thumbs.db", "notes.txt", "labels.csv"):
        put(tmp_path / "a" / name, "x")
    (tmp_path / "c").mkdir()
    table = read_table(tmp_path)
    assert len(table.frame) == 2
    text = "a/text.PNG is called .PNG but is no picture"
    assert table.notes[1:] == (
        "1 folder without pictures: c",
        f"3 broken pictures left out: a/empty.png is empty, {text}, b/cut.jpg is cut off",
        "1 picture of a kind that is not read left out: b/phone.heic",
        "4 other files left out: a/.DS_Store, a/Thumbs.db, a/labels.csv and 1 more",
    )


def test_what_stands_behind_the_end_of_a_picture_does_not_break_it(tmp_path: Path) -> None:
    put(tmp_path / "a" / "1.jpg", picture("JPEG") + bytes(1_000))
    assert len(read_table(tmp_path).frame) == 1


def test_a_picture_needs_no_ending(tmp_path: Path) -> None:
    fill(tmp_path, "a/1.png")
    put(tmp_path / "b" / "photo", picture("JPEG"))
    put(tmp_path / "b" / "README", "a text")
    assert rows(read_table(tmp_path)) == {"a/1.png": "a", "b/photo": "b"}


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs links")
def test_links_that_lead_outside_are_left_out(tmp_path: Path) -> None:
    outside = fill(tmp_path / "outside", "secret.png", "more/1.png")
    photos = fill(tmp_path / "photos", "a/1.png", "b/1.png")
    (photos / "a" / "link.png").symlink_to(outside / "secret.png")
    (photos / "b" / "near.png").symlink_to(photos / "a" / "1.png")
    (photos / "b" / "lost.png").symlink_to(photos / "nothing.png")
    (photos / "c").symlink_to(outside / "more")
    table = read_table(photos)
    assert set(rows(table)) == {"a/1.png", "b/1.png", "b/near.png"}
    assert "3 links to elsewhere left out: c, a/link.png, b/lost.png" in table.notes


def test_a_folder_without_any_good_picture_says_why(tmp_path: Path) -> None:
    put(tmp_path / "photos" / "a" / "1.png")
    with pytest.raises(
        DataError, match=r"photos has no picture that can be read. 1 broken picture"
    ):
        read_table(tmp_path / "photos")


def test_a_folder_of_tables_is_told_as_before(tmp_path: Path) -> None:
    put(tmp_path / "data" / "x.csv", "x,y\n1,2\n")
    with pytest.raises(
        DataError,
        match=r"is a folder, and neither pictures nor texts are in it. Give a file, or a pattern",
    ):
        read_table(tmp_path / "data")


def test_single_pictures_and_patterns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(fill(tmp_path, "photos/1.png", "photos/2.jpg"))
    assert read_table("photos/1.png").frame["image"].to_list() == ["photos/1.png"]
    assert read_table("photos/*").frame["image"].to_list() == ["photos/1.png", "photos/2.jpg"]


def test_blocks_of_a_folder(tmp_path: Path) -> None:
    fill(
        tmp_path, *[f"{part}/{k}/{i}.png" for part in ("train", "val") for k in "ab" for i in "12"]
    )
    whole, blocks = read_table(tmp_path), list(read_blocks(tmp_path, rows_per_block=3))
    assert [block.frame.height for block in blocks] == [3, 3, 2]
    assert pl.concat([block.frame for block in blocks]).equals(whole.frame)
    assert np.concatenate([b.parts for b in blocks]).tolist() == whole.parts.tolist()
    assert [int(block.numbers[0]) for block in blocks] == [1, 4, 7]


ARCHIVES = {"photos.zip": zipped, "photos.tar": tarred, "photos.tar.gz": tarred}


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_of_a_folder(tmp_path: Path, name: str) -> None:
    members = {
        "photos/cats/1.png": picture(),
        "photos/dogs/1.jpg": picture("JPEG"),
        "photos/dogs/2.png": b"",
        "__MACOSX/photos/._1.png": b"x",
        "photos/readme.txt": b"x",
    }
    path = ARCHIVES[name](tmp_path / name, members)
    check_sources(str(path))
    table = read_table(path)
    assert rows(table) == {"photos/cats/1.png": "cats", "photos/dogs/1.jpg": "dogs"}
    assert table.name == name
    assert "1 broken picture left out: photos/dogs/2.png is empty" in table.notes
    read = read_pictures(table.frame["image"], height=6, width=6, colors=3, folder=table.folder)
    assert not read.null_count()


def test_an_archive_is_unpacked_for_as_long_as_its_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    path = zipped(tmp_path / "photos.zip", {"a/1.png": picture(), "b/1.png": picture()})
    table = read_table(path).take(np.array([1]))
    (folder,) = (each for each in tmp_path.iterdir() if each.is_dir())
    assert table.folder.is_relative_to(folder)
    del table
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_writes_nothing_outside_its_folder(tmp_path: Path, name: str) -> None:
    members = {
        "a/1.png": picture(),
        "../outside.png": picture(),
        "/tmp/absolute.png": picture(),  # noqa: S108 - which must not be written
        "a/../../up.png": picture(),
        "c:/windows.png": picture(),
    }
    table = read_table(ARCHIVES[name](tmp_path / name, members))
    assert list(rows(table)) == ["a/1.png"]
    assert table.notes[0].startswith("4 entries left out, links or out of the folder: ../outside")
    assert not Path("/tmp/absolute.png").exists()  # noqa: S108


def test_links_and_devices_of_an_archive_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "photos.tar"
    with tarfile.open(path, "w") as archive:
        member = tarfile.TarInfo("a/1.png")
        member.size = len(picture())
        archive.addfile(member, io.BytesIO(picture()))
        link, device = tarfile.TarInfo("a/link.png"), tarfile.TarInfo("a/device.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        device.type = tarfile.CHRTYPE
        archive.addfile(link)
        archive.addfile(device)
    table = read_table(path)
    assert list(rows(table)) == ["a/1.png"]
    assert "a/link.png, a/device.png" in table.notes[0]


def test_links_of_a_zip_archive_are_left_out(tmp_path: Path) -> None:
    path = zipped(tmp_path / "photos.zip", {"a/1.png": picture()})
    link = zipfile.ZipInfo("a/link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    table = read_table(path)
    assert list(rows(table)) == ["a/1.png"]
    assert "1 entry left out, links or out of the folder: a/link.png" in table.notes


def test_an_archive_that_would_fill_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = zipped(tmp_path / "photos.zip", {"a/1.png": picture() + bytes(100_000)})
    monkeypatch.setattr(archives, "MOST_UNPACKED_BYTES", 1_000)
    monkeypatch.setattr(archives, "MOST_TIMES", 10)
    monkeypatch.setattr(unpacking, "CHUNK_BYTES", 1_000)
    with pytest.raises(DataError, match="unpack to more than 10 times its size"):
        read_table(path)


@pytest.mark.parametrize("name", ["photos.zip", "photos.tar.gz"])
def test_an_archive_that_is_cut_off(tmp_path: Path, name: str) -> None:
    noise = np.random.default_rng(0).bytes(5_000)
    path = ARCHIVES[name](tmp_path / name, {"a/1.png": picture(), "a/2.png": picture() + noise})
    path.write_bytes(path.read_bytes()[:3_000])
    with pytest.raises(DataError):
        read_table(path)


def test_a_zip_of_a_table_is_one_still(tmp_path: Path) -> None:
    path = zipped(tmp_path / "t.zip", {"t.csv": b"x,y\n1,2\n", "chart.png": picture()})
    assert read_table(path).frame.columns == ["x", "y"]


@pytest.mark.parametrize("name", ["archive/data.csv", "a/b/data.csv", "data.parquet"])
def test_a_table_at_any_depth_goes_before_pictures(tmp_path: Path, name: str) -> None:
    members = {name: b"x,y\n1,2\n", "archive/plot.png": picture(), "charts/1.png": picture()}
    assert folder_source(zipped(tmp_path / "t.zip", members)) is None
    assert folder_source(tarred(tmp_path / "t.tar", members)) is None


def test_a_table_among_the_pictures_of_a_class_is_none(tmp_path: Path) -> None:
    members = {f"photos/{path}": picture() for path in ("a/1.png", "a/2.png", "b/1.png")}
    path = zipped(tmp_path / "photos.zip", {**members, "photos/a/camera.csv": b"x,y\n1,2\n"})
    assert sorted(read_table(path).frame["label"]) == ["a", "a", "b"]


def test_one_folder_with_a_table_and_a_picture_is_a_table(tmp_path: Path) -> None:
    members = {"archive/data.csv": b"x,y\n1,2\n", "archive/plot.png": picture()}
    assert read_table(zipped(tmp_path / "t.zip", members)).frame.columns == ["x", "y"]


@pytest.mark.parametrize(
    ("part", "what"),
    [
        ("word/document.xml", "a Word document"),
        ("ppt/presentation.xml", "a presentation"),
        ("content.xml", "an OpenDocument file"),
    ],
)
def test_pictures_in_a_document_do_not_make_it_an_archive_of_them(
    tmp_path: Path, part: str, what: str
) -> None:
    path = zipped(tmp_path / "letter", {part: b"<x/>", "media/image1.png": picture()})
    with pytest.raises(DataError, match=f"letter is {what}.*, not a table"):
        check_sources(str(path))


def test_pictures_in_a_workbook_do_not_make_it_an_archive_of_them(tmp_path: Path) -> None:
    members = {"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"}
    path = zipped(tmp_path / "t.xlsx", {**members, "xl/media/image1.png": picture()})
    assert folder_source(path) is None
    check_sources(str(path))


def idx(numbers: np.ndarray[Any, Any]) -> bytes:
    codes = {"u1": 0x08, "i4": 0x0C, "f4": 0x0D}
    code = codes[numbers.dtype.str[1:]]
    head = struct.pack(f">BBBB{numbers.ndim}I", 0, 0, code, numbers.ndim, *numbers.shape)
    return head + numbers.astype(numbers.dtype.newbyteorder(">")).tobytes()


def mnist(folder: Path, *, packed: bool = True) -> Path:
    """Six pictures to learn from and two to test, as MNIST has them."""
    pixels = np.arange(8 * 12, dtype=np.uint8).reshape(8, 3, 4)
    labels = np.arange(8, dtype=np.uint8)
    pack = gzip.compress if packed else bytes
    ending = ".gz" if packed else ""
    for stem, part in (("train", slice(0, 6)), ("t10k", slice(6, 8))):
        put(folder / f"{stem}-images-idx3-ubyte{ending}", pack(idx(pixels[part])))
        put(folder / f"{stem}-labels-idx1-ubyte{ending}", pack(idx(labels[part])))
    return folder


@pytest.mark.parametrize("packed", [True, False])
def test_the_four_files_of_mnist(tmp_path: Path, packed: bool) -> None:
    check_sources(str(mnist(tmp_path, packed=packed)))
    table = read_table(tmp_path)
    assert table.frame["label"].to_list() == list(range(8))
    assert table.parts.tolist() == ["train"] * 6 + ["test"] * 2
    assert table.frame["image"].to_numpy().shape == (8, 3, 4)
    assert table.frame["image"].to_numpy()[7, 2, 3] == 95
    assert table.declared == ("label",)


@pytest.mark.parametrize("name", ["t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"])
def test_one_file_finds_the_other(tmp_path: Path, name: str) -> None:
    table = read_table(mnist(tmp_path) / name)
    assert table.frame["label"].to_list() == [6, 7]
    assert table.parts is None


def test_pictures_whose_labels_are_not_there(tmp_path: Path) -> None:
    (mnist(tmp_path) / "t10k-labels-idx1-ubyte.gz").unlink()
    assert read_table(tmp_path / "t10k-images-idx3-ubyte.gz").frame.columns == ["image"]
    (tmp_path / "train-images-idx3-ubyte.gz").unlink()
    with pytest.raises(DataError, match="there is no file of their pictures beside it"):
        read_table(tmp_path / "train-labels-idx1-ubyte.gz")


def test_pictures_to_be_predicted_beside_those_that_are_known(tmp_path: Path) -> None:
    (mnist(tmp_path) / "t10k-labels-idx1-ubyte.gz").unlink()
    table = read_table(tmp_path)
    assert table.frame["label"].to_list() == [*range(6), None, None]
    assert table.parts.tolist() == ["train"] * 6 + ["test"] * 2


def test_labels_of_other_kinds_are_numbers(tmp_path: Path) -> None:
    put(tmp_path / "images.idx3-ubyte", idx(np.zeros((3, 2, 2), dtype=np.uint8)))
    put(tmp_path / "labels.idx1-ubyte", idx(np.array([0.5, 1.5, 2.5], dtype=np.float32)))
    table = read_table(tmp_path)
    assert table.frame["label"].to_list() == [0.5, 1.5, 2.5]
    assert table.declared == ()


BAD_IDX = {
    "announces 6 × 3 × 4 numbers": lambda data: data[:-1],
    "but has more": lambda data: data + b"x",
    "does not begin like one": lambda data: b"text" + data,
    "holds 5 pictures": lambda data: idx(np.zeros((5, 3, 4), dtype=np.uint8)),
    "of 2 dimensions": lambda data: idx(np.zeros((6, 12), dtype=np.uint8)),
    "begin": lambda data: b"",
}


@pytest.mark.parametrize("words", BAD_IDX)
def test_idx_files_that_are_none(tmp_path: Path, words: str) -> None:
    path = mnist(tmp_path, packed=False) / "train-images-idx3-ubyte"
    path.write_bytes(BAD_IDX[words](path.read_bytes()))
    with pytest.raises(DataError, match=words):
        read_table(tmp_path)


def test_several_sets_in_one_folder_are_refused(tmp_path: Path) -> None:
    for name in ("emnist-letters", "emnist-digits"):
        pixels = idx(np.zeros((2, 2, 2), dtype=np.uint8))
        put(tmp_path / f"{name}-train-images-idx3-ubyte", pixels)
    with pytest.raises(DataError, match="several files of pictures"):
        read_table(tmp_path)


def test_a_table_of_paths_is_read_beside_its_pictures(tmp_path: Path) -> None:
    fill(tmp_path, "photos/1.png")
    path = put(tmp_path / "houses.csv", "photo,price\nphotos/1.png,3\n")
    table = read_table(path)
    assert table.folder == tmp_path
    read = read_pictures(table.frame["photo"], height=2, width=2, colors=3, folder=table.folder)
    assert not read.null_count()


def test_parquet_of_bytes_and_paths(tmp_path: Path) -> None:
    cells = [{"bytes": picture(), "path": "1.png"}, {"bytes": picture(), "path": "2.png"}]
    pl.DataFrame({"image": cells, "label": [0, 1]}).write_parquet(tmp_path / "t.parquet")
    table = read_table(tmp_path / "t.parquet")
    read = read_pictures(table.frame["image"], height=6, width=6, colors=3, folder=table.folder)
    assert [cell.name for cell in read] == ["1.png", "2.png"]


def test_a_pipe_among_pictures_is_never_opened(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("needs pipes")
    fill(tmp_path, "a/1.png", "b/1.png")
    os.mkfifo(tmp_path / "a" / "pipe.png", stat.S_IRUSR | stat.S_IWUSR)
    assert "1 broken picture left out: a/pipe.png is no file" in read_table(tmp_path).notes
