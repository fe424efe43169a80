"""VCF Zarr: samples and variants label the values that vcf2zarr wrote, as pysam reads them."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import zarr

from modos_widgets.explore import meaning_of
from tests.foreign.stores import PLACES, assert_same, opened, shown

if TYPE_CHECKING:
    from tests.parts.s3 import S3Server

pytestmark = [pytest.mark.foreign, pytest.mark.filterwarnings("ignore")]

HEADER = """##fileformat=VCFv4.3
##contig=<ID=chr1,length=1000000>
##contig=<ID=chr2,length=1000000>
##FILTER=<ID=PASS,Description="All filters passed">
##FILTER=<ID=low,Description="Low quality">
##INFO=<ID=AC,Number=A,Type=Integer,Description="Allele count">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">
"""
LINES = (
    "#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT NA1 NA2 NA3",
    "chr1 100 rs1 A C,T 10 PASS AC=1,2 GT:DP 0/1:3 ./.:. 1|2:7",
    "chr1 200 . G C . low AC=1 GT 0/1 0/0 1/1",
    "chr2 50 rs3 G . 5 PASS . GT:DP 0/0:1 0/0:. 0:9",
)


@pytest.fixture(scope="module", params=[2, 3])
def stored(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    from bio2zarr import vcf  # noqa: PLC0415  heavy

    folder = tmp_path_factory.mktemp("v")
    table = "\n".join("\t".join(line.split()) for line in LINES)
    (folder / "a.vcf").write_text(f"{HEADER}{table}\n")
    subprocess.run(["bgzip", folder / "a.vcf"], check=True)
    subprocess.run(["tabix", "-p", "vcf", folder / "a.vcf.gz"], check=True)
    vcf.convert([str(folder / "a.vcf.gz")], folder / "a.vcz", zarr_format=request.param)
    return folder


@pytest.mark.parametrize("place", PLACES)
def test_samples_and_variants_label_what_vcf2zarr_wrote(
    moto_server: S3Server, stored: Any, place: str
) -> None:
    import pysam  # noqa: PLC0415  heavy

    with pysam.VariantFile(str(stored / "a.vcf.gz")) as file:
        samples = list(file.header.samples)
        records = list(file)
    source = opened(place, stored / "a.vcz", moto_server)
    variants = [f"{each.contig}:{each.pos}" for each in records]
    _, depth, labels = shown(source, "call_DP")
    assert (labels[0].texts, labels[1].texts) == (variants, samples)
    expected = [[each.samples[name].get("DP") for name in samples] for each in records]
    assert_same(depth.data, np.array(expected, dtype="float64"))
    _, contigs, _ = shown(source, "variant_contig")
    assert list(contigs.data) == [each.contig for each in records]
    _, positions, labels = shown(source, "variant_position")
    assert_same(positions.data, [each.pos for each in records])
    assert labels == {}
    _, passed, labels = shown(source, "variant_filter")
    assert labels[1].texts == ["PASS", "low"]
    assert_same(
        passed.data, [[name in each.filter for name in labels[1].texts] for each in records]
    )
    _, counts, _ = shown(source, "variant_AC")
    assert_same(counts.data, [[1, 2], [1, np.nan], [np.nan, np.nan]])
    meaning, genotypes, labels = shown(source, "call_genotype", at={0: 1})
    assert [axis.name for axis in meaning.axes] == ["variants", "samples", "ploidy"]
    assert labels[1].texts == samples
    assert_same(genotypes.data, [records[1].samples[name]["GT"] for name in samples])


def test_every_array_has_a_preview_and_raw_values(stored: Any) -> None:
    source = opened("local", stored / "a.vcz", None)  # type: ignore[arg-type]
    group = zarr.open_group(stored / "a.vcz", mode="r")
    for name, array in group.arrays():
        meaning, values, _ = shown(source, name)
        assert meaning.conventions == ("VCF Zarr",), name
        assert values.data.shape == array.shape[-2:], name
        _, values, _ = shown(source, name, raw=True)
        if array.ndim < 3:
            assert_same(values.data.astype(object), np.asarray(array[...]).astype(object))
    assert "-1 and -2 are missing" in meaning_of(source, "call_DP").sentence
