"""A mock Ollama server: real HTTP and a formula, no language model. Synthetic."""
