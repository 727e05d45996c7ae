"""Files as people really send them, each with what must become of it.

`HEAD` is the header that most begin with. The outcome of a file is a code of contract §13 when
its creation is refused, `row N` when the job is Failed for the encoding of that data row, else
`P+F`: so many rows processed and so many failed.
"""

import codecs

HEAD = b"email,lastName,leadScore\n"
ROW = b"a1@x.co,A,1\n"
PART = 1024 * 1024
"""Where an upload is cut when it is stored."""


def utf16(text: str, order: str = "le") -> bytes:
    """Return text with a mark in UTF-16 of one byte order."""
    mark = codecs.BOM_UTF16_LE if order == "le" else codecs.BOM_UTF16_BE
    return mark + text.encode(f"utf-16-{order}", "surrogatepass")


def across_a_part(character: bytes) -> bytes:
    """Return a file in which a character lies across the border of two stored parts."""
    before = HEAD + ROW + b"p2@x.co,"
    return before + b"." * (PART - 1 - len(before)) + character + b",1\np3@x.co,B,2\n"


TEXT = "email,lastName,leadScore\nu1@x.co,Zoë 東京 😀,1\nu2@x.co,Ωmega,x\n"

ENCODINGS: dict[str, tuple[bytes, str]] = {
    "utf-8": (TEXT.encode(), "1+1"),
    "utf-8 with mark": (codecs.BOM_UTF8 + TEXT.encode(), "1+1"),
    "mark, then a blank line": (codecs.BOM_UTF8 + b"\n" + TEXT.encode(), "1+1"),
    "mark twice": (codecs.BOM_UTF8 * 2 + TEXT.encode(), "1006"),
    "mark alone": (codecs.BOM_UTF8, "1003"),
    "mark in a cell": (HEAD + b"m1@x.co," + codecs.BOM_UTF8 + b"M,1\n", "1+0"),
    "mark before the first row": (HEAD + codecs.BOM_UTF8 + b"m2@x.co,M,1\nm3@x.co,M,1\n", "2+0"),
    "mark as the first row": (HEAD + codecs.BOM_UTF8 + b"\nm4@x.co,M,1\n", "1+0"),
    "two files in one": ((codecs.BOM_UTF8 + HEAD + ROW) * 2, "2+1"),
    "utf-16 le": (utf16(TEXT), "1+1"),
    "utf-16 be": (utf16(TEXT, "be"), "1+1"),
    "utf-16 le, crlf": (utf16(TEXT.replace("\n", "\r\n")), "1+1"),
    "utf-16 with an odd byte": (utf16(TEXT) + b"x", "row 3"),
    "utf-16 with a lone surrogate": (utf16(TEXT + "u3@x.co,\ud83d,1\n"), "row 3"),
    "utf-16 with halves swapped": (utf16(TEXT + "u3@x.co,\ude00\ud83d,1\n"), "row 3"),
    "utf-16 cut within a pair": (utf16(TEXT + "u3@x.co,😀")[:-2], "row 3"),
    "utf-16 without mark": (TEXT.encode("utf-16-le"), "1003"),
    "utf-16 mark alone": (codecs.BOM_UTF16_LE, "1003"),
    "utf-32 with mark": (codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"), "1003"),
    "latin-1": (HEAD + ROW + "l2@x.co,José,1\n".encode("latin-1"), "row 2"),
    "latin-1 in the header": ("email,lastName,prénom\n".encode("latin-1") + ROW, "1006"),
    "windows-1252 quotes": (HEAD + "w1@x.co,“A”,1\n".encode("cp1252"), "row 1"),
    "shift-jis": (HEAD + ROW * 2 + "s3@x.co,東京,1\n".encode("shift_jis"), "row 3"),
    "euc-jp": (HEAD + "e1@x.co,東京,1\n".encode("euc_jp"), "row 1"),
    "gb18030": (HEAD + "g1@x.co,東京,1\n".encode("gb18030"), "row 1"),
    "utf-7": (HEAD + "t1@x.co,Zoë,1\n".encode("utf-7"), "1+0"),
    "overlong slash": (HEAD + ROW + b"o2@x.co,\xc0\xaf,1\n", "row 2"),
    "overlong NUL": (HEAD + b"o1@x.co,\xc0\x80,1\n", "row 1"),
    "overlong in three bytes": (HEAD + b"o1@x.co,\xe0\x80\xaf,1\n", "row 1"),
    "surrogate in utf-8": (HEAD + b"o1@x.co,\xed\xa0\x80,1\n", "row 1"),
    "pair of surrogates in utf-8": (HEAD + b"o1@x.co,\xed\xa0\xbd\xed\xb8\x80,1\n", "row 1"),
    "beyond the last character": (HEAD + b"o1@x.co,\xf4\x90\x80\x80,1\n", "row 1"),
    "five bytes": (HEAD + b"o1@x.co,\xf8\x88\x80\x80\x80,1\n", "row 1"),
    "lone continuation": (HEAD + ROW * 3 + b"\n\no4@x.co,\x80,1\n", "row 4"),
    "ff": (HEAD + ROW + b"\xff\n", "row 2"),
    "cut off within a character": (HEAD + ROW + "c2@x.co,東".encode()[:-1], "row 2"),
    "invalid behind an open quote": (HEAD + b'i1@x.co,"A\nB\n\xff', "row 1"),
    "invalid in a quoted line": (HEAD + ROW + b'i2@x.co,"A\nB\n\xff",1\n', "row 2"),
    "character across a part": (across_a_part("é".encode()), "2+1"),
    "invalid across a part": (across_a_part(b"\xc3\x28"), "row 2"),
    "NUL in a value": (HEAD + b"n1@x.co,A\0B,1\nn2@x.co,B,2\n", "1+1"),
    "NUL in the key": (HEAD + b"n1\0@x.co,A,1\nn2@x.co,B,2\n", "1+1"),
    "NUL in a number": (HEAD + b"n1@x.co,A,1\0\n", "0+1"),
    "NUL in the header": (b"email,last\0Name\nn1@x.co,A\n", "1006"),
    "NUL alone": (b"\0", "1003"),
    "rows of NUL": (HEAD + b"\0\n\0\0,\0\n", "1003"),
    "rows of NUL among others": (HEAD + b"\0\n\0\0,\0\n" + b"nn1@x.co," + b"N" * 60 + b",1\n", "1+2"),
    "control characters": (HEAD + bytes(range(1, 9)) + b"@x.co,\x1b[31m\x7f,1\n", "1+0"),
    "control-Z on a line of its own": (HEAD + ROW + b"\x1a", "1+0"),
    "control-Z behind the last row": (HEAD + ROW + b"cz1@x.co,Z,2" + b"\x1a" * 9, "2+0"),
    "control-Z and line ends": (HEAD + ROW + b"\r\n\x1a\r\n\x1a\r\n", "1+0"),
    "control-Z in utf-16": (utf16(TEXT + "\x1a"), "1+1"),
    "control-Z behind a header": (HEAD.strip() + b"\x1a", "0+0"),
    "control-Z alone": (b"\x1a\x1a", "1003"),
    "control-Z within": (HEAD + b"\x1acz2@x.co,Z,2\n\x1a\ncz3@x.co,Z\x1a,2\n", "2+0"),
    "dos files in one": ((HEAD + ROW + b"\x1a") * 2, "2+1"),
    "header in the middle": (HEAD + ROW + HEAD.upper() + b"hm1@x.co,H,2\n" + HEAD, "2+2"),
    "nearly a header in the middle": (HEAD + b"email,lastName,7\n", "1+0"),
    "count of rows at the end": (HEAD + ROW + b"\n(1 rows affected)\n", "1+1"),
    "count of rows of psql": (HEAD + ROW + b"(1 row)\n", "1+1"),
    "end of COPY": (HEAD + ROW + b"\\.\n", "1+1"),
    "line of dashes": (HEAD + b"-----,--------,---------\n" + ROW, "1+1"),
    "count of rows in one column": (b"email\nc1@x.co\n(1 row)\n", "2+0"),
    "noncharacters": (HEAD + "x1@x.co,\ufffe\uffff\U0010ffff,1\n".encode(), "1+0"),
    "bidi and zero width": (HEAD + "x2@x.co,\u202eabc\u200b\u2060\u2028\u0085,1\n".encode(), "1+0"),
    "composed and not": (HEAD + "e\u0301@x.co,é,1\né@x.co,e\u0301,2\n".encode(), "2+0"),
}

SHAPES: dict[str, tuple[bytes, str]] = {
    "quoted cells": (HEAD + b'"q1@x.co","A, B","1"\n', "1+0"),
    "doubled quotes": (HEAD + b'q2@x.co,"say ""hi""",1\nq3@x.co,"""",2\nq4@x.co,"""""",3\n', "3+0"),
    "quote within a cell": (HEAD + b'q5@x.co,6" pipe,1\nq6@x.co,a"b"c,2\n', "2+0"),
    "text after a closing quote": (HEAD + b'q7@x.co,"a"b,1\nq8@x.co,"a" "b",2\nq9@x.co,"a"",b",3\n', "3+0"),
    "space before a quote": (HEAD + b'q10@x.co, "a,1\nq11@x.co, "a" ,2\n', "2+0"),
    "quote open at the end": (HEAD + ROW + b'q12@x.co,"open,1\nq13@x.co,B,2\n', "1+1"),
    "quote open in the last cell": (HEAD + b'q14@x.co,A,"1', "0+1"),
    "quote alone": (HEAD + b'"', "0+1"),
    "three quotes at the end": (HEAD + b'q15@x.co,A,"""', "0+1"),
    "backslash before a quote": (HEAD + b'q16@x.co,"a\\"b",1\nq17@x.co,B,2\n', "2+0"),
    "backslash before a delimiter": (HEAD + b"q18@x.co,a\\,b,1\n", "0+1"),
    "single quotes": (HEAD + b"'q19@x.co','A, B',1\n", "0+1"),
    "typographic quotes": (HEAD + "q20@x.co,“A, B”,1\n".encode(), "0+1"),
    "quoted header": (b'"email","lastName","leadScore"\nq21@x.co,A,1\n', "1+0"),
    "open quote in the header": (b'email,"lastName\nq22@x.co,A\n', "1003"),
    "open quote in a header of its own": (b'email,"lastName', "1003"),
    "header far wider than rows": (
        HEAD[:-1] + b"," * 150 + b"\nw1@x.co\nw2@x.co,A\nw3@x.co,B,x\n,C\nw4@x.co,D,4" + b"," * 150 + b"z\n",
        "3+2",
    ),
    "key far behind the rows": (
        b"lastName,"
        + b"," * 150
        + b"email\nA\nB,,,1\nC"
        + b"," * 151
        + b'w5@x.co\n"D,E"'
        + b"," * 80
        + b"\n",
        "1+3",
    ),
    "crlf": (HEAD.replace(b"\n", b"\r\n") + b"r1@x.co,A,1\r\nr2@x.co,B,x\r\n", "1+1"),
    "lone cr": (HEAD.replace(b"\n", b"\r") + b"r3@x.co,A,1\rr4@x.co,B,x\r", "1+1"),
    "mixed line ends": (HEAD + b"r5@x.co,A,1\r\nr6@x.co,B,2\rr7@x.co,C,3\nr8@x.co,D,4", "4+0"),
    "cr cr lf": (HEAD.replace(b"\n", b"\r\r\n") + b"r9@x.co,A,1\r\r\nr10@x.co,B,2\r\r\n", "2+0"),
    "lf cr": (HEAD + b"r11@x.co,A,1\n\rr12@x.co,B,2\n\r", "2+0"),
    "line ends in quotes": (HEAD + b'r13@x.co,"a\nb",1\nr14@x.co,"a\r\nb",2\nr15@x.co,"a\rb",3\n', "3+0"),
    "line end quoted alone": (HEAD + b'r16@x.co,"\n",1\n"\n",B,2\n', "1+1"),
    "no line end at the end": (HEAD + b"r17@x.co,A,1", "1+0"),
    "other line separators": (HEAD + "r18@x.co,a\x0bb\x0cc\x85d\u2028e,1\n".encode(), "1+0"),
    "blank lines": (b"\n\r\n" + HEAD + b"\n\nb1@x.co,A,1\n\n\r\nb2@x.co,B,2\n\n\n", "2+0"),
    "lines of spaces": (b"  \n\t \n" + HEAD + b"   \nb3@x.co,A,1\n \t\n", "1+0"),
    "lines of other spaces": (HEAD + "\u3000,\xa0\n\ufeff\nb4@x.co,A,1\n\u200b,,\n".encode(), "1+0"),
    "lines of delimiters before the header": (b",,\n , \n" + HEAD + b"b5@x.co,A,1\n", "1+0"),
    "lines of blank quotes before the header": (b'"",""\n" "\n' + HEAD + b"b6@x.co,A,1\n", "1+0"),
    "nothing but delimiters": (b",,\n,\n", "1003"),
    "nothing but blank quotes": (b'"",""\n\n""', "1003"),
    "short rows": (HEAD + b"s1@x.co\ns2@x.co,B\ns3@x.co,C,\n", "3+0"),
    "long rows": (HEAD + b'l1@x.co,A,1,,\nl2@x.co,B,2,x\nl3@x.co,C,x,y,z\nl4@x.co,D,4,""\n', "3+1"),
    "long row of quotes": (HEAD + b'l5@x.co,"A","1","x,y","z"\nl6@x.co,"B",2,"\n"\n', "2+0"),
    "row names of R": (HEAD + b'"1",w1@x.co,A,1\n"2",w2@x.co,B,2\n', "shifted"),
    "row names of R in one row": (HEAD + b"w3@x.co,A,1,x\n", "1+0"),
    "row names of R but for one": (HEAD + b"w4@x.co,A,1,x\nw5@x.co,B,2,\n", "2+0"),
    "line feed without quotes": (HEAD + b"w6@x.co,Ann,1\nw7@x.co,Mary\nLee,2\nw8@x.co,B,3\n", "4+0"),
    "all rows short": (HEAD + b"w9@x.co,A\nw10@x.co,B\n", "2+0"),
    "backslash quotes": (HEAD + b'"w11@x.co","Bob \\"Bobby\\"",1\nw12@x.co,"x \\", y",2\n', "1+1"),
    "delimiters only": (HEAD + b",,\n,\n,,,,\n", "0+0"),
    "blank quoted cells": (HEAD + b'"","",""\n""\n', "0+0"),
    "delimiter at the end of each line": (b"email,lastName,\nd1@x.co,A,\nd2@x.co,B,\n", "2+0"),
    "header only": (HEAD, "0+0"),
    "header without line end": (HEAD.strip(), "0+0"),
    "header and blank lines": (HEAD + b"\n\r\n\n", "0+0"),
    "header of blanks": (b'"",,\nh1@x.co,A,1\n', "1006"),
    "header of one blank": (b'""\nh2@x.co\n', "1006"),
    "header with spaces": (b"email, lastName\nh3@x.co,A\n", "1006"),
    "header in capitals": (b"EMAIL,LASTNAME\nh4@x.co,A\n", "1+0"),
    "column twice": (b"email,lastName,LASTNAME\nh5@x.co,A,B\n", "1003"),
    "blank column twice": (b"email,,lastName,\nh6@x.co,x,A,y\n", "1+0"),
    "no key column": (b"lastName,leadScore\nA,1\nB,x\n", "0+2"),
    "read-only columns": (b"email,createdAt,updatedAt,lastName\nh7@x.co,yesterday,NULL,A\n", "1+0"),
    "one column": (b'email\no1@x.co\n\n"o2@x.co"\n""\n \n', "2+0"),
    "one column, long rows": (b"email\no3@x.co,\no4@x.co,x\n,x\n", "2+1"),
    "empty": (b"", "1003"),
    "white space": (b" \r\n\t\n  \x0b\n", "1003"),
    "null words": (
        HEAD + b"z1@x.co,Null,1\nz2@x.co,null,NULL\nz3@x.co,nUlL,null\nz4@x.co, NULL,1\nNULL,A,1\n"
        b'z5@x.co,"NULL",2\nz6@x.co,N/A,3\nz7@x.co,\\N,4\nz8@x.co,nil,5\n',
        "8+1",
    ),
    "null clears": (HEAD + b"z9@x.co,A,7\nz9@x.co,NULL,\nz9@x.co,,NULL\n", "3+0"),
    "formulas": (
        HEAD + b"f1@x.co,=1+1,=1\nf2@x.co,+1,+x\nf3@x.co,-1,-x\nf4@x.co,@SUM(A1),@\n"
        b'f5@x.co,"\tx","\tx"\nf6@x.co,=cmd|\'/C calc\'!A0,x\n=f7@x.co,A,x\n',
        "0+7",
    ),
    "sql and templates": (
        HEAD + b"s') OR 1=1 --@x.co,') OR ''='' --,1\ns10@x.co,$1 %s %(x)s :x ? {{7*7}} ${x},x\n",
        "1+1",
    ),
    "the same key thrice": (HEAD + b"k1@x.co,A,1\n K1@X.co ,,x\nK1@x.co,B,\n", "2+1"),
}

OTHERS: dict[str, tuple[bytes, str]] = {
    "zip": (b"PK\x03\x04\x14\0\0\0\x08\0" + bytes(range(256)) * 40, "1003"),
    "gzip": (b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + bytes(range(255, -1, -1)) * 40, "1003"),
    "old excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + b"\x09\x08\x10\0", "1003"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "1003"),
    "html": (b"<!DOCTYPE html>\n<table><tr><td>email</td></tr></table>\n", "1006"),
    "json": (b'[{"email": "j1@x.co"}]\n', "1006"),
    "sep line of a spreadsheet": (b"sep=,\n" + HEAD + ROW, "1006"),
    "bars": (HEAD.replace(b",", b"|") + ROW.replace(b",", b"|"), "1006"),
}
"""What no format makes anything else of."""

OBJECTS: dict[str, tuple[bytes, str]] = {
    "unknown columns": (b"x y,email,,EMAIL2,lastName\n1,u1@x.co,2,3,A\n", "1+0"),
    "NUL in the header": (b"last\0Name,email\nB,u2@x.co\n\0,\n", "1+1"),
    "mark twice": (codecs.BOM_UTF8 * 2 + b"email,lastName\nu3@x.co,A\n", "0+1"),
    "utf-16 without mark": (TEXT.encode("utf-16-le"), "1003"),
    "utf-32 with mark": (codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"), "1003"),
    "latin-1 in the header": ("email,prénom\n".encode("latin-1") + ROW, "the header"),
    "html": (b"<!DOCTYPE html>\n<td>email</td>\n", "0+1"),
    "gzip": (b"\x1f\x8b\x08\0" + bytes(range(255, -1, -1)), "1003"),
    "column twice, unknown": (b"email,x,X\nu4@x.co,1,2\n", "1003"),
}
"""Whose columns may be anything (§3.4)."""

OF_TYPES = {
    **{
        "string": "s",
        "integer": "1",
        "float": "1.5",
        "boolean": "true",
        "currency": "2.5",
        "date": "2026-01-02",
    },
    **{"datetime": "2026-01-02T03:04:05Z", "email": "e@x.co", "phone": "1", "text": "t", "percent": "5"},
    **{"score": "1", "url": "x.co"},
}


def full_among_short(key: str, fields: dict[str, str]) -> bytes:
    """Return 200 rows of 30 records: most have a key alone, a few all fields, given with their types.

    These set a record, leave it, change it, clear it and fail; short ones stand before and behind each.
    """
    set_all = [OF_TYPES[kind] for kind in fields.values()]
    changed = [*set_all[:-1], "NULL"]
    full = {7: set_all, 37: set_all, 67: changed, 70: ["x"] * len(fields), 71: ["NULL"] * len(fields)}
    full |= {97: set_all, 131: set_all}
    rows = [",".join([key.format(number % 30), *full.get(number, [])]) for number in range(200)]
    names = key.replace("fs{}@x.co", "email").replace("fs{}", "t_string").replace("1", "t_integer")
    return "\n".join([",".join([names, *fields]), *rows, ""]).encode()
