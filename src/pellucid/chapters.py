"""What the page says of scores, learning curves, columns, network, training and repetition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pellucid.anatomy import draw_network, layer_facts
from pellucid.blocks import Block, Chapter, Code, Grid, Picture, Words, cut
from pellucid.evaluation.comparison import Comparison
from pellucid.evaluation.differences import Difference
from pellucid.evaluation.growth import Growth
from pellucid.evaluation.report import Judgement, Report
from pellucid.evaluation.verdict import goodness
from pellucid.metrics import Score
from pellucid.pictures import curves, whiskers
from pellucid.scoreboard import in_words, number, size
from pellucid.tasks import Classification

MOST_COLUMNS = 200
MOST_OUTPUTS_NAMED = 10
MOST_EPOCHS_LISTED = 20


def scores_chapter(found: Comparison) -> Chapter:
    """The algorithms side by side."""
    report = found.report
    blocks: list[Block] = [
        Words(
            text=f"Everyone was judged on {report.rows}. A score is followed by its 95 % interval: "
            "where it would probably lie for other rows from the same source."
        ),
        _scores(report),
    ]
    judged = [judgement for judgement in report.judgements if judgement.scores]
    if len(judged) > 1:
        blocks.append(_score_picture(judged))
        blocks += _difference_picture(judged)
        blocks.append(_costs(report))
    blocks += [Words(text=f"{j.name}: {j.failure}.") for j in report.judgements if j.failure]
    return Chapter(name="scores", title="The network beside flat algorithms", blocks=blocks)


def _scores(report: Report) -> Grid:
    first = report.judgements[0].scores
    best = [_best(report.judgements, place) for place in range(len(first))]
    rows = []
    for judgement in report.judgements:
        cells = [
            score_text(score) + (" (best)" if score.value == winner else "")
            for score, winner in zip(judgement.scores, best, strict=False)
        ]
        rows.append([judgement.name, *cells, *["–"] * (len(first) - len(cells))])
    headings = ["algorithm"]
    for score in first:
        headings.append(
            f"{score.name} ({'higher' if score.higher_is_better else 'lower'} is better)"
        )
    return Grid(caption=f"Scores on {report.rows}", headings=headings, rows=rows, strong=(0,))


def _best(judgements: Sequence[Judgement], place: int) -> float | None:
    scores = [judgement.scores[place] for judgement in judgements if judgement.scores[place:]]
    return max(scores, key=goodness).value if len(scores) > 1 else None


def score_text(score: Score) -> str:
    """A score with its interval."""
    value = number(score.value)
    if score.low == score.high:
        return value
    return f"{value} ({number(score.low, fewer=1)} to {number(score.high, fewer=1)})"


def _score_picture(judged: Sequence[Judgement]) -> Picture:
    scores = [(judgement.name, judgement.scores[0]) for judgement in judged]
    name = scores[0][1].name
    way = "right" if scores[0][1].higher_is_better else "left"
    title = f"{name} of each algorithm"
    return Picture(
        title=title,
        svg=whiskers("scores", title, [(n, s.value, s.low, s.high) for n, s in scores]),
        words=f"Each dot is one algorithm's {name}; the line through it is the 95 % interval. "
        f"Further to the {way} is better. The square is the network.",
        numbers=Grid(
            caption=f"Numbers: {title}",
            headings=["algorithm", name, "low", "high"],
            rows=[[n, *map(number, (s.value, s.low, s.high))] for n, s in scores],
        ),
    )


def _difference_picture(judged: Sequence[Judgement]) -> list[Picture]:
    found = [(j.name, j.differences[0]) for j in judged if j.differences]
    if not found:
        return []
    score = judged[0].scores[0]
    title = f"{score.name} minus the network's"
    better = "right" if score.higher_is_better else "left"
    zero = "0: as good as the network"
    rows = [(name, each.value, each.low, each.high) for name, each in found]
    return [
        Picture(
            title=title,
            svg=whiskers("differences", title, rows, strong=None, zero=zero),
            words="The same rows judge both, so what makes a row hard for everyone cancels out and "
            "small differences can be told. Where the line through a dot does not touch the dashed "
            f"one, the difference is clear; to the {better} of it the flat algorithm is better.",
            numbers=Grid(
                caption=f"Numbers: {title}",
                headings=["algorithm", "difference", "low", "high", "is it clear?"],
                rows=[[name, *_signed(each), _clear(each, score)] for name, each in found],
                texts=(4,),
            ),
        )
    ]


def _signed(difference: Difference) -> list[str]:
    values = (difference.value, difference.low, difference.high)
    return [number(value, sign="+") for value in values]


def _clear(difference: Difference, score: Score) -> str:
    if not difference.is_clear:
        return "no"
    is_better = (difference.value > 0) == score.higher_is_better
    return "yes, better" if is_better else "yes, worse"


def _costs(report: Report) -> Grid:
    return Grid(
        caption="What each costs",
        headings=[
            "algorithm",
            "training (seconds)",
            "predictions a second",
            "size",
            "rows learned",
        ],
        rows=[
            [
                judgement.name,
                f"{judgement.seconds:.2f}",
                f"{judgement.rows_per_second:,.0f}" if judgement.rows_per_second else "–",
                size(judgement.size) if judgement.size else "–",
                f"{judgement.rows:,}",
            ]
            for judgement in report.judgements
            if not judgement.failure
        ],
    )


def growth_chapter(growth: Growth) -> Chapter:
    """How everyone learns from more rows."""
    having = [curve for curve in growth.curves if curve.points]
    title = f"{growth.error} by number of rows learned from"
    lines = [
        (c.name, [p.rows for p in c.points], [max(p.error, 1e-9) for p in c.points]) for c in having
    ]
    svg = curves(
        "growth", title, lines, across="rows learned from", up=growth.error, is_logarithmic=True
    )
    rows = []
    for curve in growth.curves:
        by_rows = {point.rows: f"{point.error:.4g}" for point in curve.points}
        rows.append([curve.name, *(by_rows.get(count, "–") for count in growth.sizes)])
    picture = Picture(
        title=title,
        svg=svg,
        words="Everyone learns from growing parts of the training rows and is judged by the same "
        "others. A line that still falls at its right end says: more rows would help. Both axes "
        "are logarithmic. Each point is the mean of up to three draws of the rows.",
        numbers=Grid(
            caption=f"Numbers: {title}",
            headings=["algorithm", *(f"{count:,} rows" for count in growth.sizes)],
            rows=rows,
        ),
    )
    laws = Grid(
        caption="With more rows",
        headings=["algorithm", "error = floor + scale · rows^−exponent, and what it foretells"],
        rows=[[curve.name, in_words(curve)] for curve in growth.curves],
        texts=(1,),
    )
    return Chapter(name="growth", title="Learning from more rows", blocks=[picture, laws])


def columns_chapter(found: Comparison) -> Chapter:
    """What was read, and what was decided about each column."""
    schema = found.estimator.schema_
    kept, everything = len(schema.kept), len(schema.columns)
    first = (
        f"{cut(found.table)} was read, and {kept} of its {everything} columns besides the target "
        "are learned from. What a column is was judged from its cells; a wrong guess can be "
        "overruled with the option columns."
    )
    rows = [[cut(c.name), c.kind, cut(c.reason, 200)] for c in schema.columns[:MOST_COLUMNS]]
    blocks: list[Block] = [Words(text=first)]
    blocks += [Words(text=f"{cut(note, 300)}.") for note in found.estimator.notes_]
    blocks.append(
        Grid(
            caption="Columns, and what was decided",
            headings=["column", "kind", "why"],
            rows=rows,
            texts=(1, 2),
        )
    )
    if everything > MOST_COLUMNS:
        blocks.append(
            Words(text=f"{everything - MOST_COLUMNS:,} more columns are not listed.", style="note")
        )
    return Chapter(name="columns", title="What was read and decided", blocks=blocks)


def network_chapter(found: Comparison) -> Chapter:
    """The network drawn, and its sizes."""
    model = found.estimator.model_
    net = model.network
    facts = layer_facts(net, len(model.encoder.columns))
    title = "The network: columns, layers of neurons, output"
    is_an_ensemble = net.members > 1
    words = (
        "Every column becomes one or several inputs. Each neuron adds up what arrives, each times "
        "its weight, and passes the sum through its activation function. Drawn are the columns and "
        "neurons with the largest weights; a thick line is a large weight, a dashed one a "
        "negative one. From the columns, a line is the size of all weights of the column's inputs."
    )
    if is_an_ensemble:
        words += (
            f" {net.members} such networks (members) predict together, and their mean counts; "
            "the first one is drawn."
        )
    picture = Picture(
        title=title,
        svg=draw_network(model, output_names(found), title),
        words=words,
        numbers=Grid(
            caption="Numbers: layers of the network",
            headings=["layer", "neurons", "weights", "what it is"],
            rows=[
                [
                    fact.name,
                    f"{fact.neurons:,}",
                    "–" if fact.weights is None else f"{fact.weights:,}",
                    fact.words,
                ]
                for fact in facts
            ],
            texts=(3,),
        ),
        is_wide=True,
    )
    members = f", {net.members} members" if is_an_ensemble else ""
    return Chapter(
        name="network",
        title="The network",
        blocks=[Words(text=f"{len(net.weights):,} weights{members}."), picture],
    )


def output_names(found: Comparison) -> list[str]:
    """What each output stands for: a class, a label or a number."""
    task = found.estimator.model_.task
    if isinstance(task, Classification):
        return [str(name) for name in task.classes]
    return list(found.estimator.target_)


def training_chapter(found: Comparison) -> Chapter:
    """Loss and score, epoch by epoch."""
    record = found.estimator.model_.record
    history, ended = record["history"], record["ended"]
    epochs = [each["epoch"] for each in history]
    lines = [("training rows", epochs, [each["loss"] for each in history])]
    is_judged = bool(history) and history[0]["validation_loss"] is not None
    mark = (ended["best_epoch"], f"kept: epoch {ended['best_epoch']}")
    if is_judged:
        lines.append(("validation rows", epochs, [each["validation_loss"] for each in history]))
    words = "The loss is what training makes small: how far predictions are from the truth. "
    words += (
        "On training rows it keeps falling; on validation rows, which are not learned from, it "
        "shows what is of use. The network of the epoch with the best validation is kept."
        if is_judged
        else "No validation rows were held back, so the last epoch's network is kept."
    )
    blocks: list[Block] = [
        Words(text=_training_words(record)),
        _curve_picture("loss", "Loss by epoch", lines, mark, words),
    ]
    if is_judged:
        name = found.estimator.model_.task.score_name
        scores = [(f"{name}, validation rows", epochs, [each["score"] for each in history])]
        words = "The score a person cares about, on the validation rows, after each epoch."
        title = f"{name[0].upper()}{name[1:]} by epoch"
        blocks.append(_curve_picture("score", title, scores, mark, words))
    return Chapter(name="training", title="How it learned", blocks=blocks)


def _training_words(record: dict[str, Any]) -> str:
    ended, plan, rows = record["ended"], record["plan"], record["rows"]
    text = (
        f"{ended['epochs']:,} epochs, {ended['steps']:,} steps of {plan['batch_size']:,} rows, "
        f"{ended['seconds']:.1f} seconds ({ended['reason']}). "
    )
    if record["folds"]:
        text += (
            f"The {rows['training']:,} rows are so few that each member left out a fold of its own "
            "to be judged by: all rows validated, each for the member that did not see it."
        )
    else:
        text += f"{rows['training']:,} rows learned, {rows['validation']:,} validated."
    if len(record["tried"]) > 1:
        text += f" {len(record['tried'])} ways to learn were tried, and the better was kept."
    return text


def _curve_picture(
    name: str,
    title: str,
    lines: Sequence[tuple[str, list[int], list[float]]],
    mark: tuple[float, str],
    words: str,
) -> Picture:
    up = "loss" if name == "loss" else lines[0][0]
    epochs = lines[0][1]
    step = -(-len(epochs) // MOST_EPOCHS_LISTED)
    listed = [
        i for i, epoch in enumerate(epochs) if i % step == 0 or epoch in (mark[0], epochs[-1])
    ]
    every = "" if step == 1 else f" (every {step}th, the kept one and the last)"
    return Picture(
        title=title,
        svg=curves(name, title, lines, across="epoch", up=up, mark=mark),
        words=words,
        numbers=Grid(
            caption=f"Numbers: {title}{every}",
            headings=["epoch", *(label for label, *_ in lines)],
            rows=[[str(epochs[i]), *(f"{ys[i]:.4g}" for _, _, ys in lines)] for i in listed],
        ),
    )


def repetition_chapter(found: Comparison, command: str) -> Chapter:
    """What is needed to get the same numbers again."""
    record = found.estimator.model_.record
    options = _options(found)
    blocks: list[Block] = []
    if command:
        blocks += [Words(text="The command that made this page:"), Code(text=command)]
    python = ", ".join([f"target={found.target!r}", *(f"{k}={v!r}" for k, v in options.items())])
    blocks += [
        Words(text="The same in Python:") if command else Words(text="In Python:"),
        Code(
            text=f"import pellucid\n\nfound = pellucid.compare({found.table!r}, {python})\n"
            'pellucid.write_report(found, "report.html")'
        ),
        Words(
            text="The same file, versions, number of threads and seed give the same network. "
            f"The rows that judged are known by the first digits of their numbers' SHA-256: "
            f"{found.fingerprint}."
        ),
        Grid(
            caption="Every option's value",
            headings=["option", "value"],
            rows=[[name, _plain(value)] for name, value in record["plan"].items()],
            texts=(1,),
        ),
        Grid(
            caption="Versions and machine",
            headings=["what", "which"],
            rows=[
                *([name, version] for name, version in record["versions"].items()),
                ["threads", str(record["threads"])],
                ["products", record["products"]],
            ],
            texts=(1,),
        ),
        Words(text=INTERVALS, style="note"),
    ]
    return Chapter(name="repeat", title="How to get these numbers again", blocks=blocks)


INTERVALS = (
    "How the intervals are made: all are for new rows from the same source, and say nothing about "
    "another training part or another seed. Accuracy: Wilson's interval (1927). AUC of two "
    "classes: Hanley and McNeil (1982). Means such as log-loss and RMSE: the normal interval of "
    "the rows' mean. Differences: the rows are drawn again and again, the same draws for both "
    "algorithms (paired bootstrap, Efron 1979). Importance: see there. The calibration error has "
    "no interval, since drawing rows again would make it larger than it is."
)


def _options(found: Comparison) -> dict[str, Any]:
    """What a person said about the network, besides what is usual."""
    usual = type(found.estimator)().get_params()
    usual["verbose"] = found.estimator.get_params()["verbose"]
    chosen = found.estimator.get_params()
    return {name: value for name, value in chosen.items() if value != usual[name]}


def _plain(value: Any) -> str:
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
