"""Every picture that a cell shows gets a text alternative, from the words that come with it.

Where an output has both a picture and words, as panels and explorers have, both are shown: the
picture with the first sentence as its alternative, and all the words below it.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

_LOGGER = logging.getLogger(__name__)
_FIRST_SENTENCE = re.compile(r"(?<=[.!?:])\s")
_REPR = re.compile(r"^\w+\(|^<")


class PicturesOfWidgets(SphinxPostTransform):
    """Runs before one form of each output is chosen: the picture takes its words along."""

    default_priority = 3

    def run(self, **kwargs: Any) -> None:  # noqa: ARG002
        """Give words to the pictures of outputs that have both."""
        for bundle in self.document.findall(nodes.container):
            if bundle.get("nb_element") != "mime_bundle":
                continue
            forms = {form["mime_type"]: form for form in bundle.children}
            if not {"image/png", "text/plain"} <= forms.keys():
                continue
            words = " ".join(forms["text/plain"].astext().split())
            if words and not _REPR.match(words):
                for image in forms["image/png"].findall(nodes.image):
                    image["alt"] = first_sentence(words)
                forms["image/png"] += nodes.paragraph("", words, classes=["picture-words"])


class EveryPictureHasWords(SphinxPostTransform):
    """Runs after that, on every page: a picture that still has no words is a warning."""

    default_priority = 900

    def run(self, **kwargs: Any) -> None:  # noqa: ARG002
        """Look at all pictures."""
        for image in self.document.findall(nodes.image):
            if not image.get("alt", "").strip():
                _LOGGER.warning("This picture has no words: %s", image["uri"], location=image)


def first_sentence(words: str) -> str:
    """Return the first sentence of some words."""
    return _FIRST_SENTENCE.split(" ".join(words.split()), maxsplit=1)[0]


def setup(app: Any) -> dict[str, bool]:
    """Add the transforms."""
    app.add_post_transform(PicturesOfWidgets)
    app.add_post_transform(EveryPictureHasWords)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
