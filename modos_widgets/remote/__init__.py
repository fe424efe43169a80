"""HTTP services of one endpoint: the documented remote module."""
