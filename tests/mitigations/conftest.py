from tests.recipes.conftest import people, praise, preparing, questions
from tests.training.conftest import _one_thread, fresh, learning, sentiment, still, texts

__all__ = [
    "_one_thread",
    "fresh",
    "learning",
    "people",
    "praise",
    "preparing",
    "questions",
    "sentiment",
    "still",
    "texts",
]
