"""From a medical scan and an order to a patient-specific device that can be printed and checked."""

__version__ = "0.1.0"
