"""`newswave predict`: the curves that theory draws for a setup; nothing is run."""

from __future__ import annotations

import argparse

from newswave.command.console import say, width
from newswave.command.folder import check_folder, fill_folder, written_lines
from newswave.command.options import add_output_options, add_setup_options


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_setup_options(parser)
    group = parser.add_argument_group("what comes out")
    add_output_options(group, "prediction.csv, setup.json, figure.png and figure.svg")
    parser.set_defaults(action=predict)


def predict(arguments: argparse.Namespace) -> int:
    """Predict the curve that the options describe; return the exit status."""
    from newswave import plots, predicting, reporting
    from newswave.command.population import setup_from
    from newswave.describing import describe_setup, wrapped

    setup = setup_from(arguments)
    check_folder(arguments.out)
    predicted = predicting.theories(setup)
    say(describe_setup(setup, width(), with_runs=False), "")
    words = (
        "Nothing is run: this is what theory says of a large network and many seeds, in % that "
        "have shared."
    )
    say(wrapped(words, width()), "")
    say(reporting.prediction_table(predicted))
    if predicted.left_out:
        say("", wrapped(predicted.left_out, width()))
    for doubt in predicted.doubts:
        say("", wrapped(doubt, width(), "! "))
    if arguments.out is not None:
        figure, words = plots.prediction_figure(predicted), plots.describe_prediction(predicted)
        files: dict[str, str | bytes] = {
            "prediction.csv": reporting.prediction_csv(predicted),
            "setup.json": setup.to_json(),
            "figure.png": plots.png(figure, words),
            "figure.svg": plots.svg(figure, words),
        }
        say("", *written_lines(fill_folder(arguments.out, files), width()))
    return 0
