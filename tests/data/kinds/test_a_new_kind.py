"""A kind of column that nobody knows yet: one file, and a line in the closed list of kinds.

What stands in `ColorKind` and `ColorEncoder` is all that a new kind has to say; everything else
works with it as it is: judging, training, comparing, predicting, explaining, saving, inspecting.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import polars as pl
import pytest

import pellucid
from pellucid import Classifier, DataError, ModelFileError, Regressor
from pellucid.cli.app import main
from pellucid.data.kinds.cell_bins import Bins, Places
from pellucid.data.kinds.column import Column
from pellucid.data.kinds.flat_columns import FlatColumn
from pellucid.data.kinds.grid import Grid
from pellucid.data.kinds.kind import Compact, Encoder, EncodingPlan, Floats, Kind
from pellucid.data.kinds.raw import RawColumn
from pellucid.data.kinds.registry import KINDS, choices
from pellucid.data.kinds.stored_fields import odd_field
from pellucid.data.kinds.surprise import Surprise
from pellucid.data.schema import infer_schema
from pellucid.data.sources.table import Table, read_table
from pellucid.data.stored_schema import schema_from_json
from pellucid.explanation.importance import importance
from pellucid.files.fields import Fields
from pellucid.model.plan import Plan
from pellucid.model.recipe import BRANCHES
from pellucid.network.layers import Layer, Linear

SIGNS = ("#", "0x")
"""How colors begin: what a column's `notation` says."""

PATTERN = "^{}[0-9a-f]{{6}}$"
PARTS = ("red", "green", "blue")
CELL = pl.Struct(dict.fromkeys(PARTS, pl.Float64))


def parts_of(cells: pl.Series) -> Floats:
    """Red, green and blue of each cell, (n, 3), NaN where missing."""
    return cells.struct.unnest().select(pl.all().fill_null(float("nan"))).to_numpy()


class ColorKind(Kind):
    """Colors such as #ff8800, converted to three parts of 1."""

    name = "color"
    plural = "colors"

    def judge(self, raw: RawColumn) -> Column | None:
        """Text that is nothing else."""
        for sign in SIGNS if raw.text else ():
            if raw.cells.drop_nulls().str.contains(PATTERN.format(sign)).all():
                reason = f"{raw.cells.n_unique()} colors"
                return Column(name=raw.name, kind=self.name, reason=reason, notation=sign)
        return None

    def judge_as_asked(self, raw: RawColumn) -> Column | None:
        """The same."""
        return self.judge(raw)

    def why_not(self, raw: RawColumn) -> str:
        """Some cell is no color."""
        return ": not all are colors"

    def check_fields(self, column: Column) -> None:
        """What stands before its colors is known."""
        if column.kind == self.name and column.notation not in SIGNS:
            raise odd_field(column, "notation", f"one of {', '.join(SIGNS)}")

    def read(self, column: Column, cells: pl.Series, table: Table) -> pl.Expr | None:
        """→ a struct of three floats."""
        if cells.dtype != pl.String:
            return None
        cell = pl.col(cells.name)
        digits = (cell.str.tail(6).str.slice(2 * place, 2) for place in range(3))
        parts = [
            (two.str.to_integer(base=16, strict=False) / 255).alias(part)
            for two, part in zip(digits, PARTS, strict=True)
        ]
        return pl.when(cell.str.contains(PATTERN.format(column.notation))).then(pl.struct(parts))

    def may_be_unread(self, dtype: pl.DataType) -> bool:
        """Text may be no color."""
        return dtype == pl.String

    def holds(self, dtype: pl.DataType) -> bool:
        """Three floats."""
        return dtype == CELL

    def fit(self, cells: pl.Series, weights: Floats, plan: EncodingPlan) -> ColorEncoder:
        """The mean color stands for a missing one."""
        mean = np.nanmean(parts_of(cells), axis=0)
        return ColorEncoder(name=cells.name, mean=tuple(mean.tolist()))

    def encoder_from(self, plain: Fields) -> ColorEncoder:
        """Its mean is a color."""
        mean = tuple(plain.numbers("mean"))
        if len(mean) != 3 or not all(0.0 <= part <= 1.0 for part in mean):
            raise ModelFileError(f"The mean of {plain.what} is no color.")
        return ColorEncoder(name=plain.text("name"), mean=mean)

    def flat(self, cells: pl.Series) -> Iterator[FlatColumn]:
        """A column for each part."""
        for values in parts_of(cells).T:
            yield FlatColumn(values=values)


@dataclass(frozen=True, kw_only=True)
class ColorEncoder(Encoder):
    """A color as three inputs."""

    kind: ClassVar[str] = "color"
    name: str
    mean: tuple[float, ...]

    @property
    def compact_width(self) -> int:
        """Three parts."""
        return 3

    def compact(self, cells: pl.Series) -> Compact:
        """The parts."""
        return parts_of(cells).astype(np.float32)

    def expand(self, compact: Compact) -> Compact:
        """The parts beside their mean."""
        mean = np.array(self.mean, dtype=np.float32)
        return np.where(np.isnan(compact), np.float32(0.0), compact - mean)

    def input_names(self) -> list[str]:
        """One a part."""
        return [f"{self.name} {part}" for part in PARTS]

    def surprises(self, cells: pl.Series) -> list[Surprise]:
        """Missing ones."""
        missing = cells.is_null().to_numpy()
        words = f"{self.name}: no color"
        return [Surprise(words=words, rows=missing, cell=words, odd=missing)]

    def grid(self, cells: pl.Series) -> Grid:
        """Every color of the rows."""
        seen = cells.drop_nulls().unique(maintain_order=True)
        values = [str(color) for color in seen]
        return Grid(cells=seen, values=values, counts=[values.count(each) for each in values])

    def nothing(self) -> Compact:
        """The mean color."""
        return np.full((1, 3), np.nan, dtype=np.float32)


@dataclass(frozen=True, kw_only=True)
class MixedColorEncoder(ColorEncoder):
    """A color at a port of its own, where a layer of the network mixes its parts."""

    @property
    def port(self) -> str:
        """Its own."""
        return "colors"

    def dense_names(self) -> list[str]:
        """What the layer makes of the parts."""
        return [f"{self.name} mix {place}" for place in (1, 2)]


class MixedColorKind(ColorKind):
    """Colors, mixed by a layer of the network."""

    def fit(self, cells: pl.Series, weights: Floats, plan: EncodingPlan) -> ColorEncoder:
        """The same."""
        return MixedColorEncoder(**vars(super().fit(cells, weights, plan)))

    def encoder_from(self, plain: Fields) -> ColorEncoder:
        """The same."""
        return MixedColorEncoder(**vars(super().encoder_from(plain)))


@dataclass(frozen=True, kw_only=True)
class ColorBins(Bins):
    """Dark and bright colors."""

    kind: ClassVar[str] = "color"
    name: str

    @classmethod
    def fit(cls, column: pl.Series) -> ColorBins:
        """There is nothing to learn."""
        return cls(name=column.name)

    @property
    def num_bins(self) -> int:
        """Dark, bright and missing."""
        return 3

    def place(self, column: pl.Series) -> Places:
        """By the mean of the parts."""
        light = parts_of(column).mean(axis=1)
        return np.where(np.isnan(light), 2, light > 0.5).astype(np.int64)

    @classmethod
    def from_plain(cls, plain: Fields) -> ColorBins:
        """Its name is all."""
        return cls(name=plain.text("name"))


def mixing(columns: Sequence[Encoder], _plan: Plan) -> Layer:
    """A branch for one column of colors."""
    (column,) = columns
    return Linear(len(column.input_names()), len(column.dense_names()))


@pytest.fixture
def _mixed_colors(monkeypatch: pytest.MonkeyPatch, _colors: None) -> None:
    """The line for the port's branch."""
    monkeypatch.setitem(sys.modules, "pellucid_mixed_color", SimpleNamespace(KIND=MixedColorKind()))
    monkeypatch.setitem(KINDS, "color", "pellucid_mixed_color")
    monkeypatch.setitem(BRANCHES, "colors", mixing)


@pytest.fixture
def _colors(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line in the closed list, and the file that it names."""
    monkeypatch.setitem(KINDS, "color", "pellucid_color")
    monkeypatch.setitem(sys.modules, "pellucid_color", SimpleNamespace(KIND=ColorKind()))


pytestmark = pytest.mark.usefixtures("_colors")


def cars(rows: int = 300) -> pl.DataFrame:
    """Red cars are sold; some have no color."""
    generator = np.random.default_rng(0)
    red, green, blue = generator.integers(0, 256, (3, rows))
    colors = [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in zip(red, green, blue, strict=True)]
    return pl.DataFrame(
        {
            "paint": pl.Series(colors).set(pl.Series(generator.random(rows) < 0.05), None),
            "age": generator.integers(0, 20, rows) + 0.5,
            "sold": np.where(red > 127, "yes", "no"),
        }
    )


def test_its_columns_are_found_named_and_read() -> None:
    schema = infer_schema(read_table(cars()))
    assert schema["paint"].kind == "color"
    assert "289 colors" in str(schema)
    others = read_table(pl.DataFrame({"a": ["0xffffff", "0x000000"], "b": ["0xffffff", "#0"]}))
    assert [column.notation for column in infer_schema(others)] == ["0x", ""]
    stored = schema.to_json()
    assert schema_from_json(stored) == schema
    with pytest.raises(ModelFileError, match="the notation 'rgb'; it should be one of #, 0x"):
        schema_from_json([{**stored[0], "notation": "rgb"}])
    kinds = ("number", "category", "date", "image", "list", "text", "color")
    assert choices() == (*kinds, "left out")
    with pytest.raises(DataError, match="cannot be: not all are colors"):
        infer_schema(read_table(pl.DataFrame({"a": ["#ffffff", "red"]})), kinds={"a": "color"})


def test_a_network_learns_from_it_and_is_explained(tmp_path: Path) -> None:
    table = cars()
    model = Classifier(max_epochs=60).fit(table, "sold")
    assert model.score(table, table["sold"]) > 0.9
    assert model.encode(table.drop("sold")).shape[1] > 3

    path = tmp_path / "cars.pellucid"
    model.save(path)
    again = pellucid.load(path)
    assert (again.predict_proba(table) == model.predict_proba(table)).all()

    new = table.head(3).with_columns(pl.Series("paint", ["#ff0000", "#00ffff", None]))
    assert again.predict(new)[:2].tolist() == ["yes", "no"]
    assert "paint: no color" in again.unlike_training(new).reasons[2]
    with pytest.raises(DataError, match="has 'red', which is not a color"):
        again.predict(new.with_columns(paint=pl.lit("red")))

    explained = pellucid.explain(model, table)
    assert next(iter(explained.columns)) == "paint"
    assert explained.cells["paint"] == table["paint"][0]
    curve = pellucid.response_curve(model, table, "paint")
    assert curve.kind == "color"
    assert curve.mean.max() - curve.mean.min() > 0.5


def test_it_is_compared_and_told(tmp_path: Path) -> None:
    table = cars()
    found = pellucid.compare(table, "sold", max_epochs=20)
    page = tmp_path / "page.html"
    pellucid.write_report(found, page)
    assert "1 number, 1 color" in page.read_text()


def test_it_is_private_continued_and_inspected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = cars().with_columns(price=pl.col("age") * 100.0)
    model = Regressor(max_epochs=20, private=True).fit(table.drop("sold"), "price")
    assert model.schema_["paint"].reason == "private: what its cells say is not told; read as color"
    model.partial_fit(table.drop("sold", "price"), table["price"].to_numpy())
    model.save(tmp_path / "prices.pellucid")
    monkeypatch.setattr(sys, "argv", ["pellucid", "inspect", str(tmp_path / "prices.pellucid")])
    with pytest.raises(SystemExit) as end:
        main()
    assert not end.value.code
    assert "color" in capsys.readouterr().out


@pytest.mark.usefixtures("_mixed_colors")
@pytest.mark.parametrize("members", [1, 3])
def test_a_kind_may_have_a_port_and_a_branch_of_its_own(tmp_path: Path, members: int) -> None:
    table = cars()
    model = Classifier(max_epochs=60, members=members, random_state=1).fit(table, "sold")
    encoder = model.model_.encoder
    assert list(encoder.by_port) == ["dense", "colors"]
    assert encoder.input_names()[-3:] == ["paint red", "paint green", "paint blue"]
    assert encoder.dense_names()[-2:] == ["paint mix 1", "paint mix 2"]
    assert model.score(table, table["sold"]) > 0.9

    model.save(tmp_path / "cars.pellucid")
    again = pellucid.load(tmp_path / "cars.pellucid")
    assert (again.predict_proba(table) == model.predict_proba(table)).all()
    numbers, colors = again.encode(table.drop("sold"))
    assert colors.shape == (300, 3)
    outputs = again.model_.network.to_module()(numbers, colors)
    assert outputs.shape[-2:] == (300, 2)

    explained = pellucid.explain(again, table)
    assert next(iter(explained.columns)) == "paint"
    rows = again.rows_of(read_table(table))
    assert importance(again.model_, rows)[0].name == "paint"


def test_a_kind_may_have_bins_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which cells occur together is counted by them, in a model read from its file too."""
    monkeypatch.setattr(ColorKind, "bins", ColorBins)
    table = cars()
    model = Classifier(max_epochs=1).fit(table, "sold")
    model.save(tmp_path / "cars.pellucid")
    again = pellucid.load(tmp_path / "cars.pellucid")
    assert again.model_.combinations.columns[0] == ColorBins(name="paint")
    assert (again.unlike_training(table).scores == model.unlike_training(table).scores).all()
