from types import SimpleNamespace

import pytest

from leaderboard.data.examples import TextExample
from leaderboard.mitigations.augmentation import Augmentation

TEXTS = [TextExample(id=str(number), text=f"房间{number}很大，服务员很热情", label=1) for number in range(20)]
ENGLISH = TextExample(id="english", text="very good", label=1)


@pytest.mark.parametrize("method", ["homophones", "similar_shapes", "traditional", "width"])
def test_chinese_texts_get_changed_copies(method):
    augmentation = Augmentation(augment=method, augmented_share=1.0)
    copies = augmentation.copies(TEXTS, SimpleNamespace(seed=0))
    assert [copy.id for copy in copies] == [f"{text.id}+{method}" for text in TEXTS]
    assert all(copy.text != text.text and copy.label == 1 for copy, text in zip(copies, TEXTS, strict=True))
    assert copies == augmentation.copies(TEXTS, SimpleNamespace(seed=0))


def test_an_english_text_gets_no_copy_by_a_change_of_chinese_characters():
    assert not Augmentation(augment="homophones", augmented_share=1.0).copies([ENGLISH], SimpleNamespace(seed=0))
