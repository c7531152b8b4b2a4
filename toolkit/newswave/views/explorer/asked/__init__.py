"""The page of agents that ask a language model: a table measured, a live run, a replay."""
