"""Exercises of notebook 09: Network in Network, the Inception module, GoogLeNet, factorised
windows.
"""
