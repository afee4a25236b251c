"""Small .xlsx files, written cell by cell, so that each holds what a test is about."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
DATE, TIME = 1, 2
"""Styles of cells: a date with a time, and a duration."""
_STYLES = f"""<styleSheet xmlns="{_MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="[h]:mm:ss"/></numFmts>
<cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="22" applyNumberFormat="1"/><xf numFmtId="164" applyNumberFormat="1"/>
</cellXfs></styleSheet>"""


def cell(reference: str, value: Any, *, style: int = 0, formula: str = "") -> str:
    """A cell in XML; None for one without a value."""
    inside = f"<f>{escape(formula)}</f>" if formula else ""
    if isinstance(value, bool):
        return f'<c r="{reference}" t="b">{inside}<v>{int(value)}</v></c>'
    if value is None:
        return f'<c r="{reference}">{inside}</c>'
    if isinstance(value, str):
        kind = "e" if value.startswith("#") else "str"
        return f'<c r="{reference}" t="{kind}">{inside}<v>{escape(value)}</v></c>'
    return f'<c r="{reference}" s="{style}">{inside}<v>{value}</v></c>'


def workbook(
    sheets: Mapping[str, Sequence[Sequence[Any]]],
    *,
    merged: Sequence[str] = (),
    hidden: Sequence[str] = (),
    packed: bool = True,
) -> bytes:
    """A .xlsx file of sheets; a cell is a value, or XML of `cell`."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as archive:
        names, states = list(sheets), ("visible", "hidden")
        types = "".join(
            f'<Override PartName="/xl/worksheets/sheet{index}.xml" ContentType="application/vnd.openxmlformats-'
            'officedocument.spreadsheetml.worksheet+xml"/>'
            for index in range(len(names))
        )
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.'
            'openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/'
            f'vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>{types}</Types>',
        )
        archive.writestr("_rels/.rels", _relationships({"rId1": ("officeDocument", "xl/workbook.xml")}))
        parts = {f"rId{index}": ("worksheet", f"worksheets/sheet{index}.xml") for index in range(len(names))}
        archive.writestr("xl/_rels/workbook.xml.rels", _relationships(parts | {"rIdS": ("styles", "styles.xml")}))
        listed = "".join(
            f'<sheet name="{escape(name)}" sheetId="{index + 1}" r:id="rId{index}" state="{states[name in hidden]}"/>'
            for index, name in enumerate(names)
        )
        archive.writestr(
            "xl/workbook.xml", f'<workbook xmlns="{_MAIN}" xmlns:r="{_DOCUMENT}"><sheets>{listed}</sheets></workbook>'
        )
        archive.writestr("xl/styles.xml", _STYLES)
        for index, rows in enumerate(sheets.values()):
            archive.writestr(f"xl/worksheets/sheet{index}.xml", _sheet(rows, merged))
    return target.getvalue()


def _relationships(parts: Mapping[str, tuple[str, str]]) -> str:
    lines = (
        f'<Relationship Id="{name}" Type="{_DOCUMENT}/{kind}" Target="{path}"/>' for name, (kind, path) in parts.items()
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{"".join(lines)}</Relationships>'


def _sheet(rows: Sequence[Sequence[Any]], merged: Sequence[str]) -> str:
    lines = []
    for number, row in enumerate(rows, start=1):
        cells = (
            each if isinstance(each, str) and each.startswith("<c ") else cell(f"{chr(65 + column)}{number}", each)
            for column, each in enumerate(row)
        )
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    areas = "".join(f'<mergeCell ref="{area}"/>' for area in merged)
    areas = f"<mergeCells>{areas}</mergeCells>" if areas else ""
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{"".join(lines)}</sheetData>{areas}</worksheet>'
