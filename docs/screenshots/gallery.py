"""Take a picture of each widget for the gallery, in both themes: part of ``make screenshots``."""

from __future__ import annotations

from pathlib import Path

from tests.parts.lab_script import open_lab

FOLDER = Path(__file__).resolve().parent / "gallery"
START = """\
import getpass
import socket
import tempfile

getpass.getuser, socket.gethostname = lambda: "ada", lambda: "laptop"  # no name of this machine

import modos_widgets as modos

deployment = modos.demo.start(protected=True)
endpoint = deployment.endpoint
deployment.approve(login := modos.Login(endpoint))
folder = tempfile.mkdtemp() + "/P-0001"
modo = modos.open_modo("s3://demo/smoc/P-0001", endpoint=endpoint)
draft = modos.edit("s3://demo/smoc/P-0001", endpoint=endpoint)
draft.set("sample/tumor", "collector", ["A collector of the demo"])
draft.commit("Name the collector")"""
WIDGETS = {
    "Overview": "modos.Overview(endpoint)",
    "Login": "login",
    "EndpointPicker": "modos.EndpointPicker(endpoint)",
    "ZarrTree": 'modos.ZarrTree(modo, depth=2, value="sample/tumor", height="320px")',
    "MetadataTable": "modos.MetadataTable(modo)",
    "ArrayPreview": 'modos.ArrayPreview(modo, "data/rna_counts/data")',
    "RegionView": 'modos.RegionView(modo, ["data/tumor_wgs", "data/calls1"], "chr21:5,501-5,700")',
    "ElementForm": 'modos.ElementForm(draft, "Sample")',
    "History": "modos.History(draft.modos[0])",
    "TransferPanel": "panel = modos.TransferPanel(modo, folder)\npanel.compare()\npanel",
}
"""Widget to the code that shows it; docs/gallery.md has a section for each."""


def main() -> None:
    """Save the pictures into the folder gallery."""
    FOLDER.mkdir(exist_ok=True)
    with open_lab(viewport={"width": 1240, "height": 1000}) as lab:
        lab.open([START, *WIDGETS.values()])
        lab.run_all()
        for theme in ("Dark", "Light"):
            lab.set_theme(f"JupyterLab {theme}")
            for number, name in enumerate(WIDGETS, start=1):
                picture = lab.output(number).locator(".jp-OutputArea-output").last
                lab.cell(number).scroll_into_view_if_needed()
                lab.page.wait_for_timeout(1500)  # until rows and pictures are drawn
                path = FOLDER / f"{name}-{theme.lower()}.png"
                picture.screenshot(path=path, animations="disabled")
                print(path.name)


if __name__ == "__main__":
    main()
