"""Few neighbours bend a curve too.

All agents are alike here, each with three neighbours. The well-mixed equations miss their curve
with one rate, and with two. For the network-aware equations one rate is enough.
"""

import newswave as nw
from newswave.report.figures import describe_spread, spread_figure
from newswave.report.style import save

setup = nw.Setup(
    n_agents=500,
    network=nw.RandomRegular(3),
    mix=nw.OneProfile(nw.PROFILES[20]),
    sharing=nw.SameForAll(0.13),
    replicas=50,
)
result = nw.compare(nw.simulate(setup), replicas=99)
figure, words = spread_figure(result), describe_spread(result)
save(figure, "few-neighbours.png", words)
