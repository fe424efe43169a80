"""The widgets: each works alone with a plain argument; Browser joins them on one Session."""
