"""What is not said of a clustering: sizes, steps and strengths.

Every constant here was measured on real rows; `docs/concepts/recipe.md` says which and how.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

from pellucid.data.kinds.encoding_plan import EncodingPlan
from pellucid.data.rows import FrameRows
from pellucid.model.cluster_record import TeacherName
from pellucid.model.picture_recipe import LEARNING_RATE, USUAL_SIZE, Look, Pictures
from pellucid.model.plan import Plan
from pellucid.model.recipe import device_of
from pellucid.model.text_recipe import MOST_TERMS, Terms, Texts
from pellucid.options import ClusterOptions

SMALL_TABLE, FEWEST_COLUMNS = 200, 3
"""With fewer rows half the steps do, and of fewer columns no encoder learns."""
MOST_TAUGHT = 20_000
"""Rows that the teacher clusters at most: exact neighbors of all would take the square of them."""
MOST_CONTRASTED = 64_000
"""Rows that the encoder learns from at most: they are enough for all its steps."""
MOST_HELD_OUT = 2_000
HELD_OUT = 0.1
LEAVES_PER_CLUSTER, MOST_LEAVES = 2, 64
FEWEST_STEPS = 60
"""Of the student of pictures; otherwise as many as go through all pictures twice."""
STEPS, STEPS_OF_TEXTS, STEPS_OF_PICTURES = 400, 450, 400
"""Of the contrast, about: as many of few rows as of many."""
STEM, SMALLEST_OF_STEM = (4, 2, 12), 16
"""Of the first convolution, in steps of two pixels: a third of the time; smaller pictures have no
pixels to spare."""


@dataclass(frozen=True, kw_only=True)
class _Course:
    """How the encoder learns.

    Attributes:
        hidden: Neurons of its hidden layers.
        rate: Learning rate.
        steps: About so many.
        batch_size: Rows of a step, of which each gives two views.
    """

    hidden: tuple[int, ...]
    rate: float
    steps: int
    batch_size: int = 256


@dataclass(frozen=True, kw_only=True)
class ClusterRecipe:
    """What the recipe says of some rows.

    Attributes:
        plan: The options with their values, of the encoder's training.
        embedding_size: Numbers that the network makes of a row, E.
        projection_size: Numbers that are compared in the contrast; 0 for the embedding itself.
        starts_as_sum: Whether the embedding is at first the sum of a text's vectors.
        temperature: τ of the contrast.
        teacher: What finds the clusters.
        learns: Whether the encoder is trained by contrast first; else it starts as it is.
        swapped: Part of the cells that a view has from other rows.
        student_sees_views: Whether the student learns from views, or from rows as they are.
        student_steps: Of the student, about.
        student_rate: Its learning rate.
    """

    plan: Plan
    embedding_size: int
    projection_size: int
    starts_as_sum: bool = False
    temperature: float
    teacher: TeacherName
    learns: bool
    swapped: float
    student_sees_views: bool
    student_steps: int
    student_rate: float


def recipe_for(options: ClusterOptions, rows: FrameRows, seed: int) -> ClusterRecipe:
    """What suits some rows.

    Args:
        options: What a person said.
        rows: The rows.
        seed: Of everything random.
    """
    pictures, texts = Pictures.of(rows), Texts.of(rows)
    if pictures is not None:
        return _of_pictures(options, rows, pictures, texts, seed)
    if texts is not None:
        return _of_texts(options, rows, texts, seed)
    return _of_numbers(options, rows, seed)


def _of_numbers(options: ClusterOptions, rows: FrameRows, seed: int) -> ClusterRecipe:
    is_small = len(rows) < SMALL_TABLE
    course = _Course(
        hidden=(64,), rate=2e-3, steps=STEPS // 2 if is_small else STEPS, batch_size=64
    )
    return ClusterRecipe(
        plan=_plan(options, rows, seed, course),
        embedding_size=16,
        projection_size=0,
        temperature=1.0,
        teacher="consensus",
        # With other rows' cells in it, a row of one or two columns is another row.
        learns=rows.frame.width >= FEWEST_COLUMNS,
        swapped=0.3,
        student_sees_views=False,
        student_steps=300 if is_small else 1_000,
        student_rate=1e-2,
    )


def _of_texts(options: ClusterOptions, rows: FrameRows, texts: Texts, seed: int) -> ClusterRecipe:
    terms = Terms(
        text_features=64,
        term_dropout=0.0,
        term_rate=60.0,
        most_terms=MOST_TERMS // texts.num_columns,
    )
    hidden = () if texts.are_alone else (128,)
    plan = _plan(
        options, rows, seed, _Course(hidden=hidden, rate=2e-3, steps=STEPS_OF_TEXTS), terms=terms
    )
    return ClusterRecipe(
        plan=plan,
        embedding_size=64,
        projection_size=0 if texts.are_alone else 64,
        starts_as_sum=texts.are_alone and texts.num_columns == 1,
        temperature=0.2,
        teacher="spherical k-means",
        learns=True,
        swapped=0.3,
        student_sees_views=False,
        student_steps=300,
        student_rate=1e-3,
    )


def _of_pictures(
    options: ClusterOptions, rows: FrameRows, pictures: Pictures, texts: Texts | None, seed: int
) -> ClusterRecipe:
    look = Look(
        filters=(32, 64, 64),
        stem=STEM if pictures.side >= SMALLEST_OF_STEM else (),
        image_size=USUAL_SIZE,
        flips=options.flips,
    )
    terms = Terms(text_features=64, most_terms=MOST_TERMS) if texts else Terms()
    course = _Course(hidden=(), rate=LEARNING_RATE, steps=STEPS_OF_PICTURES)
    plan = _plan(options, rows, seed, course, look=look, terms=terms)
    return ClusterRecipe(
        plan=plan,
        embedding_size=128,
        projection_size=64,
        temperature=0.3,
        teacher="Gaussian mixture",
        learns=True,
        swapped=0.3,
        student_sees_views=True,
        student_steps=max(FEWEST_STEPS, 2 * min(len(rows), MOST_TAUGHT) // course.batch_size),
        student_rate=LEARNING_RATE,
    )


def _plan(
    options: ClusterOptions,
    rows: FrameRows,
    seed: int,
    course: _Course,
    *,
    look: Look | None = None,
    terms: Terms | None = None,
) -> Plan:
    look, terms = look or Look(), terms or Terms()
    batch = min(course.batch_size, len(rows))
    return Plan(
        hidden_layer_sizes=course.hidden,
        activation="relu",
        optimizer="muon" if look.filters else "adamw",
        learning_rate=course.rate,
        batch_size=batch,
        max_epochs=max(1, math.ceil(course.steps * batch / min(len(rows), MOST_CONTRASTED))),
        members=1,
        dropout=0.0,
        weight_decay=1e-4,
        num_bins=0,
        schedule="linear",
        **asdict(look),
        **asdict(terms),
        time_budget=None,
        device=device_of(options.device),
        reduced_precision=False,
        seed=seed,
    )


def encoding_of(recipe: ClusterRecipe, *, is_private: bool) -> EncodingPlan:
    """How columns are encoded: numbers scaled, categories one-hot or as vectors."""
    plan = recipe.plan
    return EncodingPlan(
        num_bins=0,
        num_features=plan.filters[-1] if plan.filters else 1,
        text_features=plan.text_features or 1,
        most_terms=plan.most_terms or MOST_TERMS,
        only_words=True,
        is_private=is_private,
    )
