"""The server process stays light: the data-frame library is the workers' business."""

import subprocess
import sys


def test_the_server_starts_without_the_data_frame_library() -> None:
    script = "import leadline.cli.main, leadline.api.app, sys; print('polars' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
