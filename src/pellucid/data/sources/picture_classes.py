"""What the folders of pictures say: each one's class, and whether it is to learn or to judge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pellucid.wording import count_of, some_of

PART_NAMES = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}
"""What folders above those of the classes are called."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """What is known of each picture by where it lies.

    Attributes:
        labels: The class of each; None for one that lies in no folder of a class.
        parts: What each is for: "train", "validation" or "test"; None where no folder says so.
        chosen: Places of the pictures that count, in their order.
        notes: How the folders were understood.
    """

    labels: list[str | None]
    parts: list[str] | None
    chosen: list[int]
    notes: tuple[str, ...]


def layout_of(pictures: Sequence[str], folders: Sequence[str]) -> Layout:
    """Understand the folders of pictures.

    The class is the first folder, below train, val and test if there are such; folders further
    down count to it. A folder that alone holds all others says nothing and is passed over.

    Args:
        pictures: Their paths, with "/".
        folders: All folders, so that empty ones can be told.
    """
    places = [tuple(path.split("/")[:-1]) for path in pictures]
    above = _shared(places)
    places = [place[above:] for place in places]
    chosen, parts = _parts_of(places)
    notes: list[str] = []
    if parts is not None:
        if len(chosen) < len(places):
            left = [places[at] for at in sorted({*range(len(places))} - {*chosen})]
            where = some_of(sorted({place[0] if place else "the folder itself" for place in left}))
            what = count_of(len(left), "picture")
            notes.append(f"{what} left out, in no folder of train, val or test: {where}")
        places = [places[at][1:] for at in chosen]
        above_classes = _shared(places)
        places = [place[above_classes:] for place in places]
        counts = Counter(parts)
        notes.append("parts by folder: " + ", ".join(f"{n:,} {part}" for part, n in counts.items()))
    labels = [place[0] if place else None for place in places]
    notes += _notes(places, labels)
    notes += _empty(pictures, folders)
    return Layout(labels=labels, parts=parts, chosen=chosen, notes=tuple(notes))


def _shared(places: Sequence[tuple[str, ...]]) -> int:
    """How many folders lie above all pictures and hold nothing but one folder each, but the last.

    The last folder above a picture is its class, though there be no other.
    """
    if not places:
        return 0
    depth = min(len(place) for place in places) - 1
    above = 0
    while above < depth and len({place[above] for place in places}) == 1:
        above += 1
    return above


def _parts_of(places: Sequence[tuple[str, ...]]) -> tuple[list[int], list[str] | None]:
    """Places of the pictures that count, and the part of each; None if folders tell of no parts.

    A folder is a part if it is called so and itself holds folders, of classes. If there is one, so
    is each that is called so, though it hold bare pictures.
    """
    found = [PART_NAMES.get(place[0].lower()) if place else None for place in places]
    has_classes = any(
        part is not None and len(place) > 1 for part, place in zip(found, places, strict=True)
    )
    if not has_classes:
        return list(range(len(places))), None
    known = [(at, part) for at, part in enumerate(found) if part is not None]
    return [at for at, _ in known], [part for _, part in known]


def _notes(places: Sequence[tuple[str, ...]], labels: Sequence[str | None]) -> list[str]:
    classes = sorted({label for label in labels if label is not None})
    notes = []
    if classes:
        notes.append(f"classes by folder: {some_of(classes)}")
    deeper = sum(len(place) > 1 for place in places)
    if deeper:
        notes.append(
            f"{count_of(deeper, 'picture')} in folders further down: the class is the first folder"
        )
    bare = sum(label is None for label in labels)
    if bare and classes:
        notes.append(f"{count_of(bare, 'picture')} in no folder of a class")
    return notes


def _empty(pictures: Sequence[str], folders: Sequence[str]) -> list[str]:
    """Folders without a picture in them or below."""
    full: set[str] = set()
    for path in pictures:
        parts = path.split("/")[:-1]
        full.update("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))
    empty = [folder for folder in folders if folder not in full]
    if not empty:
        return []
    return [f"{count_of(len(empty), 'folder')} without pictures: {some_of(empty)}"]
