from logging import ERROR, getLogger

# Where torchao is installed transformers imports it, and it warns of kernels for machines other than this one.
for _name in ("torchao", "torch.utils._pytree"):
    getLogger(_name).setLevel(ERROR)
