"""Names, attributes, labels and data types are shown as text, whatever stands in them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.parts.lab import LabPage

pytestmark = pytest.mark.browser

PAYLOADS = [
    "<script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    "<svg onload=window.pwned=1>",
    "<svg><script>window.pwned=1</script></svg>",
    "<iframe srcdoc='<script>parent.pwned=1</script>'>",
    "<body onload=window.pwned=1>",
    "<input autofocus onfocus=window.pwned=1>",
    "<details open ontoggle=window.pwned=1>",
    "<video><source onerror=window.pwned=1></video>",
    "<a href='javascript:window.pwned=1'>x</a>",
    "javascript:window.pwned=1",
    "data:text/html,<script>window.pwned=1</script>",
    '"><script>window.pwned=1</script>',
    "'><img src=x onerror=window.pwned=1>",
    '" onmouseover="window.pwned=1',
    "' onfocus='window.pwned=1' autofocus '",
    "</title><script>window.pwned=1</script>",
    "</textarea><script>window.pwned=1</script>",
    "</style><script>window.pwned=1</script>",
    "</script><script>window.pwned=1</script>",
    "</pre><script>window.pwned=1</script>",
    "<!--><script>window.pwned=1</script>-->",
    "<math><mtext><script>window.pwned=1</script></mtext></math>",
    "<object data='javascript:window.pwned=1'>",
    "<embed src='javascript:window.pwned=1'>",
    "<marquee onstart=window.pwned=1>",
    "<style>*{background:url('javascript:window.pwned=1')}</style>",
    "<link rel=stylesheet href='javascript:window.pwned=1'>",
    "<base href='javascript:/a/-window.pwned=1;/'>",
    "<form><button formaction='javascript:window.pwned=1'>x",
    "{{constructor.constructor('window.pwned=1')()}}",
    "${window.pwned=1}",
    "<scr\0ipt>window.pwned=1</scr\0ipt>",
    "&lt;img src=x onerror=window.pwned=1&gt;",
    "<template><img src=x onerror=window.pwned=1></template>",
    "$x_{window.pwned}$",
]

STORE = """
import json, pathlib, modos_widgets
payloads = json.loads(pathlib.Path('payloads.json').read_text())
folder = pathlib.Path('untrusted.zarr')
group = lambda **attributes: {'zarr_format': 3, 'node_type': 'group', 'attributes': attributes}
documents = {}
for number, text in enumerate(payloads):
    name = text.replace('/', '\\u2215').replace('\\0', '')
    documents[name] = group(**{'@type': text, 'name': text, text: text})
    documents[f'array{number}'] = {
        'zarr_format': 3, 'node_type': 'array', 'shape': [2, 2], 'data_type': text,
        'chunk_grid': {'name': text, 'configuration': {'chunk_shape': [2, 2]}},
        'chunk_key_encoding': {'name': 'default'}, 'fill_value': text,
        'codecs': [{'name': text}], 'dimension_names': [text, text], 'attributes': {text: [text]},
    }
documents['rtl \\u202egnp.exe'] = group(name='a\\nb\\u200fc')
documents['long'] = group(**{'@type': 'x' * 5000, 'name': 'y' * 5000})
folder.mkdir()
root = group(name=payloads[1], **{'@type': payloads[0]})
root['consolidated_metadata'] = {'metadata': {**documents, 'n' * 5000: group()}}
(folder / 'zarr.json').write_text(json.dumps(root))
tree = modos_widgets.ZarrTree(folder)
preview = modos_widgets.ArrayPreview(tree.source, 'array0')
_ = tree.on_select(preview.show)
"""

LABELS = """
import numpy as np, zarr, warnings
warnings.simplefilter('ignore')
texts = np.array([text.replace('\\0', '') for text in payloads], dtype=np.dtypes.StringDType())
root = zarr.create_group('labels.zarr')
root.create_array('x', data=np.ones((len(texts), len(texts))), dimension_names=('var', 'obs'))
root.create_array('var', data=texts)
root.create_array('obs', data=texts)
tree.source = 'labels.zarr'
preview.source = tree.source
preview.path = 'x'
"""


def test_no_name_of_the_corpus_is_executed(lab: LabPage) -> None:
    import json  # noqa: PLC0415

    assert len(PAYLOADS) >= 30
    lab.open(["", "tree", "preview"], name="untrusted.ipynb")
    (lab.server.notebooks / "payloads.json").write_text(json.dumps(PAYLOADS))
    lab.python(STORE)
    lab.run_all()
    tree, preview = lab.output(1), lab.output(2)
    scroller = tree.locator("[role=tree]")
    expect(tree.get_by_role("treeitem").nth(3)).to_be_visible()
    expect(preview.get_by_role("alert")).to_be_visible()
    scroller.focus()
    for _ in range(len(PAYLOADS) // 4):  # every row comes into sight, some are chosen
        for _ in range(8):
            scroller.press("ArrowDown")
        scroller.press("Enter")
    expect(preview.locator("h3")).not_to_have_text("array0")
    lab.python("tree.value = 'rtl \\u202egnp.exe'")
    expect(tree.get_by_text("rtl \\u202egnp.exe").first).to_be_visible()
    lab.screenshot("tree-untrusted", tree)
    tree.get_by_label("Filter").fill("<script")
    expect(tree.locator(".modos-found")).to_contain_text("of 74")
    lab.python("preview.path = 'array5'")
    expect(preview.locator("h3")).to_have_text("array5")
    lab.python(LABELS)
    expect(preview.locator("table")).to_contain_text(PAYLOADS[1])
    expect(preview.locator("canvas")).to_be_visible()
    lab.screenshot("preview-untrusted", preview)
    assert lab.page.evaluate("window.pwned") is None
    for area in (tree, preview):
        assert area.locator("script, iframe, object, embed, video, form, style, link").count() == 0
    shown = ["".join(each["data"]["text/html"]) for cell in lab.outputs()[1:] for each in cell]
    assert len(shown) == 2
    for html in shown:
        assert set(re.findall(r"<\s*/?\s*(\w+)", html)) <= {"pre", "span"}
