"""What the folders of pictures or texts say: each one's class, and whether it learns or judges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pellucid.data.sources.media import Medium
from pellucid.wording import count_of, some_of

PART_NAMES = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}
"""What folders above those of the classes are called."""

NO_CLASSES = ("unsup", "unsupervised", "unlabeled", "unlabelled")
"""What folders beside those of the classes are called that hold what has no class."""

Place = tuple[str, ...]
"""The folders above a file."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """What is known of each file by where it lies.

    Attributes:
        labels: The class of each; None for one that lies in no folder of a class.
        parts: What each is for: "train", "validation" or "test"; None where no folder says so.
        chosen: Places of the files that count, in their order; these alone have labels and parts.
        notes: How the folders were understood.
    """

    labels: list[str | None]
    parts: list[str] | None
    chosen: list[int]
    notes: tuple[str, ...]


def layout_of(paths: Sequence[str], folders: Sequence[str], medium: Medium) -> Layout:
    """Understand the folders of pictures or texts.

    The class is the first folder, below train, val and test if there are such; folders further
    down count to it. A folder that alone holds all others says nothing and is passed over.

    Args:
        paths: Of the files, with "/".
        folders: All folders, so that empty ones can be told.
        medium: What the files hold.
    """
    places = _places_of(paths)
    empty = _empty(places, folders, medium)
    places = _below(places, _shared(places, medium))
    chosen, parts = _parts_of(places)
    notes: list[str] = []
    if parts is not None:
        if len(chosen) < len(places):
            left = {places[at][:1] for at in {*range(len(places))} - {*chosen}}
            where = some_of(sorted(place[0] if place else "the folder itself" for place in left))
            what = count_of(len(places) - len(chosen), medium.noun)
            notes.append(f"{what} left out, in no folder of train, val or test: {where}")
        places = _below([places[at] for at in chosen], 1)
        places = _below(places, _shared(places, medium))
    kept, left_out = _with_classes(places, parts, [paths[at] for at in chosen], medium)
    places = [places[at] for at in kept]
    if parts is not None:
        parts = [parts[at] for at in kept]
        counts = Counter(parts)
        notes.append("parts by folder: " + ", ".join(f"{n:,} {part}" for part, n in counts.items()))
    return Layout(
        labels=[place[0] if place else None for place in places],
        parts=parts,
        chosen=[chosen[at] for at in kept],
        notes=(*notes, *_notes(places, medium), *left_out, *empty),
    )


def _places_of(paths: Sequence[str]) -> list[Place]:
    """The folders above each file; of all files in a folder the same object."""
    above = [path.rpartition("/")[0] for path in paths]
    places = {folder: tuple(folder.split("/")) if folder else () for folder in {*above}}
    return [places[folder] for folder in above]


def _below(places: Sequence[Place], depth: int) -> list[Place]:
    """Places without so many folders on top."""
    cut = {place: place[depth:] for place in {*places}}
    return [cut[place] for place in places]


def _shared(places: Sequence[Place], medium: Medium) -> int:
    """How many folders lie above all files and hold nothing but one folder each, but the last.

    The last folder above a file is its class, though there be no other.
    """
    counts = Counter(places)
    known = {place for place in counts if not (medium.has_titles and _holds_titles(place, counts))}
    if not known:
        return 0
    depth = min(len(place) for place in known) - 1
    above = 0
    while above < depth and len({place[above] for place in known}) == 1:
        above += 1
    return above


def _holds_titles(place: Place, counts: Counter[Place]) -> bool:
    """Whether the files right in a folder are few beside those of the folders in it."""
    depth = len(place)
    below = sum(n for other, n in counts.items() if len(other) > depth and other[:depth] == place)
    return counts[place] < below


def _parts_of(places: Sequence[Place]) -> tuple[list[int], list[str] | None]:
    """Places of the files that count, and the part of each; None if folders tell of no parts.

    A folder is a part if it is called so and itself holds folders, of classes. If there is one, so
    is each that is called so, though it hold bare files.
    """
    part_of = {place: PART_NAMES.get(place[0].lower()) if place else None for place in {*places}}
    if not any(part is not None and len(place) > 1 for place, part in part_of.items()):
        return list(range(len(places))), None
    known = [(at, part) for at, place in enumerate(places) if (part := part_of[place]) is not None]
    return [at for at, _ in known], [part for _, part in known]


def _with_classes(
    places: Sequence[Place], parts: Sequence[str] | None, paths: Sequence[str], medium: Medium
) -> tuple[list[int], list[str]]:
    """Which files count where others of the same part have classes, and what to tell of the rest.

    Left out are folders of what has no class; and of texts those beside the folders of classes,
    such as a README or a licence.
    """
    of_part = parts if parts is not None else [""] * len(places)
    counts = Counter(zip(of_part, places, strict=True))
    classes = {(part, place[0]) for part, place in counts if place}
    no_class = {each for each in classes if each[1].lower() in NO_CLASSES}
    if len({name for _, name in classes - no_class}) < 2:
        no_class = set()
    with_titles = {part for part in {*of_part} if medium.has_titles and _has_titles(part, counts)}
    kept: list[int] = []
    unlabeled: list[str] = []
    titles: list[str] = []
    for at, (part, place) in enumerate(zip(of_part, places, strict=True)):
        if not place and part in with_titles:
            titles.append(paths[at])
        elif place and (part, place[0]) in no_class:
            unlabeled.append(paths[at])
        else:
            kept.append(at)
    found = (
        (unlabeled, "in folders of what has no class"),
        (titles, "beside the folders of classes"),
    )
    notes = [
        f"{count_of(len(left), medium.noun)} left out, {where}: {some_of(left)}"
        for left, where in found
        if left
    ]
    return kept, notes


def _has_titles(part: str, counts: Counter[tuple[str, Place]]) -> bool:
    """Whether the files of a part that lie in no folder are few beside those that do."""
    return counts[part, ()] < sum(n for (of, place), n in counts.items() if of == part and place)


def _notes(places: Sequence[Place], medium: Medium) -> list[str]:
    counts = Counter(places)
    classes = sorted({place[0] for place in counts if place})
    notes = []
    if classes:
        notes.append(f"classes by folder: {some_of(classes)}")
    deeper = sum(count for place, count in counts.items() if len(place) > 1)
    if deeper:
        what = count_of(deeper, medium.noun)
        notes.append(f"{what} in folders further down: the class is the first folder")
    if counts[()] and classes:
        notes.append(f"{count_of(counts[()], medium.noun)} in no folder of a class")
    return notes


def _empty(places: Sequence[Place], folders: Sequence[str], medium: Medium) -> list[str]:
    """Folders without a picture or text in them or below."""
    full = {"/".join(place[:depth]) for place in {*places} for depth in range(1, len(place) + 1)}
    empty = [folder for folder in folders if folder not in full]
    if not empty:
        return []
    return [f"{count_of(len(empty), 'folder')} without {medium.noun}s: {some_of(empty)}"]
