"""Pages that are cited, shared, embedded, downloaded and corrected; what this is, and help."""

import asyncio
import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pyoxigraph import NamedNode
from tests.helpers.markup import read_page
from tests.helpers.project import ROOT

from g7kg.dataset.dataset import Dataset
from g7kg.dataset.parameters import bind_names
from g7kg.errors import NotFound, RequestError
from g7kg.pages.about import DOCUMENTATION, show_about, show_help
from g7kg.pages.cards import show_card
from g7kg.pages.citations import Citation
from g7kg.pages.naming import MOST, name_resources
from g7kg.pages.profiles import show_resource
from g7kg.pages.questions import list_fields
from g7kg.pages.rendering import render
from g7kg.queries.catalogue import find_query
from g7kg.serve.pages.manual import DOCUMENTED, SHOWS_SEARCH, Documentation

ID = "https://w3id.org/g7kg/id/"
DECLARATION = "Ministerial Declaration, G7 Industry, Technology and Digital Ministerial Meeting"


def cite(dataset: Dataset, iri: str) -> Citation:
    description = asyncio.run(dataset.describe(NamedNode(iri)))
    citation = asyncio.run(show_resource(dataset, description)).values["citation"]
    assert isinstance(citation, Citation)
    return citation


def test_a_statement_is_cited_with_its_place_and_the_version_of_the_data(dataset: Dataset) -> None:
    citation = cite(dataset, f"{ID}verona-trento-2024/p23/s1")
    version = dataset.manifest.digest[:16]
    gist = (
        "The ministers endorse the Presidency’s proposal to develop, by the end of the year, a report that analyses "
        "challenges and driving factors of AI development and adoption among companies, especially MSMEs."
    )
    source = f"{DECLARATION}, 2024-03-15, paragraph 23"
    work = "g7kg: a knowledge graph of G7 digital ministers' declarations"
    permalink = f"{ID}verona-trento-2024/p23/s1?version={version}"
    assert citation.text == (
        f"The g7kg authors. “{gist}”. {source}. In: {work}. Version {version} of {dataset.manifest.modified}, "
        f"CC BY 4.0. {permalink}"
    )
    year, month, day = map(int, dataset.manifest.modified.split("-"))
    assert json.loads(citation.csl) == [
        {
            "id": "g7kg-verona-trento-2024-p23-s1",
            "type": "dataset",
            "title": gist,
            "author": [{"literal": "The g7kg authors"}],
            "container-title": work,
            "issued": {"date-parts": [[year, month, day]]},
            "version": version,
            "URL": permalink,
            "license": "CC BY 4.0",
            "section": source,
            "original-date": {"date-parts": [[2024, 3, 15]]},
        }
    ]
    assert citation.bibtex == (
        "@misc{g7kg-verona-trento-2024-p23-s1,\n"
        "  author = {{The g7kg authors}},\n"
        f"  title = {{{{{gist}}}}},\n"
        f"  howpublished = {{{work}}},\n"
        f"  year = {{{year}}},\n"
        f"  month = {{{month}}},\n"
        f"  version = {{{version}}},\n"
        f"  note = {{{source}}},\n"
        f"  url = {{{permalink}}},\n"
        "}\n"
    )


@pytest.mark.parametrize(
    ("path", "title", "summary"),
    [
        ("verona-trento-2024/a2/b1", "Bullet 1 of Ministerial Declaration", "2024-03-15, Annex 2, bullet 1"),
        ("cernobbio-como-2024", "Declaration of the G7 Digital and Tech Ministers", "Cernobbio"),
        ("undertaking/quantum-standards", "", "technical standards. later documents silent; stated on 15 March 2024."),
        ("organisation/oecd", "Organisation for Economic Co-operation and Development", ""),
    ],
)
def test_every_thing_has_a_citation_and_a_summary(path: str, title: str, summary: str, dataset: Dataset) -> None:
    citation = cite(dataset, ID + path)
    assert citation.title.startswith(title)
    assert summary in citation.summary


def test_what_latex_takes_for_commands_is_escaped() -> None:
    citation = Citation(f"{ID}x/p1", r"50% of R&D_{x} \ ~^#$", "", "", "", "0" * 64, "2024-01-02", "")
    title = r"50\% of R\&D\_\{x\} \textbackslash{} \textasciitilde{}\textasciicircum{}\#\$"
    assert f"title = {{{{{title}}}}}," in citation.bibtex


@pytest.mark.parametrize(
    ("contact", "subject"), [("mailto:data@example.org", "subject"), ("https://example.org/new?labels=data", "title")]
)
def test_a_report_of_an_error_has_the_iri_and_the_version(contact: str, subject: str, dataset: Dataset) -> None:
    iri = f"{ID}undertaking/quantum-standards"
    address = cite(replace(dataset, contact=contact), iri).report
    assert address.startswith(contact)
    fields = parse_qs(urlsplit(address).query)
    assert fields[subject] == ["Error in id/undertaking/quantum-standards"]
    assert fields["body"][0].startswith(f"{iri}\nversion {dataset.manifest.digest}\n")
    assert cite(dataset, iri).report == ""


def test_the_head_of_a_page_tells_machines_what_it_is(client: httpx.Client, dataset: Dataset) -> None:
    page = read_page(client.get("/doc/undertaking/quantum-standards.html").text)
    told = {
        tag.attributes.get("name") or tag.attributes.get("property"): tag.attributes.get("content")
        for tag in page.find("meta")
    }
    citation = cite(dataset, f"{ID}undertaking/quantum-standards")
    assert told["description"] == told["og:description"] == citation.summary
    assert (told["og:title"], told["og:url"]) == (citation.title, citation.iri)
    assert told["citation_title"] == citation.title
    assert told["citation_public_url"] == citation.permalink
    assert told["citation_publication_date"] == dataset.manifest.modified.replace("-", "/")
    (canonical,) = [link for link in page.find("link") if link.attributes["rel"] == "canonical"]
    assert canonical.attributes["href"] == "/doc/undertaking/quantum-standards"


def test_a_permanent_address_answers_for_its_version_only(client: httpx.Client, dataset: Dataset) -> None:
    path = "/id/undertaking/quantum-standards"
    version = dataset.manifest.digest[:16]
    kept = client.get(f"{path}?version={version}", headers={"Accept": "text/turtle"}, follow_redirects=True)
    assert (kept.status_code, kept.headers["content-type"]) == (200, "text/turtle; charset=utf-8")
    other = client.get(f"{path}?version=0123456789abcdef", follow_redirects=True)
    assert other.status_code == 404
    assert other.json()["detail"] == "version 0123456789abcdef of the data is not served here"
    assert version in other.json()["hint"]


def test_cards_stand_in_other_pages_and_other_pages_do_not(client: httpx.Client) -> None:
    card = client.get("/embed/doc/undertaking/quantum-standards")
    assert "frame-ancestors *" in card.headers["content-security-policy"]
    page = client.get("/doc/undertaking/quantum-standards.html")
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    topic = read_page(client.get("/embed/scheme/topic/ai-public-sector").text)
    statuses = ["delivered", "advanced", "restated", "no later document"]
    assert [item.words for item in topic.find("li")] == [f"1 {status}" for status in statuses]
    assert "4 promises and requests of the G7 on this topic:" in topic.words
    assert client.get("/embed/doc/organisation/oecd").status_code == 404


def test_a_card_tells_the_life_of_an_undertaking(dataset: Dataset) -> None:
    toolkit, oecd = (
        asyncio.run(dataset.describe(NamedNode(ID + path)))
        for path in ("undertaking/ai-public-sector-toolkit", "organisation/oecd")
    )
    card = read_page(render(asyncio.run(show_card(dataset, toolkit))))
    assert "delivered G7 Industry, Tech and Digital Ministers" in card.words
    assert "Stated on 15 March 2024; elaborated in Annex 2" in card.words
    links = [link.attributes for link in card.find("a")]
    leading = {(link["href"], link["target"]) for link in links}
    assert leading == {("/doc/undertaking/ai-public-sector-toolkit", "_blank")}
    with pytest.raises(NotFound, match=r"there is no card of .*organisation/oecd"):
        asyncio.run(show_card(dataset, oecd))


def test_about_and_help_say_what_this_is_and_where_reports_go(dataset: Dataset) -> None:
    about = read_page(render(asyncio.run(show_about(dataset)))).words
    assert "7 documents, 860 statements, 211 promises and requests" in about
    assert f"Version {dataset.manifest.digest[:16]} of" in about
    plain = render(asyncio.run(show_help(dataset, documented=False)))
    assert "Reports go to whoever runs this server" in plain
    assert "/docs/" not in plain
    told = render(asyncio.run(show_help(replace(dataset, contact="mailto:data@example.org"), documented=True)))
    assert 'Reports go to <a href="mailto:data@example.org">data@example.org</a>' in told
    assert all(
        f'href="/docs/{name}.html"' in told and (ROOT / "docs" / f"{name}.md").is_file() for name in DOCUMENTATION
    )


def test_the_documentation_is_there_or_help_is(client: httpx.Client) -> None:
    answer = client.get("/docs")
    built = (ROOT / "build" / "docs" / "index.html").is_file()
    assert (answer.status_code, answer.headers["location"]) == (
        (307, f"{client.base_url}/docs/") if built else (303, "/help#documentation")
    )


def test_the_documentation_may_run_its_own_scripts_only(tmp_path: Path) -> None:
    policy = DOCUMENTED["Content-Security-Policy"]
    (tmp_path / "index.html").write_text(f"<script>{SHOWS_SEARCH}</script>", "utf-8")
    scope = {"type": "http", "method": "GET", "headers": []}
    answer = asyncio.run(Documentation(directory=tmp_path, html=True).get_response("index.html", scope))
    assert (answer.status_code, answer.headers["content-security-policy"]) == (200, policy)
    theme = (files("sphinx") / "themes" / "basic" / "searchbox.html").read_text("utf-8")
    assert f"<script>{SHOWS_SEARCH}</script>" in theme
    assert "script-src 'self' 'sha256-" in policy
    assert policy.startswith("default-src 'none'")


@pytest.mark.parametrize(
    "value", ["OECD", "oecd ", "Organisation for Economic Co-operation and Development", "organisation:oecd"]
)
def test_a_name_will_do_where_an_iri_is_wanted(value: str, dataset: Dataset) -> None:
    query = find_query(dataset.library.queries, "asked-of-organisation")
    asked, terms = asyncio.run(bind_names(dataset, query, {"organisation": value}))
    assert (asked, terms) == (query, {"_organisation_iri": NamedNode(f"{ID}organisation/oecd")})


@pytest.mark.parametrize("apostrophe", ["'", "’"])
def test_a_name_has_either_apostrophe(apostrophe: str, dataset: Dataset) -> None:
    query = find_query(dataset.library.queries, "mentioned-at-one-meeting-only")
    name = query.parameters[0].name
    _, terms = asyncio.run(bind_names(dataset, query, {name: f"Italy{apostrophe}s G7 presidency in 2024"}))
    assert terms[query.parameters[0].variable] == NamedNode(f"{ID}presidency/italy-2024")


@pytest.mark.parametrize(
    ("name", "value", "message", "hint"),
    [
        ("asked-of-organisation", "OECDE", "nor what anything is called", "did you mean “OECD” or “OCDE”?"),
        ("undertakings-on-topic", "a b", "which is no IRI", "such as topic:ai-public-sector; "),
    ],
)
def test_a_name_of_nothing_is_told_with_the_nearest(
    name: str, value: str, message: str, hint: str, dataset: Dataset
) -> None:
    query = find_query(dataset.library.queries, name)
    with pytest.raises(RequestError) as caught:
        asyncio.run(bind_names(dataset, query, {query.parameters[0].name: value}))
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")


def test_a_form_offers_what_can_be_chosen_and_keeps_what_was_typed(dataset: Dataset) -> None:
    query = find_query(dataset.library.queries, "asked-of-organisation")
    field, _ = asyncio.run(list_fields(dataset, query, {"organisation": "Oecd?"}))
    assert (field.value, field.example) == ("Oecd?", "Organisation for Economic Co-operation and Development")
    assert field.options["World Trade Organization"] == "OMC, WTO"
    since = asyncio.run(list_fields(dataset, find_query(dataset.library.queries, "undertakings-without-follow-up"), {}))
    assert [(one.value, dict(one.options)) for one in since] == [("2024-01-01", {}), ("en", {})]
    first, *_ = asyncio.run(
        list_fields(dataset, find_query(dataset.library.queries, "mentioned-at-one-meeting-only"), {})
    )
    assert first.value.startswith("G7 Industry, Technology and Digital Ministerial Meeting")


def test_the_page_of_a_question_tells_what_is_wrong_beside_what_was_typed(client: httpx.Client) -> None:
    html = {"Accept": "text/html"}
    wrong = client.get("/queries/asked-of-organisation?organisation=OECDE", headers=html)
    assert wrong.status_code == 400
    page = read_page(wrong.text)
    (field,) = page.find("input", id="p-organisation")
    assert field.attributes["value"] == "OECDE"
    assert "did you mean “OECD” or “OCDE”?" in page.find("div", "problem")[0].words
    answered = client.get("/queries/asked-of-organisation?organisation=OECD", headers=html)
    assert answered.status_code == 200
    place = "Verona and Trento, March 2024, Annex 4, paragraph 3"
    assert f'title="{ID}verona-trento-2024/a4/p3">{place}</a>' in answered.text
    data = client.get("/queries/asked-of-organisation.json?organisation=OECD").json()
    exact = client.get("/queries/asked-of-organisation.json?organisation=organisation:oecd").json()
    assert data["rows"] == exact["rows"]


def test_only_so_many_resources_are_named_at_once(dataset: Dataset) -> None:
    many = [f"https://e.example/{number}" for number in range(MOST)]
    assert asyncio.run(name_resources(dataset, [*many, f"{ID}organisation/oecd"])) == {}
    assert asyncio.run(name_resources(dataset, [*many[1:], f"{ID}organisation/oecd"])).keys() == {
        f"{ID}organisation/oecd"
    }
