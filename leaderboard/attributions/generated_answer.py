"""GeneratedAnswer: the log-likelihood of an answer behind a prompt, as a function of the prompt's words."""

from collections.abc import Callable, Sequence

from leaderboard.arrays import FloatArray
from leaderboard.attributions.explained import Explained
from leaderboard.backends.classifiers import UnspacedWords, joined_words
from leaderboard.backends.likelihood import Likelihood
from leaderboard.errors import NotMeasurableError


class GeneratedAnswer(Explained):
    """Log-likelihood of a generated answer in nats: Σ_t log p(token t | prompt, tokens before t).

    With occlusion this is leave-one-out: by how much the likelihood of the answer falls without a word of the prompt.
    The answer itself stays; it is not generated again.
    """

    def __init__(
        self, likelihood: Likelihood, words: Sequence[str], answer: str, *, prompt: Callable[[str], str]
    ) -> None:
        """Explain an answer.

        Args:
            likelihood: log-likelihoods of the model.
            words: words of the text in the prompt, as `joined_words` joins them.
            answer: the answer, with the space before it.
            prompt: makes the prompt of a text; what it puts around the text is not explained.
        """
        self._likelihood = likelihood
        self._container = UnspacedWords if isinstance(words, UnspacedWords) else tuple
        self._answer = answer
        self._prompt = prompt
        self.words = self._container(words)

    def scores(self, kept: Sequence[tuple[int, ...]]) -> FloatArray:
        """Return the log-likelihood of the answer for some of the words."""
        prompts = [self._prompt(joined_words(self._container(self.words[at] for at in each))) for each in kept]
        if "" in prompts and not self._likelihood_without_context():
            raise NotMeasurableError("this model reads no empty prompt, which the method compares with")
        return self._likelihood.loglikelihoods([(prompt, self._answer) for prompt in prompts], work="leaving words out")

    @property
    def refusal(self) -> str:
        """Why there are no gradients."""
        return "a generated answer is explained by its likelihood alone"

    def _likelihood_without_context(self) -> bool:
        try:
            self._likelihood.token_counts([("", self._answer)])
        except NotMeasurableError:
            return False
        return True
