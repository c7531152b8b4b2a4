"""First against repeated exposure.

All agents are alike, but what is new moves them ten times as much as what they have seen before.
The curve bends as it does with two kinds of agents: a bend has many causes.
"""

import newswave as nw
from newswave.report.figures import describe_spread, spread_figure
from newswave.report.style import save

setup = nw.Setup(
    n_agents=500,
    mix=nw.OneProfile(nw.PROFILES[20]),
    sharing=nw.SameForAll(0.3),
    repeat_ratio=0.1,
    replicas=50,
)
result = nw.compare(nw.simulate(setup), replicas=99)
figure, words = spread_figure(result), describe_spread(result)
save(figure, "repeated.png", words)
