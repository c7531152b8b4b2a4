"""Chance to share and exposure.

Every decision of fifty runs, by the number of sharing neighbours, beside what the fitted rates
expect. At many sharing neighbours those who share readily have done so long ago.
"""

import newswave as nw
from newswave.equations.from_decisions import dose_response
from newswave.report.figures import describe_dose, dose_figure
from newswave.report.style import save

doses = dose_response(nw.decisions(nw.Setup(n_agents=500, replicas=50)))
figure, words = dose_figure(doses), describe_dose(doses)
save(figure, "dose.png", words)
