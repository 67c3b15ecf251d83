"""Feedback as its teacher and its observer find it: a view of observations, with the evidence in words.

It is written with the observation and shared, read and answered by the observation's actions, so that the two never
part. Hence a feedback has its observation's id and version.
"""
