"""Edit cells of a file in LibreOffice through its own API, and save it.

Runs in the Python that has the module ``uno``: ``libreoffice_edit.py PIPE SOURCE EDITS TARGET...``.
EDITS is JSON: a list of tab, element, attribute and text. A tab of CSV is that of the first edit.
A target named ``protected`` gets a password.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import uno
from com.sun.star.beans import NamedValue, PropertyValue
from com.sun.star.connection import NoConnectException

FILTERS = {
    ".xlsx": ("Calc MS Excel 2007 XML", ""),
    ".csv": ("Text - txt - csv (StarCalc)", "44,34,76,1,,0,false,true,false,false,false,{sheet}"),
    ".pdf": ("calc_pdf_Export", ""),
}
PASSWORD = uno.Any(
    "[]com.sun.star.beans.NamedValue",
    (NamedValue("CryptoType", "Standard"), NamedValue("OOXPassword", "secret")),
)


def value(name: str, content: object) -> Any:
    found = PropertyValue()
    found.Name, found.Value = name, content
    return found


def desktop(pipe: str) -> Any:
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext(
        "com.sun.star.bridge.UnoUrlResolver", local
    )
    for _ in range(300):
        try:
            context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except NoConnectException:
            time.sleep(0.2)
        else:
            return context.ServiceManager.createInstanceWithContext(
                "com.sun.star.frame.Desktop", context
            )
    raise SystemExit("LibreOffice did not start")


def main(pipe: str, source: str, edits: str, *targets: str) -> None:
    office = desktop(pipe)
    book = office.loadComponentFromURL(
        Path(source).as_uri(), "_blank", 0, (value("Hidden", content=True),)
    )
    changes = json.loads(edits)
    for tab, element, slot, text in changes:
        sheet = book.Sheets.getByName(tab)
        cursor = sheet.createCursor()
        cursor.gotoEndOfUsedArea(False)  # noqa: FBT003 - UNO has no names
        width, height = cursor.RangeAddress.EndColumn + 1, cursor.RangeAddress.EndRow + 1
        header = [
            sheet.getCellByPosition(place, 0).String.removesuffix(" *") for place in range(width)
        ]
        row = next(n for n in range(height) if sheet.getCellByPosition(1, n).String == element)
        sheet.unprotect("")
        cell = sheet.getCellByPosition(header.index(slot), row)
        if text.startswith("typed "):
            cell.NumberFormat = 0
            cell.FormulaLocal = text.removeprefix("typed ")
        else:
            cell.String = text
    titles = list(book.Sheets.ElementNames)
    number = titles.index(changes[0][0]) + 1 if changes else 1
    for target in targets:
        name, options = FILTERS[Path(target).suffix]
        options = options.format(sheet=number)
        arguments = [value("FilterName", name), value("FilterOptions", options)]
        if Path(target).stem == "protected":
            arguments.append(value("EncryptionData", PASSWORD))
        book.storeToURL(Path(target).as_uri(), tuple(arguments))
    book.close(True)  # noqa: FBT003
    office.terminate()


main(*sys.argv[1:])
