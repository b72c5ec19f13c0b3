"""Any store: entries are found by their words, whatever the script."""

import pytest

from monitor.ports import Store
from tests.contract import making as m
from tests.samples import NOW

TEXTS = {
    "en": "Freedonia's parliament approves the export of howitzers",
    "de": "Freedonien genehmigt Ausfuhr von Haubitzen nach Sylvanien — Größe unklar",
    "ru": "Фридония поставит Сильвании гаубицы и снаряды",
    "ar": "فريدونيا تصدر مدافع إلى سيلفانيا",
    "he": "פרידוניה תמכור תותחים לסילבניה",
    "zh": "自由國對森林國實施武器禁運",
    "ja": "フリードニアは榴弾砲の輸出を承認した",
    "ko": "프리도니아가 곡사포를 수출하기로 했다",
    "th": "ฟรีโดเนียอนุมัติการส่งออกปืนใหญ่",
    "hi": "फ्रीडोनिया ने तोपों के निर्यात को मंजूरी दी",
}


@pytest.fixture
def full(store: Store) -> Store:
    entries = tuple(
        m.entry(code, title=title, language=code, published=NOW) for code, title in TEXTS.items()
    )
    what = m.changes(
        m.take_one(store), entries=entries, told=(m.told(entries[0], "s-en"),),
    )  # fmt: skip
    assert m.commit(store, what)
    return store


def _ids(store: Store, query: str) -> list[object]:
    return [row["id"] for row in store.search(query)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("HOWITZERS", "en"), ("howitz*", "en"), ('"export of howitzers"', "en"),
        ("Größe", "de"), ("grosse", ""), ("große", "de"), ("гаубицы снаряды", "ru"),
        ("ГАУБИЦЫ", "ru"), ("مدافع", "ar"), ("תותחים", "he"), ("武器", "zh"), ("禁運", "zh"),
        ("器禁", "zh"), ("運禁", ""), ("榴弾砲", "ja"), ("フリードニア", "ja"), ("곡사포", "ko"),
        ("수출", "ko"), ("ปืนใหญ่", "th"), ("निर्यात", "hi"), ("howitzers 武器", ""), ("howitz", ""),
    ],
)  # fmt: skip
def test_words_are_found_in_every_script(full: Store, query: str, found: str) -> None:
    """Also where words have no spaces between them; all the words must be there."""
    assert ([found] if found else []) == _ids(full, query)


@pytest.mark.parametrize(
    "query", ["", " ", '"', "*", "()", "AND", "NEAR(", 'a"b', "title:", "-", "^", "'; drop", "\x00"]
)
def test_no_query_is_a_mistake(full: Store, query: str) -> None:
    """People type what they like: it finds something or nothing, and never fails."""
    assert [] == _ids(full, query)


def test_a_hit_in_the_title_comes_first(store: Store) -> None:
    """What a text is about counts more than what it mentions."""
    entries = (
        m.entry("1", title="Weather in Sylvania", summary="The talk is of howitzers. " * 3),
        m.entry("2", title="Howitzers for Sylvania", summary="The weather is fine. " * 3),
    )
    m.commit(store, m.changes(m.take_one(store), entries=entries))

    assert ["2", "1"] == _ids(store, "howitzers")
    assert 1 == len(store.search("howitzers", limit=1))


def test_a_row_says_where_it_stands_and_to_which_story_it_belongs(full: Store) -> None:
    """Enough to go on with `stories show` or to open the page."""
    [row] = full.search("howitzers")

    assert ("s-en", "a", "https://a.example/en", NOW, TEXTS["en"]) == (
        row["story"], row["feed"], row["url"], row["published"], row["title"],
    )  # fmt: skip
    assert "howitzers" in str(row["snippet"])
    assert [""] == [r["story"] for r in full.search("武器")]


def test_an_entry_is_found_once_by_its_newest_words(store: Store) -> None:
    """Revisions are versions of one text, not several hits."""
    m.commit(store, m.changes(m.take_one(store), entries=(m.entry(),)))
    second = m.entry(title="Freedonia cancels shells", revision=2)
    m.commit(store, m.changes(m.take_one(store), entries=(second,)))

    assert [2] == [row["revision"] for row in store.search("shells")]
