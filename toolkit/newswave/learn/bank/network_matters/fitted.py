"""Lesson 3, fitting: a good-looking fit, and the rate that it gives."""

from __future__ import annotations

from newswave.fitting.models import OnNetwork, WellMixed
from newswave.learn.bank.network_matters.nets import FITTED as DEGREE
from newswave.learn.bank.network_matters.nets import PRESSURE, fitted
from newswave.learn.items import Item, Solution, Wrong
from newswave.learn.kinds import Choice, Number

_TRUE = PRESSURE / DEGREE


def _rate(mixing: OnNetwork | WellMixed) -> float:
    return fitted(mixing).estimates["rate"]


def _side() -> str:
    """Return on which side of the truth the well-mixed rate comes out."""
    ratio = _rate(WellMixed(DEGREE)) / _TRUE
    if abs(ratio - 1) < 0.05:
        return "a"
    return "b" if ratio < 1 else "c"


KNOWING = Item(
    "3.P4", 3,
    "Somebody gives you the curve of the network with k = 8 and does not tell you the rate, which "
    "is 0.05. You choose the rate so that the well-mixed equation fits the curve best. Where will "
    "it lie?",
    Choice((
        ("a", "close to 0.05, if the equation fits the curve well"),
        ("b", "clearly below 0.05"),
        ("c", "clearly above 0.05"),
    )),
    _side,
    "In the equation nobody waits for the end of a round, and no contact is wasted. So it is too "
    "fast, and the best fit makes up for that with a lower rate.",
    (
        Wrong("good fit, right rate", lambda: "a",
              "You expect that a model that fits well is right.",
              "A wrong equation can adjust its rate until the curve looks right.",
              "Look at the two numbers above: how well it fits, and the rate it gives.", "M6"),
        Wrong("above", lambda: "c",
              "Above would be right if the equation were slower than the agents.",
              "It is faster, as you have seen, and has to be slowed down to fit.",
              "Look at the fitted rate above."),
    ),
    "Look at the fitted rate above.",
    ("Is the well-mixed equation faster or slower than the agents?",
     "What has to happen to its rate, so that it comes down to their curve?"),
    Solution("It is too fast, so its rate is turned down until it fits.",
             'predict("3.P4", "b")'),
)  # fmt: skip

FITTED = Item(
    "3.6", 3,
    "Fit one rate to the same curve with the equations that know the network. Which transmission "
    "rate, per contact and round, do you get?",
    Number(0.001, "per contact and round"),
    lambda: _rate(OnNetwork(DEGREE)),
    "The true rate is 0.05. Same curve, same number of parameters, and this time the rate means "
    "what it says.",
    (
        Wrong("well mixed", lambda: _rate(WellMixed(DEGREE)),
              "That is the rate of the well-mixed fit.",
              "It mistakes wasted contacts, and the wait for the end of a round, for a lower "
              "readiness to share.",
              "Put nw.OnNetwork(8) in place of nw.WellMixed(8).", "M6"),
        Wrong("pressure", lambda: DEGREE * _rate(OnNetwork(DEGREE)),
              "That is the contact pressure, the rate times 8.",
              "The question is about the rate per contact.", "Divide by k = 8."),
        Wrong("no degree", lambda: _rate(WellMixed()),
              "That is the contact pressure from a well-mixed fit without a degree.",
              "Here both the eight contacts and the network are known.",
              "Take nw.OneRate(nw.OnNetwork(8)) as the model."),
    ),
    'Take nw.OneRate(nw.OnNetwork(8)) as the model, and .estimates["rate"] of the fit.',
    ("The worked cell fits the same curve; one word in it has to change.",
     "nw.OnNetwork(8) stands where nw.WellMixed(8) stood."),
    Solution("The same fit with the network known.",
             'ex3_6 = nw.fit(curves[8], nw.OneRate(nw.OnNetwork(8))).estimates["rate"]'),
)  # fmt: skip
