"""Python's collector of cycles, in processes that make few cycles and many objects."""

import gc


def spare_collector() -> None:
    """Let it look less often: requests and connections make none, and come by thousands."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
