"""Raw texts: how well the network learns them, what it costs, and beside what, all in one run.

Run `python benchmarks/texts.py --data DIR`, where DIR holds public files:

    sms_spam/SMSSpamCollection.tsv        a fifth judges, another one for each seed
    ag_news/{train_10k,test}.csv.gz       10,000 rows of the training part; the official test judges
    newsgroups20/20news-bydate.tar.gz     20news-bydate/{train,test}/GROUP/NUMBER
    airline_tweets/Tweets.csv.gz          a fifth judges, another one for each seed

`--only` picks parts, `--seeds` says how often, and `--out FILE` adds every figure to a file of JSON
lines.

    sms ag news tweets  `pellucid.Classifier` beside scikit-learn's TfidfVectorizer (words and pairs
                        of words, sublinear, of two texts at least) with logistic regression (C = 1,
                        and C = 10), a linear SVM and complement naive Bayes
    tweets-mixed        text, airline and time together, beside the text alone and the others alone
    ag-mixed            title and description as two columns, beside each alone
    million             a million short made texts: texts a second through training, and the peak

The rows that judge are never learned from, and nothing was tuned on them. Where the parts are the
data's own, seeds change the network alone, and scikit-learn's algorithms run once. Everything runs
on one thread; seconds are the processor's, of the fit with its preparation, for both sides: on a
busy machine the clock measures the others, too. A standard error is that of the network's accuracy.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from peak import WATCH
from results import Results
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import ComplementNB
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC
from turns import SOURCE, environment, machine, on_one_thread, table

import pellucid
from pellucid.data.sources.table import read_table

LOGISTIC = "TF-IDF + logistic regression"
PEERS: Mapping[str, Callable[[], Any]] = {
    LOGISTIC: lambda: LogisticRegression(max_iter=1_000),
    "TF-IDF + logistic regression, C = 10": lambda: LogisticRegression(C=10.0, max_iter=1_000),
    "TF-IDF + linear SVM": LinearSVC,
    "TF-IDF + complement naive Bayes": ComplementNB,
}
NETWORK = "pellucid"
MOST_TIMES, MOST_SECONDS_MORE = 2.0, 20.0
"""What a training may cost beside TF-IDF + logistic regression."""
TEXTS_A_SECOND = 20_000

# --- data ----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Rows that learn, and others that judge; the column `label` is the target."""

    training: pl.DataFrame
    test: pl.DataFrame

    def keeping(self, columns: Sequence[str]) -> Parts:
        """The same rows with fewer columns."""
        kept = [*columns, "label"]
        return Parts(training=self.training.select(kept), test=self.test.select(kept))


def _fifth(frame: pl.DataFrame, seed: int) -> Parts:
    """A fifth of each class judges."""
    learn, judge = train_test_split(
        np.arange(frame.height), test_size=0.2, random_state=seed, stratify=frame["label"]
    )
    return Parts(training=frame[learn], test=frame[judge])


def _sms(data: Path, seed: int) -> Parts:
    lines = (data / "sms_spam" / "SMSSpamCollection.tsv").read_text("utf-8").splitlines()
    labels, texts = zip(*(line.split("\t", 1) for line in lines), strict=True)
    return _fifth(pl.DataFrame({"text": texts, "label": labels}), seed)


def _news_columns(data: Path, _seed: int) -> Parts:
    training, test = (
        pl.read_csv(data / "ag_news" / name, columns=["class", "title", "description"])
        .rename({"class": "label"})
        .with_columns(pl.col("label").cast(pl.String), pl.col("title", "description").fill_null(""))
        for name in ("train_10k.csv.gz", "test.csv.gz")
    )
    return Parts(training=training, test=test)


def _ag(data: Path, seed: int) -> Parts:
    parts = _news_columns(data, seed)
    both = pl.concat_str("title", "description", separator=". ").alias("text")
    return Parts(
        training=parts.training.select(both, "label"), test=parts.test.select(both, "label")
    )


def _newsgroups(data: Path, _seed: int) -> Parts:
    """As `pellucid fit` reads the archive."""
    found = read_table(data / "newsgroups20" / "20news-bydate.tar.gz")
    assert found.parts is not None
    training, test = (found.frame.filter(pl.Series(found.parts == p)) for p in ("train", "test"))
    return Parts(training=training, test=test)


def _tweets_columns(data: Path, seed: int) -> Parts:
    """Without what was written down once the sentiment was known."""
    frame = pl.read_csv(data / "airline_tweets" / "Tweets.csv.gz", infer_schema=False)
    names = {"airline_sentiment": "label", "tweet_created": "time"}
    return _fifth(frame.rename(names).select("text", "airline", "time", "label"), seed)


def _tweets(data: Path, seed: int) -> Parts:
    return _tweets_columns(data, seed).keeping(["text"])


@dataclass(frozen=True, kw_only=True)
class Source:
    """Texts alone.

    Attributes:
        read: Reads the parts from the data's folder, for a seed.
        is_split: Whether each seed splits them otherwise.
        promised: The accuracy that is promised; None for that of the best flat algorithm.
    """

    read: Callable[[Path, int], Parts]
    is_split: bool
    promised: float | None


SOURCES: Mapping[str, Source] = {
    "sms": Source(read=_sms, is_split=True, promised=0.987),
    "ag": Source(read=_ag, is_split=False, promised=0.885),
    "news": Source(read=_newsgroups, is_split=False, promised=0.85),
    "tweets": Source(read=_tweets, is_split=True, promised=None),
}
MIXED: Mapping[str, tuple[Callable[[Path, int], Parts], Mapping[str, list[str]]]] = {
    "tweets-mixed": (
        _tweets_columns,
        {
            "text": ["text"],
            "airline and time": ["airline", "time"],
            "all": ["text", "airline", "time"],
        },
    ),
    "ag-mixed": (
        _news_columns,
        {
            "title": ["title"],
            "description": ["description"],
            "all": ["title", "description"],
        },
    ),
}

# --- what is found -------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Found:
    """What one training came to.

    Attributes:
        accuracy: Part of the rows that judge it was right about.
        cpu_seconds: What the processor worked for it.
    """

    accuracy: float
    cpu_seconds: float


# --- texts alone ---------------------------------------------------------------------------------


def run_source(name: str, asked: argparse.Namespace, results: Results) -> None:
    """The network once for each seed, the others once for each split."""
    source = SOURCES[name]
    found: dict[str, list[Found]] = {}
    for place, seed in enumerate(asked.seeds):
        parts = source.read(asked.data, seed)
        runs = {NETWORK: partial(_fit_network, seed)}
        if source.is_split or not place:
            runs |= {peer: partial(_fit_peer, make) for peer, make in PEERS.items()}
        for who, run in runs.items():
            one = run(parts)
            found.setdefault(who, []).append(one)
            results.add(
                part=name,
                who=who,
                seed=seed,
                accuracy=one.accuracy,
                cpu_seconds=one.cpu_seconds,
                rows=parts.training.height,
                judged=parts.test.height,
            )
    _show(found)
    _promises(name, found, parts.test.height, results)


def _fit_network(seed: int, parts: Parts) -> Found:
    x, y = parts.training.drop("label"), parts.training["label"]
    classifier = pellucid.Classifier(random_state=seed)
    worked = time.process_time()
    classifier.fit(x, y)
    worked = time.process_time() - worked
    accuracy = classifier.score(parts.test.drop("label"), parts.test["label"])
    return Found(accuracy=float(accuracy), cpu_seconds=worked)


def _fit_peer(make: Callable[[], Any], parts: Parts) -> Found:
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
    made = make_pipeline(vectorizer, make())
    (x, y), (x_test, y_test) = (
        (frame["text"].to_list(), frame["label"].to_list())
        for frame in (parts.training, parts.test)
    )
    worked = time.process_time()
    made.fit(x, y)
    worked = time.process_time() - worked
    return Found(accuracy=float(made.score(x_test, y_test)), cpu_seconds=worked)


def _show(found: Mapping[str, Sequence[Found]]) -> None:
    """Median and spread of each."""
    rows = []
    for who, runs in found.items():
        right = [100.0 * run.accuracy for run in runs]
        rows.append(
            [
                who,
                f"{statistics.median(right):.2f}",
                f"{min(right):.2f} – {max(right):.2f}",
                f"{statistics.median(run.cpu_seconds for run in runs):.1f}",
            ]
        )
    print(table(["", "accuracy, %", "from – to", "CPU seconds"], rows), flush=True)


def _promises(
    name: str, found: Mapping[str, Sequence[Found]], judged: int, results: Results
) -> None:
    """What is promised, and whether it is kept."""
    right = {who: statistics.median(run.accuracy for run in runs) for who, runs in found.items()}
    seconds = {w: statistics.median(run.cpu_seconds for run in runs) for w, runs in found.items()}
    own = right[NETWORK]
    best = max(value for who, value in right.items() if who != NETWORK)
    error = (own * (1.0 - own) / judged) ** 0.5
    promised = SOURCES[name].promised
    most = MOST_TIMES * seconds[LOGISTIC] + MOST_SECONDS_MORE
    results.add(
        part=name,
        median=own,
        best_flat=best,
        standard_error=error,
        accuracy_is_as_promised=_kept(is_kept=own >= (best if promised is None else promised)),
        within_an_error_of_the_best=_kept(is_kept=own >= best - error),
        cpu_seconds=seconds[NETWORK],
        most_seconds=most,
        seconds_are_as_promised=_kept(is_kept=seconds[NETWORK] <= most),
    )


def _kept(*, is_kept: bool) -> str:
    return "yes" if is_kept else "NO"


# --- texts beside other columns ------------------------------------------------------------------


def run_mixed(name: str, asked: argparse.Namespace, results: Results) -> None:
    """All columns together, and its parts alone: the network on each."""
    read, columns = MIXED[name]
    found: dict[str, list[Found]] = {}
    for seed in asked.seeds:
        parts = read(asked.data, seed)
        for which, kept in columns.items():
            one = _fit_network(seed, parts.keeping(kept))
            found.setdefault(which, []).append(one)
            results.add(
                part=name,
                columns=which,
                seed=seed,
                accuracy=one.accuracy,
                cpu_seconds=one.cpu_seconds,
            )
    _show(found)
    right = {who: statistics.median(run.accuracy for run in runs) for who, runs in found.items()}
    best = max(value for which, value in right.items() if which != "all")
    together = right["all"]
    results.add(
        part=name, together=together, best_part=best, is_better=_kept(is_kept=together > best)
    )


# --- a million texts -----------------------------------------------------------------------------

PROBE = (
    f"{WATCH}"
    """
import pellucid, polars, torch
pellucid.Classifier
from pellucid.training.events import EpochEnded, TrainingStarted
path, moments, rows = sys.argv[1], [], 0
def tell(event):
    if isinstance(event, TrainingStarted | EpochEnded):
        moments.append(time.process_time())
base, start = base_of_libraries(), time.process_time()
options = {"columns": {"text": "text"}, "max_epochs": 2}
found = pellucid.fit_and_evaluate(path, "topic", baselines=False, on_event=tell, **options)
rows = found.estimator.model_.record.rows.training
score = found.leaderboard.entries[0].scores[0].value
print(base // 1024, peak // 1024, rows, moments[0] - start, moments[2] - moments[1], score)
"""
)
WORDS, TOPICS, OWN = 50_000, 4, 2_000


def run_million(asked: argparse.Namespace, results: Results) -> None:
    """The peak of a training on so many made texts, and how many go through it in a second."""
    with tempfile.TemporaryDirectory() as scratch:
        for count in (asked.texts // 10, asked.texts):
            path = Path(scratch) / f"{count}.parquet"
            _write_made(path, count)
            answer = subprocess.run(  # noqa: S603
                [sys.executable, "-c", PROBE, str(path)],
                env=environment(SOURCE),
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
            base, peak, rows, preparing, epoch, score = answer.stdout.split()[-6:]
            texts_a_second = int(rows) / float(epoch)
            results.add(
                part="million",
                texts=count,
                libraries_mib=int(base),
                peak_mib=int(peak),
                file_mib=path.stat().st_size / 2**20,
                preparing_cpu_seconds=float(preparing),
                texts_a_second=texts_a_second,
                is_quick_enough=_kept(is_kept=texts_a_second > TEXTS_A_SECOND),
                accuracy=float(score),
            )


def _write_made(path: Path, count: int) -> None:
    """Eight words each, as frequent as Zipf says; three of them are of the text's topic."""
    generator = np.random.default_rng(0)
    words = np.array([_word(number) for number in range(WORDS)])
    chance = 1.0 / np.arange(1, WORDS + 1)
    common = generator.choice(WORDS, (count, 5), p=chance / chance.sum())
    topic = generator.integers(0, TOPICS, count)
    own = topic[:, None] + TOPICS * generator.integers(0, OWN, (count, 3))
    places = generator.permuted(np.hstack([common, own]), axis=1)
    columns = [pl.Series(f"{place}", words[places[:, place]]) for place in range(8)]
    text = pl.concat_str(pl.all(), separator=" ").alias("text")
    frame = pl.DataFrame(columns).select(text)
    frame.with_columns(topic=pl.Series([f"topic {each}" for each in topic])).write_parquet(path)


def _word(number: int) -> str:
    """A word of its own for each number, of syllables."""
    syllables = [a + b for a in "bdfgklmnprst" for b in "aeiou"]
    word = ""
    while number or not word:
        number, place = divmod(number, len(syllables))
        word += syllables[place]
    return word


# --- the command ---------------------------------------------------------------------------------


def parts_there_are() -> Iterator[tuple[str, Callable[[argparse.Namespace, Results], None]]]:
    """Every part and what runs it."""
    for name in SOURCES:
        yield name, partial(run_source, name)
    for name in MIXED:
        yield name, partial(run_mixed, name)
    yield "million", run_million


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is asked for."""
    on_one_thread()
    runs = dict(parts_there_are())
    asked = _asked(arguments, list(runs))
    print(machine("torch", "scikit-learn", "polars"))
    results = Results(asked.out)
    for name in asked.only or runs:
        if name != "million" and asked.data is None:
            raise SystemExit(f"{name} needs --data")
        print(f"\n## {name}", flush=True)
        runs[name](asked, results)


def _asked(arguments: Sequence[str] | None, names: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--data", type=Path, help="folder of the public files")
    add("--only", nargs="+", choices=names, help="parts to run; all if none is named")
    add("--seeds", type=int, nargs="+", default=[0, 1, 2], help="of the network and the splits")
    add("--texts", type=int, default=1_000_000, help="made for million")
    add("--out", type=Path, help="file of JSON lines to which every figure is added")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
