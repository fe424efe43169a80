"""Any zarr store as a person looks into it: levels, names, arrays by the part."""
