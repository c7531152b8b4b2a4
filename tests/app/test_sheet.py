"""The sheet: what Python makes of the page's messages, and every kind of item in a browser."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import astuple
from typing import Any

import pytest
from browsing import axe_violations, change, chromium, mount

from newswave.app.page import (
    Button,
    Choice,
    Code,
    Entry,
    File,
    Grid,
    Group,
    Heading,
    Item,
    Link,
    Progress,
    Range,
    Row,
    Switch,
    Table,
    Tone,
    Upload,
    Words,
    check_keys,
    plain,
)
from newswave.app.widgets import ControlPanel, joined
from newswave.core.errors import BadValue
from newswave.report.style import Pen

DEGREE = Range("degree", "Degree", 8, 2, 30, 1, "8 neighbours", "How many links an agent has.")
TWO = (("a", "Every round"), ("b", "New sharers only"))
MANY = tuple((str(number), f"Event {number}") for number in range(6))
SEED = Entry("seed", "Seed", "17", numeric=True, low=0, high=5000)
NAME = Entry("name", "Name", "one", longest=10)
RUN = Button("run", "Run", tone=Tone.MAIN)
BARRED = Button("stop", "Stop", barred="Nothing runs.")
FILE = Upload("file", "Your network", ".csv", 1000)
GRID = Grid("grid", "Chance to share", ("Profile", "1", "2"), ("open", "shy"),
            ((0.12, None), (0.004, 0.47)))  # fmt: skip
TABLE = Table("table", "Fits", ("Model", "Rate"), (("one rate", "0.031"),), (1,))
EVERYTHING: tuple[Item, ...] = (
    Heading("title", "Settings"),
    *(Words(tone.value, "The news.\n\nIt spreads.", tone, tone is Tone.GOOD) for tone in Tone),
    Group("open", "The network", (DEGREE, Group("inner", "More", (SEED,))), help="Who is linked."),
    Group("folded", "Lines", (Switch("line", "One rate", True, stroke=Pen("orange", (8, 4))),),
          folded=False, help="What is drawn."),
    Range("rate", "Rate", 0.5, 0, 1, 0.1, "0.5", barred="Only with two groups."),
    Choice("two", "Attention", "a", TWO, "When an agent decides again."),
    Choice("three", "Rates", "x", (("x", "Two groups of agents"), ("y", "First and repeated"))),
    Choice("many", "Event", "3", MANY),
    Choice("not", "Barred", "a", TWO, barred="A run is being made."),
    Switch("on", "Show the network", False, "The picture.", barred="There is no network."),
    NAME,
    Entry("words", "Words of the event", "Shells fell.", lines=4),
    Row("buttons", (RUN, BARRED)),
    FILE,
    Progress("asked", "Measuring", 37, 96, "4 minutes still"),
    Progress("waiting", "Asking", 0, 0),
    Heading("numbers", "Numbers", 3),
    TABLE,
    GRID,
    Code("code", "In Python", "import newswave as nw\n" + "nw.simulate() " * 20),
    Row("links", (Link("paper", "The paper", "https://example.org/"), Link("next", "Next", "#2"))),
)  # fmt: skip


def sheet_with(*items: Item, failed: Any = None) -> tuple[ControlPanel, list[Any]]:
    acts: list[Any] = []
    sheet = ControlPanel("Settings", lambda message: acts.append(astuple(message)), failed)
    sheet.show(items)
    return sheet, acts


def hear(sheet: ControlPanel, content: Any, *buffers: bytes) -> None:
    sheet._handle_custom_msg(content, [memoryview(one) for one in buffers])


def event(key: str, value: Any, number: int = 1) -> dict[str, Any]:
    return {"event": "act", "key": key, "value": value, "number": number}


# What Python makes of messages


def test_the_page_is_told_only_of_what_changed() -> None:
    sheet, _ = sheet_with(DEGREE)
    told: list[Any] = []
    sheet.observe(told.append, "items")
    sheet.show((DEGREE,))
    assert told == []
    sheet.show((DEGREE, RUN))
    assert [item["key"] for item in told[0]["new"]] == ["degree", "run"]


@pytest.mark.parametrize(
    ("item", "value"),
    [(DEGREE, 12), (DEGREE, 2.0), (Choice("c", "C", "a", TWO), "b"),
     (Switch("s", "S", True), False), (SEED, "5000"), (NAME, ""), (NAME, "ten signs!"),
     (RUN, None)],
)  # fmt: skip
def test_an_act_that_fits_its_item_arrives(item: Item, value: Any) -> None:
    sheet, acts = sheet_with(Group("g", "G", (item,)))
    hear(sheet, event(item.key, value, 7))
    assert acts == [(item.key, value, None)]
    assert sheet.handled == 7


@pytest.mark.parametrize(
    ("item", "value"),
    [(DEGREE, 31), (DEGREE, float("nan")), (DEGREE, "8"), (DEGREE, True), (DEGREE, None),
     (Choice("c", "C", "a", TWO), "z"), (Choice("c", "C", "a", TWO), ["a"]),
     (Switch("s", "S", True), 1), (SEED, "5001"), (SEED, "--5"), (SEED, "9" * 5000), (SEED, 17),
     (NAME, "eleven sign"), (NAME, None), (RUN, "x"), (BARRED, None), (FILE, None),
     (FILE, {"name": "a.csv", "size": 3}), (Words("w", "x"), None)],
)  # fmt: skip
def test_an_act_that_does_not_fit_is_ignored_and_counted_as_handled(item: Item, value: Any) -> None:
    failures: list[Exception] = []
    sheet, acts = sheet_with(item, failed=failures.append)
    hear(sheet, event(item.key, value))
    hear(sheet, event("gone", value, 2))
    assert (acts, failures, sheet.handled) == ([], [], 2)


@pytest.mark.parametrize(
    "content",
    [None, [], "act", {}, {"event": "act"}, {"event": "other", "key": "run", "number": 1},
     event("run", None, True), event("run", None, -1), event("run", None, 2**60),
     {**event("run", None), "key": ["run"]}, {**event("run", None), "number": "1"}],
)  # fmt: skip
def test_a_message_that_makes_no_sense_is_left_alone(content: Any) -> None:
    failures: list[Exception] = []
    sheet, acts = sheet_with(RUN, failed=failures.append)
    hear(sheet, content)
    assert (acts, failures, sheet.handled) == ([], [], 0)


def test_a_file_arrives_with_its_name_as_one_line() -> None:
    sheet, acts = sheet_with(FILE)
    hear(sheet, event("file", {"name": "my\nnet.csv", "size": 4, "at": 0}), b"1,2\n")
    assert acts == [("file", {"name": "my net.csv", "size": 4}, b"1,2\n")]


def test_a_file_arrives_in_pieces_in_their_order() -> None:
    sheet, acts = sheet_with(FILE)

    def piece(at: int, content: bytes) -> None:
        hear(sheet, event("file", {"name": "net.csv", "size": 6, "at": at}), content)

    piece(0, b"ab")
    piece(4, b"ef")  # one was lost: what there was is forgotten
    piece(2, b"cd")
    assert acts == []
    for at, content in ((0, b"xy"), (0, b"ab"), (2, b"cd"), (4, b"ef")):
        piece(at, content)
    assert acts == [("file", {"name": "net.csv", "size": 6}, b"abcdef")]
    piece(0, b"x" * 600)
    piece(600, b"x" * 600)
    assert len(acts) == 1
    assert not sheet._pieces["file"]


@pytest.mark.parametrize(("size", "content"), [(1001, b"x" * 1001), (3, b"1,2\n"), (None, b"1")])
def test_a_file_that_is_not_what_it_says_is_ignored(size: Any, content: bytes) -> None:
    sheet, acts = sheet_with(FILE)
    hear(sheet, event("file", {"name": "net.csv", "size": size, "at": 0}), content)
    assert (acts, sheet.handled) == ([], 1)


def failing(error: Exception) -> Any:
    def act(*_: Any) -> None:
        raise error

    return act


def test_what_fails_is_told_and_never_escapes() -> None:
    told: list[Exception] = []
    for error in (BadValue("The degree is too large"), ZeroDivisionError()):
        sheet = ControlPanel("S", failing(error), told.append)
        sheet.show((RUN,))
        hear(sheet, event("run", None))
        assert told[-1] is error
        assert sheet.handled == 1


def test_a_failure_in_telling_does_not_escape_either() -> None:
    sheet = ControlPanel("S", failing(ValueError()), failing(RuntimeError()))
    sheet.show((RUN,))
    hear(sheet, event("run", None))
    assert sheet.handled == 1


def test_a_failure_that_nobody_hears_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    sheet = ControlPanel("S", failing(ValueError("a fault")))
    sheet.show((RUN,))
    with caplog.at_level(logging.ERROR):
        hear(sheet, event("run", None))
    assert "a fault" in caplog.text


def test_a_file_is_given_as_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    sheet, _ = sheet_with()
    sent: list[Any] = []
    monkeypatch.setattr(sheet, "send", lambda content, buffers: sent.append((content, buffers)))
    sheet.give(File("curve.csv", "text/csv", b"round"))
    sheet.give(File("curve.csv", "text/csv", b"round"))
    assert sent[0][0]["name"] == "curve.csv"
    assert sent[0][1] == [b"round"]
    assert sent[0][0]["number"] != sent[1][0]["number"]


# The colours


def tokens(theme: str) -> dict[str, str]:
    css = joined("tokens.css")
    block = css.split(f'.nw[data-theme="{theme}"] {{')[1].split("}")[0]
    return dict(re.findall(r"--nw-([a-z-]+): (#[0-9a-f]{6});", block))


def luminance(channels: list[float]) -> float:
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: list[float], other: list[float]) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def channels(colour: str) -> list[float]:
    return [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_colours_have_contrast(theme: str) -> None:
    known = {name: channels(colour) for name, colour in tokens(theme).items()}
    grounds = ("page", "card", "note-bg", "warn-bg", "good-bg", "error-bg", "synthetic-bg")
    for ground in grounds:
        assert contrast(known["ink"], known[ground]) >= 7
        assert contrast(known["soft"], known[ground]) >= 4.5
    for ground in ("page", "card"):
        assert contrast(known["accent"], known[ground]) >= 4.5
        for line in ("orange", "sky", "green", "blue", "red", "purple", "edge", "focus"):
            assert contrast(known[line], known[ground]) >= 3, line
    assert contrast(known["on-accent"], known["accent"]) >= 4.5
    assert contrast(known["accent"], known["accent-bg"]) >= 4.5
    assert tokens("light").keys() == tokens("dark").keys()


# In the browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 360, "height": 800})
    found = context.new_page()
    found.set_default_timeout(5000)
    yield found
    context.close()


def described(*items: Item) -> list[dict[str, Any]]:
    return [plain(item) for item in items]


def show(page: Any, *items: Item, theme: str = "light") -> list[str]:
    sheet = ControlPanel("Settings", lambda *_: None)
    return mount(page, sheet._esm, sheet._css, label="Settings", theme=theme, handled=0,
                 items=described(*items))  # fmt: skip


def sent(page: Any) -> list[tuple[str, Any]]:
    return [(one["key"], one["value"]) for one in
            page.evaluate("window.model.sent.map(one => one.content)")]  # fmt: skip


def handle(page: Any) -> None:
    number = page.evaluate("window.model.sent.at(-1).content.number")
    change(page, handled=number)


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_kind_is_accessible(page: Any, theme: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    errors = show(page, *check_keys(EVERYTHING), theme=theme)
    for button in page.locator(".nw-help:visible").all():
        button.click()
    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert errors == []
    assert page.get_by_role("region", name="Settings", exact=True).count() == 1


def test_what_is_clicked_is_large_enough(page: Any) -> None:
    show(page, *EVERYTHING)
    controls = page.locator(":is(button, input, select, textarea, summary, a[href]):visible")
    assert controls.count() > 20
    for control in controls.all():
        box = control.bounding_box()
        assert min(box["width"], box["height"]) >= 24, control.evaluate("el => el.outerHTML")


def test_a_notebook_leaves_the_keys_to_what_has_the_focus(page: Any) -> None:
    show(page, *EVERYTHING)
    reached = ":is(button, input, select, textarea, summary, a, [tabindex])"
    assert page.locator(f"#part {reached}").count() > 30
    assert page.locator(f"#part {reached}:not([data-lm-suppress-shortcuts])").count() == 0


def test_text_is_text_whatever_it_says(page: Any) -> None:
    bad = "<img src=x onerror='window.hit = 1'>**b** [a](javascript:1)"
    files = {"label": bad, "help": bad}
    errors = show(
        page, Heading("1", bad), Words("2", bad), Table("3", bad, (bad,), ((bad,),)),
        Grid("4", bad, (bad, bad), (bad,), ((0.5,),)), Progress("5", bad, 1, 2, bad),
        Range("6", bad, 1, 0, 2, 1, bad, bad, bad), Choice("7", bad, bad, ((bad, bad),), bad, bad),
        Choice("8", bad, bad, tuple((bad * n, bad) for n in range(1, 7)), bad, bad),
        Switch("9", value=True, stroke=Pen(bad), barred=bad, **files),
        Entry("10", bad, bad, bad), Button("11", barred=bad, **files),
        Upload("12", bad, bad, 1, bad),
        Code("13", bad, bad), Link("14", bad, bad), Group("15", items=(), folded=False, **files),
        Group("16", items=(Words("17", bad),), **files),
    )  # fmt: skip
    assert page.locator("#part img, #part b, #part a").count() == 0
    assert page.evaluate("window.hit") is None
    assert page.locator("[data-key='2'] p").inner_text() == bad
    assert errors == []


def test_a_slider_has_one_act_under_way_and_keeps_the_latest(page: Any) -> None:
    show(page, DEGREE)
    slider = page.get_by_role("slider", name="Degree")
    assert slider.get_attribute("aria-valuetext") == "8 neighbours"
    slider.focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    assert sent(page) == [("degree", 9)]
    change(page, items=described(Range("degree", "Degree", 9, 2, 30, 1, "9 neighbours")))
    assert slider.input_value() == "12"  # the hand is ahead of Python
    handle(page)
    assert sent(page) == [("degree", 9), ("degree", 12)]
    change(page, items=described(Range("degree", "Degree", 10, 2, 30, 1, "10 neighbours")))
    handle(page)
    assert slider.input_value() == "10"  # Python has the last word
    assert page.locator("output").inner_text() == "10 neighbours"
    assert len(sent(page)) == 2


def test_a_dragged_slider_is_not_moved_under_the_hand(page: Any) -> None:
    show(page, DEGREE)
    slider = page.get_by_role("slider", name="Degree")
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.down()
    grabbed = slider.input_value()
    handle(page)
    change(page, items=described(Range("degree", "Degree", 4, 2, 30, 1, "4 neighbours")))
    assert slider.input_value() == grabbed == "16"
    page.mouse.move(box["x"] + box["width"] / 2, middle + 200)
    page.mouse.up()
    assert slider.input_value() == "4"


def test_a_lost_answer_does_not_hold_a_slider(page: Any) -> None:
    page.clock.install()
    show(page, DEGREE)
    page.get_by_role("slider").focus()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    assert len(sent(page)) == 1
    page.clock.run_for(10000)
    assert sent(page) == [("degree", 9), ("degree", 10)]


def test_what_is_barred_says_why_and_does_nothing(page: Any) -> None:
    why = "Not now."
    show(page, Range("r", "R", 1, 0, 2, 1, "1", barred=why), Choice("c", "C", "a", TWO, barred=why),
         Choice("m", "M", "3", MANY, barred=why), Switch("s", "S", False, barred=why),
         Button("b", "B", barred=why))  # fmt: skip
    controls = page.locator(":is(input, select, .nw-button)")
    for control in controls.all():
        assert control.get_attribute("aria-disabled") == "true"
        described_by = control.get_attribute("aria-describedby")
        assert page.locator(f"#{described_by}").inner_text() == why
    page.get_by_role("slider").press("ArrowRight")
    page.get_by_role("radio", name="New sharers only").press("Space")
    page.get_by_role("combobox").press("ArrowDown")
    page.get_by_role("switch").press("Space")
    page.get_by_role("button", name="B").press("Enter")
    assert sent(page) == []
    assert page.get_by_role("slider").input_value() == "1"
    assert page.get_by_role("radio", name="Every round").is_checked()
    assert page.get_by_role("combobox").input_value() == "3"
    assert not page.get_by_role("switch").is_checked()


def test_few_options_lie_open_and_many_in_a_menu(page: Any) -> None:
    show(page, Choice("c", "Attention", "a", TWO), Choice("m", "Event", "3", MANY))
    assert page.get_by_role("group", name="Attention").get_by_role("radio").count() == 2
    page.get_by_role("radio", name="Every round").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_role("combobox", name="Event").select_option("5")
    assert sent(page) == [("c", "b"), ("m", "5")]
    handle(page)  # and nothing changed: both go back
    assert page.get_by_role("radio", name="Every round").is_checked()
    assert page.get_by_role("combobox").input_value() == "3"
    change(page, items=described(Choice("c", "Attention", "3", MANY)))
    assert page.get_by_role("combobox", name="Attention").input_value() == "3"


def test_a_switch_shows_the_line_it_is_for(page: Any) -> None:
    show(page, Switch("s", "One rate", False, stroke=Pen("orange", (8, 4), 3)))
    line = page.locator("svg line")
    assert line.evaluate("el => el.style.strokeDasharray").replace(",", "") == "8 4"
    assert line.evaluate("el => getComputedStyle(el).stroke") == "rgb(191, 128, 0)"
    page.get_by_role("switch", name="One rate").press("Space")
    assert sent(page) == [("s", True)]


def test_a_field_gives_its_text_when_it_is_done(page: Any) -> None:
    show(page, NAME, Entry("words", "Words", "", lines=3))
    field = page.get_by_role("textbox", name="Name")
    field.fill("two")
    words = Entry("words", "Words", "", lines=3)
    change(page, items=described(Entry("name", "Name", "three"), words))
    assert field.input_value() == "two"  # typing is not overwritten
    assert sent(page) == []
    field.press("Enter")
    assert sent(page) == [("name", "two")]
    change(page, items=described(Entry("name", "Name", "Two"), words))
    handle(page)
    assert field.input_value() == "Two"
    page.get_by_role("textbox", name="Words").fill("a\nb")
    field.focus()
    assert sent(page) == [("name", "two"), ("words", "a\nb")]


@pytest.mark.parametrize("typed", ["5001", "1e3", "12.5", "many", ""])
def test_a_number_out_of_range_is_told_and_not_sent(page: Any, typed: str) -> None:
    show(page, SEED, RUN)
    field = page.get_by_role("textbox", name="Seed")
    field.fill(typed)
    field.press("Enter")
    told = page.locator(f"#{field.get_attribute('aria-describedby')}")
    assert told.inner_text() == "Give a whole number from 0 to 5000."
    assert field.get_attribute("aria-invalid") == "true"
    change(page, items=described(SEED, Button("run", "Go")))
    assert field.input_value() == typed
    field.fill("1 200")
    assert field.get_attribute("aria-invalid") is None
    field.press("Enter")
    assert sent(page) == [("seed", "1200")]


def test_a_file_is_read_and_one_too_large_refused(page: Any) -> None:
    show(page, FILE)
    field = page.get_by_label("Your network", exact=True)
    field.set_input_files({"name": "b.csv", "mimeType": "text/csv", "buffer": b"x" * 1001})
    page.get_by_text("b.csv has 1 kB; the most is 1 kB.").wait_for()
    assert sent(page) == []
    field.set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": b"1,2\n"})
    page.get_by_text("a.csv (4 bytes) was handed over.").wait_for()
    assert sent(page) == [("file", {"name": "a.csv", "size": 4, "at": 0})]
    content = "[...new Uint8Array(window.model.sent[0].buffers[0])]"
    assert bytes(page.evaluate(content)) == b"1,2\n"


def test_a_file_is_taken_home_once(page: Any) -> None:
    show(page)
    message = "model.message({event: 'file', name: 'c.csv', kind: 'text/csv', number: 'n'}, "
    message += "[{$bytes: btoa('round')}])"
    downloads: list[Any] = []
    page.on("download", lambda download: downloads.append(download))
    with page.expect_download() as download:
        page.evaluate(message)
    assert download.value.suggested_filename == "c.csv"
    assert download.value.path().read_bytes() == b"round"
    page.evaluate(message)
    with page.expect_download():
        page.evaluate(message.replace("'n'", "'m'"))
    assert len(downloads) == 2


@pytest.mark.parametrize("allowed", [True, False])
def test_code_is_copied(page: Any, allowed: bool) -> None:
    show(page, Code("code", "In Python", "import newswave as nw"), NAME)
    if allowed:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    else:
        page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.get_by_role("button", name="Copy: In Python").click()
    page.get_by_role("status").get_by_text("Copied").wait_for()
    page.get_by_role("textbox", name="Name").fill("")
    page.keyboard.press("Control+V")
    assert page.get_by_role("textbox", name="Name").input_value() == "import newswave as nw"[:10]


@pytest.mark.parametrize("href", ["#a", "/b", "./c", "?d=1", "https://e.org/", "http://f.org/"])
def test_ways_that_are_allowed_are_links(page: Any, href: str) -> None:
    show(page, Link("way", "The way", href))
    link = page.get_by_role("link", name="The way")
    assert link.get_attribute("href") == href
    outside = href.startswith("http")
    assert link.get_attribute("target") == ("_blank" if outside else None)
    assert ("noopener" in (link.get_attribute("rel") or "")) is outside


@pytest.mark.parametrize("href", ["javascript:alert(1)", "data:text/html,x", "//e.org", "/\\e.org",
                                  "/\t/e.org", " https://e.org", "ftp://e.org", ""])  # fmt: skip
def test_ways_that_are_not_allowed_are_text(page: Any, href: str) -> None:
    show(page, Link("way", "The way", href))
    assert page.get_by_role("link").count() == 0
    assert "The way" in page.locator("[data-key=way]").inner_text()


def test_help_opens_and_closes_by_keyboard_and_stays_open(page: Any) -> None:
    show(page, DEGREE)
    button = page.get_by_role("button", name="Help: Degree")
    text = page.get_by_text("How many links an agent has.")
    assert button.get_attribute("aria-expanded") == "false"
    assert not text.is_visible()
    button.press("Enter")
    change(page, items=described(Range("degree", "Degree", 9, 2, 30, 1, "9", DEGREE.help)))
    assert text.is_visible()
    assert button.get_attribute("aria-expanded") == "true"
    button.press("Space")
    assert not text.is_visible()


def test_a_group_stays_as_the_learner_left_it(page: Any) -> None:
    def lines(count: int, folded: bool) -> Group:
        return Group("g", "Lines", (Words("w", f"{count} lines"),), folded=folded, help="Drawn.")

    show(page, lines(1, True))
    text = page.locator("[data-key=w]")
    assert not text.is_visible()
    page.locator("summary").press("Enter")
    change(page, items=described(lines(2, True)))
    assert text.inner_text() == "2 lines"
    change(page, items=described(lines(2, False)))
    change(page, items=described(lines(2, True)))
    assert not text.is_visible()
    page.get_by_role("button", name="Help: Lines").click()
    assert page.get_by_text("Drawn.").is_visible()


def test_the_focus_stays_and_goes_to_the_successor_of_what_is_gone(page: Any) -> None:
    show(page, Row("r", (RUN, BARRED)), DEGREE)
    page.get_by_role("button", name="Run").focus()
    first = page.evaluate_handle("document.activeElement")
    change(
        page, items=described(Words("w", "New."), Row("r", (RUN, Button("stop", "Stop"))), DEGREE)
    )
    assert page.evaluate("old => old === document.activeElement", first)
    change(page, items=described(Row("r", (Button("pause", "Pause"), BARRED)), DEGREE))
    assert page.evaluate("document.activeElement.textContent") == "Pause"
    change(page, items=described(Words("w", "Over.")))
    assert page.evaluate("document.activeElement.className") == "nw nw-sheet"


def test_items_are_changed_in_place_and_stand_in_order(page: Any) -> None:
    show(page, RUN, DEGREE, TABLE)
    page.evaluate("for (const el of document.querySelectorAll('[data-key]')) el.old = true")
    change(page, items=described(TABLE, Words("w", "x"), Switch("run", "Run", True), DEGREE))
    found = page.evaluate("[...document.querySelectorAll('[data-key]')].map("
                          "el => [el.dataset.key, el.dataset.kind, el.old === true])")  # fmt: skip
    assert found == [["table", "Table", True], ["w", "Words", False], ["run", "Switch", False],
                     ["degree", "Range", True]]  # fmt: skip


def test_a_table_is_reached_by_keyboard_only_where_it_scrolls(page: Any) -> None:
    wide = Table("wide", "Wide", tuple("a column" + "x" * n for n in range(9)), (("b",) * 9,))
    show(page, wide, TABLE)
    region = page.get_by_role("region", name="Wide (scrolls)")
    region.wait_for()
    assert region.get_attribute("tabindex") == "0"
    assert page.locator("[data-key=table]").get_attribute("tabindex") is None
    region.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('[data-key=wide]').scrollLeft > 0")
    page.set_viewport_size({"width": 1600, "height": 800})
    page.wait_for_function("!document.querySelector('[data-key=wide]').hasAttribute('tabindex')")
    assert page.get_by_role("rowheader", name="one rate").count() == 1
    assert page.get_by_role("columnheader", name="Rate").count() == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_shade_of_a_grid_can_be_read(page: Any, theme: str) -> None:
    values = tuple(n / 40 for n in range(41))
    heads = ("P", *(str(n) for n in range(41)))
    show(page, Grid("g", "Chances", heads, ("a",), (values,)), theme=theme)
    found = page.evaluate(
        "[...document.querySelectorAll('td')].map(el => { const s = getComputedStyle(el);"
        " return [s.backgroundColor, s.color]; })"
    )
    pairs = [[[int(n) / 255 for n in re.findall(r"\d+", one)] for one in pair] for pair in found]
    assert min(contrast(*pair) for pair in pairs) >= 4.5
    shades = [luminance(ground) for ground, _ in pairs]
    assert shades == sorted(shades, reverse=theme == "light")
    assert len(set(shades)) == 41


def test_a_grid_says_what_is_known(page: Any) -> None:
    show(page, GRID)
    assert page.locator("td").all_text_contents() == ["12 %", "·not measured yet", "0.4 %", "47 %"]
    assert page.get_by_text("50 %").count() == 1  # the key to the shades


def test_words_are_paragraphs_and_are_read_out_where_live(page: Any) -> None:
    show(page, Words("w", "One.\n\n\nTwo.", Tone.ERROR, live=True), Words("q", "Three."))
    assert page.locator("[data-key=w] p").all_text_contents() == ["One.", "Two."]
    assert page.get_by_role("status").count() == 1
    assert page.locator("[data-key=w]").get_attribute("aria-live") == "polite"
    change(page, items=described(Words("w", "Done.", live=True), Words("q", "Three.")))
    assert page.get_by_role("status").inner_text() == "Done."


def test_progress_is_native(page: Any) -> None:
    show(page, Progress("p", "Measuring", 37, 96, "4 minutes still"), Progress("w", "Asking", 0, 0))
    bar = page.get_by_role("progressbar", name="Measuring")
    assert (bar.evaluate("el => el.value"), bar.evaluate("el => el.max")) == (37, 96)
    assert page.get_by_role("progressbar", name="Asking").evaluate("el => el.position") == -1


def test_the_theme_follows_the_system_or_what_is_set(page: Any) -> None:
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    show(page, RUN, Switch("s", "S", True), theme="auto")
    root = page.locator(".nw-sheet")
    assert root.get_attribute("data-theme") == "dark"
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.wait_for_function("document.querySelector('.nw').dataset.theme === 'light'")
    change(page, theme="dark")
    assert root.get_attribute("data-theme") == "dark"
    moving = page.get_by_role("switch").evaluate("el => getComputedStyle(el).transitionDuration")
    assert moving == "0s"


def test_nothing_is_left_when_the_sheet_goes(page: Any) -> None:
    errors = show(page, *EVERYTHING)
    page.evaluate("window.dispose()")
    change(page, items=described(RUN), handled=3, theme="dark")
    assert page.evaluate("window.model.heard.length") == 0
    assert page.locator("#part").inner_html() == ""
    assert errors == []
