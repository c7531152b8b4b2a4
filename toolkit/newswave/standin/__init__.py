"""A stand-in for an Ollama server: real HTTP, the same routes and faults, and no language model.

Every answer is computed from a known formula (`Mind`), so that tests can check that newswave finds
it again, and classes can go through every step without a model. Whatever it says of itself says
"synthetic": version, models, families, licence, and the reasons it gives.
"""

from newswave.standin.faults import Fault
from newswave.standin.mind import Mind
from newswave.standin.server import StandIn

__all__ = ["Fault", "Mind", "StandIn"]
