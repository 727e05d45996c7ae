"""What a file is, told by its bytes: its kind, its encoding, the names of its columns."""

import bz2
import gzip
import io
import lzma
import tarfile
import time
import zipfile

import pyarrow as pa
import pytest
from pyarrow import parquet

from leadline.source_file.encodings import encoding_of, whole_lines
from leadline.source_file.field_names import FieldNames
from leadline.source_file.file_kinds import HEAD_BYTES, kind_of
from leadline.source_file.visible import shown, visible

GERMAN = "email,name\na@x.de,Jörg Müller\nb@x.de,Groß\nc@x.de,„Käthe” – 5 €\n"
FRENCH = "email,name\na@x.fr,René d’Été\nb@x.fr,Françoise Noël\nc@x.fr,à Nîmes\n"
RUSSIAN = "email,name\na@x.ru,Иван Петров\nb@x.ru,Мария Сидорова\nc@x.ru,Улица Ленина\n"
UKRAINIAN = "email,name\na@x.ua,Андрій Шевченко\nb@x.ua,Юлія Коваленко\nc@x.ua,Київ\n"
JAPANESE = "email,name\na@x.jp,山田 太郎 ヤマダ タロウ\nb@x.jp,さくら 花子\nc@x.jp,とうきょうと\n"
KANJI = "email,name\n" + "a@x.jp,山田太郎鈴木一郎佐藤花子高橋健一田中美咲\n"
KOREAN = "email,name\na@x.kr,김철수 서울특별시\nb@x.kr,이영희 부산광역시\nc@x.kr,박지성 대한민국\n"
CHINESE = "email,name\na@x.cn,张伟 北京市朝阳区\nb@x.cn,王小燕 上海市徐汇区\nc@x.cn,杨洋 有限责任公司\n"
TAIWAN = "email,name\na@x.tw,陳志明 臺北市信義區\nb@x.tw,林美玲 高雄市\nc@x.tw,黃先生 有限公司 電話\n"
POLISH = "email,name\na@x.pl,Łukasz Wójcik\nb@x.pl,Paweł Żółć\n"
CZECH = "email,name\na@x.cz,Jiří Novák\nb@x.cz,Věra Dvořáková\n"
TURKISH = "email,name\na@x.tr,Ayşe Yıldız\nb@x.tr,Çağrı Şahin\n"
GREEK = "email,name\na@x.gr,Μαρία Παπαδοπούλου\nb@x.gr,Γιώργος Νικολάου\nc@x.gr,Αθήνα Ελλάδα\n"
HEBREW = "email,name\na@x.il,שלום כהן\nb@x.il,מרים לוי\nc@x.il,תל אביב ישראל\n"
ARABIC = "email,name\na@x.sa,محمد علي\nb@x.sa,فاطمة الزهراء\nc@x.sa,الرياض السعودية\n"

TOLD = {
    "german": (GERMAN, "cp1252", "Windows-1252"),
    "french": (FRENCH, "cp1252", "Windows-1252"),
    "one letter": ("email\nren\u00e9@x.fr\n", "latin-1", "Windows-1252"),
    "russian": (RUSSIAN, "cp1251", "Windows-1251"),
    "ukrainian": (UKRAINIAN, "cp1251", "Windows-1251"),
    "shift-jis": (JAPANESE, "cp932", "Shift-JIS"),
    "euc-jp": (JAPANESE, "euc_jp", "EUC-JP"),
    "euc-kr": (KOREAN, "euc_kr", "EUC-KR"),
    "gbk": (CHINESE, "gbk", "GBK"),
    "big5": (TAIWAN, "big5", "Big5"),
}
NOT_TOLD = {
    "kanji alone in Shift-JIS": (KANJI, "cp932"),
    "kanji alone in EUC-JP": (KANJI, "euc_jp"),
    "polish": (POLISH, "cp1250"),
    "polish in Latin-2": (POLISH, "iso8859_2"),
    "czech": (CZECH, "cp1250"),
    "turkish": (TURKISH, "cp1254"),
    "greek": (GREEK, "cp1253"),
    "hebrew": (HEBREW, "cp1255"),
    "arabic": (ARABIC, "cp1256"),
    "russian in KOI8": (RUSSIAN, "koi8_r"),
    "russian in DOS": (RUSSIAN, "cp866"),
    "german of an old Mac": (GERMAN, "mac_roman"),
    "french of an old Mac": (FRENCH, "mac_roman"),
    "german in DOS": (GERMAN.replace("„", "").replace("”", "").replace("–", "").replace("€", ""), "cp850"),
    "french in DOS": (FRENCH.replace("’", "'"), "cp850"),
}


@pytest.mark.parametrize("name", TOLD)
def test_encodings_that_can_be_told(name: str) -> None:
    """Of files as they come from Windows and from Asia."""
    text, codec, expected = TOLD[name]
    assert encoding_of(text.encode(codec)) == expected


@pytest.mark.parametrize("name", NOT_TOLD)
def test_encodings_that_cannot(name: str) -> None:
    """Nothing is claimed that is not known."""
    text, codec = NOT_TOLD[name]
    assert encoding_of(text.encode(codec)) is None


def test_damaged_utf8() -> None:
    """A UTF-8 file with a stray byte is none in another encoding."""
    assert encoding_of((GERMAN * 3).encode() + "é\n".encode("latin-1")) is None
    assert encoding_of(bytes(range(256)) * 10) is None
    for cut in (b"email\n\xc3", b"email\nJos\xc3\xa9\n\xe2\x82", b"\xf0\x9f\x98"):
        assert encoding_of(cut) is None
    assert encoding_of(b"") is None


def test_lines_within_a_file() -> None:
    """What is looked at are whole lines: half of one may be half of a character."""
    lines = [f"row {number},é\n".encode("cp1252") for number in range(20_000)]
    whole = b"".join(lines)
    blocks = [whole[at : at + 1000] for at in range(0, len(whole), 1000)]
    taken = whole_lines(blocks, begins_whole=True)
    assert whole.startswith(taken)
    assert taken.endswith(b"\n")
    assert 60_000 < len(taken) <= 64 * 1024
    assert whole_lines([whole[3:40]], begins_whole=False) == whole[3:40].partition(b"\n")[2]
    assert whole_lines([b"a\rb\rc"], begins_whole=True) == b"a\rb\rc"


def archive(mode: str) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as tar:
        tar.addfile(tarfile.TarInfo("leads.csv"), io.BytesIO())
    return packed.getvalue()


def zipped(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name in names:
            file.writestr(
                name, "application/vnd.oasis.opendocument.spreadsheet" if name == "mimetype" else "x"
            )
    return packed.getvalue()


def in_parquet() -> bytes:
    sink = io.BytesIO()
    parquet.write_table(pa.table({"email": ["a@example.com"]}), sink)
    return sink.getvalue()


CSV = b"email,firstName\na@example.com,Ann\n"
KINDS = {
    "a gzip archive": gzip.compress(CSV),
    "a zip archive": zipped("leads.csv"),
    "an Excel workbook (xlsx)": zipped("[Content_Types].xml", "xl/workbook.xml"),
    "a Word document (docx)": zipped("[Content_Types].xml", "word/document.xml"),
    "an OpenDocument spreadsheet (ods)": zipped("mimetype"),
    "an empty zip archive": zipped(),
    "a bzip2 archive": bz2.compress(CSV),
    "an xz archive": lzma.compress(CSV),
    "a tar archive": archive("w"),
    "a Zstandard archive": pa.compress(CSV, "zstd", asbytes=True),
    "an Office document (xls, doc)": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500,
    "a PDF document": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n",
    "a Parquet file": in_parquet(),
    "a PNG image": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "text in UTF-32": GERMAN.encode("utf-32"),
    "text in UTF-16 without a byte order mark": GERMAN.encode("utf-16-le"),
    "no text": bytes(range(32)) * 20 + b"\0" * 500,
}


@pytest.mark.parametrize("name", KINDS)
def test_kinds(name: str) -> None:
    """By name, from the first bytes."""
    found = kind_of(KINDS[name][:HEAD_BYTES])
    assert found is not None
    assert found.name == name


def test_utf16_in_either_order() -> None:
    assert kind_of(GERMAN.encode("utf-16-be")) == kind_of(GERMAN.encode("utf-16-le"))
    assert kind_of(GERMAN.encode("utf-16")) is None


@pytest.mark.parametrize(
    "head",
    [
        b"",
        CSV,
        b"PK,email\n",
        b"PAR1,email\n",
        b"ORC,email\nx,y\n",
        b"BZhang,email\n",
        b"GIF8,x\n",
        b"%PDF-,x\n",
        b"email,\0name\na,b\n",
        b"\xef\xbb\xbfemail\n",
        GERMAN.encode("cp1252"),
        JAPANESE.encode("cp932"),
        ("email," + "名" * 2000).encode()[:HEAD_BYTES],
    ],
)
def test_texts_are_no_other_kind(head: bytes) -> None:
    """Words that are marks of formats too, single NULs, other encodings."""
    assert kind_of(head) is None


def test_visible() -> None:
    """What leaves no ink is named, all else stays."""
    assert visible("First Name") == "First Name"
    assert visible("Prénom 名") == "Prénom 名"
    assert visible("\ufeffemail\u00a0") == "<U+FEFF>email<U+00A0>"
    assert visible("a\0b\u200bc\td\u202e") == "a<U+0000>b<U+200B>c<U+0009>d<U+202E>"
    assert shown("x" * 200) == "x" * 200
    assert shown("x" * 201) == "x" * 200 + "..."


NAMES = FieldNames(
    [
        ("email", "Email Address"),
        ("firstName", "First Name"),
        ("company", "Company Name"),
        ("title", "Job Title"),
    ]
)


@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("Email Address", "email"),
        ("EMAIL ADDRESS", "email"),
        ("E-mail", "email"),
        ("e_mail address", "email"),
        ("\ufeffemail", "email"),
        ("Email Adress", "email"),
        ("First-Name ", "firstName"),
        ("fristName", "firstName"),
        ("Company name", "company"),
        ("Ｔｉｔｌｅ", "title"),
        ("Street", None),
        ("", None),
        ("---", None),
        ("x" * 10_000, None),
    ],
)
def test_near_names(column: str, field: str | None) -> None:
    """§3.4: a display name, another way of writing, a slip of the finger."""
    assert NAMES.near(column) == field


def test_many_names_cost_little() -> None:
    """2,000 columns against 500 fields."""
    names = FieldNames([(f"someField{n}", f"Some Field of ours {n}") for n in range(500)])
    began = time.process_time()
    for number in range(2000):
        names.near(f"sumField of theirs{number}")
    assert time.process_time() - began < 1.0
