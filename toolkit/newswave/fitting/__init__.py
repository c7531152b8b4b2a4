"""From a curve to a model's rates: which models there are, how they are fitted, how sure one can be."""
