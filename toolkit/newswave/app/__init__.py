"""The explorer: its pages, the web app and the notebook widgets."""
