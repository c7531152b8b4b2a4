"""From a curve to a model's rates: which models, how they are fitted, how sure one can be."""
