"""Many keys at once: the only room that knows obstore."""
