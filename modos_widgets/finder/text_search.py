"""Folded texts to search, in one piece of memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from modos_widgets.folding import folded

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FoldedTexts", "folded_texts"]

_FEW: Final = 4_000


def folded_texts(texts: Any) -> Any:
    """Return folded texts; ASCII texts, nearly all, are folded by Arrow."""
    plain = pc.string_is_ascii(texts)
    lower = pc.ascii_lower(texts)
    if pc.all(plain).as_py() is not False:
        return lower
    others = [folded(text) for text in texts.filter(pc.invert(plain)).to_pylist()]
    return pc.replace_with_mask(lower, pc.invert(plain), pa.array(others, type=texts.type))


class FoldedTexts:
    """Texts that were folded, and which of them contain a word.

    Parameters
    ----------
    texts : pyarrow.StringArray
        Folded texts without nulls.
    """

    def __init__(self, texts: Any) -> None:
        self.texts = texts
        self._bytes = b""
        _, offsets, letters = texts.buffers()
        if texts.offset or letters is None:
            return
        # bytes.find is faster than Arrow; Arrow and Python share the bytes
        self._bytes = letters.to_pybytes()
        letters = pa.py_buffer(self._bytes)
        self.texts = pa.StringArray.from_buffers(len(texts), offsets, letters)
        self._ends = np.frombuffer(offsets, dtype=np.int32)[1 : len(texts) + 1]

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.texts)

    def rare(self, word: str) -> NDArray[np.bool_] | None:
        """Return the texts that contain a rare folded word; None for a frequent one."""
        if not self._bytes or len(word) == 1:
            return None
        letters = word.encode(errors="replace")
        hits: list[int] = []
        at = self._bytes.find(letters)
        while at >= 0:
            hits.append(at)
            if len(hits) > _FEW:
                return None
            at = self._bytes.find(letters, at + 1)
        begins = np.asarray(hits, dtype=np.int64)
        places = np.searchsorted(self._ends, begins, side="right")
        mask = np.zeros(len(self.texts), dtype=bool)
        inside = places < len(self._ends)
        places, begins = places[inside], begins[inside]
        mask[places[begins + len(letters) <= self._ends[places]]] = True
        return mask

    def containing(self, word: str, among: Any = None) -> Any:
        """Return the places of the texts that contain a folded word.

        Parameters
        ----------
        word : str
            Folded word.
        among : array of int, optional
            Places to test; by default all.

        Returns
        -------
        array of int
        """
        word = word.encode(errors="replace").decode()
        if among is not None and len(among) * 4 < len(self.texts):
            found = pc.match_substring(self.texts.take(pa.array(among)), word)
            return among[np.asarray(found)]
        rare = self.rare(word)
        if rare is None:
            rare = np.asarray(pc.match_substring(self.texts, word))
        return np.flatnonzero(rare)
