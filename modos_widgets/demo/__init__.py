"""An embedded deployment to try the widgets on, with sample objects."""
