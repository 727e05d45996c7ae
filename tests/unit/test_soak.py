"""Control of the soak: what grows is told from what only wavers."""

from tests.soak import SLOPE_MAX, slope


def test_what_grows_is_seen() -> None:
    times = [float(second) for second in range(300, 1200, 10)]
    wavering = [(at, 100.0 + (3.0 if number % 2 else -3.0)) for number, at in enumerate(times)]
    growing = [(at, value * (1 + 0.02 * at / 60)) for at, value in wavering]
    assert slope(wavering) < SLOPE_MAX < slope(growing)
