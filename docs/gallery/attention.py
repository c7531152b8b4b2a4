"""Attention that stops short.

Here an agent decides only when another neighbour has shared. News can then end before everybody
has it, which no Susceptible-Infected equation allows.
"""

import newswave as nw
from newswave.report.describe import reach_words
from newswave.report.figures import curve_figure
from newswave.report.style import save

setup = nw.Setup(n_agents=500, attention=nw.Attention.NEW_EXPOSURE, replicas=50)
curve = nw.simulate(setup)
figure = curve_figure(curve, title="Deciding only at new exposure")
words = f"Agents decide only when another neighbour has shared. Only {reach_words(curve)}."
save(figure, "attention.png", words)
