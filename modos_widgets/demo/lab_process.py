"""JupyterLab that ends with its parent: ``python -m modos_widgets.demo.lab_process``."""

from __future__ import annotations

from jupyterlab.labapp import LabApp

from modos_widgets.serving.child import run

if __name__ == "__main__":
    run(LabApp.launch_instance)
