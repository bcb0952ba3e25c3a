"""scikit-learn's base classes, which have no types of their own, as a type checker should see them.

Without this, a checker would take anything for an argument of an estimator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:

    class BaseEstimator:
        """Options as parameters."""

        def get_params(self, deep: bool = True) -> dict[str, Any]: ...  # noqa: D102, FBT001, FBT002
        def set_params(self, **params: Any) -> Self: ...  # noqa: D102
        def __repr__(self, N_CHAR_MAX: int = 700) -> str: ...
        def __sklearn_tags__(self) -> Any: ...
        def __sklearn_clone__(self) -> Self: ...

    class ClassifierMixin(BaseEstimator):
        """A classifier's score: accuracy."""

        def score(self, X: Any, y: Any, sample_weight: Any = None) -> float: ...  # noqa: D102

    class RegressorMixin(BaseEstimator):
        """A regressor's score: R²."""

        def score(self, X: Any, y: Any, sample_weight: Any = None) -> float: ...  # noqa: D102

    class ClusterMixin(BaseEstimator):
        """Clusters of rows that are learned from."""

        def fit_predict(self, X: Any, y: Any = None, **kwargs: Any) -> Any: ...  # noqa: D102

else:
    from sklearn.base import BaseEstimator, ClassifierMixin, ClusterMixin, RegressorMixin

__all__ = ["BaseEstimator", "ClassifierMixin", "ClusterMixin", "RegressorMixin", "TaggedEstimator"]


class TaggedEstimator(BaseEstimator):
    """What scikit-learn asks of every estimator: whether it is fitted, what it takes."""

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model_")

    def __sklearn_tags__(self) -> Any:
        """What kinds of input are fine."""
        tags = super().__sklearn_tags__()
        kinds = tags.input_tags
        kinds.allow_nan = kinds.string = kinds.categorical = True
        return tags
