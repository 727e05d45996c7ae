"""The pytest plugin as its users meet it: in a run of pytest of its own."""

from pathlib import Path

import pytest

from tests.forms import times
from tests.sandbox.pytest_runs import Run, load_few_plugins
from tests.sandbox.server import SandboxProcess

pytest_plugins = ["pytester"]


@pytest.fixture(autouse=True)
def few_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    load_few_plugins(monkeypatch)


@pytest.fixture
def run(pytester: pytest.Pytester, sandbox: SandboxProcess) -> Run:
    """Run a file of tests against the module's sandbox."""
    return Run(pytester, sandbox.url)


def test_a_subscription_for_each_test(run: Run) -> None:
    """Each begins with batch 1001 and nobody, whatever the test before it has done."""
    result = run(
        """
        @pytest.mark.parametrize("turn", range(3))
        def test_import(leadline, turn):
            assert leadline.leads() == []
            batch_id = Client(leadline.env).post("email,firstName\\nada@example.com,Ada\\n\\n")["result"][0]["batchId"]
            assert batch_id == 1001
            leadline.assert_jobs(count=1, status="Complete", failed=0)
            leadline.assert_leads(by="email", rows=[{"email": "ada@example.com", "firstName": "Ada"}], others="none")
            leadline.assert_calls("bulk.leads.create", count=1)
            assert [call["rows"] for call in leadline.calls if call["rows"] is not None] == [1]

        def test_attributes(leadline, leadline_server):
            assert leadline.url == leadline_server.url
            assert leadline.env["LEADLINE_CLIENT_ID"] == leadline.client_id
            assert leadline.munchkin_id and leadline.client_secret and leadline.credentials
        """
    )
    result.assert_outcomes(passed=4)


def test_the_mark_says_what_it_begins_with(run: Run) -> None:
    result = run(
        """
        SETUP = {"custom_objects": [{"apiName": "car_c", "displayName": "Car", "dedupeFields": ["vin"],
                 "fields": [{"name": "vin", "displayName": "VIN", "dataType": "string"}]}],
                 "channels": [{"name": "Webinar", "statuses": [{"name": "Invited", "step": 10}]}],
                 "programs": [{"id": 1001, "name": "Spring", "channel": "Webinar"}]}

        @pytest.mark.leadline(
            setup=SETUP,
            seed={"leads": [{"email": "ada@example.com", "firstName": None}, {"email": "bob@example.com"}],
                  "members": {1001: [{"email": "ada@example.com", "status": "Invited"}]},
                  "car_c": [{"vin": "W1"}]},
            clock="2026-03-01T12:00:00Z",
            faults=["throttled", {"on": "leads.*", "do": {"code": "611"}}],
            jobs="hold",
            limits={"jobs_queued_max": 1},
            rules={"blank_cells": "clear"},
        )
        def test_all(leadline):
            assert [lead["email"] for lead in leadline.leads()] == ["ada@example.com", "bob@example.com"]
            assert leadline.state()["members"][0]["statusName"] == "Invited"
            assert leadline.state()["records"]["car_c"][0]["vin"] == "W1"
            assert leadline.clock.now().isoformat() == "2026-03-01T12:00:00+00:00"
            client = Client(leadline.env)
            codes = [client.get("/rest/v1/lists.json").get("errors", [{}])[0].get("code") for _ in range(4)]
            assert codes == ["606", "606", "606", None]
            assert client.get("/rest/v1/leads.json?filterType=id&filterValues=1")["errors"][0]["code"] == "611"
            assert client.post("email\\ncy@example.com\\n")["success"]
            assert client.post("email\\ncy@example.com\\n")["errors"][0]["code"] == "1016"
            assert leadline.jobs.held()[0]["batchId"] == 1001
            assert leadline.jobs.step(1001)["status"] == "Complete"

        @pytest.mark.leadline(seed="people", clock={"rate": 60})
        def test_folder(leadline):
            assert len(leadline.leads()) == 1
        """
        if _write_seed(run.pytester)
        else ""
    )
    result.assert_outcomes(passed=2)


def _write_seed(pytester: pytest.Pytester) -> Path:
    folder = pytester.mkdir("people")
    (folder / "leads.csv").write_text("email\nada@example.com\n")
    return folder


def test_a_module_shares_one(run: Run) -> None:
    result = run(
        """
        pytestmark = pytest.mark.leadline(seed={"leads": "email\\nada@example.com\\n"})

        def test_first(leadline_module, leadline):
            assert leadline_module.munchkin_id != leadline.munchkin_id
            leadline_module.faults.code("611")
            Client(leadline_module.env)
            assert len(leadline_module.leads()) == len(leadline.leads()) == 1
            assert Client(leadline_module.env).get("/rest/v1/lists.json")["errors"][0]["code"] == "611"

        def test_second(leadline_module):
            assert len(leadline_module.calls) > 0
        """
    )
    result.assert_outcomes(passed=2)


def test_what_goes_wrong(run: Run) -> None:
    """Each kind of fault that has a method of its own."""
    result = run(
        """
        import http.client
        import urllib.error

        def test_codes_and_statuses(leadline):
            leadline.faults.code("602", on="*.status", skip=1)
            leadline.faults.http(503, on="lists.query", retry_after=7)
            client = Client(leadline.env)
            batch_id = client.post("email\\nada@example.com\\n")["result"][0]["batchId"]
            answers = [client.get(f"/bulk/v1/leads/batch/{batch_id}.json") for _ in range(3)]
            assert [answer["success"] for answer in answers] == [True, False, True]
            with pytest.raises(urllib.error.HTTPError) as caught:
                client.get("/rest/v1/lists.json")
            assert caught.value.headers["Retry-After"] == "7"
            assert [fault["left"] for fault in leadline.faults.all()] == [0, 0]

        def test_a_lost_reply(leadline):
            leadline.faults.lost_reply("bulk.leads.create")
            client = Client(leadline.env)
            with pytest.raises((ConnectionResetError, urllib.error.URLError)):
                client.post("email\\nada@example.com\\n")
            leadline.assert_jobs(count=1, status="Complete")
            leadline.assert_leads(by="email", rows=[{"email": "ada@example.com"}], others="none")

        def test_lines(leadline):
            leadline.faults.reset(on="lists.query")
            leadline.faults.hang(0.05, on="lists.query")
            leadline.faults.delay(0.01, on="lists.query", times=9)
            leadline.faults.truncate(10, on="lists.get")
            leadline.faults.cut_body(3)
            client = Client(leadline.env)
            for _ in range(2):
                with pytest.raises((OSError, http.client.HTTPException)):
                    client.get("/rest/v1/lists.json")
            assert client.get("/rest/v1/lists.json")["success"]
            with pytest.raises((OSError, ValueError, http.client.HTTPException)):
                client.get("/rest/v1/lists/1001.json")
            with pytest.raises(OSError):
                client.post("email\\nada@example.com\\n")
            leadline.faults.clear()
            assert leadline.faults.all() == []

        def test_jobs(leadline):
            leadline.faults.fail_job("no luck")
            client = Client(leadline.env)
            client.post("email\\nada@example.com\\n")
            leadline.assert_jobs(count=1, status="Failed")
            leadline.faults.stall_job(1)
            client.post("email\\nada@example.com\\nbob@example.com\\n")
            assert leadline.jobs.step(1002)["status"] == "Complete"
            leadline.jobs.polls(3)
            client.post("email\\ncy@example.com\\n")
            assert [client.status(1003)["status"] for _ in range(3)] == ["Queued", "Importing", "Complete"]

        def test_token_and_preset(leadline):
            client = Client(leadline.env)
            leadline.faults.expire_token(on="lists.query")
            assert client.get("/rest/v1/lists.json")["errors"][0]["code"] == "602"
            leadline.faults.preset("quota", times=1)
            client = Client(leadline.env)
            assert client.get("/rest/v1/lists.json")["errors"][0]["code"] == "607"

        def test_time(leadline):
            client = Client(leadline.env)
            client.post("email\\nada@example.com\\n")
            leadline.assert_jobs(count=1)
            leadline.clock.freeze(leadline.clock.now())
            leadline.clock.advance(days=8)
            client = Client(leadline.env)
            answer = client.get("/bulk/v1/leads/batch/1001.json")
            assert answer["errors"][0]["code"] == "1013"
            leadline.clock.rate(60)
            leadline.clock.run()

        def test_states(leadline):
            leadline.seed(leads=[{"email": "ada@example.com"}])
            leadline.snapshot("one")
            leadline.seed_with({"leads.csv": "email\\nbob@example.com\\n"})
            exported = leadline.export()
            leadline.reset(to="one")
            assert len(leadline.leads()) == 1
            leadline.restore(exported)
            assert len(leadline.leads()) == 2
            assert leadline.calls_with_values() == []
        """
    )
    result.assert_outcomes(passed=7)


def test_what_a_failing_test_shows(run: Run) -> None:
    result = run(
        """
        def test_leads(leadline):
            leadline.seed(leads=[{"email": "ada@example.com", "firstName": "Ada"}, {"email": "x@example.com"}])
            rows = [{"email": "ada@example.com", "firstName": "Bob"}, {"email": "bob@example.com"}]
            leadline.assert_leads(by="email", rows=rows, others="none")

        def test_jobs(leadline):
            Client(leadline.env).post("email\\nada@example.com\\nno address\\n")
            leadline.assert_jobs(count=2, status="Failed", failed=7, within=0.5)

        def test_calls(leadline):
            leadline.faults.code("611", on="lists.query")
            Client(leadline.env).get("/rest/v1/lists.json")
            leadline.assert_calls("bulk.*.create")

        def test_of_its_own(leadline):
            Client(leadline.env)
            assert False

        def test_unfired(leadline):
            leadline.faults.code("611", on="lists.query")

        def test_not_to_fire(leadline):
            leadline.faults.code("611", on="lists.query", must_fire=False)

        @pytest.mark.leadline(sed={}, clok=1)
        def test_mark(leadline):
            pass

        @pytest.mark.leadline(faults="trottled")
        def test_refused(leadline):
            pass
        """
    )
    result.assert_outcomes(passed=1, failed=5, errors=2)
    for line in (
        "the 2 leads are not as expected:",
        "the lead with email 'ada@example.com' has firstName 'Ada', not 'Bob'",
        "the lead with email 'bob@example.com' is missing",
        "nobody expects the lead with email 'x@example.com'",
        "there are 1, not 2; not Failed: 1001; 0 rows failed, not 7",
        "0 calls of bulk.*.create instead of at least 1 call",
        "GET  /rest/v1/lists.json  200  code 611  (fault 1)",
        "GET  /identity/oauth/token  200",
        "These faults were set and never happened",
        "clok, sed by name",
        "There is no preset 'trottled'; throttled is near",
    ):
        assert line in result.stdout.str(), line


def test_a_limit_that_is_met_without_a_fault_is_told(run: Run) -> None:
    tests = """
        @pytest.mark.leadline(limits={"rate_calls_max": 2})
        def test_limit(leadline):
            client = Client(leadline.env)
            codes = [client.get("/rest/v1/lists.json").get("errors", [{}])[0].get("code") for _ in range(3)]
            assert codes[-1] == "606"
        """
    result = run(tests)
    result.assert_outcomes(passed=1, warnings=1)
    assert "606 came without a fault" in result.stdout.str()


def test_under_xdist_nothing_leaks(run: Run) -> None:
    """Processes of pytest share a sandbox; each test has a subscription that no other one sees."""
    count, processes = times(40, 1000), times(4, 8)
    result = run(
        """
        @pytest.mark.parametrize("number", range(COUNT))
        def test_alone(leadline, number):
            name = f"{number}@example.com"
            leadline.faults.code("606", on="lists.query")
            client = Client(leadline.env)
            assert client.get("/rest/v1/lists.json")["errors"][0]["code"] == "606"
            assert client.post(f"email\\n{name}\\n")["result"][0]["batchId"] == 1001
            leadline.assert_jobs(count=1, within=30)
            leadline.assert_leads(by="email", rows=[{"email": name}], others="none")
            assert len(leadline.calls) == 3
        """.replace("COUNT", str(count)),
        "-n",
        str(processes),
    )
    result.assert_outcomes(passed=count)


def test_a_subscription_that_is_asked_for_late_or_wrapped(run: Run) -> None:
    """However a test comes by it, its faults are to happen and its journal is shown."""
    result = run(
        """
        @pytest.fixture
        def wrapped(leadline):
            return {"mine": leadline}

        def test_late(request):
            request.getfixturevalue("leadline").faults.code("606")

        def test_wrapped(wrapped):
            wrapped["mine"].faults.code("607")

        class TestOverridden:
            @pytest.fixture
            def leadline(self, leadline):
                return leadline.faults

            def test_it(self, leadline):
                leadline.code("615")

            def test_journal(self, leadline):
                raise ValueError
        """
    )
    result.assert_outcomes(failed=4)
    for code in ("606", "607", "615"):
        assert f"never happened: {{'code': '{code}'}}" in result.stdout.str(), code
    assert "Leadline calls" in result.stdout.str()
