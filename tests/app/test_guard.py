"""Hostile requests to the real app: what it answers, and that they change nothing here."""

from __future__ import annotations

import asyncio
import http.client
import os
import shutil
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import segno
from browsing import axe_violations, chromium
from programs import PATIENCE, ended
from solara.server import settings
from visiting import Visit, app
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from newswave.app import address as addresses_room
from newswave.app import server
from newswave.app.address import Address, Allowance, Asks, Place, opened, own_addresses
from newswave.app.launcher import KEY, setup_newswave
from newswave.app.middleware import KEY_HEADER, PageMiddleware, answers_to
from newswave.app.server import _scripts
from newswave.cli import app as app_command
from newswave.cli import main
from newswave.core.errors import BadValue

SCRIPT = f"/_solara/cdn/{_scripts()[0]}"

Held = dict[str, tuple[int, int]]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of the real app, for this machine alone."""
    with app(tmp_path_factory.mktemp("app")) as address:
        yield address.removeprefix("http://").rstrip("/")


def answer(at: str, path: str, method: str = "GET", **heads: str) -> tuple[int, bytes]:
    """Send one request, the path as it is, and give status and body."""
    connection = http.client.HTTPConnection(at, timeout=PATIENCE)
    try:
        connection.putrequest(method, path, skip_host="Host" in heads)
        for name, value in heads.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        got = connection.getresponse()
        return got.status, got.read()
    finally:
        connection.close()


def talks(at: str, **heads: str) -> bool:
    """Whether the app opens a WebSocket for a client with these headers."""
    door = socket.create_connection(at.rsplit(":", 1), timeout=PATIENCE)
    name = heads.pop("Host", at)
    more = {key.replace("_", "-"): value for key, value in heads.items()}
    url = f"ws://{name}/jupyter/api/kernels/{uuid.uuid4()}/channels?session_id=x"
    with (
        door,
        suppress(InvalidStatus),
        connect(url, sock=door, additional_headers=more, proxy=None),
    ):
        return True
    return False


def free_port() -> int:
    with closing(opened(Address(port=0))) as door:
        return int(door.getsockname()[1])


def files_in(folder: Path) -> Held:
    return {
        str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


# The installation

HOSTILE = [
    # Folders of the front end, whole packages, what is not there, ways out of the folder.
    *("/_solara/cdn/requirejs@2.3.6", "/_solara/cdn/@widgetti", "/_solara/cdn/@widgetti/"),
    *("/_solara/cdn/@widgetti/solara-vuetify-app@10.1.1/dist", "/_solara/cdn/echarts@5.4.0/"),
    *("/_solara/cdn/left-pad", "/_solara/cdn/left-pad@1.3.0/index.js", "/_solara/cdn/"),
    *("/_solara/cdn/../cdn", "/_solara/cdn/../../../pyvenv.cfg", "/_solara/cdn/%2e%2e/%2e%2e/x"),
    *("/_solara/cdn//etc/passwd", "/_solara/cdn/%00", "/_solara/cdn/..%5c..%5cx"),
    *("/_solara/cdn", "//_solara/cdn/x", "/_solara/cdn/requirejs@2.3.6/__main.js"),
    f"/_solara/cdn/{'a' * 5000}",
    # Solara's other paths, and what servers of the kind have.
    *("/resourcez", "/resourcez?verbose", "/jupyter/api/kernels/x", "/_solara/api/evict/x"),
    *("/_solara/api/close/x", "/_solara/auth/login", "/static/public/x", "/static/../../server.py"),
    *("/static/%2e%2e/%2e%2e/server.py", "/jupyter/nbextensions/../../../../etc/passwd", "/voila"),
    *("/jupyter/nbextensions", "/jupyter/api/contents", "/other", "/index.html", "/.env"),
]  # fmt: skip


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
def test_no_request_changes_the_installation(served: str, method: str) -> None:
    """Nor does one fetch: what is not on this machine is not there."""
    folder = settings.assets.proxy_cache_dir
    before = files_in(folder)
    assert len(before) > 100
    for path in HOSTILE:
        status, body = answer(served, path, method)
        assert status in (400, 404), path
        assert b"root:" not in body
    assert files_in(folder) == before
    assert answer(served, SCRIPT)[0] == 200


def test_only_reading_is_allowed_where_files_are(served: str) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        assert answer(served, SCRIPT, method)[0] == answer(served, "/", method)[0] == 404


def test_a_front_end_in_links_is_served(tmp_path: Path) -> None:
    """As installers that save room lay it: each file a link into a store of theirs."""
    folder, name = settings.assets.proxy_cache_dir, _scripts()[0]
    for script in _scripts():
        (tmp_path / script).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / script).symlink_to(folder / script)
    own = {"SOLARA_ASSETS_PROXY_CACHE_DIR": str(tmp_path)}
    with app(tmp_path, more=own) as address:
        at = urlsplit(address).netloc
        assert answer(at, f"/_solara/cdn/{name}")[0] == 200
        assert answer(at, "/_solara/cdn/requirejs@2.3.6")[0] == 404


# Names and origins

FOREIGN = ["evil.example", "evil.example:{port}", "localhost.evil.example:{port}", "10.0.0.7",
           "127.0.0.1.evil.example", "127.0.0.1@evil.example", "localhost:{port}@evil.example",
           "evil.example#127.0.0.1", "[::ffff:10.0.0.7]", "0x7f.1.evil", "a b", ""]  # fmt: skip
OWN = ["127.0.0.1:{port}", "localhost:{port}", "LOCALHOST", "localhost.", "[::1]:9999", "127.0.0.2"]


@pytest.mark.parametrize("host", FOREIGN)
def test_a_foreign_name_is_not_answered_to(served: str, host: str) -> None:
    name = host.format(port=served.rpartition(":")[2])
    for path in ("/", SCRIPT, "/readyz"):
        assert answer(served, path, Host=name)[0] in (400, 403)


@pytest.mark.parametrize("host", OWN)
def test_names_of_this_machine_are_answered_to(served: str, host: str) -> None:
    assert answer(served, "/readyz", Host=host.format(port=served.rpartition(":")[2]))[0] == 200


def test_what_to_do_about_a_name_is_said(served: str) -> None:
    status, body = answer(served, "/", Host="class.uni.org")
    assert status == 403
    assert b"newswave app --allow class.uni.org" in body
    status, body = answer(served, "/", Host="<b>x</b>")
    assert status in (400, 403)


ORIGINS = ["http://evil.example", "https://evil.example:{port}", "null", "http://localhost:3000",
           "http://localhost", "http://127.0.0.1:{port}.evil.example", "file://", "about:blank",
           "http://{at}@evil.example", "chrome-extension://abc", "ws://{at}", ""]  # fmt: skip


@pytest.mark.parametrize("origin", ORIGINS)
def test_pages_of_others_get_nothing(served: str, origin: str) -> None:
    foreign = origin.format(at=served, port=served.rpartition(":")[2])
    assert not talks(served, Origin=foreign)
    assert answer(served, "/readyz", Origin=foreign)[0] == 403
    assert answer(served, "/_solara/api/close/x?session_id=y", "POST", Origin=foreign)[0] == 403


def test_pages_of_its_own_do(served: str) -> None:
    assert talks(served, Origin=f"http://{served}")
    assert talks(served)  # no browser: a program on this machine
    assert answer(served, "/readyz", Origin=f"http://{served}")[0] == 200
    leave = "/_solara/api/close/x?session_id=y"
    assert answer(served, leave, "POST", Origin=f"http://{served}")[0] == 200


def test_a_foreign_name_opens_no_websocket(served: str) -> None:
    assert not talks(served, Host="evil.example", Origin="http://evil.example")


@pytest.mark.parametrize(
    ("site", "mode", "status"),
    [("cross-site", "no-cors", 403), ("same-site", "no-cors", 403), ("cross-site", "cors", 403),
     ("same-origin", "cors", 200), ("none", "navigate", 200), ("cross-site", "navigate", 200)],
)  # fmt: skip
def test_what_another_page_embeds_is_refused(
    served: str, site: str, mode: str, status: int
) -> None:
    """Links to the app are fine, also from course pages; pictures and scripts of it are not."""
    got = answer(served, "/readyz", Sec_Fetch_Site=site, Sec_Fetch_Mode=mode)
    assert got[0] == status


def test_two_names_are_none(served: str) -> None:
    with socket.create_connection(served.rsplit(":", 1), timeout=PATIENCE) as door:
        door.sendall(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n")
        assert b" 400 " in door.recv(100)


def test_a_page_elsewhere_cannot_frame_it(served: str) -> None:
    connection = http.client.HTTPConnection(served, timeout=PATIENCE)
    connection.request("GET", "/")
    policy = connection.getresponse().headers["content-security-policy"]
    connection.close()
    assert "frame-ancestors 'self';" in policy + ";"


# Proxies


def test_a_proxy_that_is_named_is_answered(tmp_path: Path) -> None:
    with app(tmp_path, "--allow", "Class.uni.org") as address:
        at = urlsplit(address).netloc
        assert answer(at, "/readyz", Host="class.uni.org")[0] == 200
        assert answer(at, "/readyz", Host="other.uni.org")[0] == 403
        assert talks(at, Origin="https://class.uni.org")  # also where it tells its own Host
        assert not talks(at, Origin="https://class.uni.org.evil.example")


@pytest.mark.parametrize("name", ["http://class.uni.org", "class.uni.org:80", "", "*", "a b"])
def test_a_proxy_is_named_without_scheme_and_port(name: str) -> None:
    with pytest.raises(BadValue, match="name of the proxy does not fit"):
        Address(allowed=(name,))


def test_the_key_of_the_tile_stands_for_its_checks(
    tmp_path: Path,
) -> None:
    tile = setup_newswave()
    key = tile["environment"][KEY]
    assert tile["request_headers_override"] == {KEY_HEADER: key}
    assert len(key) > 30
    assert key != setup_newswave()["environment"][KEY]
    with app(tmp_path, more={KEY: key}) as address:
        at = urlsplit(address).netloc
        hub = {"Host": "hub.example.org", "Origin": "https://hub.example.org"}
        held = {**hub, KEY_HEADER.replace("-", "_"): key}
        assert answer(at, "/readyz", **held)[0] == 200
        assert talks(at, **held)
        assert answer(at, "/resourcez", **held)[0] == 200
        assert answer(at, "/resourcez")[0] == answer(at, "/_solara/api/evict/x", **held)[0] == 404
        for wrong in ("", key[:-1], key + "x"):
            assert answer(at, "/readyz", **{**held, KEY_HEADER.replace("-", "_"): wrong})[0] == 403


def test_an_app_for_the_class_goes_by_the_names_of_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "Lab-3.uni.org")
    shared = Address("0.0.0.0")
    for name in ("10.0.0.7:8765", "[fe80::1]", "lab-3.uni.org", "lab-3.local:80", "localhost"):
        assert answers_to(shared, name)
    for name in ("evil.example", "lab-3", "lab-30.local", "", "evil.example:10.0.0.7"):
        assert not answers_to(shared, name)
    assert answers_to(Address("lab-7.uni.org"), "LAB-7.uni.org:8765".lower())


NGINX = """
worker_processes 1; daemon off; pid {folder}/pid; events {{ worker_connections 64; }}
http {{
 access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
 fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
 map $http_upgrade $connection_upgrade {{ default upgrade; '' close; }}
 server {{
  listen 127.0.0.1:{port};
  location /solara/ {{
   proxy_pass http://{at}/;
   proxy_set_header Host $http_host;
   proxy_set_header X-Script-Name /solara;
   proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
   proxy_http_version 1.1;
   proxy_set_header Upgrade $http_upgrade;
   proxy_set_header Connection $connection_upgrade;
  }}
 }} }}
"""


@contextmanager
def nginx(folder: Path, at: str) -> Iterator[str]:
    """Run nginx in front of an app and give its address."""
    found = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        pytest.skip("no nginx on this machine")
    port = free_port()
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, port=port, at=at), "utf-8")
    with ended(subprocess.Popen([found, "-e", "stderr", "-c", config])) as process:
        while process.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/solara/"
        process.terminate()
        process.wait()


def test_a_proxy_on_this_machine_tells_the_path(served: str, tmp_path: Path) -> None:
    """The page works behind it and, at the same time, without it."""
    with nginx(tmp_path, served) as behind, chromium() as browser:
        context = browser.new_context()
        for address in (behind, f"http://{served}/", behind):
            visit = Visit(context, address)
            visit.go("Glossary")
            assert all(url.startswith((address, "blob:", "data:")) for url in visit.asked)
            visit.close()


@pytest.mark.parametrize(
    ("peer", "told", "root"),
    [("127.0.0.1", "/solara", "/solara"), ("::1", "/a/b/", "/a/b"), ("10.0.0.9", "/solara", ""),
     ("127.0.0.1", '/"><script>', ""), ("127.0.0.1", "//evil.example", ""), ("", "/x", "")],
)  # fmt: skip
def test_only_a_proxy_on_this_machine_is_believed(peer: str, told: str, root: str) -> None:
    roots: list[str] = []

    async def inner(*_: Any) -> None:
        pass

    for name in (b"x-script-name", b"x-forwarded-prefix"):
        scope = {"type": "http", "path": "/", "client": (peer, 1) if peer else None,
                 "headers": [(name, told.encode())]}  # fmt: skip
        given: Any = (scope, inner, inner)
        asyncio.run(PageMiddleware(inner, Address(), rooted=roots.append)(*given))
    assert roots == [root, root]
    asyncio.run(PageMiddleware(inner, Address(root_path="/own"), rooted=roots.append)(*given))
    assert roots[-1] == "/own"


# Several people on one app


@pytest.mark.parametrize(
    ("host", "options", "asks", "is_limited"),
    [("127.0.0.1", [], Asks.ANYBODY, False), ("0.0.0.0", [], Asks.WITH_KEY, True),
     ("127.0.0.1", ["--allow", "class.uni.org"], Asks.WITH_KEY, True),
     ("0.0.0.0", ["--no-models"], Asks.NOBODY, True),
     ("127.0.0.1", ["--no-models"], Asks.NOBODY, False),
     ("0.0.0.0", ["--open-models"], Asks.ANYBODY, True)],
)  # fmt: skip
def test_who_may_ask_a_model(
    host: str, options: list[str], asks: Asks, is_limited: bool,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    def serve(address: Address, _: bool, announce: Any, allowance: Allowance) -> None:
        announce(address)
        assert allowance.asks is asks
        assert (allowance.quota is not None) == is_limited
        assert (allowance.key != "") == (asks is Asks.WITH_KEY)
        assert allowance.key in capsys.readouterr().out

    monkeypatch.setattr(server, "serve", serve)
    assert main(["app", "--no-browser", "--host", host, *options]) == 0


@pytest.mark.filterwarnings("ignore:websockets.legacy")
def test_an_app_for_others_is_safe_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    placed: list[Place] = []
    monkeypatch.setattr(server, "settle", placed.append)
    monkeypatch.setattr(server, "_set", lambda *_: None)
    for address in (Address(), Address("0.0.0.0"), Address(allowed=("class.uni.org",))):
        server.application("newswave.app.solara_app", address)
    assert [place.may_choose_server for place in placed] == [True, False, False]
    assert [place.allowance.asks for place in placed[1:]] == [Asks.WITH_KEY] * 2
    keys = {place.allowance.key for place in placed[1:]}
    assert len(keys) == 2
    assert "" not in keys


# After a restart, and for the others in the room


def test_the_page_comes_back_after_a_restart_with_what_it_showed(tmp_path: Path) -> None:
    port = str(free_port())
    with chromium() as browser:
        context = browser.new_context()
        context.clock.install()
        with app(tmp_path, "--port", port) as address:
            visit = Visit(context, address)
            visit.loses_connection = True
            visit.move("n_agents")
            link = visit.reach("take.link").locator(".nw-code").text_content()
            assert "agents=" in link
            visit.page.evaluate("window.isOld = true")
        with app(tmp_path, "--port", port):
            # The longer a server is away, the longer a page waits before it tries again.
            context.clock.fast_forward(60_000)
            visit.page.wait_for_function("!window.isOld", timeout=1000 * PATIENCE)
            visit.item("take.link").wait_for(state="attached")
            assert visit.item("take.link").locator(".nw-code").text_content() == link
            assert visit.page.url.partition("?")[2] == link.partition("?")[2]
            visit.errors.clear()  # what the browser says of a server that is away
            visit.close()


def test_the_others_in_the_room_get_an_address_and_a_code(tmp_path: Path) -> None:
    addresses = own_addresses()
    if not addresses:
        pytest.skip("this machine has no network")
    with app(tmp_path, "--host", "0.0.0.0") as address, chromium() as browser:
        others = f"http://{addresses[0]}:{urlsplit(address).port}/"
        visit = Visit(browser.new_context(), address)
        page = visit.page
        page.get_by_text("Open this page on another device").click()
        page.get_by_role("link", name=others).wait_for()
        code = page.get_by_role("img", name=f"QR code of {others}")
        assert code.evaluate("one => one.complete && one.naturalWidth") > 100
        link = visit.reach("take.link").locator(".nw-code").text_content()
        assert link.startswith(f"{others}?v=1&")
        assert axe_violations(page) == []
        visit.close()
        learner = Visit(browser.new_context(), link)
        assert learner.reach("take.link").locator(".nw-code").text_content() == link
        learner.close()


def test_an_app_for_this_machine_shows_no_code(served: str) -> None:
    with chromium() as browser:
        visit = Visit(browser.new_context(), f"http://{served}/")
        assert visit.page.locator(".nw-others").count() == 0
        visit.close()


def test_the_code_in_the_terminal_is_that_of_the_address(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(addresses_room, "own_addresses", lambda: ("10.0.0.7",))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    app_command._welcome(Address("0.0.0.0", 80), "abcd-efgh-jkmn")
    said = capsys.readouterr()
    assert "For the others in the room: http://10.0.0.7:80/" in said.out
    assert "abcd-efgh-jkmn" in said.out
    rows = [line for line in said.out.splitlines() if set(line) & set("█▀▄")]
    expected = segno.make("http://10.0.0.7:80/", micro=False)
    drawn = [
        [cell for mark in row for cell in [{"█": 1, "▀": 1, "▄": 0, " ": 0}[mark]]] for row in rows
    ]
    light = [[0 if dark else 1 for dark in row] for row in expected.matrix_iter(border=4)][::2]
    assert drawn == light
    monkeypatch.setattr(addresses_room, "own_addresses", lambda: ())
    app_command._welcome(Address("0.0.0.0", 80))
    assert "no address on a network" in capsys.readouterr().err
