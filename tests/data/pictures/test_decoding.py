"""What people bring as pictures, decoded: upright, of one size, in grey or color."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from PIL import Image

from pellucid import DataError
from pellucid.data.kinds import image
from pellucid.data.kinds.encoding_plan import EncodingPlan
from pellucid.data.pictures import opening, pixel_writer
from pellucid.data.pictures.decoding import (
    fitted,
    pictures_in,
    read_pictures,
    sizes_of,
    why_unreadable,
)
from pellucid.data.pictures.mapped_file import MappedFile
from pellucid.data.pictures.picture import Pixels, pixels_of

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def quarters(width: int = 32, height: int = 24) -> Image.Image:
    """Red and green above, blue and white below."""
    picture = Image.new("RGB", (width, height), WHITE)
    picture.paste(RED, (0, 0, width // 2, height // 2))
    picture.paste(GREEN, (width // 2, 0, width, height // 2))
    picture.paste(BLUE, (0, height // 2, width // 2, height))
    return picture


def bytes_of(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    file = BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def pixels(cell: object, size: int = 8, colors: int = 3, folder: Path | None = None) -> Pixels:
    """The pixels of one cell, (size, size, colors)."""
    read = read_pictures(
        pl.Series("image", [cell]), height=size, width=size, colors=colors, folder=folder
    )
    return np.array(read[0].pixels)


def corners(found: Pixels) -> list[tuple[int, ...]]:
    """The colors of the four quarters, line by line, rounded to what a JPEG keeps of them."""
    near, far = len(found) // 4, 3 * len(found) // 4
    picked = [found[y, x] for y in (near, far) for x in (near, far)]
    return [tuple(255 * (int(v) > 127) for v in color) for color in picked]


UPRIGHT = [RED, GREEN, BLUE, WHITE]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "WEBP", "TIFF", "PPM", "GIF", "AVIF"])
def test_every_usual_format(kind: str) -> None:
    assert corners(pixels(bytes_of(quarters(), kind))) == UPRIGHT


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "CMYK", "YCbCr"])
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG"])
def test_every_mode_of_color(mode: str, kind: str) -> None:
    try:
        data = bytes_of(quarters().convert(mode), kind)
    except OSError:
        pytest.skip("the format has no such mode")
    assert corners(pixels(data)) == UPRIGHT


@pytest.mark.parametrize("mode", ["1", "L", "LA", "I", "I;16"])
def test_every_mode_of_grey(mode: str) -> None:
    black_and_white = Image.new("L", (16, 16), 255)
    black_and_white.paste(0, (0, 0, 8, 16))
    if mode.startswith("I"):
        numbers = np.asarray(black_and_white).astype(np.uint16) * 257
        picture = Image.fromarray(numbers)
    else:
        picture = black_and_white.convert(mode)
    found = pixels(bytes_of(picture), size=16, colors=1)
    np.testing.assert_array_equal(found[..., 0], np.asarray(black_and_white))


def test_one_shade_of_16_bits_may_be_transparent() -> None:
    shades = np.array([[0, 20_000], [40_000, 65_535]], dtype=np.uint16)
    stored = bytes_of(Image.fromarray(shades), transparency=20_000)
    found = pixels(stored, size=2, colors=1)
    assert found[..., 0].tolist() == [[0, 255], [156, 255]]


def test_reasons_are_words() -> None:
    assert why_unreadable(b"GIF89a" + bytes(2), None) == "is damaged"


def test_whole_numbers_of_32_bits_have_no_known_range() -> None:
    stored = bytes_of(Image.fromarray(np.arange(16, dtype=np.int32).reshape(4, 4)), "TIFF")
    assert "32 bits" in why_unreadable(stored, None)


def test_a_photo_may_be_read_at_one_pixel() -> None:
    assert pixels(bytes_of(quarters(), "JPEG"), size=1).shape == (1, 1, 3)


def test_bytes_mean_what_other_numbers_meant_in_training() -> None:
    bright = np.full((1, 2, 2), 16, dtype=np.uint8)
    for white, expected in ((16.0, 255), (1.0, 16), (255.0, 16)):
        read = read_pictures(
            pl.Series("image", bright), height=2, width=2, colors=1, folder=None, white=white
        )
        assert (read[0].pixels == expected).all()


def test_a_later_picture_that_is_not_finite_is_named() -> None:
    cells = pl.Series("image", np.array([[[1.0, 2.0]], [[np.nan, 1.0]]]))
    with pytest.raises(DataError, match="row 2 is not finite"):
        read_pictures(cells, height=1, width=2, colors=1, folder=None, white=16.0)


def test_what_is_transparent_is_white() -> None:
    clear = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    half = Image.new("LA", (4, 4), (0, 128))
    keyed = bytes_of(Image.new("RGB", (4, 4), GREEN), transparency=GREEN)
    assert (pixels(bytes_of(clear)) == 255).all()
    assert (pixels(bytes_of(half)) == 127).all()
    assert (pixels(keyed) == 255).all()


def test_grey_beside_color() -> None:
    grey = Image.new("L", (4, 4), 100)
    assert (pixels(bytes_of(grey), colors=3) == 100).all()
    assert pixels(bytes_of(quarters()), colors=1).shape == (8, 8, 1)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_phone_that_was_held_otherwise(orientation: int, kind: str) -> None:
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = quarters(64, 32)
    stored = stored.transpose(turns[orientation]) if orientation > 1 else stored
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = bytes_of(stored, kind, exif=exif)
    assert corners(pixels(data)) == UPRIGHT
    sizes = sizes_of(pl.Series("image", [data]), None)
    assert (sizes.widths.tolist(), sizes.heights.tolist()) == ([64], [32])


def test_the_first_picture_of_an_animation() -> None:
    frames = [Image.new("RGB", (8, 8), color) for color in (BLUE, RED)]
    data = bytes_of(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert (pixels(data) == BLUE).all()


def test_a_picture_of_the_size_is_not_touched() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    np.testing.assert_array_equal(pixels(bytes_of(Image.fromarray(noise))), noise)


def test_one_pixel_fills_all() -> None:
    assert (pixels(bytes_of(Image.new("RGB", (1, 1), BLUE))) == BLUE).all()


def test_a_large_photo_is_squashed() -> None:
    large = bytes_of(quarters(2_000, 500), "JPEG")
    assert corners(pixels(large)) == UPRIGHT


def test_where_paths_lead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "beside").mkdir()
    (tmp_path / "working").mkdir()
    monkeypatch.chdir(tmp_path / "working")
    Image.new("RGB", (4, 4), RED).save(tmp_path / "beside" / "one.png")
    Image.new("RGB", (4, 4), BLUE).save("one.png")
    Image.new("RGB", (4, 4), GREEN).save("two.PNG")
    folder = tmp_path / "beside"
    assert (pixels("one.png", folder=folder) == RED).all()  # the table's folder goes first
    assert (pixels("two.PNG", folder=folder) == GREEN).all()
    assert (pixels(str(folder / "one.png")) == RED).all()
    assert (pixels("../beside/one.png") == RED).all()


def test_bytes_and_paths_in_one_cell(tmp_path: Path) -> None:
    Image.new("RGB", (4, 4), RED).save(tmp_path / "one.png")
    data = bytes_of(Image.new("RGB", (4, 4), BLUE))
    cells = pl.Series(
        "image",
        [
            {"bytes": data, "path": "blue.png"},
            {"bytes": None, "path": "one.png"},
            {"bytes": None, "path": None},
            None,
        ],
    )
    read = read_pictures(cells, height=4, width=4, colors=3, folder=tmp_path)
    assert read.is_null().to_list() == [False, False, True, True]
    assert [read[0].name, read[1].name] == ["blue.png", "one.png"]
    assert [tuple(read[place].pixels[0, 0]) for place in (0, 1)] == [BLUE, RED]


def damaged() -> bytes:
    """A PNG whose pixels were changed."""
    data = bytearray(bytes_of(quarters()))
    data[60] ^= 255
    return bytes(data)


UNREADABLE: dict[str, tuple[str, bytes | None, str]] = {
    "nothing": ("a.png", None, "is not there"),
    "an empty file": ("a.png", b"", "is empty"),
    "a text": ("a.png", b"no picture at all", "is called .png but is no picture"),
    "a text without ending": ("a", b"no picture at all", "is no picture"),
    "a cut PNG": ("a.png", bytes_of(quarters())[:-40], "is cut off"),
    "a cut JPEG": ("a.jpg", bytes_of(quarters(), "JPEG")[:-200], "is cut off"),
    "only a header": ("a.jpg", bytes_of(quarters(), "JPEG")[:20], "is cut off"),
    "a damaged PNG": ("a.png", damaged(), "is damaged"),
    "a photo of an iPhone": ("a.HEIC", b"\0\0\0\x18ftypheic", "is of a kind that is not read"),
    "floats": ("a.tif", bytes_of(Image.new("F", (2, 2)), "TIFF"), "has numbers with decimals"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_cannot_be_decoded_is_missing_and_has_a_reason(case: str, tmp_path: Path) -> None:
    name, data, reason = UNREADABLE[case]
    if data is not None:
        (tmp_path / name).write_bytes(data)
    cells = pl.Series("image", [name])
    read = read_pictures(cells, height=8, width=8, colors=3, folder=tmp_path)
    assert read.null_count() == 1
    assert why_unreadable(name, tmp_path).startswith(reason)


def test_a_folder_or_a_pipe_is_no_picture(tmp_path: Path) -> None:
    assert why_unreadable(".", tmp_path) == "is no file"
    assert why_unreadable("\0", tmp_path) == "is not there"


def test_nothing_is_said_against_a_picture() -> None:
    assert why_unreadable(bytes_of(quarters()), None) == ""


def test_a_picture_that_claims_to_be_huge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MOST_PIXELS", 1_000)
    bomb = bytes_of(Image.new("1", (100, 100)))
    assert why_unreadable(bomb, None) == "has 100 × 100 pixels, which is more than 1,000"


def test_sizes_are_read_from_headers() -> None:
    grey = Image.new("P", (5, 7))
    grey.putpalette([v for v in range(256) for _ in range(3)])
    kinds = [quarters(30, 20), Image.new("L", (4, 4)), grey]
    cells = pl.Series("image", [*map(bytes_of, kinds), b"no picture", None])
    sizes = sizes_of(cells, None)
    assert sizes.widths.tolist() == [4, 5, 30]
    assert sizes.heights.tolist() == [4, 7, 20]
    assert sizes.are_grey.tolist() == [True, True, False]
    assert len(sizes_of(pl.concat([cells[:3]] * 10), None, most=7).widths) == 7


def test_many_pictures_lie_in_a_file_that_goes_with_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(pixel_writer, "MOST_BYTES_IN_MEMORY", 100)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    data = [bytes_of(Image.new("L", (4, 4), shade)) for shade in range(0, 250, 10)]
    cells = pl.Series("image", [*data, b"no picture"])
    read = read_pictures(cells, height=4, width=4, colors=1, folder=None)
    assert read[0].store.file is not None
    monkeypatch.setattr("pellucid.data.pictures.mapped_file.MOST_BYTES_MAPPED", 16)
    assert read[0].store.gather([3, 1])[:, 0, 0, 0].tolist() == [30, 10]
    assert len(np.unique(read[0].store.digests)) == 25
    assert [int(read[place].pixels[0, 0, 0]) for place in range(25)] == list(range(0, 250, 10))
    assert len(list(tmp_path.iterdir())) == 1
    del read
    assert not list(tmp_path.iterdir())


def arrays(*numbers: Any, dtype: Any) -> pl.Series:
    return pl.Series("image", np.array(numbers, dtype=dtype))


Scale = Callable[[np.ndarray[Any, Any]], np.ndarray[Any, Any]]


@pytest.mark.parametrize(
    "scale",
    [
        lambda x: x,
        lambda x: x.astype(np.int64),
        lambda x: x.astype(np.float32),
        lambda x: x / 255,
        lambda x: x[..., None],
    ],
    ids=["bytes", "whole numbers", "floats", "floats to 1", "one color"],
)
def test_arrays_of_every_range(scale: Scale) -> None:
    shades = np.arange(0, 255, 5, dtype=np.uint8)[:48].reshape(3, 4, 4)
    cells = pl.Series("image", scale(shades))
    read = read_pictures(cells, height=4, width=4, colors=1, folder=None)
    found = np.stack([read[place].pixels[..., 0] for place in range(3)])
    np.testing.assert_array_equal(found, np.vstack([shades]))


def test_the_greatest_of_other_floats_is_white() -> None:
    """The digits of scikit-learn have 16 shades above black."""
    cells = arrays([[0.0, 4.0], [8.0, 16.0]], dtype=np.float64)
    read = read_pictures(cells, height=2, width=2, colors=1, folder=None)
    assert read[0].pixels[..., 0].tolist() == [[0, 64], [128, 255]]


def test_a_dark_picture_is_read_as_the_training_pictures_were() -> None:
    cells = arrays([[0.0, 1.0], [0.0, 0.0]], dtype=np.float64)
    read = read_pictures(cells, height=2, width=2, colors=1, folder=None, white=255.0)
    assert read[0].pixels.max() == 1


def test_arrays_in_color_and_of_another_size() -> None:
    color = np.asarray(quarters(32, 32))
    opaque = np.dstack([color, np.full((32, 32), 255, dtype=np.uint8)])
    for numbers in (color, opaque):
        read = read_pictures(
            arrays(numbers, dtype=np.uint8), height=8, width=8, colors=3, folder=None
        )
        assert corners(read[0].pixels) == UPRIGHT


def test_a_missing_array() -> None:
    cells = pl.Series("image", [None, [[1, 2], [3, 4]]], dtype=pl.Array(pl.UInt8, (2, 2)))
    read = read_pictures(cells, height=2, width=2, colors=1, folder=None)
    assert read.is_null().to_list() == [True, False]
    assert read[1].pixels[..., 0].tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize("numbers", [[-1.0, 1.0], [0.0, 4095.0], [0.0, np.nan], [0.0, np.inf]])
def test_numbers_that_are_no_brightness_are_refused(numbers: list[float]) -> None:
    cells = arrays([numbers, numbers], dtype=np.float64)
    with pytest.raises(DataError, match="from 0 to 1"):
        read_pictures(cells, height=2, width=2, colors=1, folder=None)


def test_warnings_are_held_back_in_many_threads_and_let_go_again() -> None:
    odd = Image.new("P", (4, 4))
    odd.putpalette([0, 0, 0, 255, 255, 255])
    cells = pl.Series("image", [bytes_of(odd, "PNG", transparency=b"\x00\xff")] * 40)
    before = list(warnings.filters)

    def read(_: int) -> int:
        return read_pictures(cells, height=4, width=4, colors=3, folder=None).null_count()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(read, range(12))) == [0] * 12
    assert warnings.filters == before


@pytest.mark.parametrize("count", [3, 40])
def test_warnings_are_those_of_the_caller_between_two_pictures(count: int) -> None:
    cells = pl.Series("image", [bytes_of(Image.new("L", (4, 4)))] * count)
    before, threads = list(warnings.filters), threading.active_count()
    with closing(pictures_in(cells, (4, 4, 1), None, None, fitted)) as decoded:
        next(decoded)
        assert warnings.filters == before
    assert threading.active_count() == threads


def test_what_goes_wrong_with_a_picture_leaves_no_thread_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pixel_writer.PixelWriter, "add", stop)
    cells = pl.Series("image", [bytes_of(Image.new("L", (4, 4)))] * 40)
    before, threads = list(warnings.filters), threading.active_count()
    with pytest.raises(KeyboardInterrupt) as kept:
        read_pictures(cells, height=4, width=4, colors=1, folder=None)
    assert kept.value.__traceback__ is not None
    assert warnings.filters == before
    assert threading.active_count() == threads


def test_pixels_of_several_stores_and_of_none_stand_in_their_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pixel_writer, "MOST_BYTES_IN_MEMORY", 0)
    shades = [[bytes_of(Image.new("L", (2, 2), shade)) for shade in some] for some in ([1, 2], [3])]
    first, second = (
        read_pictures(pl.Series("image", some), height=2, width=2, colors=1, folder=None)
        for some in shades
    )
    copied: list[int] = []
    monkeypatch.setattr(MappedFile, "let_go_after", lambda _, count: copied.append(count))
    cells = np.array([first[1], None, second[0], first[0], None], dtype=object)
    found = pixels_of(cells, np.full((2, 2, 1), 9, dtype=np.uint8))
    assert found[:, 0, 0, 0].tolist() == [2, 9, 3, 1, 9]
    assert sum(copied) == 3 * 4, "what was mapped is let go of"


def test_the_mean_color_is_that_of_so_many_pictures_at_most(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = [bytes_of(Image.new("L", (2, 2), shade)) for shade in (6, 9, 6, 9, 6)]
    cells = read_pictures(pl.Series("image", data), height=2, width=2, colors=1, folder=None)
    monkeypatch.setattr(image, "MOST_AVERAGED", 3)
    assert image.KIND.fit(cells, np.ones(5), EncodingPlan(num_features=1)).mean == (6.0,)


def test_many_cells_of_which_none_is_a_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pixel_writer, "MOST_BYTES_IN_MEMORY", 0)
    cells = pl.Series("image", [b"no picture"] * 3)
    assert read_pictures(cells, height=4, width=4, colors=1, folder=None).null_count() == 3
