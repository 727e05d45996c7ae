"""A small import client: the code under test. It knows a Marketo, and nothing of Leadline."""

import csv
import io
import time

import requests

PAUSE_SECONDS = 0.05
AGAIN = {"606", "608", "615", "1016"}
"""Too many calls or jobs, or no service for a moment: the same call may be made again."""


class Importer:
    def __init__(self, url, client_id, client_secret):
        self.url = url
        self.login = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        self.http = requests.Session()
        self.log_in()

    def log_in(self):
        answer = self.http.get(f"{self.url}/identity/oauth/token", params=self.login, timeout=30)
        self.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def call(self, method, path, **options):
        """Make a call, again where that may help, with a new token where the old one has expired."""
        for _ in range(10):
            answer = self.http.request(method, self.url + path, timeout=30, **options).json()
            if answer["success"]:
                return answer["result"]
            code = answer["errors"][0]["code"]
            if code == "602":
                self.log_in()
            elif code not in AGAIN:
                break
            time.sleep(PAUSE_SECONDS)
        raise RuntimeError(answer["errors"][0]["message"])

    def import_people(self, text):
        """Import a CSV file of people to the end; return its status and the rows that failed."""
        batch_id = self.create(text)
        path = f"/bulk/v1/leads/batch/{batch_id}"
        while (status := self.call("GET", f"{path}.json")[0])["status"] not in ("Complete", "Failed"):
            time.sleep(PAUSE_SECONDS)
        failures = []
        if status["numOfRowsFailed"]:
            answer = self.http.get(f"{self.url}{path}/failures.json", timeout=30)
            failures = list(csv.DictReader(io.StringIO(answer.text)))
        return status, failures

    def create(self, text):
        """Create the job. Where the answer is lost, the file is sent again: people are found by their e-mail."""
        files = {"file": ("people.csv", text, "text/csv")}
        for _ in range(3):
            try:
                return self.call("POST", "/bulk/v1/leads.json", params={"format": "csv"}, files=files)[0]["batchId"]
            except requests.ConnectionError:
                time.sleep(PAUSE_SECONDS)
        raise RuntimeError("no connection")
