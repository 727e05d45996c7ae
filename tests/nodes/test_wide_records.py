"""A record that no page of PostgreSQL can hold: its file fails, nobody waits for it."""

from tests.harness import subscription
from tests.nodes.conftest import Start

FIELDS = [{"name": f"wide{n}", "displayName": f"Wide {n}", "dataType": "string"} for n in range(230)]
"""With a key each for finding leads by it."""


def test_a_record_beyond_a_page_fails_its_file(url: str, nodes: Start) -> None:
    """P2, P7: after three tries, with a message, its rows to be read back; what comes behind it is served."""
    server = nodes(url, subscription(lead_fields=FIELDS), workers=1)
    header = ",".join(["email", *(field["name"] for field in FIELDS)])
    fat = ",".join(["fat@example.com", *("twenty characters or" for _ in FIELDS)])
    file, thin = f"{header}\nthin@example.com\n{fat}\n", "email\nbehind@example.com\n"
    batch_id, behind = server.submit(file), server.submit(thin)
    status = server.finish(batch_id)
    assert (status["status"], status["message"]) == (
        "Failed",
        "Import failed, the store refused it 3 times while importing it",
    )
    assert server.call("GET", f"/leadline/v1/jobs/{batch_id}/unreached.csv").text == file
    assert server.finish(behind)["numOfLeadsProcessed"] == 1
    record = {field["name"]: "twenty characters or" for field in FIELDS} | {"email": "fat@example.com"}
    answer = server.call("POST", "/rest/v1/leads.json", json={"input": [record]}).json()
    assert answer["errors"][0]["code"] == "611"
