"""`transfer(check=True)` copies nothing of an object whose files contradict its metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from modos_widgets import transfer
from modos_widgets.errors import InvalidMetadataError, OptionError
from tests.modo.objects import ROOT, keys_of
from tests.parts.omics_files import vcf_text

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def swapped(tmp_path: Path) -> Path:
    """Make an object whose variants are of another sample than it says."""
    elements = {
        "sample/s1": {"@type": "Sample", "name": "Sample 1"},
        "sample/s2": {"@type": "Sample", "name": "Sample 2"},
        "data/calls": {
            "@type": "VariantSet",
            "data_path": "calls.vcf",
            "data_format": "VCF",
            "has_sample": ["sample/s1"],
        },
    }
    files = {"calls.vcf": vcf_text({"chr1": "ACGT" * 100}, ("s2",)).encode()}
    root = {name: value for name, value in ROOT.items() if name != "has_assay"}
    for key, content in keys_of(elements, root=root, files=files).items():
        path = tmp_path / "study" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "study"


def test_an_object_with_errors_is_not_copied_unless_forced(swapped: Path) -> None:
    target = swapped.parent / "copy"
    with pytest.raises(InvalidMetadataError, match=r"sample/s2.*force=True") as raised:
        transfer(swapped, target, check=True).wait(60)

    assert [finding.code for finding in raised.value.findings] == ["sample_mismatch"]
    assert not target.exists()
    with pytest.raises(InvalidMetadataError):
        transfer(iter([swapped]), target, check=True).wait(60)
    transfer(swapped, target, check=True, force=True).wait(60)
    assert (target / "calls.vcf").exists()


def test_a_variable_makes_the_check_the_default(
    swapped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = swapped.parent / "copy"
    monkeypatch.setenv("MODOS_CHECK_TRANSFERS", "1")
    with pytest.raises(InvalidMetadataError):
        transfer(swapped, target).wait(60)
    monkeypatch.setenv("MODOS_CHECK_TRANSFERS", "perhaps")
    with pytest.raises(OptionError):
        transfer(swapped, target)
    monkeypatch.setenv("MODOS_CHECK_TRANSFERS", "0")
    transfer(swapped, target).wait(60)
    assert target.exists()


def test_an_object_without_errors_is_copied(swapped: Path) -> None:
    (swapped / "calls.vcf").write_text(vcf_text({"chr1": "ACGT" * 100}, ("s1",)))
    transfer(swapped, swapped.parent / "copy", check=True).wait(60)
    assert (swapped.parent / "copy" / "calls.vcf").exists()
