"""Which encoding a text has that is no UTF-8, where that can be told; a guess that may be wrong is not made.

Each test asks for what the language writes all the time and what the bytes of another encoding
would hardly give: kana in Japanese, Hangul, common characters of Chinese, Cyrillic words in
their case, single accented letters of Western Europe within words.
"""

import re
from collections.abc import Callable, Iterable

SAMPLE_BYTES = 64 * 1024
_FOREIGN_MIN = 16
_NEARLY_ALL = 0.95

_LINE_END = re.compile(rb"[\r\n]")
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_CUT_UTF8 = re.compile(rb"(?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})\Z")
_FOREIGN_RUN = re.compile(r"[^\x00-\x7f]+")
_KANA = re.compile(r"[\u3040-\u30ff]")
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_CAPITAL = r"[\u0410-\u042f\u0401\u0404\u0406\u0407\u0490]"
_SMALL = r"[\u0430-\u044f\u0451\u0454\u0456\u0457\u0491]"
_CYRILLIC_WORD = re.compile(f"{_CAPITAL}?{_SMALL}+|{_CAPITAL}{{2,}}")
_CYRILLIC_NAME = re.compile(f"{_CAPITAL}{_SMALL}+")
_WESTERN_LETTERS = "À-ËÍ-ÏÑ-ÖØ-Üß-ëí-ïñ-öø-üÿ"
"""Without those that other languages have often in the same places: Ì Ð Ý Þ Š Ž Œ Ÿ."""

_OPENING = "\u2018\u201c\u201e«¿¡"
_CLOSING = "\u201d»\u2026\u2013\u2014™®©°€£\xa0"
_LETTER = r"[^\W\d_]"
_WESTERN_TEXT = re.compile(
    rf"(?:[\x00-\x7f]|[{_WESTERN_LETTERS}]{{1,2}}(?![^\x00-\x7f])"
    rf"|\u2019|(?<!{_LETTER})[{_OPENING}]|[{_CLOSING}](?!{_LETTER}))*"
)


def whole_lines(blocks: Iterable[bytes], *, begins_whole: bool) -> bytes:
    """Return the whole lines among the first bytes of a text, which may begin within one."""
    sample = bytearray()
    for block in blocks:
        sample += block[: SAMPLE_BYTES - len(sample)]
        if len(sample) == SAMPLE_BYTES:
            del sample[max(sample.rfind(b"\n"), sample.rfind(b"\r")) + 1 :]
            break
    if not begins_whole and (end := _LINE_END.search(sample)):
        del sample[: end.end()]
    return bytes(sample)


def encoding_of(sample: bytes) -> str | None:
    """Return the name of the encoding that a text is in, None where that cannot be told.

    The sample is whole lines, and is known to be no UTF-8.
    """
    if is_mostly_utf8(sample):
        return None
    return next((name for name, looks_so in _TESTS.items() if looks_so(sample)), None)


def is_mostly_utf8(sample: bytes) -> bool:
    """Tell whether a text is UTF-8 but for some bytes, as joined files are, or one cut within a character."""
    runs = _HIGH_RUN.findall(sample)
    good = sum(_decoded(run, "utf-8") is not None for run in runs)
    return good * 2 > len(runs) or (good + 1 == len(runs) and _CUT_UTF8.search(sample) is not None)


def _decoded(sample: bytes, codec: str) -> str | None:
    try:
        return sample.decode(codec)
    except UnicodeDecodeError:
        return None


def _foreign(sample: bytes, codec: str) -> str:
    """Return the characters beyond ASCII that a codec reads, none where it reads too few."""
    text = "".join(_FOREIGN_RUN.findall(_decoded(sample, codec) or ""))
    return text if len(text) >= _FOREIGN_MIN else ""


def _share(pattern: re.Pattern[str], text: str) -> float:
    return len(pattern.findall(text)) / max(len(text), 1)


def _is_japanese(codec: str) -> Callable[[bytes], bool]:
    return lambda sample: _share(_KANA, _foreign(sample, codec)) > 0.2


def _is_korean(sample: bytes) -> bool:
    return _share(_HANGUL, _foreign(sample, "euc_kr")) > _NEARLY_ALL


def _is_simplified_chinese(sample: bytes) -> bool:
    """Tell by the characters sounded x to z, whose places Japanese kanji hardly use."""
    pairs = [each.encode("gbk") for each in _foreign(sample, "gbk")]
    common = sum(0xB0 <= pair[0] <= 0xD7 for pair in pairs)
    late = sum(0xD0 <= pair[0] <= 0xD7 for pair in pairs)
    return bool(pairs) and common > _NEARLY_ALL * len(pairs) and late > len(pairs) / 10


def _is_traditional_chinese(sample: bytes) -> bool:
    """Tell by second bytes below 0x80, which the others do not have."""
    pairs = [each.encode("big5") for each in _foreign(sample, "big5")]
    common = sum(0xA4 <= pair[0] <= 0xC6 for pair in pairs)
    low = sum(pair[-1] < 0x80 for pair in pairs)
    return bool(pairs) and common > _NEARLY_ALL * len(pairs) and low > len(pairs) / 6


def _is_cyrillic(sample: bytes) -> bool:
    words = _FOREIGN_RUN.findall(_decoded(sample, "cp1251") or "")
    letters = sum(map(len, words))
    fit = sum(len(word) for word in words if _CYRILLIC_WORD.fullmatch(word))
    names = sum(_CYRILLIC_NAME.fullmatch(word) is not None for word in words)
    is_long = letters >= max(_FOREIGN_MIN, 3 * len(words))
    return is_long and fit > _NEARLY_ALL * letters and names > len(words) / 10


def _is_western(sample: bytes) -> bool:
    text = _decoded(sample, "cp1252")
    return text is not None and not text.isascii() and _WESTERN_TEXT.fullmatch(text) is not None


_TESTS: dict[str, Callable[[bytes], bool]] = {
    "Shift-JIS": _is_japanese("cp932"),
    "EUC-JP": _is_japanese("euc_jp"),
    "EUC-KR": _is_korean,
    "GBK": _is_simplified_chinese,
    "Big5": _is_traditional_chinese,
    "Windows-1251": _is_cyrillic,
    "Windows-1252": _is_western,
}
