"""What theory says before any run.

The master equation and the edge-based rounds agree with the agents; the equations in continuous
time run ahead, and the well-mixed ones run furthest.
"""

import newswave as nw
from newswave.equations.predict import theories
from newswave.report.figures import describe_prediction, prediction_figure
from newswave.report.style import save

predicted = theories(nw.Setup(network=nw.RandomRegular(4), sharing=nw.ByGroup(0.3, 0.03)))
figure, words = prediction_figure(predicted), describe_prediction(predicted)
save(figure, "theory-first.png", words)
