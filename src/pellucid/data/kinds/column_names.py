"""What a column's name says about its cells: a hint where the cells alone leave it open."""

from __future__ import annotations

import re

# Words of names, in small letters.
_NUMBERED = re.compile(
    r"ids?|uid|pid|guid|uuid|key|pk|no|nr|num|nbr|number|code|serial|seq|ssn|isbn|sku|case|casenum|"
    r"account|phone|row|rowid|rowname|rownames|rownum|index|idx"
)
_MEASURED = re.compile(r"no|num|number|index|key|row|case|code")
"""Those that alone, in capitals, may be something measured: NO is a gas."""

_CODED = re.compile(
    r"id|uid|pid|key|zip|zipcode|postcode|postalcode|plz|postal|code|isbn|sku|user|customer|client|"
    r"reader|item|movie|product|article|shop|store|subject|participant|patient"
)
_TIMED = re.compile(
    r"times?|timestamp|ts|dates?|datetime|days?|weeks?|months?|years?|yr|hours?|minutes?|min|"
    r"seconds?|secs?|epoch|unix|utc|created|updated|modified|at|when|t|age|season|quarter"
)
_TITLED = re.compile(
    r"names?|titles?|text|comments?|reviews?|summary|headline|description|address|notes?|subject|"
    r"username"
)
_NAMED = re.compile(
    r"names?|(first|last|full|user|nick|sur)name|address(es)?|authors?|street|city|town|place|"
    r"location|person|people|contact|customer|owner|company|employer|organi[sz]ation"
)
_PROSE = re.compile(
    r"texts?|comments?|reviews?|descriptions?|desc|summary|abstract|headlines?|messages?|msg|body|"
    r"contents?|notes?|remarks?|feedback|questions?|answers?|tweets?|posts?|sentences?|narrative|"
    r"complaints?|caption|sms"
)
_NO_ID = re.compile(
    r"acid|aid|amid|android|asteroid|avoid|bid|bird|braid|centroid|covid|fluid|grid|humid|hybrid|"
    r"invalid|kid|laid|lid|liquid|mid|orchid|paid|pyramid|rapid|rigid|said|solid|squid|steroid|"
    r"thyroid|unpaid|valid|void"
)
"""English words that end as "userid" does."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_NAMELESS = re.compile(r"|X|X1|V1|_c0|\.\.\.1|Unnamed: \d+|column_\d+")


def is_nameless(name: str) -> bool:
    """Whether a name stands for none, such as a program gives to row names."""
    return _NAMELESS.fullmatch(name) is not None


def numbers_rows(name: str) -> bool:
    """Whether a name says that its numbers tell rows apart: "PassengerId", "order no."."""
    last = _words_of(name)[-1]
    if name.isupper() and _MEASURED.fullmatch(name.lower()):
        return False
    return _is(_NUMBERED, last) or _ends_in_id(last)


def names_codes(name: str) -> bool:
    """Whether a name says that its numbers are names: "userId", "zip"; not how many: "users"."""
    last = _words_of(name)[-1]
    return _is(_CODED, last) or _ends_in_id(last)


def says_when(name: str) -> bool:
    """Whether a name says that its cells are times: "created_at"."""
    return any(_is(_TIMED, word) for word in _words_of(name))


def says_title(name: str) -> bool:
    """Whether a name says that its cells are names or texts: "Product Title"."""
    return _is(_TITLED, _words_of(name)[-1])


def says_name(name: str) -> bool:
    """Whether a name says that its cells are names or addresses: "author", "home address"."""
    return _is(_NAMED, _words_of(name)[-1])


def says_prose(name: str) -> bool:
    """Whether a name says that its cells are texts: "comment", "reviewText"."""
    return _is(_PROSE, _words_of(name)[-1])


def _words_of(name: str) -> list[str]:
    """Its words in small letters, one at least: "customerId", "customer_id" → "customer", "id"."""
    return [word.lower() for word in _WORD.findall(name)] or [""]


def _is(words: re.Pattern[str], word: str) -> bool:
    return words.fullmatch(word) is not None


def _ends_in_id(word: str) -> bool:
    return word.endswith("id") and not _is(_NO_ID, word)
