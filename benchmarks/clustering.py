"""Clusters without labels: how far they agree with labels that were held back, and beside what.

Run `python benchmarks/clustering.py --data DIR`, where DIR holds public files:

    mnist/ and fashion-mnist/    the four files {train,t10k}-{images-idx3,labels-idx1}-ubyte.gz
    ag_news/test.csv.gz          class, title, description
    newsgroups20/20news-bydate.tar.gz
    penguins, mushroom, iris, heart, german_credit, titanic, wine_quality: see TABLES

`--only` picks parts, `--seeds` says how often, `--tables FOLDER` adds CSV tables whose last column
is the label, and `--out FILE` adds every figure to a file of JSON lines.

    digits mnist fashion  8 × 8 digits of scikit-learn; the first 10,000 pictures of the training
                          file; of MNIST and Fashion-MNIST new rows too: 2,000 of the test file
    mnist60               all 60,000
    ag news               the test part, title and description as one text; six groups of the
                          training part that are clearly different
    tables                every table: the network's adjusted Rand index beside that of k-means
    penguins mushroom     one table
    structureless         tables without clusters: in how many "no clear clusters" is said
    blobs                 made clusters, their number not given: how often it is found
    none                  which part of Fashion-MNIST an MNIST model takes for like none
    million               a million made rows: the peak, and rows a second

The number of clusters is that of the labels, unless said. Labels are looked at once the clusters
are there; nothing was tuned on the pictures and texts that judge. `k-means` and `Gaussian mixture`
are those that `pellucid cluster` shows beside its own: of standardized columns and levels, or of 50
components of pixels or TF-IDF. "pixels + k-means" and "TF-IDF + k-means" are scikit-learn's alone.
Rows like none count as wrong; "every row" counts them in their likeliest cluster. Everything runs
on one thread; seconds are the processor's.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from peak import WATCH
from results import Results
from sklearn.cluster import KMeans
from sklearn.datasets import load_breast_cancer, load_digits, load_wine, make_blobs
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer
from turns import SOURCE, environment, machine, on_one_thread, table

import pellucid
from pellucid.comparison.known_labels import LabelScore, score_against
from pellucid.data.sources.picture_arrays import pictures_frame
from pellucid.data.sources.table import Table, read_table

NETWORK, EVERY_ROW, NEW_ROWS = "network", "network, every row", "network, new rows"
NEW = 2_000
LABEL = "label"

# --- data ----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Source:
    """Rows whose labels are known and held back.

    Attributes:
        rows: With a column `label`.
        new: Others, which are not clustered; None for none.
        peer: A flat algorithm of scikit-learn's alone: its name, and what labels the rows.
    """

    rows: Table
    new: Table | None = None
    peer: tuple[str, Callable[[int, int], Any]] | None = None

    @property
    def num_labels(self) -> int:
        """How many different labels there are."""
        return self.rows.frame[LABEL].drop_nulls().n_unique()


def _pictures(folder: str, count: int, data: Path) -> Source:
    """The first pictures of the training file, and some of the test file."""
    found = read_table(data / folder)
    assert found.parts is not None
    training, test = (np.flatnonzero(found.parts == part) for part in ("train", "test"))
    rows, new = (replace(found.take(p), parts=None) for p in (training[:count], test[:NEW]))
    pixels = np.stack(rows.frame["image"].to_list())
    return Source(rows=rows, new=new, peer=_on_pixels(pixels.reshape(len(pixels), -1) / 255.0))


def _on_pixels(pixels: np.ndarray) -> tuple[str, Callable[[int, int], Any]]:
    return "pixels + k-means", lambda k, seed: KMeans(k, n_init=10, random_state=seed).fit_predict(
        pixels
    )


def _digits(_: Path) -> Source:
    digits = load_digits()
    pixels = (digits.images / 16.0 * 255.0).round().astype(np.uint8)
    frame = pictures_frame(pixels).with_columns(pl.Series(LABEL, digits.target.astype(str)))
    return Source(rows=read_table(frame), peer=_on_pixels(digits.data))


def _texts(texts: pl.Series, labels: pl.Series) -> Source:
    def label(k: int, seed: int) -> Any:
        vectorizer = TfidfVectorizer(min_df=2, sublinear_tf=True, stop_words="english")
        reduce = TruncatedSVD(100, random_state=seed)
        k_means = KMeans(k, n_init=10, random_state=seed)
        return make_pipeline(vectorizer, reduce, Normalizer(), k_means).fit_predict(texts.to_list())

    frame = pl.DataFrame([texts.alias("text"), labels.cast(pl.String).alias(LABEL)])
    return Source(rows=read_table(frame), peer=("TF-IDF + k-means", label))


def _ag(data: Path) -> Source:
    frame = pl.read_csv(data / "ag_news" / "test.csv.gz").fill_null("")
    both = pl.concat_str("title", "description", separator=". ").alias("text")
    found = frame.select(both, "class")
    return _texts(found["text"], found["class"])


GROUPS = (
    "comp.graphics",
    "rec.autos",
    "rec.sport.hockey",
    "sci.space",
    "soc.religion.christian",
    "talk.politics.mideast",
)


def _news(data: Path) -> Source:
    found = read_table(data / "newsgroups20" / "20news-bydate.tar.gz")
    assert found.parts is not None
    frame = found.frame.filter(pl.Series(found.parts == "train") & found.frame[LABEL].is_in(GROUPS))
    return _texts(frame["text"], frame[LABEL])


def _csv(name: str, label: str, data: Path, drop: Sequence[str] = ()) -> Source:
    """A table as it is, its label last and called `label`."""
    found = read_table(data / name)
    frame = found.frame.drop(drop).filter(pl.col(label).is_not_null())
    return Source(rows=replace(found, frame=frame.rename({label: LABEL}), path=None))


def _own_table(load: Callable[[], Any], _: Path) -> Source:
    found = load()
    frame = pl.DataFrame(found.data, schema=[str(name) for name in found.feature_names])
    return Source(rows=read_table(frame.with_columns(pl.Series(LABEL, found.target.astype(str)))))


TABLES: Mapping[str, Callable[[Path], Source]] = {
    "penguins": partial(_csv, "penguins/penguins.csv", "species"),
    "mushroom": partial(_csv, "mushroom/mushrooms.csv", "type"),
    "iris": partial(_csv, "iris/iris.csv", "species"),
    "heart": partial(_csv, "heart/heartdisease.csv", "HeartDisease", drop=["rownames"]),
    "german_credit": partial(_csv, "german_credit/credit.csv", "default"),
    "titanic": partial(_csv, "titanic/titanic_train.csv", "Survived"),
    "wine_quality": partial(_csv, "wine_quality/winequality-white.csv", "quality"),
    "wine": partial(_own_table, load_wine),
    "breast_cancer": partial(_own_table, load_breast_cancer),
}
SOURCES: Mapping[str, Callable[[Path], Source]] = {
    "digits": _digits,
    "mnist": partial(_pictures, "mnist", 10_000),
    "mnist60": partial(_pictures, "mnist", 60_000),
    "fashion": partial(_pictures, "fashion-mnist", 10_000),
    "ag": _ag,
    "news": _news,
    "penguins": TABLES["penguins"],
    "mushroom": TABLES["mushroom"],
}
PROMISED: Mapping[tuple[str, str], float] = {
    ("digits", NETWORK): 0.88,
    ("mnist", NETWORK): 0.94,
    ("mnist", NEW_ROWS): 0.93,
    ("mnist60", NETWORK): 0.95,
    ("fashion", NETWORK): 0.62,
    ("ag", NETWORK): 0.78,
    ("news", NETWORK): 0.78,
}
MOST_SECONDS = {"mnist60": 480.0}
AHEAD_ON_TABLES, REJECTED, KEPT = 0.02, 0.8, 0.9

# --- clusters beside labels ----------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Found:
    """How far one algorithm's clusters agree with the labels, and what the processor worked."""

    accuracy: float
    nmi: float
    ari: float
    cpu_seconds: float

    @classmethod
    def of(cls, score: LabelScore, cpu_seconds: float) -> Found:
        """One algorithm's score."""
        return cls(accuracy=score.accuracy, nmi=score.nmi, ari=score.ari, cpu_seconds=cpu_seconds)


def run_source(name: str, asked: argparse.Namespace, results: Results) -> None:
    """Every algorithm once for each seed."""
    medians = _judge(name, SOURCES[name](asked.data), asked.seeds, results)
    for (part, who), least in PROMISED.items():
        if part == name:
            accuracy = medians[who].accuracy
            results.add(part=name, who=who, median=accuracy, promised=_kept(accuracy >= least))
    if name in MOST_SECONDS:
        seconds = medians[NETWORK].cpu_seconds
        results.add(part=name, cpu_seconds=seconds, promised=_kept(seconds <= MOST_SECONDS[name]))


def _judge(name: str, source: Source, seeds: Sequence[int], results: Results) -> dict[str, Found]:
    """The median of each algorithm's figures, each by itself."""
    runs: dict[str, list[Found]] = {}
    for seed in seeds:
        for who, one in _run(name, source, seed, results).items():
            runs.setdefault(who, []).append(one)
            results.add(part=name, who=who, seed=seed, **one.__dict__)
    medians = {
        who: Found(
            **{
                figure: statistics.median(getattr(one, figure) for one in found)
                for figure in Found.__dataclass_fields__
            }
        )
        for who, found in runs.items()
    }
    rows = [
        [who, f"{m.accuracy:.3f}", f"{m.nmi:.3f}", f"{m.ari:.3f}", f"{m.cpu_seconds:.1f}"]
        for who, m in medians.items()
    ]
    print(table([name, "accuracy", "NMI", "ARI", "CPU seconds"], rows), flush=True)
    return medians


def _run(name: str, source: Source, seed: int, results: Results) -> dict[str, Found]:
    k = source.num_labels
    told = pellucid.cluster(source.rows, labels=LABEL, n_clusters=k, random_state=seed)
    assert told.against_labels is not None
    seconds = {each.name: each.cost.cpu_seconds for each in told.beside}
    seconds[NETWORK] = told.estimator.model_.record.cost.cpu_seconds
    found = {each.name: Found.of(each, seconds[each.name]) for each in told.against_labels.scores}
    labels = told.rows.frame[LABEL]
    found[EVERY_ROW] = _score(labels, told.assigned.likeliest, seconds[NETWORK])
    if source.new is not None:
        found[NEW_ROWS] = _new(source.new, told, seconds[NETWORK])
    if source.peer is not None:
        peer, label = source.peer
        worked = time.process_time()
        clusters = np.asarray(label(k, seed)).astype(np.int64)
        found[peer] = _score(labels, clusters, time.process_time() - worked)
    stability = {each.name: each.stability for each in told.beside}
    results.add(part=name, seed=seed, stability=told.stability, beside=stability, k=k)
    results.add(part=name, seed=seed, is_clear=told.structure.is_clear, verdict=told.verdict)
    return found


@dataclass(frozen=True)
class Clusters:
    """Rows all of which are in a cluster."""

    labels: np.ndarray

    @property
    def likeliest(self) -> np.ndarray:
        """The same."""
        return self.labels

    @property
    def num_clusters(self) -> int:
        """How many there are."""
        return int(self.labels.max()) + 1


def _score(labels: pl.Series, clusters: np.ndarray, seconds: float) -> Found:
    return Found.of(score_against(LABEL, labels, Clusters(clusters), {}).scores[0], seconds)


def _new(new: Table, told: Any, seconds: float) -> Found:
    """New rows: each cluster stands for the label that it was matched with before."""
    assigned, labels = told.estimator.assign(new.without([LABEL])), new.frame[LABEL]
    found = Found.of(score_against(LABEL, labels, assigned, {}).scores[0], seconds)
    names = np.array([*told.against_labels.matched, None], dtype=object)
    right = names[assigned.labels] == labels.cast(pl.String).to_numpy()
    return replace(found, accuracy=float(right.mean()))


def run_tables(asked: argparse.Namespace, results: Results) -> None:
    """The mean over tables of the adjusted Rand index, the median of the seeds of each."""
    sources: dict[str, Callable[[Path], Source]] = dict(TABLES)
    for path in sorted(asked.tables.glob("*.csv")) if asked.tables else ():
        label = read_table(path).frame.columns[-1]
        sources[path.stem] = partial(_csv, str(path.absolute()), label)
    medians = {
        name: _judge(name, read(asked.data), asked.seeds, results) for name, read in sources.items()
    }
    ours = {name: found[NETWORK].ari for name, found in medians.items()}
    theirs = {name: found["k-means"].ari for name, found in medians.items()}
    ahead = [ours[name] - theirs[name] for name in ours]
    results.add(
        part="tables",
        tables=len(ours),
        mean_ari=statistics.mean(ours.values()),
        mean_of_k_means=statistics.mean(theirs.values()),
        ahead=statistics.mean(ahead),
        nearer=sum(each > 0.0 for each in ahead),
        promised=_kept(statistics.mean(ahead) >= AHEAD_ON_TABLES),
    )


# --- none, and no clusters -----------------------------------------------------------------------


def run_none(asked: argparse.Namespace, results: Results) -> None:
    """An MNIST model on pictures of clothes, and on MNIST's own test rows."""
    own = _pictures("mnist", 10_000, asked.data)
    clothes = _pictures("fashion-mnist", 10, asked.data).new
    assert own.new is not None
    assert clothes is not None
    rejected = []
    for seed in asked.seeds:
        model = pellucid.Clusterer(n_clusters=10, random_state=seed)
        model.fit(own.rows.without([LABEL]))
        shares = [
            float((model.predict(each.without([LABEL])) < 0).mean()) for each in (clothes, own.new)
        ]
        results.add(part="none", seed=seed, rejected=shares[0], false_alarms=shares[1])
        rejected.append(shares[0])
    median = statistics.median(rejected)
    results.add(part="none", rejected=median, promised=_kept(median >= REJECTED))


def _nothing(seed: int) -> Iterator[tuple[str, np.ndarray]]:
    """Rows that fall into no clusters."""
    random = np.random.default_rng(seed)
    yield "uniform", random.uniform(size=(600, 6))
    yield "one Gaussian", random.normal(size=(600, 6))
    yield "correlated", random.normal(size=(600, 6)) @ random.normal(size=(6, 6))
    yield "heavy tails", random.standard_t(3, size=(600, 6))
    yield "skewed", random.lognormal(size=(600, 6))
    mixed = load_wine().data
    yield "shuffled columns", np.stack([random.permutation(column) for column in mixed.T], axis=1)


def run_structureless(asked: argparse.Namespace, results: Results) -> None:
    """How often it is said; trainings stop at once, for it does not depend on the network."""
    said: dict[str, list[bool]] = {}
    for seed in range(asked.draws):
        for name, rows in _nothing(seed):
            frame = pl.DataFrame(rows, schema=[f"x{i}" for i in range(rows.shape[1])])
            found = pellucid.cluster(frame, n_clusters=3, random_state=seed, stop=lambda: True)
            said.setdefault(name, []).append(not found.structure.is_clear)
    for name, each in said.items():
        part = float(np.mean(each))
        results.add(part="structureless", rows=name, told=part, promised=_kept(part >= KEPT))


def run_blobs(asked: argparse.Namespace, results: Results) -> None:
    """Made clusters: how often their number is found, or lies in the range."""
    exact, within = [], []
    for seed in range(asked.draws):
        random = np.random.default_rng(seed)
        k, width = int(random.integers(2, 9)), int(random.integers(3, 9))
        x, _ = make_blobs(1_000, width, centers=k, cluster_std=1.0, random_state=seed)
        count = pellucid.Clusterer(random_state=seed).fit(x).model_.record.count
        assert count is not None
        exact.append(count.k == k)
        within.append(count.low <= k <= count.high)
        results.add(part="blobs", seed=seed, true=k, k=count.k, low=count.low, high=count.high)
    part, others = float(np.mean(exact)), float(np.mean(within))
    is_kept = part >= KEPT and others == 1.0
    results.add(part="blobs", exact=part, within=others, promised=_kept(is_kept))


# --- a million rows ------------------------------------------------------------------------------

PROBE = (
    f"{WATCH}"
    """
import pellucid, polars, torch
pellucid.cluster
path = sys.argv[1]
base = base_of_libraries()
worked = time.process_time()
found = pellucid.cluster(path, labels="kind", n_clusters=5, random_state=0)
worked = time.process_time() - worked
score = found.against_labels.scores[0].ari
print(base // 1024, peak // 1024, found.estimator.model_.record.cost.cpu_seconds, worked, score)
"""
)


def run_million(asked: argparse.Namespace, results: Results) -> None:
    """The peak of `pellucid.cluster` on so many made rows, and how many go through in a second."""
    with tempfile.TemporaryDirectory() as scratch:
        for count in (asked.rows // 10, asked.rows):
            path = Path(scratch) / f"{count}.parquet"
            x, y = make_blobs(count, 8, centers=5, cluster_std=2.0, random_state=0)
            frame = pl.DataFrame(x.astype(np.float32), schema=[f"x{i}" for i in range(8)])
            levels = pl.Series("level", np.array(list("abcde"))[(y + (x[:, 0] > 0)) % 5])
            frame.with_columns(levels, kind=pl.Series(y)).write_parquet(path)
            answer = subprocess.run(  # noqa: S603
                [sys.executable, "-c", PROBE, str(path)],
                env=environment(SOURCE),
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
            base, peak, learning, all_of_it, ari = map(float, answer.stdout.split()[-5:])
            results.add(
                part="million",
                rows=count,
                file_mib=path.stat().st_size / 2**20,
                libraries_mib=base,
                peak_mib=peak,
                learning_cpu_seconds=learning,
                cpu_seconds=all_of_it,
                rows_a_second=count / all_of_it,
                ari=ari,
            )


# --- the command ---------------------------------------------------------------------------------


def _kept(is_kept: bool) -> str:  # noqa: FBT001 - what else could it be
    return "kept" if is_kept else "NOT KEPT"


PARTS: Mapping[str, Callable[[argparse.Namespace, Results], None]] = {
    **{name: partial(run_source, name) for name in SOURCES},
    "tables": run_tables,
    "structureless": run_structureless,
    "blobs": run_blobs,
    "none": run_none,
    "million": run_million,
}
WITHOUT_DATA = ("digits", "structureless", "blobs", "million")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is asked for."""
    on_one_thread()
    asked = _asked(arguments)
    print(machine("torch", "scikit-learn", "polars"))
    results = Results(asked.out)
    for name in asked.only or PARTS:
        if name not in WITHOUT_DATA and asked.data is None:
            raise SystemExit(f"{name} needs --data")
        print(f"\n## {name}", flush=True)
        PARTS[name](asked, results)


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--data", type=Path, help="folder of the public files")
    add("--only", nargs="+", choices=PARTS, help="parts to run; all if none is named")
    add("--seeds", type=int, nargs="+", default=[0, 1, 2], help="of everything random")
    add("--draws", type=int, default=10, help="of structureless rows and of blobs")
    add("--tables", type=Path, help="folder of more CSV tables, the label last")
    add("--rows", type=int, default=1_000_000, help="made for million")
    add("--out", type=Path, help="file of JSON lines to which every figure is added")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
