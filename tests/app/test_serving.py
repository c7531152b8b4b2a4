"""The web app's server: where it listens, what it sends, how it ends, and behind a proxy."""

from __future__ import annotations

import asyncio
import errno
import gzip
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from browsing import chromium
from programs import PATIENCE, ended, free_port
from solara.server import settings

from newswave.app import address as addresses
from newswave.app import launcher, server
from newswave.app.address import Address, opened, own_addresses
from newswave.app.middleware import NO_SCRIPT, PageMiddleware, completed
from newswave.cli import _parsers, app, main
from newswave.core.errors import BadValue, NewswaveError

LARGE = 30_000_000

# A page with one widget that answers: n is doubled, a message measured, or endless work begun.
PAGE = '''
import anywidget, solara, threading, traitlets

class Counter(anywidget.AnyWidget):
    _esm = """
    function render({model, el}) {
      const b = document.createElement("button");
      b.id = "b";
      b.textContent = "more";
      b.onclick = () => { model.set("n", model.get("n") + 1); model.save_changes(); };
      window.ask = (what, size) => model.send(what, null, [new ArrayBuffer(size)]);
      model.on("change:twice", () => { b.dataset.twice = model.get("twice"); });
      model.on("msg:custom", (got) => { b.dataset.answer = got; });
      el.appendChild(b);
    }
    export default {render};
    """
    n = traitlets.Int(0).tag(sync=True)
    twice = traitlets.Int(0).tag(sync=True)

    def __init__(self, **given):
        super().__init__(**given)
        self.on_msg(self._answer)

    def _answer(self, _, what, buffers):
        if what == "work":
            threading.Thread(target=threading.Event().wait, daemon=False).start()
        self.send(sum(map(len, buffers)))

    @traitlets.observe("n")
    def _double(self, change):
        self.twice = 2 * change.new

@solara.component
def Page():
    solara.Title("newswave")
    Counter.element()
'''

# The command with that page; writes down every address outside this machine that it turns to.
PROGRAM = """
import os
import sys
from pathlib import Path
here = Path(sys.argv[0]).parent
sys.path.insert(0, str(here))

def hear(event, given):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
        place = given[1] if event == "socket.connect" else given[0]
        host = place[0] if isinstance(place, tuple) else place
        if host not in (None, "", "127.0.0.1", "::1", "localhost"):
            with (here / f"outside-{os.getpid()}.txt").open("a") as kept:
                kept.write(f"{event} {host}\\n")

sys.addaudithook(hear)
from newswave.cli import main
from newswave.app import server
server.PAGE = "counting_page"
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the command with a page of one widget, as a program."""
    folder = tmp_path_factory.mktemp("app")
    (folder / "counting_page.py").write_text(PAGE, "utf-8")
    (folder / "program.py").write_text(PROGRAM, "utf-8")
    return folder / "program.py"


@contextmanager
def serving(program: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start the command and give it with the address it names."""
    command = [sys.executable, str(program), "app", "--no-browser", *options]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with ended(subprocess.Popen(command, **pipes)) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        found = re.search(r"http://\S+/", first)
        assert found, first + process.communicate()[1]
        yield process, found.group()


@pytest.fixture(scope="module")
def served(program: Path) -> Iterator[str]:
    """Give the address of an app that runs while this file's tests do."""
    with serving(program, "--port", "0") as (_, url):
        yield url


def fetched(url: str, **headers: str) -> tuple[dict[str, str], bytes]:
    asked = urllib.request.Request(
        url, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )
    with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
        headers = {name.lower(): value for name, value in answer.headers.items()}
        headers["set-cookie"] = "\n".join(answer.headers.get_all("set-cookie", []))
        return headers, answer.read()


class Seen:
    """What a browser's page asked for and complained about."""

    def __init__(self, page: Any) -> None:
        self.errors: list[str] = []
        self.asked: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._hear)
        page.on("request", lambda request: self.asked.append(request.url))

    def _hear(self, message: Any) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def outside(self, root: str) -> list[str]:
        """Return the requests that went anywhere else."""
        return [url for url in self.asked if not url.startswith((root, "blob:"))]


def counts(page: Any, url: str) -> None:
    """Open the page and see its widget talk with Python and back."""
    page.goto(url)
    page.click("#b")
    page.wait_for_selector("#b[data-twice='2']")


# Addresses


@pytest.mark.parametrize(
    "host",
    ["", "a b", "-x", "x-", "1.2.3", "300.1.1.1", "http://x", "[::1]", "fe80::1%eth0", "a..b"],
)
def test_a_host_is_a_name_or_an_address(host: str) -> None:
    with pytest.raises(BadValue, match="host does not fit"):
        Address(host)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "0.0.0.0", "::", "::1", "localhost", "lab-3.uni.org"]
)
def test_hosts_that_fit(host: str) -> None:
    assert Address(host).host == host


@pytest.mark.parametrize("port", [-1, 65536, 80.5, "80", True])
def test_a_port_is_a_whole_number_in_range(port: Any) -> None:
    with pytest.raises(BadValue, match="port does not fit"):
        Address(port=port)


@pytest.mark.parametrize(
    "path", ["x", "//evil.org", "/a//b", "/a b", "/a'b", '/a"b', "/<b>", "/a?b", "/a#b", "/a/../b"]
)
def test_a_root_path_is_a_plain_path(path: str) -> None:
    with pytest.raises(BadValue, match="root path does not fit"):
        Address(root_path=path)


def test_a_root_path_loses_its_last_slash() -> None:
    assert Address(root_path="/user/ada%40uni.org/proxy/8765/").root_path[-5:] == "/8765"
    assert Address(root_path="/").root_path == ""


def test_addresses_to_open_and_to_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "own_addresses", lambda: ("10.0.0.7",))
    everybody = Address("0.0.0.0", 80, "/x")
    assert everybody.url == "http://127.0.0.1:80/x/"
    assert everybody.shared == ("http://10.0.0.7:80/x/",)
    assert Address("::1", 80).url == "http://[::1]:80/"
    assert Address("lab", 80).shared == ("http://lab:80/",)
    assert Address("localhost").shared == Address("127.0.0.1").shared == ()


def test_own_addresses_leave_out_the_loop() -> None:
    assert not [one for one in own_addresses() if one.startswith("127.")]


def test_the_root_path_is_taken_off_as_it_is_decoded() -> None:
    address = Address(root_path="/user/ada%40uni.org")
    assert address.inner("/user/ada@uni.org/static/x") == "/static/x"
    assert address.inner("/user/ada@uni.org") == "/"
    assert address.inner("/user/ada@uni.organ") == "/user/ada@uni.organ"


def test_a_port_that_is_taken_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with opened(Address(port=0)) as door:
        port = door.getsockname()[1]
        with pytest.raises(NewswaveError, match=f"Port {port} is taken.*--port 0"):
            opened(Address(port=port))
        assert main(["app", "--no-browser", "--port", str(port)]) == 2
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert f"Port {port} is taken" in said.err


@pytest.mark.parametrize(
    ("number", "words"), [(errno.EACCES, "above 1023"), (errno.EADDRNOTAVAIL, "cannot listen at")]
)
def test_other_shut_doors_are_explained(
    number: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shut(*_: object, **__: object) -> None:
        raise OSError(number, "shut")

    monkeypatch.setattr(socket, "create_server", shut)
    with pytest.raises(NewswaveError, match=words):
        opened(Address(port=80))


# The command and the tile


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--port", "x"], "'x' is not a number"),
        (["--port", "70000"], "port does not fit"),
        (["--host", "a b"], "host does not fit"),
        (["--root-path", "class"], "root path does not fit"),
    ],
)
def test_bad_options_give_one_message(
    options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["app", "--no-browser", *options]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1


def test_what_is_not_installed_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "newswave.app.server", raising=False)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert main(["app", "--no-browser", "--port", "0"]) == 2
    said = capsys.readouterr().err
    assert "needs uvicorn" in said
    assert "python -m pip install solara" in said


def test_the_tile_starts_the_command() -> None:
    tile = launcher.setup_newswave()
    words = [word.format(port=4000, base_url="/class/x/") for word in tile["command"]]
    assert words[:3] == [sys.executable, "-m", "newswave"]
    given = _parsers()[0].parse_args(words[3:])
    assert Address(given.host, given.port, given.root_path).root_path == "/class/x/newswave"
    assert given.no_browser
    assert "<svg" in Path(tile["launcher_entry"]["icon_path"]).read_text("utf-8")


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly_when_it_is_stopped(program: Path, sent: signal.Signals) -> None:
    with serving(program, "--port", "0") as (process, url):
        fetched(url)
        process.send_signal(sent)
        out, error = process.communicate(timeout=PATIENCE)
    assert (process.returncode, error) == (0, "")
    assert out.strip() == "Stopped."


def test_a_shared_app_says_so(program: Path) -> None:
    with serving(program, "--port", "0", "--host", "0.0.0.0") as (process, url):
        assert url.startswith("http://127.0.0.1:")
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=PATIENCE)
    port = url.rstrip("/").rpartition(":")[2]
    for one in own_addresses():
        assert f"For the others in the room: http://{one}:{port}/" in out
    assert "Everybody who can reach this machine" in error
    assert error.count("\n") == 1


def test_settings_keep_what_the_user_set(program: Path) -> None:
    code = (
        "from newswave.app import server as s; k = s.settings;"
        "s.application('counting_page', s.Address());"
        "print(k.kernel.cull_timeout, k.kernel.max_count, k.telemetry.mixpanel_enable, k.main.mode,"
        "k.theme.show_banner, s.solara.settings.assets.proxy)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "SOLARA_KERNEL_CULL_TIMEOUT": "10m", "VSCODE_PID": "1"},
        cwd=program.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    # In a terminal of VS Code, Solara left alone would have the browser fetch from elsewhere.
    assert done.stdout.split() == ["10m", "400", "False", "production", "False", "True"]


def test_a_front_end_on_this_machine_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings.assets, "proxy_cache_dir", tmp_path)
    assert not server.front_end_is_local()
    names = server._scripts()
    assert len(names) == 2
    for name in names:
        assert not server.front_end_is_local()
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("")
    assert server.front_end_is_local()


def test_what_the_internet_is_needed_for_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(settings.assets, "proxy_cache_dir", tmp_path)
    app._welcome(Address())
    assert "newswave[offline]" in capsys.readouterr().out
    monkeypatch.setattr(server, "front_end_is_local", lambda: True)
    app._welcome(Address())
    assert capsys.readouterr().out == "newswave is at http://127.0.0.1:8765/ (Ctrl-C stops it)\n"


# What is sent


def test_a_page_is_mended() -> None:
    page = completed(
        '<html><head><meta name="viewport" content="width=device-width, user-scalable=no">'
        '<link rel="icon" type="image/png" href="x.png"></head>'
        '<body data-base-url="/"><div id="pre-rendered-html-present"></div></div></body></html>'
    )
    assert '<html lang="en">' in page
    assert 'content="width=device-width, initial-scale=1"' in page
    assert "user-scalable" not in page
    assert "x.png" not in page
    assert NO_SCRIPT in page
    assert page.index('id="app"') < page.index('id="pre-rendered')
    assert completed('<div id="app"><div id="pre-rendered-html-present">').count('id="app"') == 1


Sent = list[dict[str, Any]]


def through(kind: str, *parts: bytes, path: str = "/", **scope: Any) -> tuple[Sent, dict[str, Any]]:
    """Send one request through the mending to an app that answers `parts` of that kind."""
    heard: dict[str, Any] = {}
    sent: Sent = []

    async def inner(scope: Any, _: Any, send: Any) -> None:
        heard.update(scope)
        headers = [(b"content-type", kind.encode()), (b"content-length", b"3")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for number, part in enumerate(parts):
            more = number + 1 < len(parts)
            await send({"type": "http.response.body", "body": part, "more_body": more})

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise AssertionError

    asked = {"type": "http", "path": path, "headers": [], **scope}
    asyncio.run(PageMiddleware(inner, Address(root_path="/class"))(asked, receive, send))
    return sent, heard


ZIPS = [(b"accept-encoding", b"gzip, br"), (b"accept", b"*/*")]


@pytest.mark.parametrize("headers", [[], ZIPS])
def test_a_page_in_parts_comes_whole(headers: list[tuple[bytes, bytes]]) -> None:
    sent, heard = through(
        "text/html; charset=utf-8", b"<htm", b"l>", path="/class/", headers=headers
    )
    start, body = sent
    got = dict(start["headers"])
    assert int(got[b"content-length"]) == len(body["body"])
    text = gzip.decompress(body["body"]) if headers else body["body"]
    assert text == b'<html lang="en">'
    assert (b"content-encoding" in got) == bool(headers)
    assert b"accept-encoding" not in dict(heard["headers"])
    assert heard["path"] == "/"


def test_what_is_no_page_goes_through_in_its_parts() -> None:
    sent, heard = through("text/css", b"<html>", b"x", path="/class/static/a.css", headers=ZIPS)
    assert [part["body"] for part in sent[1:]] == [b"<html>", b"x"]
    assert heard["headers"] == ZIPS
    assert heard["path"] == "/static/a.css"
    assert dict(sent[0]["headers"])[b"x-content-type-options"] == b"nosniff"


def test_websockets_go_through_without_the_root_path() -> None:
    sent, heard = through("text/html", b"<html>", path="/class/jupyter/x", type="websocket")
    assert heard["path"] == "/jupyter/x"
    assert sent[1]["body"] == b"<html>"
    assert b"x-content-type-options" not in dict(sent[0]["headers"])


def test_the_lifespan_goes_through_as_it_is() -> None:
    heard = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        heard.append((scope, receive, send))

    given: Any = ({"type": "lifespan"}, object(), object())
    asyncio.run(PageMiddleware(inner, Address())(*given))
    assert heard == [given]


def test_the_real_page_is_mended(served: str) -> None:
    headers, body = fetched(served)
    text = body.decode()
    assert '<html lang="en">' in text
    assert text.count('<meta name="viewport"') == text.count("initial-scale=1") == 1
    assert not re.search(r"user-scalable|maximum-scale|favicon\.png", text)
    assert text.count('id="app"') == 1
    assert "<title>newswave</title>" in text
    assert NO_SCRIPT in text
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', text)
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert re.search("^solara-session-id.*HttpOnly", headers["set-cookie"], re.M)
    zipped, small = fetched(served, Accept_Encoding="gzip")
    assert zipped["content-encoding"] == "gzip"
    assert len(small) < len(body) / 2
    assert b'<html lang="en">' in gzip.decompress(small)


@pytest.mark.parametrize(
    ("before", "count"),
    [("", 1), ("newswave-visits=1", 2), ("a=b; newswave-visits=41; c=d", 42),
     ("newswave-visits=1000", 1000), ("newswave-visits=x", 1), ("newswave-visits=-5", 1)],
)  # fmt: skip
def test_the_page_counts_how_often_a_browser_came(before: str, count: int) -> None:
    cookies = [(b"cookie", before.encode())] if before else []
    sent, _ = through("text/html", b"<html>", path="/class/", headers=cookies)
    told = dict(sent[0]["headers"])[b"set-cookie"].decode()
    assert told.startswith(f"newswave-visits={count}; Path=/class; ")


def test_it_answers_whether_it_is_well(served: str) -> None:
    assert fetched(served + "readyz")[1] == b'{"status":"ok"}'


def test_its_icon_is_its_own(served: str) -> None:
    assert fetched(served + "static/assets/favicon.svg")[1] == launcher.ICON.read_bytes()


# In a browser


def test_the_page_works_and_asks_nobody_else(program: Path) -> None:
    with chromium() as browser, serving(program, "--port", "0") as (process, url):
        page = browser.new_page()
        seen = Seen(page)
        counts(page, url)
        page.evaluate(f"ask('measure', {LARGE})")
        page.wait_for_selector(f"#b[data-answer='{LARGE}']")
        assert seen.errors == []
        assert seen.outside(url) == []
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)
    assert not (program.parent / f"outside-{process.pid}.txt").exists()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_follows_the_scheme(served: str, scheme: Any) -> None:
    with chromium() as browser:
        page = browser.new_page(color_scheme=scheme)
        counts(page, served)
        assert page.locator(f".v-application.theme--{scheme}").count() == 1


def test_the_policy_keeps_pages_from_asking_others(served: str) -> None:
    strange = "document.body.append(Object.assign(new Image(), {src: 'http://192.0.2.9/x'}))"
    with chromium() as browser:
        page = browser.new_page()
        counts(page, served)
        with page.expect_console_message(lambda said: said.type == "error") as said:
            page.evaluate(strange)
        words = said.value.text
    assert "192.0.2.9" in words
    assert "Content Security Policy" in words


@pytest.mark.parametrize("what", ["measure", "work"])
def test_it_ends_cleanly_under_an_open_page(program: Path, what: str) -> None:
    """Also where the page's own work would never end."""
    with chromium() as browser, serving(program, "--port", "0") as (process, url):
        page = browser.new_page()
        counts(page, url)
        page.evaluate(f"ask({what!r}, 1)")
        page.wait_for_selector("#b[data-answer='1']")
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=PATIENCE)
    assert (process.returncode, error) == (0, "")
    assert out.strip() == "Stopped."


# Behind Jupyter


CONFIG = """
from newswave.app.launcher import setup_newswave
tile = setup_newswave()
tile["command"][1:3] = [{program!r}]
c.ServerProxy.servers = {{"newswave": tile}}
c.ServerApp.base_url = "/class/x/"
c.ServerApp.port = {port}
c.ServerApp.port_retries = 0
c.ServerApp.open_browser = False
c.ServerApp.allow_root = True
c.ServerApp.root_dir = {folder!r}
c.IdentityProvider.token = "let-me-in"
"""


@pytest.fixture(scope="module")
def jupyter(program: Path) -> Iterator[str]:
    """Give the address of a Jupyter server with its proxy, under a prefix."""
    pytest.importorskip("jupyter_server_proxy", reason="jupyter-server-proxy is not installed")
    folder, port = program.parent, free_port()
    text = CONFIG.format(program=str(program), folder=str(folder), port=port)
    config = folder / "jupyter_server_config.py"
    config.write_text(text, "utf-8")
    places = {f"JUPYTER_{kind}_DIR": str(folder / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    command = [sys.executable, "-m", "jupyter_server", "--config", str(config)]
    pipes: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    with ended(subprocess.Popen(command, env={**os.environ, **places}, **pipes)) as process:
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            said.append(line)
            if "is running at" in line:
                break
        assert process.poll() is None, "".join(said)
        threading.Thread(target=process.stderr.read, daemon=True).start()
        yield f"http://127.0.0.1:{port}/class/x/"
        # So that it takes the app it started down with it.
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


def counts_behind(jupyter: str, path: str) -> None:
    """See the page work at a path of a Jupyter server, and ask nobody else."""
    with chromium() as browser:
        page = browser.new_page()
        page.goto(f"{jupyter}api/status?token=let-me-in")
        seen = Seen(page)
        counts(page, jupyter + path)
    assert seen.errors == []
    assert seen.outside(jupyter + path) == []


def test_the_tile_opens_the_page(jupyter: str) -> None:
    counts_behind(jupyter, "newswave/")


@pytest.mark.parametrize("way", ["proxy", "proxy/absolute"])
def test_a_proxy_may_take_the_root_path_off_or_leave_it(
    program: Path, jupyter: str, way: str
) -> None:
    port = free_port()
    path = f"{way}/{port}/"
    with serving(program, "--port", str(port), "--root-path", f"/class/x/{path}"):
        counts_behind(jupyter, path)
