"""What stands in a workbook."""

import io
import zipfile
from xml.etree import ElementTree as ET


def read_workbook(data: bytes) -> list[tuple[str, ...]]:
    """Return the cells of the first sheet, row by row."""
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        strings = [
            "".join(t.text or "" for t in si.iter(f"{space}t"))
            for si in ET.fromstring(archive.read("xl/sharedStrings.xml"))
        ]
        sheet = ET.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    cells = [[(cell.get("t"), cell.findtext(f"{space}v") or "") for cell in row] for row in sheet.iter(f"{space}row")]
    return [tuple(strings[int(value)] if kind == "s" else value for kind, value in row) for row in cells]
