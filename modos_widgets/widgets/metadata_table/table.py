"""MetadataTable: see, check and change metadata in a table."""

from __future__ import annotations

from modos_widgets.widgets.metadata_table.committing import CuratedTable

__all__ = ["MetadataTable"]


class MetadataTable(CuratedTable):
    """A table of the metadata of one object or many, or of any DataFrame.

    The data stay in Python: the browser asks for the rows that are seen. Sort, filters and
    search are worked out here. Nothing touches the network before a commit.

    Parameters
    ----------
    source : Modo, local path, iterable of them, Draft, DataFrame or None
        What to show; one row an element. None shows an empty table until `source` is set.
    editable : bool
        Whether cells can be changed; for objects and drafts.
    terminology : EndpointManager or str, optional
        Where the editor of ontology terms searches: an endpoint that names a terminology
        service, or the service's URL. Without one it offers terms that are at hand.
    **traits
        Values of the traits below.

    Raises
    ------
    OptionError
        `source` is something else, or is to be edited and cannot be; a name is no trait.

    Examples
    --------
    >>> table = MetadataTable(open_modo("study"))  # doctest: +SKIP
    >>> table.on_select(print)  # doctest: +SKIP
    >>> table.frame  # what is shown, filtered and sorted  # doctest: +SKIP
    """
