"""Which columns are free text is judged by how their words behave, in any language."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import pellucid
from pellucid.data.conversion import convert
from pellucid.data.kinds.column import Column, Schema
from pellucid.data.kinds.evidence import gather
from pellucid.data.kinds.text_judging import text_reason, why_no_text, wording_of
from pellucid.data.schema import infer_schema
from pellucid.data.sources.table import Table
from pellucid.errors import DataError
from pellucid.report.content.columns import left_out

CLAUSES = {
    "English": """I lost my card|the service was very slow|we will come again|nobody answered the
        phone|it stopped working after a week|my daughter loves it|the color is not as shown|could
        you please send me another one|good value for the price|the food was cold""",
    "German": """Ich habe meine Karte verloren|der Service war sehr langsam|wir kommen gern
        wieder|niemand ging ans Telefon|nach einer Woche ging es nicht mehr|meine Tochter liebt
        es|die Farbe ist nicht wie im Bild|das Essen war kalt und die Suppe auch""",
    "Russian": """Я потерял свою карту|обслуживание было очень медленным|мы придём ещё
        раз|никто не ответил на звонок|через неделю он перестал работать|моя дочь очень
        довольна|цвет не такой как на фото|еда была холодной""",
    "Arabic": """لقد فقدت بطاقتي|كانت الخدمة بطيئة جدا|سوف نعود مرة أخرى|لم يرد أحد على
        الهاتف|توقف عن العمل بعد أسبوع|ابنتي تحب هذا المنتج جدا|اللون ليس كما في الصورة|كان الطعام
        باردا""",
    "Hebrew": """איבדתי את הכרטיס שלי|השירות היה איטי מאוד|אנחנו נחזור שוב|אף אחד לא ענה
        לטלפון|זה הפסיק לעבוד אחרי שבוע|הבת שלי אוהבת את זה מאוד|הצבע לא כמו בתמונה|האוכל היה קר""",
    "Chinese": """我的卡丢了|服务非常慢|我们下次还会再来|没有人接电话|用了一个星期就坏了|
        我女儿很喜欢这个|颜色跟照片上的不一样|价格很实惠|饭菜是凉的|希望能尽快解决这个问题""",
    "Japanese": """カードをなくしてしまいました|サービスがとても遅かったです|また来たいと思います|
        誰も電話に出ませんでした|一週間で動かなくなりました|娘がとても気に入っています|色が写真と違います|
        料理が冷めていました""",
    "Thai": """ฉันทำบัตรหาย|บริการช้ามาก|เราจะกลับมาอีกแน่นอน|ไม่มีใครรับโทรศัพท์เลย|
        ใช้ได้แค่อาทิตย์เดียวก็เสีย|ลูกสาวของฉันชอบมาก|สีไม่เหมือนในรูป|อาหารเย็นชืดและไม่อร่อย""",
    "Korean": """카드를 잃어버렸어요|서비스가 정말 느렸어요|다음에 또 올게요|아무도 전화를 받지
        않았어요|일주일 만에 고장이 났어요|우리 딸이 정말 좋아해요|색깔이 사진과 달라요|음식이 식어
        있었어요""",
    "Hindi": """मेरा कार्ड खो गया है|सेवा बहुत धीमी थी|हम फिर से आएंगे|किसी ने फोन नहीं
        उठाया|एक सप्ताह के बाद यह बंद हो गया|मेरी बेटी को यह बहुत पसंद है|रंग तस्वीर जैसा नहीं है|खाना
        ठंडा था""",
}
ROWS = 200


def choices(words: str, *, seed: int, count: int = ROWS) -> list[str]:
    return np.random.default_rng(seed).choice(words.split(), count).tolist()


def texts(language: str, count: int = ROWS) -> list[str]:
    """One to four clauses each, in any order."""
    generator = np.random.default_rng(0)
    clauses = [" ".join(clause.split()) for clause in CLAUSES[language].split("|")]
    return [
        ", ".join(generator.choice(clauses, generator.integers(1, 5), replace=False))
        for _ in range(count)
    ]


def words_of(count: int, *, seed: int) -> list[str]:
    """So many words of a language that nobody speaks."""
    generator = np.random.default_rng(seed)
    syllables = ["ka", "lo", "mi", "ten", "sur", "ba", "ri", "no", "vel", "dor"]
    return ["".join(generator.choice(syllables, 3)) for _ in range(count)]


def reason_of(cells: list[str | None], name: str = "c") -> str:
    series = pl.Series(name, cells, dtype=pl.String)
    return text_reason(series, gather(series.to_frame())[name])


def why_not(cells: list[str], name: str = "c") -> str:
    return why_no_text(wording_of(pl.Series(name, cells)), name)


# --- Texts --------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", CLAUSES)
def test_texts_of_any_language_are_texts(language: str) -> None:
    assert reason_of(texts(language)).startswith("texts of ")


@pytest.mark.parametrize("change", [str.lower, str.upper])
def test_texts_are_texts_in_small_and_in_capital_letters(change: type[str]) -> None:
    assert reason_of([change(text) for text in texts("English")])


FORMS = {
    "HTML": [f"<p>{text}</p><br>&nbsp;<a href='http://x.org'>x</a>" for text in texts("English")],
    "emoji": [f"{text} 😀 http://x.org/{n}" for n, text in enumerate(texts("English"))],
    "two scripts": [f"{a} {b}" for a, b in zip(texts("English"), texts("Russian"), strict=True)],
    "two languages": [*texts("English"), *texts("Chinese")],
    "mostly no comment": [*texts("English"), *["no comment"] * 600],
    "some hardly any": [*texts("English"), *["🎉", "ok", "."] * 20],
    "each twice": texts("English") * 2,
    "few": texts("English")[:20],
    "a template": [f"It was the best of times, it was the worst of times {n}" for n in range(5)],
    "an offer": [f"A flat with {n % 4 + 1} rooms and {n} beds" for n in range(99)],
    "a log": [f"The user {n} has no right to write this file" for n in range(100)],
}


@pytest.mark.parametrize("cells", FORMS.values(), ids=FORMS)
def test_texts_of_many_forms_are_texts(cells: list[str]) -> None:
    assert reason_of(cells)


def test_the_reason_counts_and_quotes_nothing() -> None:
    reason = reason_of([*texts("English"), None, None])

    assert reason == (
        "texts of 14 words on average; 100 % of the words in several rows; 143 of 200 different; "
        "2 of 202 missing"
    )
    assert "characters on average" in reason_of(texts("Chinese"))


def test_of_many_rows_some_are_looked_at_all_over_the_table() -> None:
    names = [f"Guest{n}" for n in range(60_000)]
    reason = reason_of(
        [*names, *(f"{text} {n}" for n, text in enumerate(texts("English", 60_000)))]
    )

    assert reason.startswith("texts of 7 words on average; 86 % of the words in several rows")


def test_a_text_of_any_length_is_looked_at_from_its_start() -> None:
    assert reason_of([*texts("English"), "word " * 1_000_000])


# --- What is none -------------------------------------------------------------------------------


FIRST = words_of(40, seed=1)
LAST = words_of(80, seed=2)
PLACES = words_of(60, seed=3)


def draw(words: list[str], seed: int) -> list[str]:
    return np.random.default_rng(seed).choice(words, ROWS).tolist()


def joined(form: str, *, seed: int = 0) -> list[str]:
    """Cells of a form, {first}, {last} and {place} drawn and capitalized, {n} a number."""
    numbers = np.random.default_rng(seed).integers(1, 99, ROWS)
    first, last, place = (draw(words, seed + at) for at, words in enumerate((FIRST, LAST, PLACES)))
    return [
        form.format(first=f.title(), last=s.title(), place=p.title(), n=n, small=f)
        for f, s, p, n in zip(first, last, place, numbers, strict=True)
    ]


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (joined("{first} {last}"), "2.0 words a cell"),
        (joined("{last}, Mr. {first} {place}"), "all words begin with capital letters"),
        ([c.lower() for c in joined("{last}, mr. {first} {place}")], "each word has its place"),
        ([c.upper() for c in joined("{first} {first} {last} Junior")], "each word has its place"),
        (joined("{n} {last} Street, {place}"), "25 % of the words hold digits"),
        (joined("Rue de la {last}, {place}, France"), "each word has its place"),
        (joined("/home/{small}/{small}/file{n}.txt"), "hardly a space between words"),
        (joined("https://{small}.example.com/{n}"), "0.0 words a cell"),
        (joined("{small}{n}@example.com"), "0.0 words a cell"),
        (joined("{n} {n}, {n} {n}"), "100 % of the words hold digits"),
        (joined('{{"name":"{first}","age":{n},"town":"{place}"}}'), "hardly a space"),
        ([f"{n:064x}" for n in range(ROWS)], "1.0 words a cell"),
        (["😀😂😍" * (n % 5) for n in range(ROWS)], "0.0 words a cell"),
        ([" ".join(words_of(5, seed=n)) for n in range(20)], "of the words come again"),
    ],
)  # fmt: skip
def test_names_addresses_and_codes_are_no_texts(cells: list[str], why: str) -> None:
    assert reason_of(cells) == ""
    assert why in why_not(cells)


@pytest.mark.parametrize(
    "cells",
    [
        ["Not enough blood for isotopes.", "Adult not sampled.", "Nest never observed."] * 30,
        [f"the level of water is {n}" for n in words_of(60, seed=0)] * 20,
        ["yes"] * 200,
    ],
)
def test_cells_that_come_again_and_again_are_levels(cells: list[str]) -> None:
    assert reason_of(cells) == ""


def test_a_name_of_the_column_is_a_hint() -> None:
    generator = np.random.default_rng(0)
    tags = [" ".join(generator.permutation(words_of(3 + n % 3, seed=n % 40))) for n in range(ROWS)]
    assert 0.45 < wording_of(pl.Series("c", tags)).moving < 0.55

    assert reason_of(tags, "comment")
    assert reason_of(tags, "c")
    assert not reason_of(tags, "author")


# --- In a table ---------------------------------------------------------------------------------


def judged(cells: list[str], *, is_target: bool = False, **kinds: str) -> Column:
    """The column "note" of a table."""
    table = Table(frame=pl.DataFrame({"note": cells}), name="table.csv")
    return infer_schema(table, kinds=kinds, is_target=is_target)["note"]


def notes() -> list[str]:
    return [text.replace(",", ".") for text in texts("English")]


def test_a_person_overrules_what_was_judged() -> None:
    names = joined("{first} {last} {last}")

    assert judged(notes()).kind == "text"
    assert judged(notes(), note="category").kind == "category"
    assert judged(names).kind == "left out"
    assert judged(names).reason.endswith(
        "; no free text: all words begin with capital letters, as in names; columns={'note': "
        "'text'} reads it as such"
    )
    asked = judged(names, note="text")
    assert asked.kind == "text"
    assert asked.reason.startswith("as asked; texts of 3 words on average; 9")
    assert judged(["yes", "no"], note="text").reason.startswith("as asked; texts of 1 word on")


def test_at_the_command_line_it_is_told_as_a_flag() -> None:
    column = judged(joined("{first} {last} {last}"))
    told = left_out(Schema(columns=(column,)))[0].text
    assert told.endswith("; --columns note=text reads it as such")


def test_a_private_model_tells_nothing_of_its_texts() -> None:
    reason = judged(notes()).without_values().reason
    assert reason == "private: what its cells say is not told; read as text"


def test_what_is_to_be_predicted_is_no_text() -> None:
    assert judged(notes(), is_target=True).kind == "left out"
    x = np.random.default_rng(0).normal(size=ROWS)
    model = pellucid.fit(pl.DataFrame({"x": x, "note": notes()}), "note", max_epochs=1)
    assert len(model.classes_) == len(set(notes()))


def test_lists_and_pictures_are_none() -> None:
    generator = np.random.default_rng(0)
    tags = words_of(8, seed=0)
    lists = [", ".join(generator.permutation(tags)[: n % 4 + 1]) for n in range(ROWS)]

    assert judged(lists).kind == "list"
    assert "pictures" in judged([f"the red car number {n}.jpg" for n in range(ROWS)]).reason


def test_later_texts_are_read_as_they_are_and_lists_are_refused() -> None:
    schema = infer_schema(Table(frame=pl.DataFrame({"note": notes()}), name="table.csv"))

    later = Table(frame=pl.DataFrame({"note": [7, None]}), name="later.csv")
    assert convert(later, schema)["note"].to_list() == [b"7", None]
    lists = Table(frame=pl.DataFrame({"note": [["a", "b"]]}), name="later.csv")
    with pytest.raises(DataError, match="'note' was text in training, but is of type List"):
        convert(lists, schema)
