"""`leaderboard explain` reads its options before it opens a store."""


def test_several_methods_are_refused_by_name(leaderboard):
    result = leaderboard(
        "explain", "--subject", "s", "--text", "A dull plot.", "--method", "lime", "--method", "kernel_shap"
    )
    assert result.status == 2
    assert "--method: 2 methods (lime, kernel_shap); name one" in result.err
