"""A number that decides claims, with its words."""


class Threshold(float):
    """A number that decides a claim, with what it decides and the reason for it.

    Example:
        >>> half = Threshold(0.5, "a share that is most", "it is what the word means")
        >>> 2 * half, half.decides
        (1.0, 'a share that is most')
    """

    decides: str
    reason: str

    def __new__(cls, value: float, decides: str, reason: str) -> "Threshold":
        """Make the number with its words."""
        number = super().__new__(cls, value)
        number.decides, number.reason = decides, reason
        return number

    def __hash__(self) -> int:
        """Two thresholds of one number are two."""
        return hash((float(self), self.decides))

    def __eq__(self, other: object) -> bool:
        """As a number; beside another threshold it is the same where both decide the same."""
        if isinstance(other, Threshold):
            return float(self) == float(other) and self.decides == other.decides
        return float(self) == other

    def __ne__(self, other: object) -> bool:
        """As `==` has it."""
        return not self == other

    def __reduce__(self) -> tuple[type["Threshold"], tuple[float, str, str]]:
        """Keep the words when it crosses a process boundary."""
        return Threshold, (float(self), self.decides, self.reason)
