"""What a person says columns are, as it is typed: zip=category,notes=left out."""

from __future__ import annotations

import difflib

from pellucid.data.kinds.registry import choices


def parse_kinds(text: str) -> dict[str, str]:
    """Kinds by column name; empty if the text says none.

    A name may hold "=" and ",": the kind is after the last "=", and a comma parts two columns only
    where a kind stands before it.
    """
    kinds: dict[str, str] = {}
    pending = ""
    *pieces, last = text.split(",")
    for piece in pieces:
        pending += piece
        name, kind = _parted(pending)
        if name and _is_meant_as_kind(kind):
            kinds[name], pending = kind, ""
        else:
            pending += ","
    name, kind = _parted(pending + last)
    return {**kinds, name: kind} if name else {}


def _parted(text: str) -> tuple[str, str]:
    name, _, kind = text.rpartition("=")
    return name.strip(), kind.strip()


def _is_meant_as_kind(word: str) -> bool:
    """Whether a word is a kind, or one misspelt, which is told as such later."""
    return bool(difflib.get_close_matches(word, choices(), n=1, cutoff=0.8))
