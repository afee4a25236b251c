"""Rank allocation: which singular values of AdaLoRA's updates a training keeps (Zhang et al. 2023)."""

from collections.abc import Mapping
from typing import Any

import torch

_IMPORTANCE = "importance"
_UNCERTAINTY = "uncertainty"
_KEPT = "kept"


class RankAllocation:
    """Allocation of a budget of ranks during a training, by PEFT's `RankAllocator`.

    The budget stays at its initial value for the first tenth of the steps, falls as a cubic function until half of
    them, and is the target from then on. Matrices of singular vectors are kept near orthogonality by a penalty.
    """

    def __init__(self, adapted: Any, steps: int) -> None:
        self._model = adapted.base_model
        self._config = self._model.peft_config[self._model.trainable_adapter_name]
        self._config.total_step, self._config.tinit, self._config.tfinal = steps, steps // 10, steps // 2
        self._allocator = self._model.rankallocator

    @classmethod
    def of(cls, module: torch.nn.Module, steps: int) -> "RankAllocation | None":
        """Return the allocation for a model with AdaLoRA's adapters; None for any other.

        Args:
            module: the model that is trained.
            steps: number of steps of the whole training.
        """
        return cls(module, steps) if hasattr(getattr(module, "base_model", None), "rankallocator") else None

    def add_penalty_gradients(self) -> None:
        """Add the gradients of the penalty: the mean Frobenius norm of PᵀP - I of all singular vectors P."""
        norms = []
        for name, parameter in self._model.model.named_parameters():
            if "lora_A" in name or "lora_B" in name:
                products = parameter @ parameter.T if "lora_A" in name else parameter.T @ parameter
                norms.append(torch.linalg.matrix_norm(products - torch.eye(len(products), device=products.device)))
        (self._config.orth_reg_weight * torch.stack(norms).mean()).backward()

    def update(self, step: int) -> None:
        """Update the importance of each rank by the gradients, and mask the least important ones.

        Args:
            step: number of the step that was just made, from 0; its gradients are still there.
        """
        self._model.update_and_allocate(step)

    def state(self) -> dict[str, torch.Tensor]:
        """Return what a resumed training needs, by names that no weight has."""
        kept = self._config.rank_pattern or {}
        return {
            **{f"{_IMPORTANCE} {name}": each.clone() for name, each in self._allocator.exp_avg_ipt.items()},
            **{f"{_UNCERTAINTY} {name}": each.clone() for name, each in self._allocator.exp_avg_unc.items()},
            **{f"{_KEPT} {name}": torch.tensor(flags) for name, flags in kept.items()},
        }

    def restore(self, state: Mapping[str, torch.Tensor]) -> None:
        """Restore what `state` returned; other names are ignored."""
        parts: dict[str, dict[str, torch.Tensor]] = {_IMPORTANCE: {}, _UNCERTAINTY: {}, _KEPT: {}}
        for key, tensor in state.items():
            part, _, name = key.partition(" ")
            if part in parts:
                parts[part][name] = tensor
        device = next(self._model.parameters()).device
        allocator = self._allocator
        allocator.exp_avg_ipt = {name: each.to(device) for name, each in parts[_IMPORTANCE].items()}
        allocator.exp_avg_unc = {name: each.to(device) for name, each in parts[_UNCERTAINTY].items()}
        allocator.ipt = {name: torch.zeros_like(each) for name, each in allocator.exp_avg_ipt.items()}
        self._config.rank_pattern = {name: each.tolist() for name, each in parts[_KEPT].items()} or None
