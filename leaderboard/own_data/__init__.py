"""A user's own data: a file becomes a task, a shift task and a suite on six axes.

The format of the file, its columns, classes and language are detected, and every detection is reported with the flag
that changes it. A detection that is not safe is a question: an error that names the flag that answers it.
"""
