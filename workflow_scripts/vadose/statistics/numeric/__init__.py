"""Numerics that subjects share: fast exp and log, tau-b by pairs, digamma, the interval of a mean over a map."""
