"""A quick study with a calibrated verdict: cells of a sweep share what the verdict is held against.

`newswave.compare` makes fresh data sets for every curve, which takes seconds. Here the data sets of
agents who are all alike are made once for each network, size and number of seeds, at a few rates,
and every cell reads its p-value between them.
"""

from newswave.calibrating.bank import calibrations as calibrations
from newswave.calibrating.knowing import Calibration as Calibration
from newswave.calibrating.study import Calibrated as Calibrated
from newswave.calibrating.worlds import Alike as Alike

__all__ = ["Alike", "Calibrated", "Calibration", "calibrations"]
