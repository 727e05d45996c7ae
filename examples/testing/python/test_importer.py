"""Tests of the import client with the fixture `leadline`: each has a Marketo of its own.

Run them with `pytest` where Leadline is installed; nothing else is to be started.
"""

import pytest
from importer import Importer

PEOPLE = "email,firstName,leadScore\nada@example.com,Ada,95\nbob@example.com,Bob,7\n"


@pytest.fixture
def importer(leadline):
    return Importer(leadline.url, leadline.client_id, leadline.client_secret)


@pytest.mark.leadline(seed={"leads": [{"email": "ada@example.com", "firstName": "A.", "city": "London"}]})
def test_people_are_created_and_changed(leadline, importer):
    status, failures = importer.import_people("email,firstName\nada@example.com,Ada\nbob@example.com,Bob\n")
    assert (status["status"], failures) == ("Complete", [])
    leadline.assert_leads(
        by="email",
        rows=[
            {"email": "ada@example.com", "firstName": "Ada", "city": "London"},
            {"email": "bob@example.com", "firstName": "Bob"},
        ],
        others="none",
    )


def test_a_bad_row_comes_back_with_its_reason(leadline, importer):
    _, failures = importer.import_people(PEOPLE + "cy@example.com,Cy,many\n")
    assert [(row["email"], row["Import Failure Reason"]) for row in failures] == [
        ("cy@example.com", "Invalid data type in field Lead Score")
    ]
    leadline.assert_jobs(count=1, status="Complete", failed=1)
    leadline.assert_leads(by="email", rows=[{"email": "ada@example.com"}, {"email": "bob@example.com"}], others="none")


def test_an_expired_token_is_renewed_in_the_middle(leadline, importer):
    leadline.faults.preset("token_expired_mid_poll")
    leadline.jobs.polls(4)
    assert importer.import_people(PEOPLE)[0]["status"] == "Complete"
    leadline.assert_calls("identity.token", count=2)


@pytest.mark.leadline(faults=["throttled", "queue_full"])
def test_a_busy_server_is_asked_again(leadline):
    assert Importer(**login(leadline)).import_people(PEOPLE)[0]["status"] == "Complete"


def test_a_lost_answer_makes_nobody_twice(leadline, importer):
    leadline.faults.lost_reply("bulk.leads.create")
    importer.import_people(PEOPLE)
    leadline.assert_jobs(count=2, status="Complete")
    assert len(leadline.leads()) == 2


def test_a_job_that_fails_is_told(leadline, importer):
    leadline.faults.fail_job("Import failed, the server said so")
    assert importer.import_people(PEOPLE)[0]["status"] == "Failed"


def login(leadline):
    return {"url": leadline.url, "client_id": leadline.client_id, "client_secret": leadline.client_secret}
