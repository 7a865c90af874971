"""Caching and compression of answers, over HTTP."""

import gzip
import sys
from threading import current_thread, main_thread

import httpx
import pytest
from starlette.types import Message
from tests.helpers.attacks import ASK, SLOW
from tests.helpers.served import open_front
from tests.helpers.server import Server

from g7kg.build.snapshot import Snapshot
from g7kg.pages.rendering import Page, render
from g7kg.serve.caching import (
    MOST_REPEATS,
    REPEAT_BYTES,
    Repeat,
    Repeats,
    Representation,
    ResultCache,
    compute_etag,
    matches,
)
from g7kg.serve.front import Front

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ALL = "SELECT * WHERE { ?s ?p ?o }"


def ask(client: httpx.Client, query: str = ASK, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get("/sparql", params={"query": query}, headers={"Accept-Encoding": "identity", **named})


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', '"other" ,W/{}, "more"'])
def test_who_has_the_answer_is_told_so_without_evaluation(client: httpx.Client, form: str) -> None:
    etag = ask(client).headers["etag"]
    again = ask(client, If_None_Match=form.format(etag))
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert again.headers["cache-control"] == "public, max-age=60"
    assert "Accept-Encoding" in again.headers["vary"]
    assert ask(client, If_None_Match='"other"').status_code == 200


def test_a_star_matches_what_there_is_and_not_what_there_is_not(client: httpx.Client) -> None:
    assert ask(client, If_None_Match="*").status_code == 304
    assert ask(client, "SELECT", If_None_Match="*").status_code == 400


def test_every_way_that_an_answer_can_differ_has_a_tag_of_its_own(client: httpx.Client) -> None:
    registry = "https://w3id.org/g7kg/graph/registry"
    answers = [
        ask(client),
        ask(client, ASK + " "),
        ask(client, Accept="application/sparql-results+xml"),
        ask(client, Accept="text/html"),
        ask(client, Accept_Encoding="gzip"),
        ask(client, Accept_Encoding="zstd"),
        client.get("/sparql", params={"query": ASK, "default-graph-uri": registry}),
        client.get("/sparql", params={"query": ASK, "named-graph-uri": registry}),
        client.get("/store", params={"graph": registry}),
        client.get("/doc/organisation/oecd.ttl"),
        client.get("/"),
    ]
    tags = [answer.headers["etag"] for answer in answers]
    assert len(set(tags)) == len(tags)
    assert all(tag.startswith('"') for tag in tags)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT (NOW() AS ?x) {}",
        "SELECT (rand() AS ?x) {}",
        "SELECT (UUID() AS ?x) {}",
        "SELECT (STRUUID() AS ?x) {}",
        "SELECT (BNODE() AS ?x) {}",
        "CONSTRUCT { [] <http://e/p> 1 } WHERE {}",
        "CONSTRUCT { _:x <http://e/p> 1 } WHERE {}",
        "CONSTRUCT { <http://e/s> <http://e/p> (1 2) } WHERE {}",
    ],
)
def test_an_answer_that_varies_is_never_kept(client: httpx.Client, query: str) -> None:
    first, second = ask(client, query), ask(client, query)
    assert first.status_code == second.status_code == 200
    assert "etag" not in first.headers
    assert first.headers["cache-control"] == "no-store"
    assert first.content != second.content or "CONSTRUCT" in query


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?now WHERE { ?now ?rand 'UUID()' } LIMIT 1 # BNODE()",
        "CONSTRUCT { ?s ?p 'a [ ( _:b' } WHERE { ?s ?p [] FILTER(?s = ?s) } LIMIT 1",
        "SELECT (1 AS ?construct) { VALUES (?x) { (1) } }",
    ],
)
def test_an_answer_that_only_looks_as_if_it_varied_is_kept(client: httpx.Client, query: str) -> None:
    assert "etag" in ask(client, query).headers


def test_errors_and_posts_are_not_for_caches(client: httpx.Client) -> None:
    refused = ask(client, "SELECT")
    assert (refused.headers["cache-control"], "etag" in refused.headers) == ("no-store", False)
    posted = client.post("/sparql", data={"query": ASK}, headers={"If-None-Match": ask(client).headers["etag"]})
    assert (posted.status_code, posted.headers["cache-control"], "etag" in posted.headers) == (200, "no-store", False)


def test_an_address_with_the_digest_of_the_snapshot_never_changes(client: httpx.Client, snapshot: Snapshot) -> None:
    answer = client.get(f"/dataset/{snapshot.manifest.digest}/sparql", params={"query": ASK})
    assert answer.json()["boolean"] is True
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    other = client.get(f"/dataset/{'0' * 64}/sparql", params={"query": ASK})
    assert (other.status_code, snapshot.manifest.digest in other.json()["hint"]) == (404, True)


@pytest.mark.parametrize(
    "query", [f"{ALL} LIMIT 100", ALL, "CONSTRUCT WHERE { ?s ?p ?o }"], ids=["short", "long", "graph"]
)
def test_a_compressed_answer_is_the_same_answer_computed_or_kept(client: httpx.Client, query: str) -> None:
    plain = ask(client, query).content
    for coding, decode in (("gzip", gzip.decompress), ("zstd", zstd.decompress)):
        for _ in range(2):
            accepted = {"Accept-Encoding": coding}
            with client.stream("GET", "/sparql", params={"query": query}, headers=accepted) as answer:
                assert answer.headers["content-encoding"] == coding
                assert decode(b"".join(answer.iter_raw())) == plain


def test_pages_are_compressed_and_short_answers_are_not(client: httpx.Client) -> None:
    assert client.get("/", headers={"Accept-Encoding": "gzip"}).headers["content-encoding"] == "gzip"
    assert "content-encoding" not in ask(client, Accept_Encoding="gzip").headers


def test_a_kept_stream_is_sent_whole_with_its_length(client: httpx.Client) -> None:
    query = f"{ALL} OFFSET 1 LIMIT 8000"
    first, second = ask(client, query), ask(client, query)
    assert first.headers["transfer-encoding"] == "chunked"
    assert int(second.headers["content-length"]) == len(first.content) > 1 << 16
    assert first.content == second.content
    assert first.headers["etag"] == second.headers["etag"]


def test_a_shorter_deadline_may_be_asked_for_and_no_longer_one(client: httpx.Client, attacked: Server) -> None:
    for timeout, taken in (("0.2", "0.2 seconds"), ("60", "1 second")):
        answer = httpx.get(f"{attacked.base}/sparql", params={"query": SLOW, "timeout": timeout}, timeout=30)
        told = f"the query ran into its deadline of {taken}"
        assert (answer.status_code, answer.json()["detail"]) == (504, told)
    for wrong in ("0", "-1", "x", "nan"):
        answer = client.get("/sparql", params={"query": ASK, "timeout": wrong})
        assert (answer.status_code, wrong in answer.json()["detail"]) == (400, True)


def test_tags_tell_parts_apart_and_are_found_in_a_list_of_tags_only() -> None:
    assert compute_etag("a", "b") != compute_etag("ab", "") != compute_etag("a", None) != compute_etag("a", "")
    assert compute_etag("a", "b") == compute_etag("a", "b")
    found = {stated: matches(stated, '"a"') for stated in (None, "a", "*", '"b", "a"')}
    assert found == {None: False, "a": False, "*": False, '"b", "a"': True}


def test_the_cache_stays_within_its_bytes_and_forgets_the_least_recently_used() -> None:
    cache = ResultCache(16 * 1600)
    body = b"x" * 1000
    for number in range(18):
        cache.put(str(number), Representation((), body))
        cache.get("0")
    assert cache.size <= cache.limit
    assert cache.get("0") is not None
    assert cache.get("17") is not None
    assert cache.get("1") is None
    cache.put("large", Representation((), b"x" * 2000))
    assert cache.get("large") is None


REPEATED = [
    ("query=ASK%20{}", {}),
    ("query=ASK%20{}", {"accept": "text/html"}),
    ("query=ASK%20{}&format=xml", {}),
    ("query=ASK%20{}", {"if-none-match": "*"}),
    ("query=ASK%20{}", {"if-none-match": '"other"'}),
    ("query=ASK%20{}", {"if-none-match": "ETAG"}),
    ("query=ASK%20{}", {"if-modified-since": "PUBLISHED"}),
    ("query=ASK%20{%3Cx%3E%20?p%20?o}", {}),
    ("query=ASK%20{%3Cx%3E%20?p%20?o}", {"host": "other.test"}),
    ("query=ASK%20{?s%20%3Chttps://w3id.org/g7kg/ontology%23debitor%3E%20?o}", {}),
    ("query=SELECT*{?s%20?p%20?o}LIMIT%204000", {"accept-encoding": "gzip"}),
    ("query=SELECT*{?s%20?p%20?o}LIMIT%204000", {}),
    ("query=SELECT", {}),
]


async def ask_front(
    front: Front, method: str, query: str, headers: dict[str, str], path: str = "/sparql"
) -> list[Message]:
    """Return all that the application sends in answer to a request for ``path`` with the parameters ``query``."""
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in {"host": "kept.test", **headers}.items()],
        "client": ("192.0.2.1", 1),
        "server": ("kept.test", 80),
    }
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    await front(scope, receive, send)
    return sent


async def test_a_request_that_comes_again_word_for_word_gets_the_bytes_that_the_long_way_gives(
    snapshot: Snapshot,
) -> None:
    async with open_front(snapshot.folder) as front:
        etag = dict((await ask_front(front, "GET", "query=ASK%20{}", {}))[0]["headers"])[b"etag"].decode()
        published = front.live.lease().site.published
        for query, stated in REPEATED:
            told = {n: v.replace("ETAG", etag).replace("PUBLISHED", published) for n, v in stated.items()}
            for method in ("GET", "HEAD"):
                await ask_front(front, method, query, told)
                again = [await ask_front(front, method, query, told) for _ in range(2)]
                front.repeats.entries.clear()
                assert again == [await ask_front(front, method, query, told)] * 2
        short = await ask_front(front, "GET", "query=ASK%20{}", {})
        front.live.cache.entries.clear()
        assert await ask_front(front, "GET", "query=ASK%20{}", {}) == short


async def test_pages_are_written_beside_the_event_loop(snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[bool] = []

    def watch(page: Page) -> str:
        threads.append(current_thread() is main_thread())
        return render(page)

    monkeypatch.setattr("g7kg.serve.pages.html.render", watch)
    async with open_front(snapshot.folder) as front:
        for path in ("/", "/ontology", "/queries"):
            head, *_ = await ask_front(front, "GET", "", {"accept": "text/html"}, path)
            assert head["status"] == 200
    assert threads == [False] * 3


def test_only_short_requests_are_remembered_and_only_so_many() -> None:
    repeats, repeat = Repeats(), Repeat('"x"', (), unmodified=False, query="")
    for number in range(MOST_REPEATS + 1):
        repeats.put((str(number),), repeat)
    repeats.put((b"x" * (REPEAT_BYTES + 1),), repeat)
    assert (len(repeats.entries), repeats.get(("0",)), repeats.get(("1",))) == (MOST_REPEATS, None, repeat)
