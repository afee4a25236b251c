"""Encodings: those that data files are written in, each of which is decoded in time proportional to the file's size.

Python knows others, which no corpus is in: some are no text at all (`hex`), some name other characters in ASCII
(`unicode_escape`), and `punycode`, made for the parts of an address, takes quadratic time.
"""

import codecs

_NAMES = """
ascii utf-8 utf-8-sig utf-16 utf-16-le utf-16-be utf-32 utf-32-le utf-32-be
iso8859-1 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-9 iso8859-10 iso8859-11
iso8859-13 iso8859-14 iso8859-15 iso8859-16
cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258
cp037 cp273 cp424 cp437 cp500 cp720 cp737 cp775 cp850 cp852 cp855 cp856 cp857 cp858 cp860 cp861 cp862 cp863 cp864 cp865
cp866 cp869 cp874 cp875 cp1006 cp1026 cp1125 cp1140
gb2312 gbk gb18030 hz big5 big5hkscs cp950
shift_jis shift_jis_2004 shift_jisx0213 cp932 euc_jp euc_jis_2004 euc_jisx0213
iso2022_jp iso2022_jp_1 iso2022_jp_2 iso2022_jp_2004 iso2022_jp_3 iso2022_jp_ext
euc_kr cp949 johab iso2022_kr
koi8-r koi8-t koi8-u kz1048 ptcp154 tis-620 hp-roman8
mac-arabic mac-croatian mac-cyrillic mac-farsi mac-greek mac-iceland mac-latin2 mac-roman mac-romanian mac-turkish
"""
ENCODINGS = frozenset(_NAMES.split())
"""As `codecs.lookup` names them, whichever of its many names a task file has."""


def check_encoding(name: str) -> str:
    """The name under which Python keeps an encoding.

    Raises:
        ValueError: for none of `ENCODINGS`, naming common ones.
    """
    try:
        codec = codecs.lookup(name).name
    except (LookupError, ValueError):
        codec = ""
    if codec not in ENCODINGS:
        raise ValueError(
            f"'{name[:60]}' is no encoding of text that can be read; name the one that the file is in, such as utf-8, "
            "utf-16, latin-1, cp1252, gb18030, big5, shift_jis, euc_kr or koi8-r"
        )
    return codec
