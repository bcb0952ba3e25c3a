"""How quickly pictures are decoded, and how much memory many of them take.

    python benchmarks/decoding.py               JPEGs a CPU-second
    python benchmarks/decoding.py --memory      peak memory for 20,000 and 200,000 pictures

The pictures are made: 320 × 240 photos of noise that is smooth, at quality 85, which have as many
bytes as photos. Seconds are those of the CPU, for wall time says how busy a machine is.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl
from PIL import Image

from pellucid.data.pictures.decoding import read_pictures
from pellucid.data.sources.table import read_blocks, read_table

NUM_PHOTOS, SIZES = 500, (32, 64, 128)
NUMBERS = (20_000, 200_000)


def photo(generator: np.random.Generator, height: int, width: int) -> Image.Image:
    """Smooth noise with a little grain, as photos have."""
    coarse = generator.integers(0, 256, (height // 16, width // 16, 3), dtype=np.uint8)
    smooth = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))
    grain = generator.normal(0, 6, smooth.shape)
    return Image.fromarray((smooth + grain).clip(0, 255).astype(np.uint8))


def speed(photos: Path | None) -> None:
    """Decode photos to several sizes, three times each; the median counts."""
    with tempfile.TemporaryDirectory() as folder:
        paths = sorted((photos or make_photos(Path(folder))).rglob("*.jpg"))
        cells = pl.Series("image", [str(path) for path in paths])
        mean = sum(path.stat().st_size for path in paths) / len(paths)
        print(f"{len(paths)} JPEGs of {mean / 1024:.0f} KiB, {os.cpu_count()} cores seen")
        for size in SIZES:
            rates = sorted(rate(cells, size) for _ in range(3))
            print(
                f"to {size:>3} px: {rates[1]:6.0f} a CPU-second ({rates[0]:.0f} to {rates[2]:.0f})"
            )


def make_photos(folder: Path) -> Path:
    generator = np.random.default_rng(0)
    for number in range(NUM_PHOTOS):
        photo(generator, 240, 320).save(folder / f"{number}.jpg", quality=85)
    return folder


def rate(cells: pl.Series, size: int) -> float:
    start = time.process_time()
    read_pictures(cells, height=size, width=size, colors=3, folder=None)
    return len(cells) / (time.process_time() - start)


def memory() -> None:
    """The peak of a process that reads many pictures, whole and block by block."""
    with tempfile.TemporaryDirectory() as folder:
        for number in NUMBERS:
            make_many(Path(folder) / str(number), number)
            for how in ("whole", "blocks"):
                command = [sys.executable, __file__, "--read", f"{folder}/{number}", "--how", how]
                subprocess.run(command, check=True)  # noqa: S603 - itself


def make_many(folder: Path, number: int) -> None:
    """Files of their own in two folders, alike in tens: only their number matters here."""
    generator = np.random.default_rng(0)
    files = [folder / "made.jpg" for _ in range(10)]
    (folder / "a").mkdir(parents=True)
    (folder / "b").mkdir()
    contents = []
    for file in files:
        photo(generator, 64, 64).save(file, quality=85)
        contents.append(file.read_bytes())
        file.unlink()
    for place in range(number):
        (folder / "ab"[place % 2] / f"{place}.jpg").write_bytes(contents[place % 10])


def read(folder: str, how: str) -> None:
    """Read a folder as training or as prediction does, and tell the peak."""
    start, cpu = time.perf_counter(), time.process_time()
    tables = [read_table(folder)] if how == "whole" else read_blocks(folder, rows_per_block=1_024)
    count = 0
    for table in tables:
        cells = table.frame["image"]
        read_cells = read_pictures(cells, height=64, width=64, colors=3, folder=table.folder)
        count += len(read_cells)
        if how == "whole":  # as batches ask for them
            for places in np.array_split(np.random.default_rng(0).permutation(count), count // 256):
                read_cells[0].store.gather(places)
    facts = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    own = int(facts["RssAnon"].split()[0]) / 1024
    print(
        f"{count:>7,} pictures, {how}: peak {peak:.0f} MiB, at the end {own:.0f} MiB of its own; "
        f"{time.process_time() - cpu:.0f} CPU-s, {time.perf_counter() - start:.0f} s"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, help="a folder of JPEGs instead of made ones")
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--read")
    parser.add_argument("--how", default="whole")
    given = parser.parse_args()
    if given.read:
        read(given.read, given.how)
    elif given.memory:
        memory()
    else:
        speed(given.photos)
