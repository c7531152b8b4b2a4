"""A setup and its curve in words: who runs where, how they decide, what came of it.

Takes values, runs nothing, prints nothing: every function returns text or plain numbers.
"""

from __future__ import annotations

import math
import textwrap

import numpy as np

from newswave.core import networks
from newswave.core.curve import Curve
from newswave.core.errors import shown
from newswave.core.law import Attention
from newswave.core.offline import Constant, StaysNew
from newswave.core.population import Group, IndependentTraits
from newswave.core.provenance import Origin
from newswave.core.readers.own_network import parts_words
from newswave.core.rules import Asked, ByTraits, Measured, SharingRule
from newswave.core.setup import Setup
from newswave.core.sharing import hazard

SYNTHETIC = "SYNTHETIC: a formula answered, no language model"
"""What is said wherever a setup, a table or a curve is shown that only looks like a model's."""


def describe_setup(setup: Setup, width: int = 80, with_runs: bool = True) -> str:
    """Return what a setup is, in a few labelled lines."""
    times = "once" if setup.replicas == 1 else f"{setup.replicas} times"
    start = f"from {setup.start.words(setup.n_seeds)}"
    lines = {"note": SYNTHETIC} if setup.synthetic else {}
    lines |= {
        "agents": f"{counted(setup.n_agents)} on {network_words(setup)}",
        **({"network": read} if (read := getattr(setup.network, "source", "")) else {}),
        "mix": mix_words(setup),
        "news": f'"{setup.event.headline}" ({setup.event.type.value.lower()})',
        "deciding": deciding_words(setup),
        "time": f"{time_words(setup)} {start}",
        "runs": f"{times}, seed {setup.seed}",
    }
    if not with_runs:
        del lines["runs"]
    return "\n".join(wrapped(text, width, f"{name:<8} ") for name, text in lines.items())


def time_words(setup: Setup) -> str:
    """Return how long runs are, and by which clock."""
    if setup.is_continuous:
        return f"{setup.rounds} rounds long, but in continuous time (all share at their own moment)"
    return f"{setup.rounds} synchronous rounds (in each, all decide at the same moment)"


def counted(number: int) -> str:
    """Return a count as it is written everywhere: with a comma from five digits on."""
    return str(number) if number < 10_000 else f"{number:,}"


def count(many: int, thing: str) -> str:
    """Return a number of things."""
    return f"{many} {thing}" if many == 1 else f"{many} {thing}s"


def seeds_words(n_seeds: int, number: bool = True) -> str:
    """Return how many seed agents there are, in words.

    >>> seeds_words(1), seeds_words(10)
    ('1 seed agent', '10 seed agents')
    """
    return f"{n_seeds} " * number + ("seed agent" if n_seeds == 1 else "seed agents")


def wrapped(text: str, width: int, label: str = "") -> str:
    """Return text wrapped at `width`, its further lines indented to stand under the first.

    >>> print(wrapped("one two three", 12, "a "))
    a one two
      three
    """
    rest = " " * len(label)
    return textwrap.fill(
        text,
        width,
        initial_indent=label,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def network_words(setup: Setup) -> str:
    """Return the kind of network in words."""
    match setup.network:
        case networks.RandomRegular(degree=degree):
            return f"a random regular network of degree {degree}"
        case networks.RegularSmallWorld(degree=degree, rewiring=rewiring):
            return (
                f"a small-world network of degree {degree} exactly, {rewiring:g} of links swapped"
            )
        case networks.SmallWorld(degree=degree, rewiring=rewiring):
            return f"a small-world network of mean degree {degree}, {rewiring:g} of links rewired"
        case networks.ScaleFree(degree=degree):
            return f"a scale-free network of mean degree {degree}"
        case networks.Complete():
            return "a complete network (everybody is linked to everybody)"
        case networks.OwnNetwork():
            parts = [w for w in parts_words(setup.network) if w not in setup.network.source]
            return ", ".join(["your own network", *parts])
    return f"the network {setup.network}"


def no_equations(setup: Setup) -> str:
    """Return why there are no network-aware rates; '' where there are."""
    if setup.equations_apply:
        return ""
    if networks.equations_apply(setup.network):
        return (
            "There are no network-aware rates here: they are fitted in rounds, and these runs are "
            "in continuous time. The verdict holds: it compares with such runs."
        )
    return (
        "There are no network-aware rates here: their equations are about random regular networks "
        f"of degree 2 or more, and this is {network_words(setup)}. Rates from the decisions hold "
        "on any network."
    )


def mix_words(setup: Setup) -> str:
    """Return who there is, in words."""
    if isinstance(setup.mix, IndependentTraits):
        shares = zip("OCEAN", setup.mix.shares, strict=True)
        return "each trait on its own, high in " + ", ".join(
            f"{t} {100 * s:.3g} %" for t, s in shares
        )
    groups = setup.mix.groups
    more = f" and {len(groups) - 6} more" if len(groups) > 6 else ""
    return ", ".join(map(_group_words, groups[:6])) + more


def _group_words(group: Group) -> str:
    code = group.profile.code
    name = code if group.name == code else f"{group.name} {code}"
    return f"{name} {100 * group.weight:.3g} %"


def deciding_words(setup: Setup) -> str:
    """Return who decides and how, in words."""
    rule, words = setup.sharing, ""
    if isinstance(rule, Asked):
        words = asked_words(rule)
    elif isinstance(rule, Measured):
        words = measured_words(rule)
        if rule.origin is not None and rule.origin.event != setup.event.id:
            words += "; it is used here for other news than it was measured for"
    else:
        words = "the rule 1 - (1 - q)^m at m sharing neighbours, q = " + _chance_words(setup)
    if isinstance(rule, ByTraits):
        words += f", from the trait effects '{rule.effects.name}'"
    if setup.repeat_ratio != 1.0:
        words += f"; after the first round of exposure {setup.repeat_ratio:g} times that rate"
    if setup.rate_variation > 0:
        words += f"; rates spread around these (gamma, variance {setup.rate_variation:g})"
    words += offline_words(setup)
    if setup.attention is Attention.NEW_EXPOSURE:
        words += "; only after another neighbour has shared"
    return words


def offline_words(setup: Setup) -> str:
    """Return what reaches everybody besides neighbours, and how the news ages; '' for nothing.

    >>> from newswave.core.offline import Fading
    >>> offline_words(Setup(source_probability=0.02, source_shape=Fading(8.0)))
    '; besides, 0.02 a round from the event itself, fading over 8 rounds'
    """
    words = ""
    if setup.source_probability > 0:
        words += f"; besides, {setup.source_probability:g} a round from the event itself"
        if setup.source_shape != Constant():
            words += f", {setup.source_shape.words()}"
    feedback = setup.feedback
    if feedback.is_on:
        words += (
            f"; those who have shared act offline with {feedback.act:g} a round and stop with "
            f"{feedback.stop:g}, and everybody meets {feedback.strength:g} times the fraction that "
            "is active"
        )
    if setup.ageing != StaysNew():
        words += f"; the news {setup.ageing.words()}"
    return words


def asked_words(rule: Asked) -> str:
    """Return which model is asked for every decision, and in which words.

    >>> from newswave.core.wording import wordings
    >>> asked_words(Asked("llama3.2:1b", wordings()[0]))[:47]
    "the language model 'llama3.2:1b', asked for eve"
    """
    return (
        f"the language model {shown(rule.model, 60)}, asked for every decision in the wording "
        f"{shown(rule.wording.name)} ({rule.wording.hash[:8]}) at temperature "
        f"{rule.temperature:g}" + _formula(rule.synthetic)
    )


def measured_words(rule: Measured) -> str:
    """Return what a table from outside is and what it rests on."""
    words = f"a sharing table of {count(len(rule.given.rows), 'row')}, "
    words += shown(rule.given.source)[1:-1] if rule.origin is None else origin_words(rule.origin)
    return words + (f"; {method_words(rule)}" if rule.cells else "")


def origin_words(origin: Origin) -> str:
    """Return which model a table was measured on, about which news, in which words."""
    digest = f" ({shown(origin.digest[:12])[1:-1]})" if origin.digest else ""
    return (
        f"measured on the model {shown(origin.model, 60)}{digest} for the news "
        f"{shown(origin.event, 60)} in the wording {shown(origin.wording, 40)} "
        f"({shown(origin.wording_hash[:8])[1:-1]}) at temperature {origin.temperature:g}"
        + _formula(origin.synthetic)
    )


def method_words(measured: Measured) -> str:
    """Return how the cells of a measured table came about; '' where that is not known."""
    counted = [cell for cell in measured.cells if cell.is_counted]
    read, words = len(measured.cells) - len(counted), []
    if read:
        words.append(f"{count(read, 'cell')} read from log-probabilities")
    if counted:
        answers = sum(cell.asked for cell in counted)
        words.append(f"{count(len(counted), 'cell')} counted over {answers} answers")
    lost = sum(cell.abstained for cell in measured.cells)
    if lost:
        words.append(f"{count(lost, 'answer')} could not be read")
    return ", ".join(words)


def _formula(synthetic: bool) -> str:
    return " (synthetic: a formula answered)" if synthetic else ""


def _chance_words(setup: Setup) -> str:
    """Return q of each group, or its range."""
    table = setup.table(1)
    chances = table.probabilities[:, 1]
    if len(set(chances.tolist())) == 1:
        return f"{chances[0]:.4g} for everybody"
    if len(chances) <= 3:
        return ", ".join(f"{q:.4g} ({name})" for name, q in zip(table.rows, chances, strict=True))
    return f"{chances.min():.4g} to {chances.max():.4g} over {len(chances)} profiles"


def true_rates(setup: Setup | None) -> dict[str, float]:
    """Return the rates that the agents of a setup have, where one or two rates say it all.

    Rates are hazards −ln(1 − q), per contact and round; the source's is per round, at its strength.
    """
    if setup is None or setup.attention is not Attention.EVERY_ROUND:
        return {}
    if setup.ageing != StaysNew():
        return {}
    rates = list(rates_by_group(setup).values())
    if not rates:
        return {}
    source = {"source_rate": float(hazard(setup.source_probability))}
    source = source if setup.source_probability > 0 else {}
    weights = [group.weight for group in setup.mix.groups]
    present = sorted({float(r) for r, w in zip(rates, weights, strict=True) if w > 0})
    if setup.rate_variation > 0:
        spread = {"mean_rate": present[0], "rate_variation": setup.rate_variation}
        return {**spread, **source} if len(present) == 1 else {}
    if len(present) == 1:
        return {"rate": present[0], **source}
    if len(present) > 2:
        return {}
    slow, fast = present
    share = math.fsum(w for r, w in zip(rates, weights, strict=True) if r == fast)
    return {"fast_rate": fast, "slow_rate": slow, "fast_fraction": share, **source}


def rates_by_group(setup: Setup) -> dict[str, float]:
    """Return each group's true rate, a hazard per contact and round, where there is one.

    There is none under other tables, where a language model decides, or where the table itself is
    drawn anew because it was counted over answers.
    """
    if _why_unknown(setup.sharing):
        return {}
    table = setup.table(2)
    rates = table.contact_rates()
    return {} if rates is None else dict(zip(table.rows, map(float, rates), strict=True))


def _why_unknown(rule: SharingRule) -> str:
    """Return why nobody can know true rates under a rule; '' if one can."""
    if isinstance(rule, Asked):
        return "A language model decides here, so nobody knows true rates of the agents."
    if isinstance(rule, Measured) and rule.is_sampled:
        return (
            "The table was counted over answers and runs draw theirs from what these leave "
            "possible, so no true rates of the agents are known."
        )
    return ""


def true_words(setup: Setup) -> str:
    """Return what is known about the agents' true rates, in a sentence, or why nothing is."""
    known = true_rates(setup)
    if known:
        listed = ", ".join(f"{name.replace('_', ' ')} {_rate(x)}" for name, x in known.items())
        return f"True rates of the agents: {listed}."
    unknown = _why_unknown(setup.sharing)
    if unknown:
        return unknown
    if setup.ageing != StaysNew():
        return "The agents' rates fall as the news gets old, so no true rate belongs to them."
    rates = setup.table(2).contact_rates()
    if rates is None or setup.attention is not Attention.EVERY_ROUND:
        return "The agents do not follow one contact rule, so no true rate belongs to them."
    weights = np.array([group.weight for group in setup.mix.groups])
    rates = rates[weights > 0]
    return (
        f"True rates of the agents: {len(rates)} profiles from {_rate(rates.min())} to "
        f"{_rate(rates.max())}; no two numbers say it all."
    )


def _rate(value: float) -> str:
    return f"{value:.4g}" if math.isfinite(value) else "infinite (they surely share)"


def curve_words(curve: Curve, unit: str = "round", width: int = 80) -> str:
    """Return a curve in a few numbers: when half have shared, and how many in the end."""
    lines = {"half": half_words(curve, unit), "reach": reach_words(curve, unit)}
    lines |= {"active": words} if (words := acting_words(curve, unit)) else {}
    return "\n".join(wrapped(text, width, f"{name:<8} ") for name, text in lines.items())


def half_words(curve: Curve, unit: str = "round") -> str:
    """Return when half have shared, as what follows the word "half".

    >>> half_words(Curve([1, 3, 6, 8], n_agents=10))
    'of all have shared by round 1.7'
    """
    times = curve.half_time()
    there = times[np.isfinite(times)]
    if not there.size:
        if curve.fraction[:, 0].min() > 0.5:
            return f"of all have shared from {unit} {curve.rounds[0]} on"
        return f"of all is not reached by {unit} {curve.rounds[-1]}"
    first = curve.rounds[0]
    words = f"of all have shared by {unit} {np.median(there):.1f}"
    if np.median(there) - first < 1:
        words = f"of all have shared by {unit} {first + 1}"
    if curve.runs == 1 or there.max() - first < 1:
        return words
    low, high = np.quantile(there, [0.05, 0.95])
    words += f" (90 % of runs: {low:.1f} to {high:.1f})"
    if len(there) < curve.runs:
        words += f"; {curve.runs - len(there)} of {curve.runs} runs do not get there"
    return words


def acting_words(curve: Curve, unit: str = "round") -> str:
    """Return when most are active offline, on average over runs; '' without feedback.

    >>> acting_words(Curve([1, 4, 8], n_agents=10, active=[[0, 2, 1]]))
    'at most 20.0 % at once are active offline, in round 1'
    """
    if curve.active is None:
        return ""
    share = 100 * np.mean(curve.active, axis=0) / curve.n_agents
    at = int(share.argmax())
    return f"at most {share[at]:.1f} % at once are active offline, in {unit} {curve.rounds[at]}"


def reach_words(curve: Curve, unit: str = "round") -> str:
    """Return how many have shared in the end.

    >>> reach_words(Curve([1, 3, 6, 8], n_agents=10))
    '80.0 % have shared by round 3'
    """
    low, middle, high = 100 * np.quantile(curve.fraction[:, -1], [0.05, 0.5, 0.95])
    words = f"{middle:.1f} % have shared by {unit} {curve.rounds[-1]}"
    return words if curve.runs == 1 else f"{words} (90 % of runs: {low:.1f} to {high:.1f} %)"
