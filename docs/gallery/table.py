"""A measured table.

What a language model says it would do, for each profile and exposure. This table is synthetic: a
formula answered in place of a model, so that everything can be tried without one.
"""

import newswave as nw
from newswave.report.style import save
from newswave.report.table_figures import describe_table, table_figure

measured = nw.synthetic_table()
figure, words = table_figure(measured), describe_table(measured)
save(figure, "table.png", words)
