"""The one state the widgets share; background work starts here."""
