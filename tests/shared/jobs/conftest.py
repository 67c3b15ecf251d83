from shared.testing.alone import alone

__all__ = ["alone"]
