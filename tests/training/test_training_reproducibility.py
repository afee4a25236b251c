import torch

from leaderboard.training.reproducibility import deterministic_algorithms, seed_dropout


def test_a_step_draws_the_same_numbers_again_and_another_step_other_ones():
    drawn = []
    with torch.random.fork_rng(devices=[]):
        for step in (1, 1, 2):
            seed_dropout(0, step, 0)
            drawn.append(torch.rand(4))
    assert drawn[0].equal(drawn[1])
    assert not drawn[0].equal(drawn[2])


def test_where_no_gpu_is_used_nothing_is_kept_for_one():
    before = len(torch.cuda._queued_calls)
    with torch.random.fork_rng(devices=[]):
        seed_dropout(0, 1, 0)
    assert len(torch.cuda._queued_calls) == before


def test_attention_is_computed_deterministically_on_a_gpu_and_as_before_afterwards():
    """The switches are those of the process, with or without a GPU."""
    switches = torch.backends.cuda

    def fused() -> list[bool]:
        return [switches.flash_sdp_enabled(), switches.mem_efficient_sdp_enabled(), switches.cudnn_sdp_enabled()]

    before = fused()
    assert any(before)
    with deterministic_algorithms(torch.device("cuda")):
        assert torch.are_deterministic_algorithms_enabled()
        assert switches.math_sdp_enabled()
        assert not any(fused())
    assert fused() == before
    assert not torch.are_deterministic_algorithms_enabled()
