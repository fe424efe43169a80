"""Small terminology search with the HTTP interface of fuzon-http, for the demo.

Labels and numbers are from the Cell Ontology, UBERON and the NCBI taxonomy.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import werkzeug  # noqa: F401  before its parts
from flask import Flask, abort, jsonify, request
from werkzeug.exceptions import HTTPException

from modos_widgets.demo.server import error_response

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

__all__ = ["create_terminology"]

_LARGEST = 100
_CELL_TYPES = """
0000000 cell; 0000034 stem cell; 0000057 fibroblast; 0000066 epithelial cell; 0000084 T cell;
0000091 Kupffer cell; 0000097 mast cell; 0000115 endothelial cell; 0000127 astrocyte;
0000128 oligodendrocyte; 0000129 microglial cell; 0000136 adipocyte; 0000148 melanocyte;
0000160 goblet cell; 0000169 type B pancreatic cell; 0000171 pancreatic A cell;
0000182 hepatocyte; 0000187 muscle cell; 0000192 smooth muscle cell; 0000232 erythrocyte;
0000233 platelet; 0000235 macrophage; 0000236 B cell; 0000312 keratinocyte;
0000451 dendritic cell; 0000540 neuron; 0000542 lymphocyte; 0000576 monocyte;
0000584 enterocyte; 0000623 natural killer cell; 0000624 CD4-positive, alpha-beta T cell;
0000625 CD8-positive, alpha-beta T cell; 0000632 hepatic stellate cell;
0000738 leukocyte; 0000746 cardiac muscle cell; 0000766 myeloid leukocyte; 0000767 basophil;
0000771 eosinophil; 0000775 neutrophil; 0000786 plasma cell; 0001064 malignant cell;
0002322 embryonic stem cell; 0008024 pancreatic endocrine cell
"""
_MATERIALS = """
0000006 islet of Langerhans; 0000029 lymph node; 0000062 organ; 0000178 blood; 0000310 breast;
0000473 testis; 0000479 tissue; 0000945 stomach; 0000948 heart; 0000955 brain; 0000992 ovary;
0000995 uterus; 0001013 adipose tissue; 0001043 esophagus; 0001052 rectum; 0001088 urine;
0001134 skeletal muscle tissue; 0001155 colon; 0001255 urinary bladder; 0001264 pancreas;
0001359 cerebrospinal fluid; 0001836 saliva; 0001969 blood plasma; 0001977 blood serum;
0001987 placenta; 0001988 feces; 0002046 thyroid gland; 0002048 lung; 0002097 skin of body;
0002106 spleen; 0002107 liver; 0002108 small intestine; 0002113 kidney; 0002240 spinal cord;
0002316 white matter; 0002367 prostate gland; 0002369 adrenal gland; 0002370 thymus;
0002371 bone marrow
"""
_TAXA = """
562 Escherichia coli; 1280 Staphylococcus aureus; 1773 Mycobacterium tuberculosis;
3702 Arabidopsis thaliana; 4530 Oryza sativa; 4577 Zea mays; 4932 Saccharomyces cerevisiae;
6239 Caenorhabditis elegans; 7227 Drosophila melanogaster; 7955 Danio rerio;
8355 Xenopus laevis; 9031 Gallus gallus; 9544 Macaca mulatta; 9606 Homo sapiens;
9615 Canis lupus familiaris; 9823 Sus scrofa; 9913 Bos taurus; 9986 Oryctolagus cuniculus;
10090 Mus musculus; 10116 Rattus norvegicus; 10141 Cavia porcellus;
2697049 Severe acute respiratory syndrome coronavirus 2
"""


def _codes(ontology: str, text: str) -> dict[str, str]:
    pairs = (entry.split(maxsplit=1) for entry in text.replace("\n", " ").split(";"))
    base = f"http://purl.obolibrary.org/obo/{ontology}_"
    return {label.strip(): f"{base}{number}" for number, label in pairs}


_COLLECTIONS = {
    "cell_type": _codes("CL", _CELL_TYPES),
    "source_material": _codes("UBERON", _MATERIALS),
    "taxon_id": _codes("NCBITaxon", _TAXA),
}


def create_terminology() -> Flask:
    """Create the service: ``GET /collections`` and ``GET /codes/top?collection=&query=&num=``.

    Returns
    -------
    flask.Flask
        Its collections have the names of the schema's slots; URIs are in angle brackets.
    """
    app = Flask("terminology", static_folder=None)
    app.register_error_handler(HTTPException, error_response)

    @app.get("/collections")
    def collections() -> ResponseReturnValue:
        return jsonify({"collections": list(_COLLECTIONS)})

    @app.get("/codes/top")
    def top() -> ResponseReturnValue:
        codes = _COLLECTIONS.get(request.args.get("collection", ""))
        if codes is None:
            abort(404, description="No such collection")
        query = request.args.get("query", "").lower()
        count = request.args.get("num", 10, type=int)
        ranked = sorted(codes, key=lambda label: (-_likeness(query, label.lower()), label))
        found = [
            {"label": label, "uri": f"<{codes[label]}>", "score": None}
            for label in ranked[: max(0, min(count, _LARGEST))]
        ]
        return jsonify({"codes": found})

    return app


def _likeness(query: str, label: str) -> float:
    if label.startswith(query):
        return 3.0
    if query in label:
        return 2.0
    return difflib.SequenceMatcher(None, query, label).ratio()
