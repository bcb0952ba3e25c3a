"""Pictures unlike any in training: how far each is from those that were learned from.

Two distances tell them. To the network: from what it makes of the nearest of some pictures of
training, each vector brought to length 1 (Sun et al. 2022, "Out-of-distribution detection with
deep nearest neighbors", arXiv:2204.06507). To the eye: from the mean picture (`Appearance`). For a
network sees only what it needs to tell its classes apart, and a sure prediction says nothing: a
softmax may be as sure of noise as of what it knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import torch

from pellucid.data.grouping import Places
from pellucid.data.kinds.kind import Encoder
from pellucid.data.rows import RowSource
from pellucid.data.table_encoder import TableEncoder
from pellucid.errors import ModelFileError
from pellucid.files.fields import Fields
from pellucid.model.appearance import Appearance, Looks
from pellucid.network.network import Network
from pellucid.wording import show

Vectors = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]

MOST_REFERENCES, MOST_BYTES = 600, 2**20
"""Pictures of a column that are kept, as vectors of half floats, and the bytes that these take."""

MOST_JUDGING = 400
NEIGHBOR = 10
"""The distance to so manieth nearest counts: the nearest may be near by chance."""

FEWEST = 2 * NEIGHBOR
"""Of fewer pictures nobody can say what is far from them."""

USUAL_PART = 0.995
"""Part of the pictures like those of training that are within a limit; within both are 99 %."""

FEWEST_JUDGING = 20
"""Of n pictures the farthest is the limit, beyond which one of n + 1 lies by chance: so many that
at most a tenth are beyond one of two limits. Fewer give none, and then no distance is odd."""

ENOUGH_JUDGING = 199
"""From so many on, the limit is not the farthest of them, but that of `USUAL_PART`."""

SMALLEST = 1e-6
"""No limit is below."""

ROWS_AT_ONCE = 256


@dataclass(frozen=True, kw_only=True, eq=False)
class Seen:
    """Pictures as the network sees them, and as they look.

    Attributes:
        vectors: What the network makes of each, of length 1, (n, F).
        looks: How they look; None of pictures of which only features are known.
        places: Which cells they are, (n,): missing ones are left out.
    """

    vectors: Vectors
    looks: Looks | None
    places: Places


@dataclass(frozen=True, kw_only=True, eq=False)
class References:
    """What is kept of the pictures of a column that were learned from.

    Attributes:
        column: Its name.
        vectors: Some of them as the network sees them, each of length 1, float16 (R, F).
        limit: Distance to these beyond which a picture is odd.
        appearance: How they look; None if only their features were known.
        looks_limit: Distance from that beyond which a picture is odd.
        judging: From how many pictures the limits come; of fewer than `FEWEST_JUDGING` they are
            none.
    """

    column: str
    vectors: npt.NDArray[np.float16]
    limit: float
    appearance: Appearance | None
    looks_limit: float
    judging: int

    def judge(self, network: Network, encoder: TableEncoder, cells: pl.Series) -> Judged:
        """Find pictures unlike those of training.

        Args:
            network: The network.
            encoder: Its encoder.
            cells: Converted cells.
        """
        distances, reasons = np.zeros(len(cells)), [""] * len(cells)
        for start, seen in _seen(network, encoder, self.column, cells):
            far, odd = self._distances(seen), self._faults(seen)
            for at, place in enumerate((start + seen.places).tolist()):
                if self.judging >= FEWEST_JUDGING:
                    distances[place] = max(far[0][at], far[1][at])
                    reasons[place] = _told(far[0][at], far[1][at], self.judging)
                reasons[place] = odd.get(at, reasons[place])
        return Judged(distances=distances, reasons=reasons)

    def _distances(self, seen: Seen) -> tuple[Floats, Floats]:
        """To the network and to the eye, in terms of the limits."""
        to_network = _to_neighbor(seen.vectors, self.vectors.astype(np.float32), NEIGHBOR)
        to_eye = np.zeros(len(seen.vectors))
        if self.appearance and seen.looks:
            to_eye = self.appearance.distances(seen.looks) / self.looks_limit
        return to_network / self.limit, to_eye

    def _faults(self, seen: Seen) -> dict[int, str]:
        return self.appearance.faults(seen.looks) if self.appearance and seen.looks else {}

    def limited_by(self, network: Network, encoder: TableEncoder, rows: RowSource) -> References:
        """The same pictures, with the limits that others, not learned from, give.

        Args:
            network: The network.
            encoder: Its encoder.
            rows: The rows of these.
        """
        seen = _all_seen(network, encoder, self.column, _spread(rows, MOST_JUDGING))
        if not len(seen.places):
            return self
        to_network, to_eye = self._distances(seen)
        return replace(
            self,
            limit=_limit_of(to_network * self.limit),
            looks_limit=_limit_of(to_eye * self.looks_limit),
            judging=len(seen.places),
        )

    def check_that_it_fits(self, encoders: Iterable[Encoder]) -> None:
        """Compare the vectors with the column that they should be of.

        Raises:
            ModelFileError: There is no such column, or the network makes other vectors of it.
        """
        columns = {c.name: c for c in encoders if c.is_picture}
        column = columns.get(self.column)
        if column is None or len(column.dense_names()) != self.vectors.shape[1]:
            raise ModelFileError(f"The references of {show(self.column)} are none of its vectors.")
        if self.appearance is not None:
            size = column.picture_size
            if size is None or Looks.width_of(size) != len(self.appearance.mean):
                raise ModelFileError(f"The appearance of {show(self.column)} is none of its size.")


@dataclass(frozen=True, kw_only=True, eq=False)
class Judged:
    """What was found of the pictures of a column.

    Attributes:
        distances: How far each is from those of training, in terms of the limit, (n,): above 1 is
            odd; 0 where there is none.
        reasons: What is odd about each, in words that follow the column's name; "" for nothing.
    """

    distances: Floats
    reasons: list[str]


def _told(to_network: float, to_eye: float, judging: int) -> str:
    """What is odd about a picture, in words, by its distances in terms of the limits."""
    if max(to_network, to_eye) <= 1.0:
        return ""
    usual = f"{USUAL_PART:.1%} of such" if judging >= ENOUGH_JUDGING else f"all {judging} compared"
    if to_eye > to_network:
        return (
            f"is light and dark in other places than the pictures of training: {to_eye:.2f} times "
            f"as far from their mean as {usual} are at most"
        )
    return (
        f"is unlike the pictures of training to the network: {to_network:.2f} times as far from "
        f"the nearest as {usual} are at most"
    )


def find_references(
    network: Network, encoder: TableEncoder, training: RowSource, judging: RowSource
) -> tuple[References, ...]:
    """Choose some of the pictures that were learned from, evenly over the rows.

    Args:
        network: The trained network.
        encoder: Its encoder.
        training: Rows that were learned from.
        judging: Rows that were not, from which limits come; if there are none, they come from the
            chosen themselves, each beside the others.
    """
    found = []
    for column in encoder.columns:
        if not column.is_picture:
            continue
        most = min(MOST_REFERENCES, MOST_BYTES // (2 * len(column.dense_names())))
        seen = _all_seen(network, encoder, column.name, _spread(training, most))
        if len(seen.places) < FEWEST:
            continue
        appearance = Appearance.fit(seen.looks) if seen.looks else None
        own = _to_neighbor(seen.vectors, seen.vectors, NEIGHBOR + 1)  # the nearest is itself
        to_mean = appearance.distances(seen.looks) if appearance and seen.looks else np.ones(1)
        chosen = References(
            column=column.name,
            vectors=seen.vectors.astype(np.float16),
            limit=_limit_of(own),
            appearance=appearance,
            looks_limit=_limit_of(to_mean),
            judging=len(seen.places),
        )
        found.append(chosen.limited_by(network, encoder, judging) if len(judging) else chosen)
    return tuple(found)


def _seen(
    network: Network, encoder: TableEncoder, name: str, cells: pl.Series
) -> Iterator[tuple[int, Seen]]:
    """Yield the pictures of a column, some at a time, and the place of the first cell."""
    column = next(each for each in encoder.columns if each.name == name)
    for start in range(0, len(cells), ROWS_AT_ONCE):
        some = cells[start : start + ROWS_AT_ONCE]
        places = np.flatnonzero(some.is_not_null().to_numpy())
        if len(places):
            yield start, _seen_in(network, column, some.gather(places), places)


@torch.inference_mode()
def _seen_in(network: Network, column: Encoder, cells: pl.Series, places: Places) -> Seen:
    given = column.expand(column.compact(cells))
    looks, made = None, given
    if column.picture_size is not None:  # a port of its own
        looks = Looks.of(given)
        entering = torch.from_numpy(given).to(network.weights.device)
        made = network.features(column.port, entering).cpu().float().numpy()
    lengths = np.linalg.norm(made, axis=1, keepdims=True)
    return Seen(vectors=made / np.maximum(lengths, 1e-12), looks=looks, places=places)


def _all_seen(network: Network, encoder: TableEncoder, name: str, frame: pl.DataFrame) -> Seen:
    parts = list(_seen(network, encoder, name, frame[name]))
    if not parts:
        nothing = np.zeros(0, dtype=np.int64)
        return Seen(vectors=np.zeros((0, 1), dtype=np.float32), looks=None, places=nothing)
    looks = [seen.looks for _, seen in parts if seen.looks is not None]
    return Seen(
        vectors=np.concatenate([seen.vectors for _, seen in parts]),
        looks=Looks.joined(looks) if looks else None,
        places=np.concatenate([start + seen.places for start, seen in parts]),
    )


def _spread(rows: RowSource, most: int) -> pl.DataFrame:
    """So many rows at most, evenly spread."""
    count = min(most, len(rows))
    places: Places = np.unique(np.linspace(0, max(0, len(rows) - 1), count).astype(np.int64))
    return pl.concat(list(rows.take(places).blocks(max(1, count))))


def _to_neighbor(vectors: Vectors, references: Vectors, rank: int) -> Floats:
    """Distance to the reference of a rank, 1 for the nearest, (n,)."""
    if not len(vectors):
        return np.empty(0)
    rank = min(rank, len(references))
    nearest = -np.partition(-(vectors @ references.T), rank - 1, axis=1)[:, rank - 1]
    return np.sqrt(np.maximum(2.0 - 2.0 * nearest.astype(np.float64), 0.0))


def _limit_of(distances: Floats) -> float:
    """The ⌈0.995·(n + 1)⌉-th smallest of n distances, or the greatest."""
    rank = min(len(distances), int(np.ceil(USUAL_PART * (len(distances) + 1) - 1e-9)))
    return max(SMALLEST, float(np.sort(distances)[rank - 1]))


# --- In a model file -----------------------------------------------------------------------------

Stored = Mapping[str, npt.NDArray[Any]]


def references_to_plain(
    references: Iterable[References],
) -> tuple[dict[str, npt.NDArray[Any]], list[dict[str, Any]]]:
    """Numbers, one after the other, and the rest as plain data."""
    vectors = [np.zeros(0, dtype=np.float16)]
    looks, plain = [np.zeros(0, dtype=np.float32)], []
    for each in references:
        vectors.append(each.vectors.ravel())
        said: dict[str, Any] = {"column": each.column, "limit": each.limit}
        said |= {"shape": list(each.vectors.shape), "looks_limit": each.looks_limit}
        said["judging"] = each.judging
        said["appearance"] = None
        if each.appearance is not None:
            flat, said["appearance"] = each.appearance.to_plain()
            looks.append(flat)
        plain.append(said)
    return {"references": np.concatenate(vectors), "appearances": np.concatenate(looks)}, plain


def references_from_plain(stored: Stored, plain: Iterable[Fields]) -> tuple[References, ...]:
    """What `references_to_plain` described.

    Raises:
        ModelFileError: It described none.
    """
    vectors, looks = stored["references"], stored["appearances"]
    found = []
    for each in plain:
        shape = each.wholes("shape")
        if len(shape) != 2 or shape[0] < FEWEST or shape[1] < 1:
            raise ModelFileError(f"The shape of {each.what} is {shape!r:.40}.")
        own, vectors = vectors[: shape[0] * shape[1]], vectors[shape[0] * shape[1] :]
        if own.dtype != np.float16 or len(own) < shape[0] * shape[1] or not np.isfinite(own).all():
            raise ModelFileError(f"The vectors of {each.what} are none.")
        appearance = None
        if not each.is_null("appearance"):
            told = each.inner("appearance")
            count = told.whole("places", at_least=1, at_most=Looks.MOST)
            appearance = Appearance.from_plain(looks[: count + count**2], told)
            looks = looks[count + count**2 :]
        found.append(
            References(
                column=each.text("column"),
                vectors=own.reshape(shape),
                limit=each.number("limit", at_least=SMALLEST),
                appearance=appearance,
                looks_limit=each.number("looks_limit", at_least=SMALLEST),
                judging=each.whole("judging"),
            )
        )
    return tuple(found)
