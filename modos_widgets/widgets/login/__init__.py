"""Login: sign-in at an endpoint."""

from modos_widgets.widgets.login.widget import Login

__all__ = ["Login"]
