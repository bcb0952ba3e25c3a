"""What clusters are called: by their ids, or as a person says."""

from __future__ import annotations

from collections.abc import Sequence

from pellucid.errors import OptionError
from pellucid.wording import count_of, quote

NO_CLUSTER = "none"
"""What a row is called that belongs to no cluster."""
MAP_NAMES = ("map x", "map y")
"""What the coordinates of the map are called."""


def default_names(num_clusters: int) -> tuple[str, ...]:
    """What clusters are called by their ids: "cluster 0", "cluster 1", …."""
    return tuple(f"cluster {number}" for number in range(num_clusters))


def check_names(names: Sequence[str], num_clusters: int) -> tuple[str, ...]:
    """Names for clusters, without blanks around them.

    Args:
        names: One for each cluster, by its id.
        num_clusters: How many there are.

    Raises:
        OptionError: There are too few or too many, or one of them cannot be told from another,
            cannot be seen, or is what rows of no cluster are called.
    """
    stripped = tuple(name.strip() for name in names)
    if len(stripped) != num_clusters:
        raise OptionError(
            f"{count_of(len(stripped), 'name')} for {count_of(num_clusters, 'cluster')}. "
            "Give one name for each cluster, in the order of their ids.",
            option="names",
        )
    for place, name in enumerate(stripped):
        if fault := _fault_of(name, stripped[:place]):
            raise OptionError(f"The name {quote(name)} of cluster {place} {fault}", option="names")
    return stripped


def _fault_of(name: str, before: Sequence[str]) -> str:
    """What is wrong with a name, and what to do; "" if nothing is."""
    if not name:
        return "is empty. Give one of some letters."
    if not name.isprintable():
        return "holds characters that cannot be seen. Leave them out."
    if name == NO_CLUSTER:
        return "is what rows of no cluster are called. Give another one."
    if name in before:
        return "is that of another cluster too. Give each its own."
    return ""
