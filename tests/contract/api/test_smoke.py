from tests.harness import Server


def test_a_file_goes_in(server: Server) -> None:
    status = server.run_import("email,firstName\na@example.com,Ann\n")
    assert status["message"] == "Import succeeded, 1 records imported (1 members)"
