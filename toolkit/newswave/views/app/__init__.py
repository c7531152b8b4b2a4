"""The web app: Solara places the explorer's parts on a page."""
