"""How a control call says no."""


class ControlError(Exception):
    """A control call is refused, with an HTTP status from 400 on and a sentence that says what to do."""

    def __init__(self, sentence: str, http_status: int = 400) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.http_status = http_status
