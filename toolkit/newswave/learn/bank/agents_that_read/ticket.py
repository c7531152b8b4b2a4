"""Lesson 7: the questions of its exit ticket."""

from newswave.learn.bank.agents_that_read import facts
from newswave.learn.items import Item, Solution, Wrong
from newswave.learn.kinds import Choice

CLAIM = Item(
    "7.8", 4,
    "With a real model you measure that personas told to be outgoing say yes more often. Which "
    "claim do your data support?",
    Choice((
        ("a", "outgoing people share more news"),
        ("b", "this model, asked in these words about this report, says yes more often if it is "
              "told to be outgoing"),
        ("c", "language models know how outgoing people behave"),
    )),
    lambda: "b" if facts.outgoing_say_yes() else "c",
    "It is a modest claim, and a true one. For the first claim you would have to watch people; "
    "for the third, people and several models.",
    (
        Wrong("people", lambda: "a",
              "That would be right if you had watched people.",
              "You watched a model that was told to play somebody.",
              "Begin the sentence with who gave the answers.", "M13"),
        Wrong("all models", lambda: "c",
              "For that you need other models, and people to compare them with.",
              "You asked one model in one wording about one report.",
              "Put model, wording and report into the sentence.", "M13"),
    ),
    "Begin the sentence with who gave the answers.",
    ("Who gave the answers?", "What would change with another wording or another model?"),
    Solution("Claim what was measured: this model, these words, this report.", 'ex7_8 = "b"'),
)  # fmt: skip

REPEAT = Item(
    "7.9", 1,
    "Somebody wants to repeat your experiment with a model. What must your record hold?",
    Choice((
        ("a", "the name of the model and the share of yes"),
        ("b", "the model's digest, every prompt, the options with the seed, and the raw replies"),
        ("c", "the prompts and the decisions"),
    )),
    lambda: "b" if facts.is_repeatable() else "a",
    "All of that is in a recording of newswave. The digest tells apart different versions under "
    "one name, and the raw replies let others read them by their own rule.",
    (
        Wrong("name and result", lambda: "a",
              "That leaves others only to believe you, or not.",
              "Next month the same name may stand for other weights, and nobody knows what was "
              "asked.",
              "List what you would need to get the same reply again."),
        Wrong("no model", lambda: "c",
              "Prompts and decisions tell what was asked and what you made of the answers.",
              "Who answered, at which temperature, and in which words, is missing.",
              "List what you would need to get the same reply again."),
    ),
    "List what you would need to get the same reply again.",
    ("Would the same model answer the same at another temperature?",
     "Would a model of the same name answer the same a year from now?"),
    Solution("Who, what, how and what came back, all of it raw.", 'ex7_9 = "b"'),
)  # fmt: skip

ITEMS = (CLAIM, REPEAT)
