"""Physicians and a new drug.

125 physicians began to prescribe a drug, month by month, in the 1950s. Two kinds of physicians and
a source outside fit about equally well, so the verdict is that the curve cannot tell.
"""

import newswave as nw
from newswave.report.figures import describe_spread, spread_figure
from newswave.report.style import save

result = nw.compare(nw.physicians(), replicas=199)
figure, words = spread_figure(result, "month"), describe_spread(result, "month")
save(figure, "physicians.png", words)
