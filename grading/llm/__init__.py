"""The model grader: one client, frozen prompts, and everything that keeps a model's word from being the last one.

Only worker processes and commands import client.py, which needs the openai package (0.3 s): never a web process.
"""
