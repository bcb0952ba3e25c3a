"""What a model file holds: an estimator, a predictor, or what it says; or an error in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pellucid.data.kinds.kind import kind_named
from pellucid.data.stored_schema import schema_from_json
from pellucid.errors import ModelFileError, OptionError
from pellucid.estimators.description import ClusteringDescription, Description
from pellucid.estimators.registry import CLUSTERER, ESTIMATORS, EstimatorKind
from pellucid.files.fields import Fields
from pellucid.files.plain import from_plain
from pellucid.model.cluster_facts import ClusterFacts
from pellucid.model.cluster_record import ClusterRecord
from pellucid.model.file import SupportsRead, Tensors, name_of, read_model_file
from pellucid.model.merge_tree import MergeTree
from pellucid.model.network_facts import NetworkFacts, with_branches
from pellucid.model.record import Record
from pellucid.options import check_options, given_encoders
from pellucid.tasks.choice import task_from_json
from pellucid.wording import show

if TYPE_CHECKING:
    from pellucid.estimators.cluster_predictor import TableClusterPredictor
    from pellucid.estimators.clusterer import Clusterer
    from pellucid.estimators.estimator import Estimator
    from pellucid.estimators.predictor import TablePredictor
    from pellucid.estimators.reading import Known
    from pellucid.model.cluster_model import ClusterModel
    from pellucid.model.model import Model
    from pellucid.model.trained_network import TrainedNetwork

MOST_CHARACTERS = 200
FOREIGN = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What building layers, options and networks raises for arguments that are none."""


@dataclass(frozen=True)
class StoredModel:
    """The content of a model file, from which is made what is wanted, every field checked.

    Attributes:
        name: What the file is called.
        tensors: What `read_model_file` returned.
        plain: Likewise.
    """

    name: str
    tensors: Tensors
    plain: Mapping[str, Any]

    @property
    def is_clustering(self) -> bool:
        """Whether it tells clusters, and has no target."""
        with _told_in_words(self.name):
            return self._kind_and_options()[0] is CLUSTERER

    def description(self) -> Description:
        """What it says of itself: no network is built for it.

        Raises:
            ModelFileError: A field is none that an estimator can have.
        """
        with _told_in_words(self.name):
            plain = Fields(self.plain, "the file")
            kind, _ = self._kind_and_options()
            facts = self._facts().all()
            layers = with_branches(plain.inner("network").all())
            return Description(
                estimator=kind.name,
                target=tuple(facts["target"]),
                schema=schema_from_json(facts["schema"]),
                task=task_from_json(plain.inner("task")),
                layers=layers,
                network=NetworkFacts.of(layers, self.tensors["weights"].size),
                temperature=plain.number("temperature"),
                record=Record.from_json(plain.inner("record")),
                metadata=_metadata(facts),
            )

    def clustering(self) -> ClusteringDescription:
        """The same of a clustering.

        Raises:
            ModelFileError: A field is none that an estimator can have.
        """
        with _told_in_words(self.name):
            plain, facts = Fields(self.plain, "the file"), self._facts().all()
            layers = with_branches(plain.inner("network").all())
            tree = MergeTree.from_json(plain.inner("tree"))
            num_clusters = plain.whole("num_clusters", at_least=1, at_most=tree.num_leaves)
            return ClusteringDescription(
                schema=schema_from_json(facts["schema"]),
                layers=layers,
                network=NetworkFacts.of(layers, self.tensors["weights"].size),
                record=ClusterRecord.from_json(plain.inner("record")),
                tree=tree,
                num_clusters=num_clusters,
                cluster_facts=None
                if plain.is_null("cluster_facts")
                else ClusterFacts.from_json(plain.inner("cluster_facts"), num_clusters),
                metadata=_metadata(facts),
            )

    def row_predictor(
        self, encoders: Mapping[str, str] | None = None
    ) -> TablePredictor | TableClusterPredictor:
        """What predicts tables as the estimator did, whether or not it has a target.

        Args:
            encoders: Folders of models that make features, by option, if they have moved since
                training.

        Raises:
            ModelFileError: A field is none that an estimator can have.
            OptionError: A model that makes features is not there, or is another.
        """
        if not self.is_clustering:
            return self.predictor(encoders)
        from pellucid.estimators.cluster_predictor import TableClusterPredictor

        with _told_in_words(self.name):
            _, options = self._kind_and_options()
            known, model = self._clustered()
            metadata = _metadata(self._facts().all())
        return TableClusterPredictor(
            _with_needs(known, encoders or {}), model, options=options, metadata=metadata
        )

    def predictor(self, encoders: Mapping[str, str] | None = None) -> TablePredictor:
        """What predicts tables as the estimator did, without scikit-learn.

        Args:
            encoders: Folders of models that make features, by option, if they have moved since
                training.

        Raises:
            ModelFileError: A field is none that an estimator can have.
            OptionError: A model that makes features is not there, or is another.
        """
        from pellucid.estimators.predictor import TablePredictor

        self._check_that_it_has_a_target()
        with _told_in_words(self.name):
            kind, options = self._kind_and_options()
            known, model = self._learned(kind)
            metadata = _metadata(self._facts().all())
        return TablePredictor(
            _with_needs(known, encoders or {}),
            model,
            options=options,
            reader=model.task.reader,
            metadata=metadata,
        )

    def estimator(self, encoders: Mapping[str, str] | None = None) -> Estimator | Clusterer:
        """The fitted estimator.

        Args:
            encoders: Folders of models that make features, by option, if they have moved since
                training.

        Raises:
            ModelFileError: A field is none that an estimator can have.
            OptionError: A model that makes features is not there, or is another.
        """
        with _told_in_words(self.name):
            kind, options = self._kind_and_options()
            known, model, task_name = self._known_and_model(kind)
            facts = self._facts().all()
            said = {each.name: getattr(options, each.name) for each in fields(options)}
            said |= encoders or {}
            made = kind.imported()(**said)
            if task_name is not None and made.task_name != task_name:
                made.task_name = task_name
            made.set_output(transform=facts.get("output"))  # older files do not say
            metadata = _metadata(facts)
        made.take_over(_with_needs(known, encoders or {}), model).metadata_ = metadata
        return made

    def _kind_and_options(self) -> tuple[EstimatorKind, Any]:
        facts = Fields(self.plain, "the file").inner("estimator")
        kind = ESTIMATORS[facts.text("type", among=ESTIMATORS)]
        options = kind.options(**from_plain(facts.inner("options").all()))
        check_options(options)
        return kind, options

    def _facts(self) -> Fields:
        """What the estimator knew, checked as far as it is taken as it is."""
        facts = Fields(self.plain, "the file").inner("estimator")
        for name in ("target", "columns", "notes"):
            facts.texts(name)
        facts.whole("num_columns", at_least=1)
        if "metadata" in facts:
            facts.inner("metadata")
        facts.text("output", among=("default", "pandas", "polars"), default="default")
        for name in ("is_flat", "is_by_name"):
            facts.flag(name, default=True)
        return facts

    def _learned(self, kind: EstimatorKind) -> tuple[Known, Model]:
        """How rows were read, and what was learned from them."""
        from pellucid.estimators.continuation import check_continuation
        from pellucid.model.model import Model

        model = Model.from_plain(self.tensors, Fields(self.plain, "the file"))
        known = _known(self._facts().all(), model.task.classes)
        if model.task.reader is not kind.reader:
            raise ModelFileError(f"A {kind.name} does not learn {model.task.kind}.")
        check_continuation(model)
        _check_schema(known, model)
        return known, model

    def _known_and_model(self, kind: EstimatorKind) -> tuple[Known, TrainedNetwork, str | None]:
        """How rows were read, what was learned from them, and what a person calls that."""
        if kind is CLUSTERER:
            return *self._clustered(), None
        known, model = self._learned(kind)
        return known, model, model.task.called

    def _clustered(self) -> tuple[Known, ClusterModel]:
        """How rows were read, and the clusters that were found of them."""
        from pellucid.model.cluster_model import ClusterModel

        model = ClusterModel.from_plain(self.tensors, Fields(self.plain, "the file"))
        known = _known(self._facts().all(), None)
        _check_schema(known, model)
        return known, model

    def _check_that_it_has_a_target(self) -> None:
        if self.is_clustering:
            raise ModelFileError(
                f"{self.name} tells clusters: it has no target, so there is nothing to judge or "
                "explain. Use pellucid predict for the clusters of rows, and pellucid inspect for "
                "what each cluster is.",
                file=self.name,
            )


@contextmanager
def _told_in_words(name: str) -> Iterator[None]:
    """Within the block, whatever a field that is none makes a library raise is told in words.

    Args:
        name: What the file is called.

    Raises:
        ModelFileError: In place of it.
    """
    try:
        yield
    except (ModelFileError, *FOREIGN) as error:
        raise _incomplete(name, error) from error


def load(
    file: str | Path | bytes | SupportsRead,
    *,
    image_encoder: str | Path | None = None,
    text_encoder: str | Path | None = None,
) -> Estimator | Clusterer:
    """Read a model file; nothing in it is ever executed.

    Args:
        file: A file that `save` wrote: its path, its bytes, or itself, open for reading bytes.
        image_encoder: Folder of the vision model that made features of its pictures, if it has
            moved since training.
        text_encoder: Likewise of the language model that made features of its texts.

    Returns:
        The fitted estimator.

    Raises:
        ModelFileError: It is damaged, is no model file, or was written by a newer Pellucid.
        OptionError: The vision model that it needs is not there, or is another.
    """
    encoders = given_encoders(image_encoder, text_encoder)
    source = Path(file) if isinstance(file, str | Path) else file
    if not (isinstance(source, Path | bytes) or hasattr(source, "read")):
        raise ModelFileError(
            "A model file should be given as its path, its bytes or itself, open for reading "
            f"bytes, but the object is of type {type(source).__name__}."
        )
    return StoredModel(name_of(source), *read_model_file(source)).estimator(encoders)


def _known(facts: Mapping[str, Any], classes: npt.NDArray[Any] | None) -> Known:
    """How rows were read."""
    from pellucid.estimators.reading import Known

    columns = facts["columns"]
    return Known(
        schema=schema_from_json(facts["schema"]),
        num_columns=facts["num_columns"],
        column_names=np.array(columns, dtype=object) if columns else None,
        target_names=tuple(facts["target"]),
        target_decimal=str(facts.get("target_decimal", "")),  # older files do not say
        is_by_name=bool(facts.get("is_by_name", facts["target"])),  # likewise
        is_flat=bool(facts.get("is_flat", True)),  # of a classifier likewise
        classes=classes,
        notes=tuple(facts["notes"]),
    )


def _with_needs(known: Known, encoders: Mapping[str, str]) -> Known:
    """How rows were read, once all that is needed for it beside the model file is there.

    Raises:
        OptionError: It is not, or a folder was given that is not needed.
    """
    for option, given in encoders.items():
        if not any(getattr(column, option) for column in known.schema.kept):
            raise OptionError(
                f"{option} was given, but this model was trained without one. Leave it out.",
                option=option,
            )
        folder = str(Path(given).absolute())
        known = replace(known, schema=known.schema.with_encoder(option, folder))
    for column in known.schema.kept:
        kind_named(column.kind).check_needs(column)
    return known


def _metadata(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The caller's own facts; older files have none."""
    return dict(facts.get("metadata", {}))


def _check_schema(known: Known, model: TrainedNetwork) -> None:
    """Compare the schema with what the network gets.

    Raises:
        ModelFileError: They do not belong together.
    """
    read = [(column.name, column.kind) for column in known.schema.kept]
    encoded = [(column.name, column.kind) for column in model.encoder.columns]
    if read != encoded:
        raise ModelFileError("The columns of the schema are not those the network gets.")
    for column, encoder in zip(known.schema.kept, model.encoder.columns, strict=True):
        if not kind_named(column.kind).fits(column, encoder):
            raise ModelFileError(
                f"The column {show(column.name)} is read otherwise than the network gets it."
            )


def _incomplete(path: str, error: Exception) -> ModelFileError:
    cause = " ".join(str(error).split())
    if len(cause) > MOST_CHARACTERS:
        cause = cause[:MOST_CHARACTERS] + "…"
    return ModelFileError(
        f"{path} is not a complete model file ({cause.rstrip('.')}). Save the model again.",
        file=path,
    )
