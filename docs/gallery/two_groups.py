"""Two groups and the second rate.

Forty percent of the agents share readily, the rest seldom. One rate for everybody misses the
curve; two rates meet it, and the calibrated test says so.
"""

from textwrap import fill

import newswave as nw
from newswave.report.figures import describe_spread, spread_figure
from newswave.report.style import save

setup = nw.Setup(n_agents=500, rounds=50, replicas=50)
result = nw.compare(nw.simulate(setup), replicas=99)
figure, words = spread_figure(result), describe_spread(result)
save(figure, "two-groups.png", words)
print(fill(result.verdict.words, 80))
