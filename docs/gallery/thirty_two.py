"""Thirty-two personalities.

All profiles are there in equal parts, and five traits move the log-odds of sharing, in sizes that
are larger than life. The curve alone cannot tell thirty-two rates from two.
"""

import newswave as nw
from newswave.report.figures import describe_spread, spread_figure
from newswave.report.style import save

setup = nw.Setup(
    n_agents=500,
    mix=nw.IndependentTraits(),
    sharing=nw.ByTraits(0.05, nw.preset("exaggerated")),
    replicas=50,
)
result = nw.compare(nw.simulate(setup), replicas=99)
figure, words = spread_figure(result), describe_spread(result)
save(figure, "thirty-two.png", words)
