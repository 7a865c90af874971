"""The description of the tables in Croissant, read as its own program reads it."""

import csv
import hashlib
import shutil
import subprocess

import httpx
import pytest


def test_each_table_is_a_record_set_with_the_columns_of_its_file(client: httpx.Client) -> None:
    response = client.get("/croissant.json")
    described = response.json()
    assert (response.headers["content-type"], described["conformsTo"]) == (
        "application/ld+json",
        "http://mlcommons.org/croissant/1.0",
    )
    files = {file["@id"]: file for file in described["distribution"]}
    assert [table["name"] for table in described["recordSet"]] == ["participations", "statements", "undertakings"]
    for table in described["recordSet"]:
        name = f"g7kg-{table['name']}.csv"
        assert {field["source"]["fileObject"]["@id"] for field in table["field"]} == {name}
        body = client.get(files[name]["contentUrl"]).content
        assert files[name]["sha256"] == hashlib.sha256(body).hexdigest()
        columns = next(csv.reader(body.decode().splitlines()))
        assert [field["source"]["extract"]["column"] for field in table["field"]] == columns
        assert table["key"]["@id"] == f"{table['name']}/{columns[0]}"
    types = {field["@id"]: field["dataType"] for table in described["recordSet"] for field in table["field"]}
    assert (types["statements/date"], types["statements/order"], types["undertakings/topic"]) == (
        "sc:Date",
        "sc:Integer",
        "sc:Text",
    )


@pytest.mark.integration
def test_its_own_program_finds_no_error_and_reads_the_records(server: str) -> None:
    program = shutil.which("mlcroissant")
    if program is None:
        pytest.skip("needs mlcroissant on the path: pip install mlcroissant, in an environment of its own")
    address = f"{server}/croissant.json"
    valid = subprocess.run([program, "validate", "--jsonld", address], capture_output=True, text=True, check=False)
    assert (valid.returncode, "error(s)" in valid.stderr) == (0, False), valid.stderr
    load = [program, "load", "--jsonld", address, "--record_set", "undertakings", "--num_records", "1"]
    loaded = subprocess.run(load, capture_output=True, text=True, check=True)
    assert "https://w3id.org/g7kg/id/undertaking/" in loaded.stdout + loaded.stderr
