"""A small world is slower.

Ten neighbours on a ring, one link in ten rewired at random. The same agents on random links
would be quicker: neighbours who know each other tell each other old news.
"""

import newswave as nw
from newswave.report.describe import half_words
from newswave.report.figures import curve_figure
from newswave.report.style import save

ring = nw.Setup(n_agents=500, network=nw.SmallWorld(10, rewiring=0.1), replicas=50)
random = nw.Setup(n_agents=500, network=nw.RandomRegular(10), replicas=50)
curve = nw.simulate(ring)
figure = curve_figure(curve, title="On a small-world network")
small, links = half_words(curve), half_words(nw.simulate(random))
words = f"On the small world half {small}. On random links half {links}."
save(figure, "small-world.png", words)
