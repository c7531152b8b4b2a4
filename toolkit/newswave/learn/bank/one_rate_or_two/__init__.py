"""Lesson 6: one rate or two? Fitting and doubting."""

from newswave.learn.bank.one_rate_or_two.fitting import FITTING
from newswave.learn.bank.one_rate_or_two.judging import JUDGING
from newswave.learn.bank.one_rate_or_two.leaving import LEAVING
from newswave.learn.bank.one_rate_or_two.worlds import DEGREES as DEGREES
from newswave.learn.bank.one_rate_or_two.worlds import POSTS as POSTS
from newswave.learn.bank.one_rate_or_two.worlds import step_log_likelihood as step_log_likelihood
from newswave.learn.bank.one_rate_or_two.worlds import three_posts as three_posts
from newswave.learn.items import Lesson

LESSON = Lesson(
    6,
    "one-rate-or-two",
    "One rate or two? Fitting and doubting",
    "What do the data allow us to say?",
    (
        "fit a curve by hand, and read in its residuals what the model lacks",
        "put an interval on trial, and write the likelihood that keeps its promise",
        "reach a verdict against a null model in which all agents are alike",
        "name the data that would settle what a total curve leaves open",
    ),
    "lessons 3 and 4, and logarithms.",
    "newswave and nothing else.",
    (*FITTING, *JUDGING, *LEAVING),
)
